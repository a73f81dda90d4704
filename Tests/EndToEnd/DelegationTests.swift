import Foundation
import Testing

/// A prefecture enrols its counties; what becomes of them when it is revoked, and when it is found again.
@Suite(.offPool) struct DelegationTests {
  private func invite(
    _ place: Workplace, by store: String, _ division: String, _ name: String, _ more: String...
  )
    throws -> String
  {
    let invited = try Program(
      ["office", "invite", "--division", division, "--name", name, "--store", place[store]] + more
    ).finish()
    return try #require(invited.object["token"] as? String, "\(invited.err)")
  }

  private func sync(_ place: Workplace, _ store: String, _ address: String) throws -> Program.Result {
    try Program.run("sync", address, "--store", place[store])
  }

  private func offices(_ place: Workplace, _ store: String) throws -> [String: [String: Any]] {
    let lines = try Program.run("office", "list", "--store", place[store]).objects
    return Dictionary(lines.map { ($0["name"] as? String ?? "", $0) }) { $1 }
  }

  @Test func aCountyJoinsItsPrefectureAndWhatItWritesReachesTheRegion() throws {
    let place = try Workplace()
    try Program.run("init", "--division", "540000", "--name", "自治区局", "--region", "--store", place["region"])
    try Program.run("init", "--division", "540100", "--name", "拉萨市局", "--store", place["prefecture"])
    try Program.run("init", "--division", "540102", "--name", "城关区局", "--store", place["county"])
    let (region, above) = try place.serve("region")
    defer { region.kill(SIGTERM) }
    let first = try invite(place, by: "region", "540100", "拉萨市局", "--may-enrol")
    #expect(try Program.run("join", above, "--token", first, "--store", place["prefecture"]).exitCode == 0)
    // Not before it has the right, and not outside its scope.
    let beyond = try Program.run(
      "office", "invite", "--division", "540200", "--name", "日喀则市局", "--store", place["prefecture"])
    #expect(beyond.exitCode == 77, "\(beyond.err)")
    let (prefecture, middle) = try place.serve("prefecture")
    defer { prefecture.kill(SIGTERM) }
    let second = try invite(place, by: "prefecture", "540102", "城关区局")
    #expect(try Program.run("join", middle, "--token", second, "--store", place["county"]).exitCode == 0)
    let id = try place.add("区里的", to: "county")
    let handedIn = try sync(place, "county", middle)
    #expect(handedIn.exitCode == 0 && handedIn.object["converged"] as? Bool == true, "\(handedIn.err)")
    #expect(try sync(place, "prefecture", above).exitCode == 0)
    #expect(try Program.run("show", id, "--store", place["region"]).exitCode == 0)
    #expect(try offices(place, "region")["城关区局"]?["enrolled_by"] as? String == "拉萨市局")

    try expectRevokedAndReinstated(place, above, id)
  }

  /// Its counties are to be enrolled anew while it is revoked; what they wrote stays.
  private func expectRevokedAndReinstated(_ place: Workplace, _ above: String, _ id: String) throws {
    let revoked = try Program.run(
      "office", "revoke", "拉萨市局", "--reason", "遗失", "--store", place["region"])
    #expect(revoked.exitCode == 0, "\(revoked.err)")
    let known = try offices(place, "region")
    // What of the county came to the region stays, its certificate among it, until that ends.
    let county = try #require(known["城关区局"]?["node"] as? String)
    #expect(revoked.object["need_enrolment"] as? [String] == [county])
    #expect(revoked.err.contains("城关区局") && revoked.err.contains("nobody renews"), "\(revoked.err)")
    #expect(known["城关区局"]?["enrolment_loss"] as? String == "unrenewed")
    #expect(known["自治区局"]?["enrolment_loss"] is NSNull)
    #expect(known["拉萨市局"]?["revoked"] as? Bool == true)
    #expect(known["城关区局"]?["needs_enrolment"] as? Bool == true)
    #expect(known["自治区局"]?["needs_enrolment"] as? Bool == false)
    #expect(try Program.run("show", id, "--store", place["region"]).exitCode == 0)
    let refused = try sync(place, "prefecture", above)
    #expect(refused.exitCode == 77, "\(refused.out) \(refused.err)")
    let again = try Program.run("office", "reinstate", "拉萨市局", "--store", place["region"])
    #expect(again.exitCode == 0 && again.object["revoked"] as? Bool == false, "\(again.err)")
    #expect(try offices(place, "region")["城关区局"]?["needs_enrolment"] as? Bool == false)
    #expect(try sync(place, "prefecture", above).exitCode == 0)
    let twice = try Program.run("office", "reinstate", "拉萨市局", "--store", place["region"])
    #expect(twice.exitCode == 65 && twice.errorCode == "not-revoked", "\(twice.err)")
    #expect(try Program.run("verify", "--store", place["region"]).exitCode == 0)
  }

  @Test func anOfficeGetsAnotherPlaceAndKeepsItsStore() throws {
    let place = try Workplace()
    let (server, address) = try place.region()
    defer { server.kill(SIGTERM) }
    let id = try place.add("原来的", to: "office")
    #expect(try sync(place, "office", address).exitCode == 0)
    let assigned = try Program.run(
      "office", "assign", "拉萨市局", "--name", "拉萨市市场监管局", "--may-enrol", "--store", place["region"])
    #expect(assigned.exitCode == 0 && assigned.object["name"] as? String == "拉萨市市场监管局", "\(assigned.err)")
    #expect(try sync(place, "office", address).exitCode == 0)
    let status = try Program.run("status", "--store", place["office"]).object
    #expect(status["name"] as? String == "拉萨市市场监管局")
    _ = try invite(place, by: "office", "540102", "城关区局")
    #expect(try sync(place, "office", address).exitCode == 0)
    #expect(try Program.run("show", id, "--store", place["region"]).exitCode == 0)
    let both = try Program.run(
      "office", "assign", "拉萨市市场监管局", "--only", "--all-below", "--store", place["region"])
    #expect(both.exitCode == 64, "\(both.err)")
    let unknown = try Program.run("office", "assign", "没有的", "--name", "别的", "--store", place["region"])
    #expect(unknown.exitCode == 66, "\(unknown.err)")
  }
}
