import Foundation
import Testing

/// What was settled at two places at once, what was listed and has changed since, and conflicts that an edit closes: at
/// both places.
@Suite(.offPool) struct SettledApartTests {
  private func conflicts(_ place: Workplace, _ store: String) throws -> [[String: Any]] {
    try place.run("conflicts", in: store).objects
  }

  private func values(_ conflict: [String: Any]?) -> [String] {
    (conflict?["candidates"] as? [[String: Any]] ?? []).compactMap { $0["value"] as? String }
  }

  /// A record whose field the region and the office wrote apart; both hold both.
  private func contested(_ place: Workplace, _ address: String, _ field: String) throws -> String {
    let id = try place.add("会", to: "office")
    try place.run("sync", address, in: "office")
    for store in ["region", "office"] {
      try place.run("edit", id, "--set", "\(field)=\(store)", "--operator", store, in: store)
    }
    try place.run("sync", address, in: "office")
    return id
  }

  /// Invariant 3: two decisions that did not know of each other are a conflict again, and none of them is lost.
  @Test func invariant3TwoDecisionsMadeApartAreAConflictAgain() throws {
    let place = try Workplace()
    let (server, address) = try place.region()
    let id = try contested(place, address, "place")
    for store in ["region", "office"] {
      let open = try conflicts(place, store).first
      let wanted = try #require(values(open).firstIndex(of: store))
      try place.run(
        "conflicts", "resolve", id, "place", "--take", "\(wanted + 1)", "--operator", store, in: store)
      #expect(try conflicts(place, store).isEmpty)
    }
    try place.run("sync", address, in: "office")
    for store in ["region", "office"] {
      let open = try conflicts(place, store)
      #expect(open.count == 1 && Set(values(open.first)) == ["region", "office"], "\(store): \(open)")
    }
    try place.run("conflicts", "resolve", id, "place", "--value", "第三处", in: "office")
    try place.run("sync", address, in: "office")
    for store in ["region", "office"] {
      #expect(try conflicts(place, store).isEmpty, "\(store)")
      #expect(try place.fields(id, in: store)["place"] as? String == "第三处", "\(store)")
    }
    // Three decisions, of which the last knew both others.
    let told = try place.run("history", id, in: "region").objects
    #expect(told.filter { $0["resolves"] as? Bool == true }.count == 3, "\(told)")
    server.end()
  }

  /// Invariant 3: the number of a candidate is that of the listing, and what came since is not settled over.
  @Test func invariant3ANumberMeansWhatWasListed() throws {
    let place = try Workplace()
    let (server, address) = try place.region()
    try place.join("third", division: "540100", name: "拉萨市局二号", at: address)
    let id = try contested(place, address, "place")
    try place.run("sync", address, in: "third")
    let listed = try conflicts(place, "region").first
    #expect(values(listed).count == 2)
    try place.run("conflicts", "resolve", id, "place", "--value", "third", in: "third")
    try place.run("edit", id, "--set", "place=又一处", in: "office")
    for store in ["third", "office"] { try place.run("sync", address, in: store) }
    let late = try place.run("conflicts", "resolve", id, "place", "--take", "1", in: "region", exits: 75)
    #expect(late.errorCode == "conflict-changed", "\(late.err)")
    let open = try #require(try conflicts(place, "region").first)
    #expect(Set(values(open)) == ["third", "又一处"])
    let settled = try place.run("conflicts", "resolve", id, "place", "--take", "1", in: "region").object
    #expect((settled["fields"] as? [String: Any])?["place"] as? String == values(open).first)
    server.end()
  }

  /// An edit by which a rule holds again closes the conflict wherever it comes; until then both values stand.
  @Test func anEditClosesABrokenRuleAndASharedCaseNumberEverywhere() throws {
    let place = try Workplace()
    let (server, address) = try place.region()
    let id = try place.add("会", to: "office")
    try place.run("sync", address, in: "office")
    try place.run("edit", id, "--set", "end_date=2025-09-12", in: "office")
    try place.run("edit", id, "--set", "date=2025-09-15", in: "region")
    var cases: [String] = []
    for store in ["office", "region"] {
      let added = try place.run(
        "add", "enforcement", "--division", "540100", "--set", "title=案", "--set", "date=2025-09-10", "--set",
        "plan_items=4.4",
        "--set", "organiser=局", "--set", "operation=iron_fist", "--set", "case_number=案1", "--set",
        "violation=事实", in: store)
      cases.append(try #require(added.object["id"] as? String))
    }
    try place.run("sync", address, in: "office")
    for store in ["office", "region"] {
      let open = try conflicts(place, store)
      #expect(open.filter { $0["reason"] as? String == "invalid" }.count == 1, "\(store): \(open)")
      let fields = try place.fields(id, in: store)
      #expect(fields["date"] as? String == "2025-09-15" && fields["end_date"] as? String == "2025-09-12")
      for (one, other) in [(cases[0], cases[1]), (cases[1], cases[0])] {
        let line = open.first { $0["record"] as? String == one }
        #expect(line?["field"] as? String == "case_number" && line?["reason"] as? String == "unique")
        #expect(line?["others"] as? [String] == [other], "\(store): \(open)")
      }
    }
    try place.run("edit", id, "--set", "end_date=2025-09-16", in: "office")
    try place.run("edit", cases[0], "--set", "case_number=案2", in: "office")
    try place.run("sync", address, in: "office")
    for store in ["office", "region"] { #expect(try conflicts(place, store).isEmpty, "\(store)") }
    server.end()
  }

  /// On a terminal that has colours what differs is coloured, character by character in Chinese.
  @Test func whatDiffersIsColouredOnATerminal() throws {
    let place = try Workplace()
    let (server, address) = try place.region()
    let id = try place.add("标准宣贯会", to: "office")
    try place.run("sync", address, in: "office")
    try place.run("edit", id, "--set", "title=标准化宣贯会", in: "office")
    try place.run("edit", id, "--set", "title=标准宣贯大会", in: "region")
    try place.run("sync", address, in: "office")
    let terminal = try Terminal(
      ["conflicts", "settle", "--lang", "zh", "--store", place["region"]], environment: ["NO_COLOR": ""])
    terminal.wait(for: "[1-2 取该值")
    terminal.type("q")
    #expect(terminal.finish() == 0, "\(terminal.shown)")
    for letter in ["化", "大"] {
      let coloured = terminal.shown.range(of: "\u{1B}\\[[0-9;]+m\(letter)", options: .regularExpression)
      #expect(coloured != nil, "\(letter): \(terminal.shown)")
    }
    server.end()
  }
}
