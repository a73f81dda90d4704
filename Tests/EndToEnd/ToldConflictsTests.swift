import Foundation
import Testing

/// What a conflict is about, and how it was settled, is told as it is.
@Suite(.offPool) struct ToldConflictsTests {
  private func text(_ arguments: String..., lang: String = "zh") throws -> String {
    try Program(arguments + ["--lang", lang], json: false).finish().out
  }

  /// A record that the region deleted and the office edited, both unseen.
  private func deletedAndEdited(_ place: Workplace, _ address: String) throws -> String {
    let id = try place.add("会", to: "office")
    try place.run("sync", address, in: "office")
    try place.run("delete", id, in: "region")
    try place.run("edit", id, "--set", "place=礼堂", in: "office")
    try place.run("sync", address, in: "office")
    return id
  }

  @Test func aDecisionOnADeletionIsOneInTheHistory() throws {
    let place = try Workplace()
    let (server, address) = try place.region()
    defer { server.kill(SIGTERM) }
    for (take, isDeleted, zh, en) in [
      ("1", false, "裁定保留记录", "settled that the record is kept"),
      ("2", true, "裁定删除记录", "settled that the record is deleted"),
    ] {
      let id = try deletedAndEdited(place, address)
      try place.run("conflicts", "resolve", id, "deleted", "--take", take, in: "region")
      try place.run("sync", address, in: "office")
      for store in ["region", "office"] {
        let lines = try place.run("history", id, in: store).objects.filter {
          $0["field"] as? String == "deleted"
        }
        #expect(lines.map { $0["resolves"] as? Bool } == [false, true], "\(lines)")
        #expect(lines.map { $0["from"] as? Bool } == [false, false], "\(lines)")
        #expect(lines.map { $0["to"] as? Bool } == [true, isDeleted], "\(lines)")
        #expect(try text("history", id, "--store", place[store]).contains(zh))
        #expect(try text("history", id, "--store", place[store], lang: "en").contains(en))
      }
    }
  }

  @Test func whatWasDeletedAndComesBackIsNoDecision() throws {
    let place = try Workplace()
    try Program.run("init", "--division", "540100", "--name", "拉萨市局", "--store", place["office"])
    let id = try place.add("会", to: "office")
    try place.run("delete", id, in: "office")
    try place.run("restore", id, in: "office")
    let lines = try place.run("history", id, in: "office").objects.filter {
      $0["field"] as? String == "deleted"
    }
    #expect(lines.map { $0["resolves"] as? Bool } == [false, false], "\(lines)")
    #expect(
      lines.map { $0["from"] as? Bool } == [false, true] && lines.map { $0["to"] as? Bool } == [true, false])
    let story = try text("history", id, "--store", place["office"], lang: "en")
    #expect(story.contains("brought the record back") && !story.contains("kept"), "\(story)")
  }

  @Test func aSharedValueIsShown() throws {
    let place = try Workplace()
    try Program.run("init", "--division", "540100", "--name", "拉萨市局", "--store", place["office"])
    for title in ["甲案", "乙案"] {
      try place.run(
        "add", "enforcement", "--set", "title=\(title)", "--set", "date=2025-09-10", "--set",
        "plan_items=4.4",
        "--set", "organiser=局", "--set", "operation=iron_fist", "--set", "case_number=藏市监〔2025〕7号", "--set",
        "violation=事实", in: "office")
    }
    let open = try place.run("conflicts", in: "office").objects
    #expect(open.map { $0["shown"] as? String } == ["藏市监〔2025〕7号", "藏市监〔2025〕7号"], "\(open)")
    #expect(try text("conflicts", "--store", place["office"]).contains("现值：藏市监〔2025〕7号"))
    let terminal = try Terminal(["conflicts", "settle", "--lang", "zh", "--store", place["office"]])
    terminal.wait(for: "现值：藏市监〔2025〕7号")
    terminal.type("q")
    #expect(terminal.finish() == 0)
  }

  @Test func aRuleOfAWholeKindIsNamedInWords() throws {
    let place = try Workplace()
    try Program.run("init", "--division", "540100", "--name", "拉萨市局", "--store", place["office"])
    var ids: [String] = []
    for title in ["总结", "又一份总结"] {
      let added = try place.run(
        "add", "summary", "--set", "title=\(title)", "--set", "date=2025-10-10", "--set", "plan_items=4.2",
        "--set",
        "organiser=局", "--set", "body=正文", in: "office")
      ids.append(try #require(added.object["id"] as? String))
    }
    let listed = try text("conflicts", "--store", place["office"])
    #expect(listed.contains("份数") && !listed.contains("unique"), "\(listed)")
    let refused = try Program.run(
      "conflicts", "resolve", ids[0], "unique", "--take", "1", "--store", place["office"])
    #expect(refused.exitCode == 65 && refused.errorCode == "closed-by-edit", "\(refused.err)")
    for command in [["resolve", ids[0], "titel", "--take", "1"], ["undo", ids[0], "titel"]] {
      let unknown = try Program(["conflicts"] + command + ["--store", place["office"]]).finish()
      #expect(unknown.exitCode == 65 && unknown.errorCode == "unknown-field", "\(unknown.err)")
      #expect(unknown.err.contains("title"), "\(unknown.err)")
    }
  }

  @Test func eachValueOfABrokenRuleIsShownAndNoneHasANumber() throws {
    let place = try Workplace()
    let (server, address) = try place.region()
    defer { server.kill(SIGTERM) }
    let id = try place.add("会", to: "office")
    try place.run("sync", address, in: "office")
    try place.run("edit", id, "--set", "end_date=2025-09-12", in: "office")
    try place.run("edit", id, "--set", "date=2025-09-15", in: "region")
    try place.run("sync", address, in: "office")
    let open = try place.run("conflicts", in: "region").object
    let candidates = try #require(open["candidates"] as? [[String: Any]])
    #expect(open["reason"] as? String == "invalid")
    #expect(candidates.map { $0["shown"] as? Bool } == [true, true], "\(open)")
    let field = try #require(open["field"] as? String)
    let own = candidates.first { $0["field"] as? String == field }
    #expect(open["shown"] as? String == own?["value"] as? String, "\(open)")
    let listed = try text("conflicts", "--store", place["region"])
    #expect(listed.contains("  · ") && !listed.contains("  1. "), "\(listed)")
  }

  @Test func theReasonOfARedactionIsNotTakenForTheText() throws {
    let place = try Workplace()
    try Program.run("init", "--division", "540000", "--name", "自治区局", "--region", "--store", place["region"])
    let id = try place.add("会", to: "region")
    try place.run("edit", id, "--set", "notes=张三", in: "region")
    try place.run("redact", id, "--field", "notes", "--reason", "个人信息", in: "region")
    #expect(try text("history", id, "--store", place["region"]).contains("，理由：个人信息"))
    #expect(try text("history", id, "--store", place["region"], lang: "en").contains("(reason: 个人信息)"))
  }

  /// A prefecture's row includes its counties', at its own store as at the region's.
  @Test func aPrefecturesOwnSummaryNestsItsCounties() throws {
    let place = try Workplace()
    let (server, address) = try place.region()
    defer { server.kill(SIGTERM) }
    try place.add("市会", to: "office")
    try place.run(
      "add", "training", "--division", "540102", "--set", "title=区会", "--set", "date=2025-09-10", "--set",
      "plan_items=4.2", "--set", "organiser=局", "--set", "topic=standards", in: "office")
    try place.run("sync", address, in: "office")
    func row(_ store: String) throws -> [String: Any]? {
      let rows = try place.run("report", "summary", in: store).object["rows"] as? [[String: Any]]
      return rows?.first { $0["division"] as? String == "540100" }
    }
    for store in ["office", "region"] {
      let row = try #require(try row(store))
      #expect(row["records"] as? Int == 2 && row["itself"] as? Bool == false, "\(row)")
      let children = row["children"] as? [[String: Any]]
      #expect(children?.first { $0["division"] as? String == "540102" }?["records"] as? Int == 1, "\(row)")
    }
    #expect(try text("report", "summary", "--store", place["office"]).contains("拉萨市本级"))
  }
}
