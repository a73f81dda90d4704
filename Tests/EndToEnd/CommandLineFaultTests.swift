import Foundation
import Testing

/// What is wrong with a command line is told in the reader's language.
@Suite(.offPool) struct CommandLineFaultTests {
  @Test(arguments: [
    (["add", "培训", "--sett", "a=b"], "没有选项 --sett；是不是 --set？"),
    (["list", "--zzzzzzzz"], "没有选项 --zzzzzzzz。"),
    (["list", "-z"], "没有选项 -z。"),
    (["--quiet", "list"], "选项 --quiet 要写在命令后面。"),
    (["list", "--limit"], "选项 --limit 后面没有给出值。"),
    (["list", "--limit", "多"], "选项 --limit 的值“多”无效。"),
    (["export", "--format", "xls"], "选项 --format 的值“xls”无效，可选：csv、jsonl。"),
    (["completion", "cmd"], "参数“cmd”无效，可选：bash、zsh、fish。"),
    (["list", "--deleted=是"], "选项 --deleted 不带值，却给出了“是”。"),
    (["show"], "缺少参数，应给出 <编号>。"),
    (["attachment", "get", "0198f3"], "缺少参数，应给出 <编号> <名称>。"),
    (["move", "0198f3"], "缺少必需的选项 --division <行政区划>。"),
    (["show", "a", "b", "c"], "多出了参数：“b”“c”。"),
  ])
  func mistakesAreToldInChinese(call: [String], message: String) throws {
    let result = try Program(call + ["--lang", "zh"], json: false).finish()
    #expect(result.exitCode == 64 && result.out.isEmpty)
    let lines = result.err.split(separator: "\n").map(String.init)
    #expect(lines.first == message)
    let command = call.filter { !$0.hasPrefix("-") }[0]
    #expect(lines.last?.hasPrefix("用 taizhang help \(command) ") == true, "\(lines)")
  }

  @Test func mistakesAreToldInEnglish() throws {
    let unknown = try Program(["add", "training", "--sett", "a=b", "--lang", "en"], json: false).finish()
    #expect(unknown.err == "Unknown option '--sett'. Did you mean '--set'?\nSee `taizhang help add`.\n")
    let early = try Program(["--quiet", "list", "--lang", "en"], json: false).finish()
    #expect(early.err.hasPrefix("The option '--quiet' has to stand after the command.\n"))
    let branches = try Program.run("office", "revoke", "x", "--keep-branches", "99", "--lang", "en")
    #expect(branches.exitCode == 64 && branches.errorCode == "usage", "\(branches.err)")
  }
}
