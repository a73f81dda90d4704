import Foundation
import Testing

/// Decisions that people made apart are a conflict again at both places, and told so.
@Suite(.offPool) struct DecisionsApartTests {
  private func conflicts(_ place: Workplace, _ store: String) throws -> [[String: Any]] {
    try place.run("conflicts", in: store).objects
  }

  private func text(_ place: Workplace, _ arguments: String..., in store: String) throws -> String {
    try Program(arguments + ["--lang", "zh", "--store", place[store]], json: false).finish().out
  }

  /// Invariant 3: kept here and deleted there.
  @Test func invariant3KeptHereAndDeletedThereIsAConflict() throws {
    let place = try Workplace()
    let (server, address) = try place.region()
    let id = try place.add("会", to: "office")
    try place.run("sync", address, in: "office")
    try place.run("delete", id, in: "region")
    try place.run("edit", id, "--set", "place=礼堂", "--operator", "扎西", in: "office")
    try place.run("sync", address, in: "office")
    let unseen = try #require(try conflicts(place, "region").first?["unseen"] as? [[String: Any]])
    #expect(unseen.first?["field"] as? String == "place" && unseen.first?["value"] as? String == "礼堂")
    #expect(unseen.first?["operator"] as? String == "扎西")
    #expect(try text(place, "conflicts", in: "region").contains("地点为“礼堂”"))
    try place.run("conflicts", "resolve", id, "deleted", "--value", "no", in: "region")
    try place.run("conflicts", "resolve", id, "deleted", "--value", "yes", in: "office")
    try place.run("sync", address, in: "office")
    for store in ["region", "office"] {
      let open = try conflicts(place, store)
      #expect(open.map { $0["reason"] as? String } == ["deleted"], "\(store): \(open)")
      let values = (open.first?["candidates"] as? [[String: Any]] ?? []).compactMap { $0["value"] as? Bool }
      #expect(values == [false, true], "\(store): \(open)")
      #expect(try place.run("show", id, in: store).object["deleted"] as? Bool == false)
      let story = try text(place, "history", id, in: store)
      #expect(story.contains("裁定保留记录") && story.contains("裁定删除记录"), "\(story)")
      #expect(story.contains("当时没有看到“保留”；两者并存，待裁定"), "\(story)")
    }
    try place.run("restore", id, in: "office")
    try place.run("sync", address, in: "office")
    for store in ["region", "office"] { #expect(try conflicts(place, store).isEmpty, "\(store)") }
    server.end()
  }

  /// Invariant 3: two deleted a record, and who saw one deletion brought it back.
  @Test func invariant3ARestorationThatSawOneOfTwoDeletionsStands() throws {
    let place = try Workplace()
    let (server, address) = try place.region()
    try place.join("third", division: "540100", name: "拉萨市局二号", at: address)
    let id = try place.add("会", to: "office")
    for store in ["office", "third"] { try place.run("sync", address, in: store) }
    for store in ["region", "third"] { try place.run("delete", id, in: store) }
    try place.run("sync", address, in: "office")
    try place.run("restore", id, in: "office")
    for store in ["third", "office"] { try place.run("sync", address, in: store) }
    for store in ["region", "office"] {
      let open = try conflicts(place, store)
      #expect(open.map { $0["reason"] as? String } == ["deleted"], "\(store): \(open)")
      #expect(try place.run("show", id, in: store).object["deleted"] as? Bool == false)
    }
    server.end()
  }

  /// Two take a rule's decision back: each value is listed once, the rule is named, and it decides no more.
  @Test func whatTwoTookBackIsListedOnceAndLeftToThem() throws {
    let place = try Workplace()
    let (server, address) = try place.region()
    let id = try place.add("会", to: "office")
    try place.run("sync", address, in: "office")
    for store in ["region", "office"] { try place.run("edit", id, "--set", "place=\(store)", in: store) }
    try place.run("sync", address, in: "office")
    #expect(try text(place, "merge", "--decide", "latest", in: "region").contains("会 地点：取 "))
    try place.run("sync", address, in: "office")
    #expect(try text(place, "history", id, in: "office").contains("按“以最后填写的为准”的规则裁定“地点”"))
    let told = try place.run("history", id, in: "office").objects
    #expect(told.compactMap { $0["rule"] as? String } == ["latest"])
    for store in ["region", "office"] { try place.run("conflicts", "undo", id, "place", in: store) }
    try place.run("sync", address, in: "office")
    for store in ["region", "office"] {
      let candidates = try #require(try conflicts(place, store).first?["candidates"] as? [[String: Any]])
      #expect(candidates.count == 2, "\(store): \(candidates)")
    }
    #expect(try text(place, "history", id, in: "region").contains("也撤销了“地点”的裁定，仍待定"))
    let again = try place.run("merge", "--decide", "latest", in: "region")
    #expect(again.object["conflicts_decided"] as? Int == 0)
    #expect(try conflicts(place, "region").count == 1)
    server.end()
  }

  /// What no account is written of is told in full.
  @Test func allThatARuleSettledIsToldWhereNoAccountIs() throws {
    let place = try Workplace()
    let (server, address) = try place.region()
    let ids = try (0..<7).map { try place.add("会\($0)", to: "office") }
    try place.run("sync", address, in: "office")
    for (round, options) in [[], ["--report", place["合并.txt"]]].enumerated() {
      for store in ["region", "office"] {
        for id in ids { try place.run("edit", id, "--set", "place=\(store)\(round)", in: store) }
      }
      try place.run("sync", address, in: "office")
      let told = try Program(
        ["merge", "--decide", "latest", "--lang", "zh", "--store", place["region"]] + options, json: false
      ).finish().out
      let lines = told.split(separator: "\n").count { $0.contains("地点：取 ") }
      #expect(lines == (options.isEmpty ? 7 : 5), "\(told)")
      #expect(told.contains("另有 2 个，见 --report 的文件") == !options.isEmpty, "\(told)")
      try place.run("sync", address, in: "office")
    }
    server.end()
  }
}
