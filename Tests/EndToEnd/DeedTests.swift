import Foundation
import Testing

/// A command says what it did, whom it concerned, and what comes next.
@Suite(.offPool) struct DeedTests {
  @discardableResult
  private func text(_ arguments: String...) throws -> Program.Result {
    try Program(arguments + ["--lang", "zh"], json: false).finish()
  }

  @Test func anInvitationSaysHowLongItIsGoodAndWhatIsTypedThere() throws {
    let place = try Workplace()
    let region = place["region"]
    try Program.run("init", "--division", "540000", "--name", "自治区局", "--region", "--store", region)
    let invited = try text(
      "office", "invite", "--division", "540100", "--name", "拉萨市局", "--store", region)
    let token = invited.out.trimmingCharacters(in: .newlines)
    #expect(token.hasPrefix("tz1-") && !token.contains("\n"), "\(invited.out)")
    #expect(invited.err.contains("有效至 ") && invited.err.contains("--token \(token)"), "\(invited.err)")
    let none = try Program.run(
      "office", "invite", "--division", "540100", "--name", "拉萨市局", "--days", "0", "--store", region)
    #expect(none.exitCode == 64 && none.errorCode == "usage", "\(none.err)")
  }

  @Test func aSignatureSaysWhomWhereAndUntilWhen() throws {
    let place = try Workplace()
    let (region, office) = (place["region"], place["office"])
    try Program.run("init", "--division", "540000", "--name", "自治区局", "--region", "--store", region)
    try Program.run("init", "--division", "540100", "--name", "拉萨市局", "--store", office)
    try Program.run("join", "--request", place["a.csr"], "--store", office)
    let signed = try text("office", "sign", place["a.csr"], "-o", place["a.pem"], "--store", region)
    #expect(signed.exitCode == 0, "\(signed.err)")
    for part in ["拉萨市局", "拉萨市 540100", "有效至 "] { #expect(signed.out.contains(part), "\(signed.out)") }
    // By files no address comes along.
    let joined = try text("join", "--certificate", place["a.pem"], "--store", office)
    #expect(joined.exitCode == 0 && joined.err.contains("taizhang peer add"), "\(joined.err)")
  }

  /// An invitation for another division than the store was made for: what was recorded goes along, and that is said.
  @Test func joiningIntoAnotherDivisionSaysWhatWasMadeAnew() throws {
    let place = try Workplace()
    let (server, address) = try place.region()
    defer { server.kill(SIGTERM) }
    try Program.run("init", "--division", "540102", "--name", "新局", "--store", place["new"])
    for title in ["一", "二", "三"] { try place.add(title, to: "new") }
    let token = try #require(
      try Program.run(
        "office", "invite", "--division", "540200", "--name", "新局", "--store", place["region"]
      ).object["token"] as? String)
    let joined = try text("join", address, "--token", token, "--store", place["new"])
    #expect(joined.exitCode == 0, "\(joined.err)")
    for part in ["城关区 540102", "日喀则市 540200", "3 条记录"] {
      #expect(joined.err.contains(part), "\(part): \(joined.err)")
    }
    #expect(try Program.run("list", "--division", "540200", "--store", place["new"]).objects.count == 3)
  }

  @Test func aDivisionThatIsNotThereIsHelpedWithWithoutAStore() throws {
    let place = try Workplace()
    let near = try text("init", "--division", "拉萨", "--name", "局", "--store", place["a"])
    #expect(near.exitCode == 65 && near.err.contains("540100 拉萨市"), "\(near.err)")
    let none = try text("init", "--division", "999999", "--name", "局", "--store", place["a"])
    #expect(none.err.contains("540000 西藏自治区") && !none.err.contains("plan show"), "\(none.err)")
    #expect(!FileManager.default.fileExists(atPath: place["a"]))
  }

  @Test func smallDeedsAreSaidToo() throws {
    let place = try Workplace()
    let store = place["region"]
    try Program.run("init", "--division", "540000", "--name", "自治区局", "--region", "--store", store)
    let a = try place.add("电梯安全宣传周进社区", to: "region")
    let second = try Program(
      [
        "add", "training", "--set", "title=电梯安全宣传周进社区", "--set", "date=2025-09-10", "--set",
        "plan_items=4.2", "--set", "organiser=市场监管局", "--set", "topic=standards", "--lang", "zh", "--store",
        store,
      ]
    ).finish()
    let b = try #require(second.object["id"] as? String)
    #expect(second.err.contains("taizhang duplicates link \(b) \(a)"), "\(second.err)")
    #expect(try text("duplicates", "--store", store).err.contains("duplicates dismiss"))
    for (deed, part) in [("link", "只计一条"), ("unlink", "已撤销"), ("dismiss", "两项活动")] {
      let done = try text("duplicates", deed, a, b, "--store", store)
      #expect(done.exitCode == 0 && done.out.contains(part) && !done.out.contains("%"), "\(done.out)")
    }
    let report = try text("report", "summary", "-o", place["r.txt"], "--store", store)
    #expect(report.err.contains(place["r.txt"]), "\(report.err)")
    try text("plan", "export", "-o", place["p.yaml"], "--store", store)
    let same = try text("plan", "import", place["p.yaml"], "--store", store)
    #expect(same.out.contains("没有改动") && same.out.split(separator: "\n").count == 1, "\(same.out)")
    try text("peer", "add", "127.0.0.1:7400", "--store", store)
    #expect(try text("peer", "remove", "127.0.0.1:7400", "--store", store).out.contains("已取消登记"))
    try Data("x".utf8).write(to: URL(fileURLWithPath: place["a.jpg"]))
    try text("attach", a, place["a.jpg"], "--store", store)
    let got = try text("attachment", "get", a, "a.jpg", "-o", place["b.jpg"], "--store", store)
    #expect(got.out.contains("写入") && got.out.contains("b.jpg"), "\(got.out)")
    let again = try text("attachment", "get", a, "a.jpg", "-o", place["b.jpg"], "--store", store)
    #expect(again.out.contains("替换了原有的"), "\(again.out)")
    #expect(try text("attachment", "remove", a, "a.jpg", "--store", store).out.contains("已从记录上取下"))
    #expect(try text("office", "revoke", "没有的局", "--store", store).err.contains("没有叫“没有的局”的"))
    // A plan item is cited by its number.
    let shown = try text("show", a, "--store", store).out
    let line = shown.split(separator: "\n").first { $0.hasPrefix("计划条目") } ?? ""
    #expect(line.contains("4.2 "), "\(shown)")
  }

  @Test func onATerminalAListNamesRecordsShortlyAndSaysWhereThereIsNone() throws {
    let place = try Workplace()
    let store = place["office"]
    try Program.run("init", "--division", "540100", "--name", "拉萨市局", "--store", store)
    for command in [["list"], ["search", "无"], ["quarantine"]] {
      let empty = try Terminal(command + ["--lang", "zh", "--store", store], showsOutput: true)
      empty.wait(for: "没有")
      #expect(empty.finish() == 0)
      #expect(try Program(command + ["--store", store], json: false).finish().err.isEmpty)
    }
    let ids = try (0..<6).map { try place.add("会\($0)", to: "office") }
    let terminal = try Terminal(["list", "--lang", "zh", "--store", store], showsOutput: true)
    #expect(terminal.finish() == 0)
    let shown = terminal.shown.split(separator: "\n").dropFirst().compactMap {
      $0.split(separator: " ").first.map(String.init)
    }
    #expect(shown.count == ids.count, "\(terminal.shown)")
    for short in shown {
      #expect(short.filter { $0 != "-" }.count >= 8 && short.count < 36, "\(short)")
      let record = try Program.run("show", short, "--store", store)
      #expect((record.object["id"] as? String)?.hasPrefix(short) == true, "\(short): \(record.err)")
    }
    let plain = try Program(["list", "--lang", "zh", "--store", store], json: false).finish().out
    #expect(ids.allSatisfy(plain.contains), "\(plain)")
    let common = String(ids[0].prefix(4))
    let many = try text("show", common, "--store", store)
    #expect(many.exitCode == 65 && many.err.contains("6 条记录"), "\(many.err)")
  }
}
