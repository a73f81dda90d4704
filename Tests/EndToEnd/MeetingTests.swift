import Foundation
import Testing

/// Stores that meet after they recorded apart: conflicts that name what they are about, and what a merge decides by
/// rank.
@Suite(.offPool) struct MeetingTests {
  private func add(_ place: Workplace, _ kind: String, _ fields: [String], to store: String) throws -> String
  {
    let values = (["date=2025-09-10", "plan_items=4.2", "organiser=局"] + fields).flatMap { ["--set", $0] }
    let added = try Program(["add", kind, "--store", place[store]] + values).finish()
    return try #require(added.object["id"] as? String, "\(added.err)")
  }

  private func conflicts(_ place: Workplace, _ store: String) throws -> [[String: Any]] {
    try place.run("conflicts", in: store).objects
  }

  /// Two summaries of one office: each is in conflict, and names the other; a deletion closes both.
  @Test func twoSummariesOfOneOfficeNameEachOther() throws {
    let place = try Workplace()
    let (server, address) = try place.region()
    let ids = try ["一稿", "二稿"].map {
      try add(place, "summary", ["title=\($0)", "body=总结"], to: "office")
    }
    // Another office's own is none of them.
    _ = try add(place, "summary", ["title=区局总结", "body=总结"], to: "region")
    try place.run("sync", address, in: "office")
    for store in ["office", "region"] {
      let open = try conflicts(place, store)
      #expect(open.count == 2, "\(store): \(open)")
      for (id, other) in [(ids[0], ids[1]), (ids[1], ids[0])] {
        let line = open.first { $0["record"] as? String == id }
        #expect(line?["reason"] as? String == "unique", "\(store): \(open)")
        #expect(line?["others"] as? [String] == [other], "\(store): \(open)")
      }
    }
    try place.run("delete", ids[0], in: "office")
    try place.run("sync", address, in: "office")
    for store in ["office", "region"] { #expect(try conflicts(place, store).isEmpty, "\(store)") }
    server.end()
  }

  /// Figures that mean something only together merge as one: never a pair that nobody entered.
  @Test func checkedAndFailedMergeAsOneGroup() throws {
    let place = try Workplace()
    let (server, address) = try place.region()
    let id = try add(
      place, "inspection", ["title=检查", "object=food", "checked=9", "failed=1"], to: "office")
    try place.run("sync", address, in: "office")
    try place.run("edit", id, "--set", "failed=7", in: "region")
    try place.run("edit", id, "--set", "checked=5", in: "office")
    try place.run("sync", address, in: "office")
    let entered: Set<[Int]> = [[9, 7], [5, 1]]
    func pair(_ fields: Any?) -> [Int] {
      let fields = fields as? [String: Any]
      return ["checked", "failed"].compactMap { fields?[$0] as? Int }
    }
    for store in ["office", "region"] {
      let open = try conflicts(place, store)
      #expect(open.map { $0["field"] as? String } == ["result"], "\(store): \(open)")
      #expect(open.first?["reason"] as? String == "concurrent")
      let candidates = try #require(open.first?["candidates"] as? [[String: Any]])
      #expect(Set(candidates.map { pair($0["value"]) }) == entered, "\(store): \(candidates)")
      #expect(try entered.contains(pair(place.fields(id, in: store))), "\(store)")
    }
    let region = try #require(try conflicts(place, "region").first?["candidates"] as? [[String: Any]])
    let wanted = try #require(region.first { pair($0["value"]) == [9, 7] }?["n"] as? Int)
    try place.run("conflicts", "resolve", id, "result", "--take", "\(wanted)", in: "region")
    try place.run("sync", address, in: "office")
    for store in ["office", "region"] {
      #expect(try pair(place.fields(id, in: store)) == [9, 7], "\(store)")
      #expect(try conflicts(place, store).isEmpty, "\(store)")
    }
    server.end()
  }

  /// The higher office's value is taken though the lower ones wrote later; what only a person may settle waits.
  @Test func aMergeThatDecidesByAuthorityGoesByRankAndLeavesWhatIsAPersons() throws {
    let place = try Workplace()
    let (server, address) = try place.region()
    try place.join("county", division: "540102", name: "城关区局", at: address)
    let ids = try ["甲", "乙"].map {
      try add(place, "training", ["title=\($0)", "topic=standards"], to: "county")
    }
    for store in ["county", "office"] { try place.run("sync", address, in: store) }
    server.end()
    // The lower, the later. The first record is the prefecture's and the county's alone.
    try place.run("edit", ids[1], "--set", "place=区局的", "--set", "notes=区局的", in: "region")
    for id in ids { try place.run("edit", id, "--set", "place=市局的", "--set", "notes=市局的", in: "office") }
    for id in ids { try place.run("edit", id, "--set", "place=县局的", "--set", "notes=县局的", in: "county") }
    try FileManager.default.createDirectory(atPath: place["stick"], withIntermediateDirectories: true)
    for store in ["office", "county"] {
      try place.run("bundle", "create", "-o", place["stick"] + "/\(store).tzb", in: store)
    }
    let merged = try place.run("merge", place["stick"], "--decide", "authority", in: "region").object
    #expect(merged["conflicts_decided"] as? Int == 2, "\(merged)")
    #expect(merged["conflicts_open"] as? Int == 2, "\(merged)")
    let (again, home) = try place.served()
    for store in ["office", "county"] { try place.run("sync", home, in: store) }
    for store in ["region", "office", "county"] {
      #expect(try place.fields(ids[0], in: store)["place"] as? String == "市局的", "\(store)")
      #expect(try place.fields(ids[1], in: store)["place"] as? String == "区局的", "\(store)")
      let open = try conflicts(place, store)
      #expect(open.map { $0["field"] as? String } == ["notes", "notes"], "\(store): \(open)")
      let counts = open.map { ($0["candidates"] as? [Any])?.count ?? 0 }.sorted()
      #expect(counts == [2, 3], "\(store): \(open)")
    }
    // A decision is a change like any other: it can be taken back.
    let told = try place.run("history", ids[1], in: "county").objects
    #expect(
      told.contains {
        $0["field"] as? String == "place" && $0["resolves"] as? Bool == true && $0["to"] as? String == "区局的"
      }, "\(told)")
    try place.run("conflicts", "undo", ids[1], "place", in: "region")
    #expect(try conflicts(place, "region").count == 3)
    again.end()
  }
}
