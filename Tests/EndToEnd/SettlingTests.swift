import Foundation
import Testing

/// Conflicts are settled as they are listed, and what is no choice says so.
@Suite(.offPool) struct SettlingTests {
  /// A record that the region deleted while the office edited it; the region holds both.
  private func deletedAndEdited(_ place: Workplace, _ address: String) throws -> String {
    let id = try place.add("会", to: "office")
    try sync(place, address)
    try ok("delete", id, "--operator", "央金", "--store", place["region"])
    try ok("edit", id, "--set", "place=礼堂", "--operator", "扎西", "--store", place["office"])
    try sync(place, address)
    return id
  }

  private func sync(_ place: Workplace, _ address: String) throws {
    try ok("sync", address, "--store", place["office"])
  }

  @discardableResult
  private func ok(_ arguments: String..., location: SourceLocation = #_sourceLocation) throws
    -> Program.Result
  {
    let result = try Program(arguments).finish()
    #expect(result.exitCode == 0, "\(arguments): \(result.err)", sourceLocation: location)
    return result
  }

  @Test func aDeletionIsSettledByTheCandidateThatIsListed() throws {
    let place = try Workplace()
    let (server, address) = try place.region()
    defer { server.kill(SIGTERM) }
    for (n, isDeleted, value) in [(1, false, "no"), (2, true, "是")] {
      for decision in [["--take", "\(n)"], ["--value", value]] {
        let id = try deletedAndEdited(place, address)
        let open = try ok("conflicts", "--store", place["region"]).objects.first {
          $0["record"] as? String == id
        }
        let candidates = try #require(open?["candidates"] as? [[String: Any]])
        #expect(open?["reason"] as? String == "deleted" && open?["shown"] as? Bool == false)
        #expect(candidates.map { $0["value"] as? Bool } == [false, true])
        #expect(candidates.map { $0["shown"] as? Bool } == [true, false])
        #expect(candidates.map { $0["operator"] as? String } == ["扎西", "央金"])
        let settled = try Program(
          ["conflicts", "resolve", id, "deleted", "--store", place["region"]] + decision
        ).finish()
        #expect(settled.object["deleted"] as? Bool == isDeleted, "\(decision): \(settled.err)")
        #expect(try ok("conflicts", "--store", place["region"]).objects.isEmpty)
        #expect(try ok("show", id, "--store", place["region"]).object["deleted"] as? Bool == isDeleted)
      }
    }
  }

  @Test func whatIsNoChoiceIsSaidInWordsOfItsOwn() throws {
    let place = try Workplace()
    let (server, address) = try place.region()
    defer { server.kill(SIGTERM) }
    let id = try deletedAndEdited(place, address)
    func refused(_ arguments: String...) throws -> String? {
      let result = try Program(["conflicts", "resolve"] + arguments + ["--store", place["region"]]).finish()
      #expect(result.exitCode == 65, "\(arguments): \(result.err)")
      return result.errorCode
    }
    #expect(try refused(id, "deleted", "--value", "maybe") == "not-a-flag")
    #expect(try refused(id, "deleted", "--take", "3") == "no-candidate")
    #expect(try refused(id, "title", "--take", "1") == "no-conflict")
    var cases: [String] = []
    for store in ["office", "region"] {
      let added = try Program.run(
        "add", "enforcement", "--set", "title=案", "--set", "date=2025-09-10", "--set", "plan_items=4.4",
        "--set",
        "organiser=局", "--set", "operation=iron_fist", "--set", "case_number=案1", "--set", "violation=事实",
        "--store", place[store])
      cases.append(try #require(added.object["id"] as? String, "\(added.err)"))
    }
    try sync(place, address)
    let open = try ok("conflicts", "--store", place["region"]).objects.first {
      $0["reason"] as? String == "unique"
    }
    #expect(open?["field"] as? String == "case_number")
    #expect(try refused(cases[1], "案号", "--take", "1") == "closed-by-edit")
    // In text, too, it is seen where there is no second value.
    let shown = try Program(["show", cases[1], "--lang", "zh", "--store", place["region"]], json: false)
      .finish()
    #expect(shown.out.contains("案号：应唯一的值重复"), "\(shown.out)")
    let listed = try Program(["list", "--lang", "zh", "--store", place["region"]], json: false).finish().out
    #expect(listed.split(separator: "\n").filter { $0.contains("执法案件 !") }.count == 2, "\(listed)")
  }

  @Test func aGroupsConflictIsShownAtEachOfItsFieldsAndToldInWords() throws {
    let place = try Workplace()
    let (server, address) = try place.region()
    defer { server.kill(SIGTERM) }
    let added = try Program.run(
      "add", "inspection", "--set", "title=检查", "--set", "date=2025-09-10", "--set", "plan_items=4.2",
      "--set",
      "organiser=局", "--set", "object=food", "--set", "checked=9", "--set", "fee_charged=5", "--store",
      place["office"])
    let id = try #require(added.object["id"] as? String, "\(added.err)")
    try sync(place, address)
    for (store, checked) in [("office", 10), ("region", 11)] {
      try ok("edit", id, "--set", "checked=\(checked)", "--store", place[store])
    }
    try sync(place, address)
    func text(_ arguments: String...) throws -> String {
      try Program(arguments + ["--lang", "zh", "--store", place["region"]], json: false).finish().out
    }
    let shown = try text("show", id)
    #expect(shown.contains("检查数（有冲突）") && shown.contains("收费金额 > 0"), "\(shown)")
    let open = try text("conflicts")
    #expect(open.contains("检查数 10") && open.contains("检查数 11") && !open.contains("{"), "\(open)")
    // Who is asked is asked field by field.
    let terminal = try Terminal(["conflicts", "settle", "--lang", "zh", "--store", place["region"]])
    terminal.wait(for: "v 填写")
    terminal.type("v")
    for label in ["逐项填写", "检查数（现为 11）", "不合格数（现为"] {
      terminal.wait(for: label)
      if label != "逐项填写" { terminal.type("") }
    }
    for text in ["没有填写，没有取用", "v 填写"] { terminal.wait(for: text) }
    terminal.type("q")
    #expect(terminal.finish() == 0, "\(terminal.shown)")
    try ok(
      "conflicts", "resolve", id, "result", "--take", "1", "--operator", "央金", "--store", place["region"])
    let story = try text("history", id)
    #expect(story.contains("（央金）裁定“") && story.contains("填写“标题”为“检查”"), "\(story)")
    #expect(!story.contains("{") && !story.contains("null"), "\(story)")
  }
}
