import Foundation
import Testing

/// A prefecture that may enrol is left itself alone: its county stays, its store goes on, and everybody agrees.
@Suite(.offPool) struct NarrowingTests {
  private func ok(_ arguments: String...) throws -> Program.Result {
    let result = try Program(arguments).finish()
    #expect(result.exitCode == 0, "\(arguments) \(result.err)")
    return result
  }

  private func add(_ place: Workplace, _ title: String, in division: String, to store: String) throws
    -> Program.Result
  {
    try Program.run(
      "add", "training", "--division", division, "--set", "title=\(title)", "--set", "date=2025-09-10",
      "--set",
      "plan_items=4.2", "--set", "organiser=市场监管局", "--set", "topic=standards", "--store", place[store])
  }

  private func join(
    _ place: Workplace, _ store: String, by enroller: String, at address: String, _ division: String,
    _ name: String, _ more: String...
  ) throws {
    _ = try ok("init", "--division", division, "--name", name, "--store", place[store])
    let invited = try Program(
      ["office", "invite", "--division", division, "--name", name, "--store", place[enroller]] + more
    ).finish()
    let token = try #require(invited.object["token"] as? String, "\(invited.err)")
    _ = try ok("join", address, "--token", token, "--store", place[store])
  }

  private func converged(_ place: Workplace, _ store: String, _ address: String) throws -> Bool {
    try ok("sync", address, "--store", place[store]).object["converged"] as? Bool == true
  }

  private func fingerprint(_ place: Workplace, _ store: String, _ more: String...) throws -> String? {
    try Program(["status", "--store", place[store]] + more).finish().object["fingerprint"] as? String
  }

  @Test func aPrefectureIsLeftItsOwnDivisionAndKeepsItsStore() throws {
    let place = try Workplace()
    _ = try ok("init", "--division", "540000", "--name", "自治区局", "--region", "--store", place["region"])
    let (region, above) = try place.serve("region")
    defer { region.kill(SIGTERM) }
    try join(place, "prefecture", by: "region", at: above, "540100", "拉萨市局", "--may-enrol")
    try join(place, "alone", by: "region", at: above, "540100", "拉萨市局机关", "--only")
    let (middle, between) = try place.serve("prefecture")
    try join(place, "county", by: "prefecture", at: between, "540102", "城关区局")
    let kept = try add(place, "代区里录的", in: "540102", to: "prefecture").object["id"] as? String
    let own = try place.add("市里的", to: "prefecture")
    _ = try place.add("区里的", to: "county")
    _ = try ok("sync", between, "--store", place["county"])
    middle.kill(SIGTERM)
    _ = middle.finish()
    #expect(try converged(place, "prefecture", above))

    let assigned = try ok(
      "office", "assign", "拉萨市局", "--only", "--may-not-enrol", "--store", place["region"])
    #expect((assigned.object["dropped"] as? [String])?.contains("540102") == true)
    #expect(assigned.object["certified"] as? [String] == ["城关区局"])
    #expect(assigned.err.contains("540102"), "\(assigned.err)")
    // It has not heard of it, and writes on.
    let late = try add(place, "代区里晚录的", in: "540102", to: "prefecture")
    #expect(late.exitCode == 0)
    let told = try Program(
      ["sync", above, "--lang", "zh", "--store", place["prefecture"]], json: false
    ).finish()
    #expect(told.exitCode == 0, "\(told.out) \(told.err)")
    #expect(told.err.contains("不再管理") || told.err.contains("不再管"), "\(told.err)")
    #expect(told.err.contains("隔离") || told.err.contains("quarantine"), "\(told.err)")
    #expect(try converged(place, "prefecture", above))
    try expectRefused(place, try #require(kept))
    try expectAgreement(place, above, kept: try #require(kept), own: own)
  }

  /// Nobody sits before an office that serves: what it prints has to say it.
  @Test func whoServesPrintsThatItsScopeIsNarrower() throws {
    let place = try Workplace()
    _ = try ok("init", "--division", "540000", "--name", "自治区局", "--region", "--store", place["region"])
    let (region, above) = try place.serve("region")
    defer { region.kill(SIGTERM) }
    try join(place, "prefecture", by: "region", at: above, "540100", "拉萨市局", "--may-enrol")
    _ = try ok("office", "assign", "拉萨市局", "--only", "--may-not-enrol", "--store", place["region"])
    let (middle, between) = try place.serve("prefecture")
    _ = try ok("sync", between, "--store", place["region"])
    middle.kill(SIGTERM)
    let told = middle.finish().objects.filter { $0["event"] as? String == "narrowed" }
    #expect(told.count == 1 && told.first?["division"] as? String == "540100", "\(told)")
    #expect(
      told.first?["covered"] as? [String] == ["540100"] && told.first?["may_enrol_no_more"] as? Bool == true)
    #expect((told.first?["dropped"] as? [String])?.contains("540102") == true)
  }

  private func expectRefused(_ place: Workplace, _ kept: String) throws {
    let refused = try add(place, "还要录", in: "540102", to: "prefecture")
    #expect(refused.exitCode == 77 && refused.errorCode == "outside-scope", "\(refused.err)")
    let edited = try Program.run("edit", kept, "--set", "place=别处", "--store", place["prefecture"])
    #expect(edited.exitCode == 77, "\(edited.err)")
    let invited = try Program.run(
      "office", "invite", "--division", "540103", "--name", "堆龙德庆区局", "--store", place["prefecture"])
    #expect(invited.exitCode == 77, "\(invited.err)")
    let aside = try Program.run("quarantine", "--store", place["prefecture"]).objects
    #expect(aside.compactMap { $0["reason"] as? String } == ["narrowed"])
    #expect(try Program.run("show", kept, "--store", place["prefecture"]).exitCode == 0)
  }

  private func expectAgreement(_ place: Workplace, _ above: String, kept: String, own: String) throws {
    // The county's office hears of it by a stick, takes the region's certificate, and its word counts.
    _ = try ok("bundle", "create", "--for", "城关区局", "-o", place["调整.tzb"], "--store", place["region"])
    _ = try ok("merge", place["调整.tzb"], "--store", place["county"])
    _ = try ok("edit", kept, "--set", "place=区里", "--store", place["county"])
    #expect(try converged(place, "county", above))
    _ = try ok("sync", above, "--store", place["prefecture"])
    for _ in 0..<2 { #expect(try converged(place, "alone", above)) }
    #expect(try fingerprint(place, "prefecture") == fingerprint(place, "alone"))
    #expect(
      try fingerprint(place, "county", "--division", "540102")
        == fingerprint(place, "region", "--division", "540102"))
    #expect(try place.titles(in: "county") == ["代区里录的", "区里的"])
    let known = try Program.run("office", "list", "--store", place["region"]).objects
    let county = known.first { $0["name"] as? String == "城关区局" }
    #expect(county?["revoked"] as? Bool == false && county?["needs_enrolment"] as? Bool == false)
    for store in ["region", "prefecture", "county", "alone"] {
      let verified = try Program.run("verify", "--store", place[store])
      #expect(verified.exitCode == 0, "\(store) \(verified.out)")
    }
    #expect(try Program.run("show", own, "--store", place["alone"]).exitCode == 0)
    // And back: what it wrote meanwhile counts again.
    _ = try ok("office", "assign", "拉萨市局", "--all-below", "--store", place["region"])
    for _ in 0..<2 { _ = try ok("sync", above, "--store", place["prefecture"]) }
    #expect(try place.titles(in: "region").contains("代区里晚录的"))
  }
}
