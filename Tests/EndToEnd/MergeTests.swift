import Foundation
import Testing

/// `merge` as people run it: of backups, rehearsed, accounted for, killed midway.
@Suite(.offPool) struct MergeTests {
  /// A region and an office that edited one record apart; the office's backup.
  private func apart() throws -> (place: Workplace, backup: String, id: String) {
    let place = try Workplace()
    let (server, address) = try place.region()
    let id = try place.add("标准宣贯会", to: "office")
    try ok("sync", address, "--store", place["office"])
    server.kill(SIGTERM)
    _ = server.finish()
    try ok("edit", id, "--set", "title=标准宣贯大会", "--store", place["office"])
    try ok("edit", id, "--set", "title=标准化宣贯会", "--store", place["region"])
    try ok("edit", id, "--set", "notes=甲", "--store", place["office"])
    try ok("edit", id, "--set", "notes=乙", "--store", place["region"])
    _ = try place.add("新会", to: "office")
    try ok("backup", place["office.backup"], "--store", place["office"])
    return (place, place["office.backup"], id)
  }

  @discardableResult
  private func ok(_ arguments: String..., location: SourceLocation = #_sourceLocation) throws
    -> Program.Result
  {
    let result = try Program(arguments).finish()
    #expect(result.exitCode == 0, "\(arguments): \(result.err)", sourceLocation: location)
    return result
  }

  private func figures(_ object: [String: Any]) -> [String: Int] {
    object.compactMapValues { $0 as? Int }.filter { !["dry_run", "needs_enrolment"].contains($0.key) }
  }

  @Test func aRehearsalSaysWhatTheMergeThenDoes() throws {
    let (place, backup, _) = try apart()
    let region = place["region"]
    let call = ["merge", backup, "--decide", "latest", "--store", region]
    let before = try ok("status", "--store", region).object
    let rehearsed = try Program(call + ["--dry-run"]).finish()
    #expect(rehearsed.exitCode == 0, "\(rehearsed.err)")
    #expect(rehearsed.object["dry_run"] as? Bool == true)
    let after = try ok("status", "--store", region).object
    #expect(after["fingerprint"] as? String == before["fingerprint"] as? String)
    #expect(after["changes"] as? Int == before["changes"] as? Int)
    let merged = try Program(call).finish()
    #expect(figures(merged.object) == figures(rehearsed.object), "\(merged.out) \(rehearsed.out)")
    #expect(
      figures(merged.object) == [
        "records_new": 1, "records_changed": 1, "conflicts_decided": 1, "conflicts_open": 1,
        "duplicates_suspected": 0, "forked_logs": 0, "withdrawn": 0, "conflicts_reopened": 0,
      ])
    // Again: nothing twice.
    let again = try Program(call).finish().object
    #expect(again["records_new"] as? Int == 0 && again["records_changed"] as? Int == 0)
    #expect(((again["sources"] as? [[String: Any]])?.first?["applied"] as? Int) == 0)
  }

  @Test func theAccountComesAsPageTextAndJSON() throws {
    let (place, backup, id) = try apart()
    func account(_ name: String, _ language: String) throws -> String {
      let path = place[name]
      let result = try Program(
        [
          "merge", backup, place["nothing.tzb"], "--decide", "latest", "--dry-run", "--report", path,
          "--lang",
          language, "--store", place["region"],
        ], json: false
      ).finish()
      // What is not there is said, and accounted for with the rest.
      #expect(result.exitCode == 66, "\(result.err)")
      return String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
    }
    let page = try account("合并.html", "zh")
    for text in ["<h1>合并试运行</h1>", "拉萨市局", "标准化宣贯会", "以最后填写的为准", "待裁定", "没有文件"] {
      #expect(page.contains(text), "\(text)")
    }
    #expect(!page.contains("http://") && !page.contains("https://") && !page.contains("<script"))
    let text = try account("merge.txt", "en")
    for word in ["Settled by rule", "the latest", "Open conflicts", "office.backup"] {
      #expect(text.contains(word), "\(word) \(text)")
    }
    let data = Data(try account("merge.json", "en").utf8)
    let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    let decided = try #require((object["decided"] as? [[String: Any]])?.first)
    #expect(decided["rule"] as? String == "latest")
    #expect((decided["conflict"] as? [String: Any])?["field"] as? String == "title")
    let waiting = try #require(object["waiting"] as? [[String: Any]])
    #expect(waiting.map { $0["field"] as? String } == ["notes"] && waiting[0]["record"] as? String == id)
    let refused = try Program.run("merge", backup, "--report", place["a.pdf"], "--store", place["region"])
    #expect(refused.exitCode == 64 && refused.errorCode == "usage", "\(refused.err)")
  }

  /// One by one on a terminal: a proposal of both, undo, an editor; each decision is a change and told by `history`.
  @Test func conflictsAreSettledOneByOneOnATerminal() throws {
    let (place, backup, id) = try apart()
    let region = place["region"]
    let first = try Terminal(
      ["merge", backup, "--decide", "ask", "--lang", "zh", "--operator", "央金", "--store", region])
    first.wait(for: "1/2")
    first.wait(for: "备注：各自修改")
    first.wait(for: "[1-2 取该值")
    first.type("1")
    first.wait(for: "已裁定")
    first.wait(for: "2/2")
    first.wait(for: "原值")
    first.wait(for: "合并建议")
    first.wait(for: "标准化宣贯大会")
    first.wait(for: "[1-2 取该值")
    first.type("9")
    first.wait(for: "9")
    first.wait(for: "[1-2 取该值")
    first.type("u")
    first.wait(for: "已撤销")
    first.wait(for: "1/2")
    first.wait(for: "[1-2 取该值")
    first.type("2")
    first.wait(for: "2/2")
    first.wait(for: "[1-2 取该值")
    first.type("q")
    #expect(first.finish() == 0, "\(first.shown)")
    let open = try ok("conflicts", "--store", region).objects
    #expect(open.map { $0["field"] as? String } == ["title"])
    // The proposal, through the person's editor; without colour what differs is marked by signs.
    let second = try Terminal(
      ["conflicts", "settle", "--no-color", "--lang", "en", "--store", region],
      environment: ["VISUAL": "", "EDITOR": "sed -i s/大会/大会（二）/"])
    second.wait(for: "[-化-]")
    second.wait(for: "{+大+}")
    second.wait(for: "Proposal:")
    second.wait(for: "[1-2 take it")
    second.type("e")
    second.wait(for: "Settled")
    #expect(second.finish() == 0, "\(second.shown)")
    let fields = try ok("show", id, "--store", region).object["fields"] as? [String: Any]
    #expect(fields?["title"] as? String == "标准化宣贯大会（二）", "\(String(describing: fields))")
    let story = try Program(["history", id, "--lang", "zh", "--store", region], json: false).finish().out
    for text in ["（央金）撤销裁定，“备注”重新待定", "“标题”由“标准宣贯会”改为“标准化宣贯会”，当时没有看到“标准宣贯大会”"] {
      #expect(story.contains(text), "\(text): \(story)")
    }
  }

  /// The account stands while a person is asked, and is written anew with what came of it.
  @Test func theAccountIsWrittenAgainAfterTheQuestions() throws {
    let (place, backup, _) = try apart()
    func account() throws -> [String: Any] {
      let data = FileManager.default.contents(atPath: place["合并.json"]) ?? Data()
      return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    }
    let terminal = try Terminal(
      [
        "merge", backup, "--decide", "ask", "--report", place["合并.json"], "--lang", "zh", "--store",
        place["region"],
      ])
    terminal.wait(for: "1/2")
    terminal.wait(for: "[1-2 取该值")
    let first = try account()
    #expect(first["conflicts_open"] as? Int == 2 && first["conflicts_decided"] as? Int == 0, "\(first)")
    #expect(first["records_new"] as? Int == 1)
    terminal.type("1")
    terminal.wait(for: "已裁定")
    terminal.wait(for: "2/2")
    terminal.wait(for: "[1-2 取该值")
    terminal.type("q")
    #expect(terminal.finish() == 0, "\(terminal.shown)")
    let second = try account()
    #expect(second["conflicts_open"] as? Int == 1 && second["conflicts_decided"] as? Int == 1, "\(second)")
    #expect((second["waiting"] as? [[String: Any]])?.map { $0["field"] as? String } == ["title"])
    #expect(second["records_new"] as? Int == 1)
    let left = try FileManager.default.contentsOfDirectory(atPath: place["."]).filter { $0.hasPrefix("合并") }
    #expect(left == ["合并.json"])
  }

  /// A rule that a merge broke: each value with its field, the rule in words, closed by an edit where it was asked.
  @Test func aBrokenRuleIsExplainedAndMendedOnATerminal() throws {
    let place = try Workplace()
    let (server, address) = try place.region()
    defer { server.kill(SIGTERM) }
    let id = try place.add("会", to: "office")
    try ok("sync", address, "--store", place["office"])
    try ok("edit", id, "--set", "end_date=2025-09-12", "--store", place["office"])
    try ok("edit", id, "--set", "date=2025-09-15", "--store", place["region"])
    try ok("sync", address, "--store", place["office"])
    let open = try ok("conflicts", "--store", place["region"]).object
    let candidates = try #require(open["candidates"] as? [[String: Any]])
    #expect(open["reason"] as? String == "invalid")
    let rule = try #require((open["rules"] as? [[String: Any]])?.first)
    #expect(rule["code"] as? String == "not-before" && rule["fields"] is [String], "\(rule)")
    #expect(Set(candidates.compactMap { $0["field"] as? String }) == ["date", "end_date"])
    let listed = try Program(["conflicts", "--lang", "zh", "--store", place["region"]], json: false).finish()
      .out
    #expect(listed.contains("结束日期 2025-09-12") && listed.contains("  ! "), "\(listed)")
    let terminal = try Terminal(["conflicts", "settle", "--lang", "zh", "--store", place["region"]])
    terminal.wait(for: "  ! ")
    terminal.answer(["v 修改（字段=值）": "v", "新值": "end_date=2025-09-14"])
    // Such an edit is refused, as it is everywhere.
    terminal.answer(["v 修改（字段=值）": "v", "新值": "结束日期=2025-09-16"])
    terminal.wait(for: "冲突已消除")
    #expect(terminal.finish() == 0, "\(terminal.shown)")
    #expect(try ok("conflicts", "--store", place["region"]).objects.isEmpty)
  }

  @Test func whoCannotBeAskedIsToldHow() throws {
    let place = try Workplace()
    try ok("init", "--division", "540000", "--name", "自治区局", "--region", "--store", place["region"])
    for call in [
      ["merge", "--decide", "ask"], ["merge", "--decide", "ask", "--dry-run"], ["conflicts", "settle"],
    ] {
      let result = try Program(call + ["--store", place["region"]]).finish()
      #expect(result.exitCode == 64 && result.errorCode == "usage", "\(call): \(result.err)")
    }
  }

  /// A pasted text of several lines is one value, or nothing: its second line answers no other conflict.
  @Test func aPasteOfSeveralLinesAnswersNothingElse() throws {
    let (place, backup, id) = try apart()
    let region = place["region"]
    let terminal = try Terminal(["merge", backup, "--decide", "ask", "--lang", "zh", "--store", region])
    terminal.wait(for: "1/2")
    terminal.wait(for: "[1-2 取该值")
    terminal.type("v")
    terminal.wait(for: "新值")
    terminal.type("第一行", "1", "1")
    terminal.wait(for: "贴入 3 行")
    terminal.type("n")
    terminal.wait(for: "[1-2 取该值")
    terminal.type("v")
    terminal.wait(for: "新值")
    terminal.type("第一行", "第二行")
    terminal.wait(for: "贴入 2 行")
    terminal.type("y")
    terminal.wait(for: "已裁定")
    terminal.wait(for: "2/2")
    terminal.wait(for: "[1-2 取该值")
    terminal.type("q")
    #expect(terminal.finish() == 0, "\(terminal.shown)")
    let shown = try ok("show", id, "--store", region).object
    let fields = shown["fields"] as? [String: Any]
    #expect(fields?["notes"] as? String == "第一行\n第二行", "\(shown)")
    #expect(shown["conflicts"] as? [String] == ["title"])
  }

  /// Who is asked to end says what is in, leaves nothing behind, and dies of the signal; so does a rehearsal.
  @Test(arguments: [[], ["--dry-run"]])
  func aMergeThatIsAskedToEndSaysWhatIsIn(_ options: [String]) throws {
    let (place, stick) = try fullStick()
    let program = try Program(["merge", stick, "--lang", "en", "--store", place["region"]] + options)
    // The first source is told once it is in.
    #expect(program.waits { program.errorText.contains("0.backup") })
    program.kill(SIGTERM)
    let result = program.finish()
    #expect(result.exitCode == -SIGTERM && result.errorCode == "interrupted", "\(result)")
    let sources = result.object["sources"] as? [[String: Any]] ?? []
    #expect((1...4).contains(sources.count) && sources.last?["reason"] as? String == "interrupted")
    let names = try FileManager.default.contentsOfDirectory(atPath: place["region"])
    #expect(!names.contains { $0.hasPrefix("merge-") }, "\(names)")
    let records = try ok("status", "--store", place["region"]).object["records"] as? Int
    #expect(records == (options.isEmpty ? result.object["records_new"] as? Int : 0))
  }

  /// Invariant 7: killed at any moment and run again, a merge of several sources comes to what one whole run does.
  @Test func invariant7AMergeKilledMidwayIsRepeated() throws {
    let (place, stick) = try fullStick()
    var hits = 0
    for round in 0..<4 {
      let program = try Program(["merge", stick, "--store", place["region"]])
      // A source is under way once its copy lies beside the store.
      let isUnderWay = program.waits {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: place["region"])) ?? []
        return names.contains { $0.hasPrefix("merge-") }
      }
      program.kill(round % 2 == 0 ? SIGKILL : SIGTERM)
      if isUnderWay, program.finish().exitCode < 0 { hits += 1 }
      #expect(try ok("verify", "--store", place["region"]).object["ok"] as? Bool == true, "round \(round)")
    }
    #expect(hits >= 2, "only \(hits) of 4 kills hit a merge that was under way")
    try ok("merge", stick, "--store", place["region"])
    #expect(try ok("status", "--store", place["region"]).object["records"] as? Int == 1600)
    let again = try ok("merge", stick, "--store", place["region"]).object
    #expect(again["records_new"] as? Int == 0 && again["records_changed"] as? Int == 0)
  }

  /// Four backups of one office, each with 400 records more than the one before.
  private func fullStick() throws -> (place: Workplace, stick: String) {
    let place = try Workplace()
    let (server, address) = try place.region()
    try ok("sync", address, "--store", place["office"])
    server.kill(SIGTERM)
    _ = server.finish()
    try FileManager.default.createDirectory(atPath: place["stick"], withIntermediateDirectories: true)
    for number in 0..<4 {
      let ledger = try place.ledger("a.csv", rows: 400)
      try Data(
        String(decoding: FileManager.default.contents(atPath: ledger) ?? Data(), as: UTF8.self)
          .replacingOccurrences(of: "第", with: "第\(number)-").utf8
      ).write(to: URL(fileURLWithPath: ledger))
      try ok("import", ledger, "--store", place["office"])
      try ok("backup", place["stick"] + "/\(number).backup", "--store", place["office"])
    }
    return (place, place["stick"])
  }
}
