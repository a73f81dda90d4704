import Foundation
import TestSupport
import Testing

/// What a program's surroundings may be: streams that fail or are not there, variables that are set to nothing.
@Suite(.offPool) struct StreamTests {
  /// Runs a line of the shell's in which `$BIN` is the program; its exit code and what it printed.
  private func shell(_ line: String, _ place: Workplace) throws -> (code: Int32, out: String) {
    let environment = [
      "BIN": Program.path, "PLACE": place.path, "HOME": place.path, "PATH": "/usr/bin:/bin",
    ]
    let (status, output) = try ChildProcess.run(
      "/bin/sh", ["-c", line], environment: environment, withError: true)
    #expect(status >= 0, "\(line)")
    return (status, output)
  }

  @Test func aStandardErrorThatFailsIsNoReasonToEnd() throws {
    let place = try Workplace()
    try Program.run("init", "--division", "540100", "--name", "拉萨市局", "--store", place["office"])
    for stream in ["2>/dev/full", "2>&-"] {
      #expect(try shell("$BIN show 0000dead --store $PLACE/none \(stream)", place).code == 66, "\(stream)")
    }
    // A pipe whose reader has left; the shell's own parent may ignore the signal.
    let left = "mkfifo $PLACE/pipe; exec 3<>$PLACE/pipe 4>$PLACE/pipe 3<&-; env --default-signal=PIPE $BIN"
    #expect(try shell("\(left) show 0000dead --store $PLACE/none 2>&4", place).code == 66)
    #expect(try shell("rm $PLACE/pipe; \(left) status --store $PLACE/office >&4", place).code == 0)
    // With all three closed nothing is written into the files that are opened instead.
    let ledger = try place.ledger("a.csv", rows: 3)
    #expect(try shell("$BIN import \(ledger) --store $PLACE/office <&- >&- 2>&-", place).code == 74)
    #expect(try Program.run("status", "--store", place["office"]).object["records"] as? Int == 3)
    #expect(try Program.run("verify", "--store", place["office"]).exitCode == 0)
    #expect(try shell("$BIN status --store $PLACE/office >/dev/full", place).code == 74)
  }

  @Test func anEmptyVariableSaysNothing() throws {
    let place = try Workplace()
    let speech = try shell("LC_ALL= LANG=zh_CN.UTF-8 $BIN show 0000 --store $PLACE/none", place)
    #expect(speech.out.contains("没有台账库"), "\(speech.out)")
    let made = try shell(
      "XDG_DATA_HOME= TAIZHANG_STORE= $BIN init --division 540100 --name 局 --json", place)
    #expect(made.code == 0, "\(made.out)")
    #expect(FileManager.default.fileExists(atPath: place[".local/share/taizhang/store.sqlite"]))
    let none = try Program.run("status", "--store", "")
    #expect(none.exitCode == 64 && none.errorCode == "usage", "\(none.err)")
  }

  @Test func servingTellsPeopleInWords() throws {
    let place = try Workplace()
    try Program.run("init", "--division", "540000", "--name", "自治区局", "--region", "--store", place["region"])
    let server = try Program(
      ["serve", "--listen", "127.0.0.1:0", "--lang", "zh", "--store", place["region"]], json: false)
    let first = server.line()
    #expect(first.hasPrefix("正在 127.0.0.1:") && first.hasSuffix("等候连接"), "\(first)")
    server.kill(SIGTERM)
    #expect(server.finish().exitCode == 0)
  }

  /// A peer that speaks no TLS at all is refused, by the same codes as everywhere.
  @Test func aStrangerIsRefusedByACode() throws {
    let place = try Workplace()
    let (server, address) = try place.region()
    let port = try #require(address.split(separator: ":").last)
    let script =
      "import socket,sys; s=socket.create_connection(('127.0.0.1',int(sys.argv[1]))); s.sendall(b'GET / HTTP/1.0\\r\\n\\r\\n'); s.recv(99)"
    #expect(try shell("python3 -c \"\(script)\" \(port)", place).code == 0)
    let refused = try #require(server.line { $0["event"] as? String == "refused" })
    #expect(refused["reason"] as? String == "untrusted", "\(refused)")
    server.kill(SIGTERM)
    #expect(server.finish().exitCode == 0)
  }
}
