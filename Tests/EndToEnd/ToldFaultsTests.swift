import Foundation
import TestSupport
import Testing

/// What goes wrong is told by what it is, of what it is, and so that a script finds the cause of the exit code.
@Suite(.offPool) struct ToldFaultsTests {
  private func text(_ arguments: String..., lang: String = "zh") throws -> Program.Result {
    try Program(arguments + ["--lang", lang], json: false).finish()
  }

  private func write(_ bytes: [UInt8], _ path: String) throws -> String {
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    return path
  }

  private func region() throws -> Workplace {
    let place = try Workplace()
    try Program.run("init", "--division", "540000", "--name", "自治区局", "--region", "--store", place["region"])
    return place
  }

  // MARK: several at once

  @Test func theLastErrorIsTheOneThatDecidesTheExitCode() throws {
    let place = try Workplace()
    let (server, address) = try place.region()
    defer { server.kill(SIGTERM) }
    let office = place["office"]
    let two = try Program.run("sync", "nosuch", "127.0.0.1:1", "--store", office)
    #expect(two.exitCode == 66 && two.errorCode == "no-peer", "\(two.err)")
    #expect(two.err.contains("unreachable") && two.err.contains("127.0.0.1:1"), "\(two.err)")
    // What a peer that answers has to say stands before the error, whatever the order.
    let skewed = try Program(
      ["sync", "nosuch", address, "--store", office], environment: try Program.clock(ahead: 3600)
    ).finish()
    let lines = skewed.err.split(separator: "\n")
    #expect(skewed.exitCode == 66 && skewed.errorCode == "no-peer" && lines.count > 1, "\(skewed.err)")
    let id = try place.add("会", to: "office")
    let large = try write([UInt8](repeating: 7, count: (32 << 20) + 1), place["large"])
    let attached = try Program.run("attach", id, large, place["none"], "--store", office)
    #expect(attached.exitCode == 65 && attached.errorCode == "attachment-too-large", "\(attached.err)")
    #expect(attached.err.contains("no-file"), "\(attached.err)")
  }

  @Test func nobodyToSyncWithIsAFailureEitherWay() throws {
    let place = try region()
    for call in [["sync"], ["sync", "--watch"], ["sync", "--quiet"]] {
      let result = try Program(call + ["--store", place["region"]]).finish()
      #expect(result.exitCode == 66 && result.errorCode == "no-peer", "\(call): \(result.err)")
    }
    #expect(try text("sync", "--store", place["region"]).err.contains("taizhang peer add"))
  }

  @Test func aQuietMergeSaysWhatItLeftOut() throws {
    let place = try region()
    let file = try write(Array("no bundle".utf8), place["x.tzb"])
    let result = try text("merge", file, "--quiet", "--store", place["region"])
    #expect(result.exitCode == 1 && result.err.contains("不是数据包") && result.err.contains("1 个来源没有全部收下"))
    #expect(try text("merge", "--quiet", "--store", place["region"]).err.isEmpty)
  }

  // MARK: offices and links

  @Test func whoMayEnrolAndStillNotRuleIsToldSo() throws {
    let place = try Workplace()
    let (server, _) = try place.region()
    defer { server.kill(SIGTERM) }
    let rule = try Program.run("office", "rule", "--keep-branches", "2", "--store", place["office"])
    #expect(rule.exitCode == 77 && rule.errorCode == "not-the-region", "\(rule.err)")
    let invite = try Program.run(
      "office", "invite", "--division", "540102", "--name", "城关区局", "--store", place["office"])
    #expect(invite.exitCode == 77 && invite.errorCode == "no-right", "\(invite.err)")
  }

  @Test func anInvitationBeyondTheScopeIsForAnOfficeAbove() throws {
    let place = try Workplace()
    try Program.run("init", "--division", "540100", "--name", "中心", "--region", "--store", place["region"])
    let invite = try text(
      "office", "invite", "--division", "540200", "--name", "日喀则市局", "--store", place["region"])
    #expect(invite.exitCode == 77 && invite.err.contains("邀请") && !invite.err.contains("录入"), "\(invite.err)")
  }

  @Test func aHostThatIsNoneIsNoLostLink() throws {
    let place = try region()
    let result = try Program.run("serve", "--listen", "no.such.host.invalid:0", "--store", place["region"])
    #expect(result.exitCode == 74 && result.errorCode == "cannot-listen", "\(result.err)")
    let chinese = try text("serve", "--listen", "no.such.host.invalid:0", "--store", place["region"])
    #expect(chinese.err.contains("--listen") && chinese.err.contains("找不到这个主机名"), "\(chinese.err)")
  }

  @Test func aCertificateInBinaryIsBadDataAndNoFaultOfTheDisk() throws {
    let place = try region()
    try Program.run("init", "--division", "540100", "--name", "拉萨市局", "--store", place["office"])
    let der = try write([0x30, 0x82, 0xff, 0xfe, 0], place["x.der"])
    let join = try Program.run("join", "--certificate", der, "--store", place["office"])
    #expect(join.exitCode == 65 && join.errorCode == "bad-certificate", "\(join.err)")
    let sign = try Program.run("office", "sign", der, "-o", place["out"], "--store", place["region"])
    #expect(sign.exitCode == 65 && sign.errorCode == "bad-request", "\(sign.err)")
    let none = try Program.run("join", "--certificate", place["none"], "--store", place["office"])
    #expect(none.exitCode == 66 && none.errorCode == "no-file", "\(none.err)")
  }

  /// Every code that a session can leave with a peer has words: they are read out of where the codes are made.
  @Test func whatWentWrongWithAPeerIsSaidInWords() throws {
    let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Sources")
    func codes(_ file: String, _ pattern: Regex<(Substring, Substring)>) throws -> [String] {
      try String(contentsOf: sources.appendingPathComponent(file), encoding: .utf8).matches(of: pattern)
        .map { String($0.output.1) }
    }
    let made = /[0-9]{2}, "([a-z-]+)"/
    let said = /code: "([a-z-]+)"/
    let all = Set(
      try codes("taizhang/ErrorReport+Links.swift", made) + codes("Node/Serving.swift", said)
        + codes("Node/Offices/CertificateRefusal.swift", /case [A-Za-z]+ = "([a-z-]+)"/)
        + codes("Replication/SessionError.swift", said)
        + ["disk-low", "disk-full", "busy", "damaged", "file", "not-enrolled", "identity", "internal"]
        + ["certificate-expired", "peer-expired", "untrusted", "other-region", "bad-certificate"]
    ).subtracting(["cannot-listen", "usage"])
    #expect(all.count > 25 && all.contains("issuer-revoked"), "\(all)")
    let place = try region()
    for port in 1...all.count {
      try Program.run("peer", "add", "127.0.0.1:\(port)", "--store", place["region"])
    }
    for (port, code) in zip(1..., all.sorted()) {
      try ChildProcess.sqlite(
        place["region"] + "/store.sqlite",
        "UPDATE peers SET last_error = '\(code)' WHERE address = '127.0.0.1:\(port)'")
    }
    let lines = try text("status", "--store", place["region"]).out.split(separator: "\n")
    for (port, code) in zip(1..., all.sorted()) {
      let line = try #require(lines.first { $0.contains("127.0.0.1:\(port) ") })
      #expect(line.contains("上次出错：") && !line.contains(code), "\(line)")
    }
  }

  // MARK: options

  @Test(arguments: [
    (["--store", "/nowhere", "list"], "选项 --store 要写在命令后面。", "taizhang help list "),
    (["--operator", "扎西", "report", "summary"], "选项 --operator 要写在命令后面。", "taizhang help report summary "),
    (["--store", "/nowhere"], "选项 --store 要写在命令后面。", "taizhang help "),
  ])
  func anOptionBeforeTheCommandIsKnownByItsValueToo(call: [String], message: String, help: String) throws {
    let result = try Program(call + ["--lang", "zh"], json: false).finish()
    #expect(result.exitCode == 64 && result.err.hasPrefix(message + "\n"), "\(result.err)")
    #expect(result.err.contains(help), "\(result.err)")
  }

  @Test(arguments: [
    (["list", "--from", "abc"], "--from", "not-a-date"),
    (["list", "--to", "2025-02-30"], "--to", "no-such-day"),
    (["list", "--item", "9.9"], "--item", "unknown-code"),
    (["list", "--sort", "titel"], "--sort", "unknown-field"),
    (["list", "--kind", "training", "--where", "date=abc"], "--where", "not-a-date"),
    (["report", "summary", "--to", "abc"], "--to", "not-a-date"),
  ])
  func aFilterThatMeansNothingIsNamedByItsOption(call: [String], option: String, code: String) throws {
    let place = try region()
    let result = try Program(call + ["--store", place["region"]]).finish()
    #expect(result.exitCode == 65 && result.errorCode == code, "\(result.err)")
    let words = try Program(call + ["--lang", "zh", "--store", place["region"]], json: false).finish().err
    #expect(words.hasPrefix(option + "：") && !words.contains("没有写入"), "\(words)")
    #expect(option == "--where" || !words.contains("日期（date）"), "\(words)")
  }

  @Test func aStatusOfWhatIsNotHeldIsRefused() throws {
    let place = try Workplace()
    try Program.run("init", "--division", "540100", "--name", "拉萨市局", "--store", place["office"])
    for division in ["540200", "540000"] {
      let result = try Program.run("status", "--division", division, "--store", place["office"])
      #expect(result.exitCode == 77 && result.errorCode == "outside-scope", "\(result.err)")
    }
    #expect(try Program.run("status", "--division", "540102", "--store", place["office"]).exitCode == 0)
  }

  // MARK: files

  @Test func aRecordsJSONThatIsNoneIsNoImport() throws {
    let place = try region()
    let list = try write(Array("[1]\n".utf8), place["a.json"])
    let added = try text("add", "training", "--from-json", list, "--store", place["region"])
    #expect(
      added.exitCode == 65 && added.err.contains("a.json：") && !added.err.contains("导入"), "\(added.err)")
    let nested = try write(Array(#"{"title":{"a":1}}"#.utf8), place["b.json"])
    let other = try text("add", "training", "--from-json", nested, "--store", place["region"])
    #expect(other.exitCode == 65 && other.err.contains("title 是一个对象"), "\(other.err)")
  }

  @Test func aListIsNoTable() throws {
    let place = try region()
    for name in ["a.jsonl", "a.json"] {
      let file = try write(Array("[1]\n".utf8), place[name])
      let result = try text("import", file, "--store", place["region"])
      #expect(result.exitCode == 65 && result.err.contains("第 1 行不是 JSON 对象"), "\(result.err)")
    }
    let table = try write(Array("title,date\n".utf8), place["b.jsonl"])
    #expect(try text("import", table, "--store", place["region"]).err.contains("第 1 行不是 JSON 对象"))
  }

  @Test func aPlanThatIsNoMapIsCalledTheFile() throws {
    let place = try region()
    let file = try write(Array("hello\n".utf8), place["p.yaml"])
    #expect(try text("plan", "import", file, "--store", place["region"]).err.contains("文件不是键值表"))
    #expect(
      try text("plan", "import", file, "--store", place["region"], lang: "en").err.contains(
        "the file is no map"))
  }

  @Test func theColumnsOfAListOfRejectsAreNotTheClerks() throws {
    let place = try region()
    let header = "标题,日期,计划条目,组织单位,培训主题"
    let ledger = try write(Array("\(header)\n会,2025-09-10,4.2,局,standards,多\n".utf8), place["a.csv"])
    for file in [ledger, place["r.csv"]] {
      let result = try text(
        "import", file, "--kind", "training", "--rejects", place["r.csv"], "--store", place["region"])
      #expect(result.exitCode == 1 && result.err.contains("（限 5）"), "\(result.err)")
    }
  }

  // MARK: what a revocation takes away

  @Test func whatARevocationTookOutIsTold() throws {
    let place = try Workplace()
    let (server, address) = try place.region()
    defer { server.kill(SIGTERM) }
    try place.join("twin", division: "540100", name: "拉萨市局二号", at: address)
    try place.add("会", to: "twin")
    let (other, twin) = try place.serve("twin")
    try place.run("sync", twin, in: "office")
    other.end()
    #expect(try place.titles(in: "office") == ["会"])
    try place.run("office", "revoke", "拉萨市局二号", in: "region")
    let told = try Program(["sync", address, "--store", place["office"]]).finish()
    #expect(told.object["withdrawn"] as? Int == 1, "\(told.out) \(told.err)")
    #expect(told.err.contains("taizhang quarantine"), "\(told.err)")
    #expect(try place.titles(in: "office").isEmpty)
    let status = try place.status("office")
    let lines = try #require(status["quarantine"] as? [[String: Any]])
    #expect(lines.map { $0["reason"] as? String } == ["revoked"], "\(lines)")
    #expect(lines.first?["office"] as? String == "拉萨市局二号")
    let words = try text("status", "--store", place["office"]).out
    #expect(words.contains("taizhang quarantine") && words.contains("拉萨市局二号"), "\(words)")
  }

  // MARK: what cannot be taken back

  @Test func aPersonIsAskedBeforeWhatCannotBeTakenBack() throws {
    let place = try region()
    let id = try place.add("会", to: "region")
    try place.run("edit", id, "--set", "notes=张三", in: "region")
    let call = [
      "redact", id, "--field", "notes", "--reason", "个人信息", "--lang", "zh", "--store", place["region"],
    ]
    let refused = try Terminal(call, showsOutput: true)
    refused.wait(for: "备注（notes）")
    refused.wait(for: "[y/N]")
    refused.type("")
    // Not done: whoever goes on only after what was done does not.
    #expect(refused.finish() == 1 && refused.shown.contains("什么也没有改变"))
    #expect(try place.fields(id, in: "region")["notes"] as? String == "张三")
    let agreed = try Terminal(call, showsOutput: true)
    agreed.wait(for: "[y/N]")
    agreed.type("y")
    #expect(agreed.finish() == 0)
    #expect(try place.fields(id, in: "region")["notes"] == nil)
    // Nor is asked who has said yes, nor whoever has the output go elsewhere.
    let office = try Terminal([
      "office", "revoke", "没有的局", "--yes", "--lang", "zh", "--store", place["region"],
    ])
    #expect(office.finish() == 66 && !office.shown.contains("[y/N]"), "\(office.shown)")
  }

  // MARK: tables

  /// A terminal here has 80 columns, for none are told of it.
  @Test func aReportFitsItsTerminalAndAFileKeepsItsTablesWhole() throws {
    let place = try Workplace()
    try Program.run("init", "--division", "540100", "--name", "拉萨市局", "--store", place["office"])
    try place.add("会", to: "office")
    let call = ["report", "summary", "--lang", "en", "--store", place["office"]]
    let terminal = try Terminal(call, showsOutput: true)
    #expect(terminal.finish() == 0)
    let rows = terminal.shown.split(separator: "\n").filter {
      $0.hasPrefix("Division  ") || $0.hasPrefix("Total  ")
    }
    #expect(rows.count > 6 && rows.allSatisfy { $0.count <= 80 }, "\(terminal.shown)")
    let piped = try Program(call, json: false).finish().out.split(separator: "\n")
    #expect(piped.contains { $0.hasPrefix("Division  ") && $0.count > 80 }, "\(piped)")
    #expect(piped.filter { $0.hasPrefix("Total  ") }.count == 3)
  }

  @Test func receiptsSayWhoHasSignedForWhoseChanges() throws {
    let place = try Workplace()
    let (server, address) = try place.region()
    defer { server.kill(SIGTERM) }
    let id = try place.add("会", to: "office")
    try place.run("sync", address, in: "office")
    for call in [["receipts"], ["receipts", id]] {
      let lines = try Program(call + ["--lang", "zh", "--store", place["office"]], json: false).finish().out
        .split(separator: "\n")
      #expect(lines.first?.contains("签收单位") == true, "\(lines)")
      #expect(
        lines.contains { $0.hasPrefix("自治区局") && $0.contains("拉萨市局") && $0.contains("拉萨市 540100") },
        "\(lines)")
    }
  }
}
