import Foundation
import TestSupport
import Testing

/// The completion scripts name the commands, and bash takes its own.
@Suite(.offPool) struct CompletionTests {
  @Test func everyShellHasAScriptAndOthersAreUsage() throws {
    for shell in ["bash", "zsh", "fish"] {
      let script = try Program(["completion", shell], json: false).finish()
      #expect(script.exitCode == 0 && script.err.isEmpty, "\(shell): \(script.err)")
      for word in ["conflicts", "undo", "bundle", "restore-backup"] {
        #expect(script.out.contains(word), "\(shell): \(word)")
      }
    }
    let other = try Program.run("completion", "cmd")
    #expect(other.exitCode == 64 && other.errorCode == "usage", "\(other.err)")
    #expect(try Program.run("completion").exitCode == 64)
  }

  @Test func whatAShellShowsBesideAWordIsInTheReadersLanguage() throws {
    for shell in ["zsh", "fish"] {
      let scripts = try ["zh", "en"].map {
        try Program(["completion", shell, "--lang", $0], json: false).finish().out
      }
      #expect(scripts[0].contains("查看一条记录。") && !scripts[0].contains("Show a record."), "\(shell)")
      #expect(scripts[1].contains("Show a record.") && !scripts[1].contains("查看一条记录。"), "\(shell)")
    }
  }

  @Test(arguments: ["zh", "en"]) func bashReadsItsScript(language: String) throws {
    let place = try Workplace()
    let script = try Program(["completion", "bash", "--lang", language], json: false).finish().out
    try Data(script.utf8).write(to: URL(fileURLWithPath: place["c.bash"]))
    let bash = try ChildProcess.run(
      "/bin/bash", ["-c", "source \(place["c.bash"]) && complete -p taizhang"], withError: true)
    #expect(bash.status == 0, "\(bash.output)")
  }
}
