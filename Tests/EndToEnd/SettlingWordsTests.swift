import Foundation
import Testing

/// What is told of conflicts: what an edit settled, what takes it back, where a record went, who else has the value.
@Suite(.offPool) struct SettlingWordsTests {
  @discardableResult
  private func ok(_ arguments: String..., location: SourceLocation = #_sourceLocation) throws
    -> Program.Result
  {
    let result = try Program(arguments).finish()
    #expect(result.exitCode == 0, "\(arguments): \(result.err)", sourceLocation: location)
    return result
  }

  private func text(_ arguments: String...) throws -> Program.Result {
    try Program(arguments + ["--lang", "zh"], json: false).finish()
  }

  /// Sends what both have written to each other.
  private func sync(_ place: Workplace, _ address: String) throws {
    try ok("sync", address, "--store", place["office"])
  }

  /// An ordinary edit names all living values of the cell, and says what it settles.
  @Test func anEditThatSettlesAConflictSaysSoAndIsTakenBack() throws {
    let place = try Workplace()
    let (server, address) = try place.region()
    defer { server.kill(SIGTERM) }
    let region = place["region"]
    let id = try place.add("会", to: "office")
    try sync(place, address)
    try ok("edit", id, "--set", "place=礼堂", "--store", place["office"])
    try ok("edit", id, "--set", "place=广场", "--store", region)
    try sync(place, address)
    let quiet = try text("edit", id, "--set", "organiser=甲局", "--store", region)
    #expect(quiet.exitCode == 0 && !quiet.err.contains("裁定"), "\(quiet.err)")
    let edited = try text("edit", id, "--set", "place=剧院", "--store", region)
    for part in ["裁定了冲突：地点", "“礼堂”", "“广场”", "taizhang conflicts undo \(id) place"] {
      #expect(edited.err.contains(part), "\(part): \(edited.err)")
    }
    #expect(!edited.err.contains("“剧院”"), "\(edited.err)")
    let undone = try text("conflicts", "undo", id, "地点", "--store", region)
    #expect(undone.exitCode == 0 && undone.err.contains("“地点”重新待定"), "\(undone.err)")
    #expect(try ok("conflicts", "--store", region).objects.count == 1)
    let taken = try text("conflicts", "resolve", id, "place", "--take", "1", "--store", region)
    #expect(taken.err.contains("裁定了冲突：地点") && taken.err.contains("未采用的值"), "\(taken.err)")
    let none = try text("conflicts", "undo", id, "title", "--store", region)
    #expect(none.exitCode == 65 && none.err.contains("标题（title）没有可撤销的裁定"), "\(none.err)")
  }

  /// A record that the office edited and the region deleted, or moved.
  private func deletedOrMoved(_ place: Workplace, _ address: String, _ command: [String]) throws -> String {
    let id = try place.add("会", to: "office")
    try sync(place, address)
    #expect(
      try Program([command[0], id] + command.dropFirst() + ["--store", place["region"]]).finish().exitCode
        == 0)
    try ok("edit", id, "--set", "place=礼堂", "--store", place["office"])
    try sync(place, address)
    return id
  }

  @Test func aDeletionIsNamedInWordsAndItsWayBackIsSaid() throws {
    let place = try Workplace()
    let (server, address) = try place.region()
    defer { server.kill(SIGTERM) }
    let region = place["region"]
    for name in ["删除", "deletion", "Deleted"] {
      let id = try deletedOrMoved(place, address, ["delete"])
      let kept = try text("conflicts", "resolve", id, name, "--value", "no", "--store", region)
      #expect(kept.exitCode == 0 && kept.err.contains("taizhang delete \(id)"), "\(name): \(kept.err)")
    }
    let first = try deletedOrMoved(place, address, ["delete"])
    let second = try deletedOrMoved(place, address, ["delete"])
    let ids = [first, second].sorted()
    let terminal = try Terminal([
      "conflicts", "settle", "--kind", "training", "--lang", "zh", "--store", region,
    ])
    terminal.wait(for: "1/2")
    terminal.wait(for: "[1-2 取该值")
    #expect(!terminal.shown.contains("u 撤销上一个"), "\(terminal.shown)")
    // The first candidate is to keep it.
    terminal.type("1")
    terminal.wait(for: "2/2")
    terminal.wait(for: "[1-2 取该值")
    #expect(!terminal.shown.contains("u 撤销上一个"), "\(terminal.shown)")
    terminal.type("u")
    terminal.wait(for: "上一个保留了记录：要删除用 taizhang delete")
    terminal.wait(for: "[1-2 取该值")
    terminal.type("q")
    #expect(terminal.finish() == 0)
    #expect(ids.contains { terminal.shown.contains("taizhang delete \($0)") }, "\(terminal.shown)")
  }

  /// What is left is counted under the filter that was asked for.
  @Test func whatIsLeftIsCountedUnderTheSameFilter() throws {
    let place = try Workplace()
    let (server, address) = try place.region()
    defer { server.kill(SIGTERM) }
    let region = place["region"]
    _ = try deletedOrMoved(place, address, ["delete"])
    let settle = try Terminal(
      ["conflicts", "settle", "--kind", "summary", "--lang", "zh", "--store", region], showsOutput: true)
    settle.wait(for: "已裁定 0，待裁定 0")
    #expect(settle.finish() == 0)
    let all = try Terminal(["conflicts", "settle", "--lang", "zh", "--store", region], showsOutput: true)
    all.wait(for: "1/1")
    all.wait(for: "[1-2 取该值")
    all.type("q")
    all.wait(for: "已裁定 0，待裁定 1")
    #expect(all.finish() == 0)
  }

  @Test func whereAMovedRecordWentIsNoEqualValue() throws {
    let place = try Workplace()
    let (server, address) = try place.region()
    defer { server.kill(SIGTERM) }
    let region = place["region"]
    let id = try deletedOrMoved(place, address, ["move", "--division", "540102"])
    let heir =
      try #require(
        try ok("conflicts", "--store", region).objects.first { $0["record"] as? String == id }?["others"]
          as? [String]
      ).first ?? ""
    let listed = try text("conflicts", "--store", region)
    #expect(listed.out.contains("已迁往 \(heir)（城关区 540102）"), "\(listed.out)")
    #expect(try text("merge", "--report", place["m.txt"], "--store", region).exitCode == 0)
    let account = try String(contentsOfFile: place["m.txt"], encoding: .utf8)
    #expect(account.contains("已迁往"), "\(account)")
    let terminal = try Terminal(["conflicts", "settle", "--lang", "zh", "--store", region])
    terminal.wait(for: "已迁往")
    terminal.type("q")
    #expect(terminal.finish() == 0 && !terminal.shown.contains("同值记录"), "\(terminal.shown)")
  }

  @Test func aSecondSummaryIsSaidInWords() throws {
    let place = try Workplace()
    let store = place["office"]
    try ok("init", "--division", "540100", "--name", "拉萨市局", "--store", store)
    let ids = try ["总结", "又一份总结"].map { title in
      try #require(
        try ok(
          "add", "summary", "--set", "title=\(title)", "--set", "date=2025-10-10", "--set", "plan_items=4.2",
          "--set", "organiser=局", "--set", "body=正文", "--store", store
        ).object["id"] as? String)
    }
    let listed = try text("conflicts", "--store", store)
    #expect(listed.out.contains("每个单位只报一份"), "\(listed.out)")
    #expect(listed.out.contains("= \(ids[1])  又一份总结（拉萨市局）"), "\(listed.out)")
    let others = try ok("conflicts", "--store", store).objects.map { $0["others"] as? [String] }
    #expect(Set(others) == [[ids[0]], [ids[1]]])
    #expect(try text("show", ids[0], "--store", store).out.contains("每个单位只报一份"))
    let terminal = try Terminal(["conflicts", "settle", "--lang", "zh", "--store", store])
    terminal.wait(for: "d 删除本记录")
    terminal.type("q")
    #expect(terminal.finish() == 0)
    #expect(terminal.shown.contains(ids[1]) && !terminal.shown.contains("同值记录"), "\(terminal.shown)")
  }

  /// What a deletion did not see is named, be it an attachment or a link, and all of it counted.
  @Test func whatADeletionDidNotSeeIsNamedWhateverItIs() throws {
    let place = try Workplace()
    let (server, address) = try place.region()
    defer { server.kill(SIGTERM) }
    let (id, other) = (try place.add("会", to: "office"), try place.add("另一会", to: "office"))
    try sync(place, address)
    try Data("照片".utf8).write(to: URL(fileURLWithPath: place["甲.jpg"]))
    try ok("attach", id, place["甲.jpg"], "--store", place["office"])
    try ok("duplicates", "link", id, other, "--store", place["office"])
    try ok("delete", id, "--store", place["region"])
    try sync(place, address)
    let open = try #require(
      try ok("conflicts", "--store", place["region"]).objects.first { $0["record"] as? String == id })
    let unseen = try #require(open["unseen"] as? [[String: Any]])
    let values = Dictionary(
      uniqueKeysWithValues: unseen.compactMap { edit in
        (edit["field"] as? String).map { ($0, edit["value"] as? [String] ?? []) }
      })
    #expect(values == ["attachments": ["甲.jpg"], "links": [other]], "\(unseen)")
    for told in [
      try text("conflicts", "--store", place["region"]), try text("history", id, "--store", place["region"]),
    ] {
      #expect(told.out.contains("“甲.jpg”") && told.out.contains("“\(other)”"), "\(told.out)")
      #expect(!told.out.contains("附件为（空）"), "\(told.out)")
    }
  }

  @Test func editsThatADeletionDidNotSeeAreCountedBeyondTheFirst() throws {
    let place = try Workplace()
    let (server, address) = try place.region()
    defer { server.kill(SIGTERM) }
    let id = try place.add("会", to: "office")
    try sync(place, address)
    let values = [
      "title=大会", "organiser=甲局", "place=礼堂", "notes=备注", "co_organisers=乙局", "fee_charged=5", "hours=3",
      "voluntary=no", "end_date=2025-09-12", "date=2025-09-11",
    ]
    try #require(
      try Program(
        ["edit", id, "--store", place["office"]] + values.flatMap { ["--set", $0] }
      ).finish().exitCode == 0)
    try ok("delete", id, "--store", place["region"])
    try sync(place, address)
    let story = try text("history", id, "--store", place["region"]).out
    #expect(story.contains("删除了记录") && story.contains("、另 2 处"), "\(story)")
  }
}
