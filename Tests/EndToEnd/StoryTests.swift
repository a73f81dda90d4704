import Foundation
import Testing

/// The whole story with real processes: a region and three offices record apart, sync over TLS, bring a bundle
/// on a stick, merge, settle a conflict and report; either side is killed on the way.
@Suite(.serialized, .offPool) struct StoryTests {
  private struct Office {
    var name: String
    var division: String
    var title: String
  }

  private let offices = [
    Office(name: "lhasa", division: "540100", title: "拉萨市局"),
    Office(name: "shigatse", division: "540200", title: "日喀则市局"),
    Office(name: "nagqu", division: "540600", title: "那曲市局"),
  ]

  @Test func aRegionAndThreeOfficesComeToHoldTheSame() throws {
    let place = try Workplace()
    try ok("init", "--division", "540000", "--name", "自治区局", "--region", "--store", place["region"])
    for (index, office) in offices.enumerated() {
      try ok("init", "--division", office.division, "--name", office.title, "--store", place[office.name])
      let ledger = try place.ledger("\(office.name).csv", rows: 1000 + index)
      let imported = try ok("import", ledger, "--store", place[office.name])
      #expect(imported.object["imported"] as? Int == 1000 + index)
    }
    var (server, address) = try place.served()
    try enrol(place, address)

    // A sync is cut by kill -9 of the dialler, then of the listener; the third goes through.
    for round in 0..<2 {
      let victim = Victim()
      let proxy = try CuttingProxy(to: address, cutAfter: 20_000) { victim.kill() }
      if round == 1 { victim.aim(at: server) }
      let sync = try Program(["sync", proxy.address, "--store", place["lhasa"]])
      if round == 0 { victim.aim(at: sync) }
      _ = sync.finish()
      proxy.close()
      #expect(victim.isHit, "round \(round)")
      if round == 1 {
        _ = server.finish()
        (server, address) = try place.served()
      }
    }
    for office in offices.dropLast() {
      let line = try ok("sync", address, "--store", place[office.name]).object
      #expect(line["converged"] as? Bool == true && line["error"] is NSNull)
    }
    let record = try apart(place, address)
    try bringABundle(place)
    try settle(record, place, address)
    try compare(place)
    server.kill(SIGTERM)
    #expect(server.finish().exitCode == 0)
  }

  /// Two by a token, the third by files.
  private func enrol(_ place: Workplace, _ address: String) throws {
    for office in offices.dropLast() {
      let invited = try ok(
        "office", "invite", "--division", office.division, "--name", office.title, "--store", place["region"])
      let token = try #require(invited.object["token"] as? String)
      try ok("join", address, "--token", token, "--store", place[office.name])
    }
    try ok("join", "--request", place["nagqu.csr"], "--store", place["nagqu"])
    try ok("office", "sign", place["nagqu.csr"], "-o", place["nagqu.crt"], "--store", place["region"])
    try ok("join", "--certificate", place["nagqu.crt"], "--store", place["nagqu"])
  }

  /// The same record is edited at both ends.
  private func apart(_ place: Workplace, _ address: String) throws -> String {
    let record = try #require(
      try ok("list", "--limit", "1", "--store", place["lhasa"]).object["id"] as? String)
    try ok("edit", record, "--set", "place=文化广场", "--operator", "扎西", "--store", place["lhasa"])
    try ok("edit", record, "--set", "place=会展中心", "--operator", "卓玛", "--store", place["region"])
    try ok("sync", address, "--store", place["lhasa"])
    return record
  }

  private func bringABundle(_ place: Workplace) throws {
    let bundle = try ok("bundle", "create", "-o", place["stick.tzb"], "--store", place["nagqu"])
    #expect(bundle.object["for"] as? String == "自治区局")
    // Killed in the middle, the merge is repeated: nothing is half there, nothing comes twice.
    try ok("bundle", "create", "--since-last", "-o", place["first.tzb"], "--store", place["lhasa"])
    func records() throws -> Int? {
      try ok("status", "--store", place["region"]).object["records"] as? Int
    }
    let before = try #require(try records())
    let killed = try Program(["merge", place["first.tzb"], place["stick.tzb"], "--store", place["region"]])
    // The first source is told once it is in: then the second one, which brings a thousand records, is under way.
    #expect(killed.waits { killed.errorText.contains("first.tzb") })
    killed.kill(SIGKILL)
    #expect([0, -SIGKILL].contains(killed.finish().exitCode))
    #expect(try [before, 3003].contains(records()))
    for _ in 0..<2 { try ok("merge", place["stick.tzb"], "--store", place["region"]) }
    let status = try ok("status", "--store", place["region"]).object
    #expect(status["records"] as? Int == 3003)
    #expect(status["conflicts"] as? Int == 1)
  }

  private func settle(_ record: String, _ place: Workplace, _ address: String) throws {
    let open = try ok("conflicts", "--store", place["region"]).object
    #expect(open["record"] as? String == record && open["field"] as? String == "place")
    let candidates = try #require(open["candidates"] as? [[String: Any]])
    #expect(Set(candidates.compactMap { $0["operator"] as? String }) == ["扎西", "卓玛"])
    let wanted = try #require(candidates.first { $0["value"] as? String == "文化广场" }?["n"] as? Int)
    try ok("conflicts", "resolve", record, "place", "--take", "\(wanted)", "--store", place["region"])
    try ok("sync", address, "--store", place["lhasa"])
    let shown = try ok("show", record, "--store", place["lhasa"]).object
    #expect((shown["fields"] as? [String: Any])?["place"] as? String == "文化广场")
    #expect((shown["conflicts"] as? [Any])?.isEmpty == true)
    let history = try ok("history", record, "--store", place["lhasa"]).out
    #expect(history.split(separator: "\n").last?.contains("\"resolves\":true") == true)
  }

  /// What must be equal is equal, everything verifies, and the summary counts it all.
  private func compare(_ place: Workplace) throws {
    for office in offices {
      func fingerprint(_ store: String) throws -> String? {
        try ok("status", "--division", office.division, "--store", place[store]).object["fingerprint"]
          as? String
      }
      // Who never had a network lacks the notices of the region, but not a record: its own are all there.
      if office.name != "nagqu" { #expect(try fingerprint(office.name) == fingerprint("region")) }
      #expect(try ok("verify", "--store", place[office.name]).object["ok"] as? Bool == true)
    }
    #expect(try ok("verify", "--store", place["region"]).object["ok"] as? Bool == true)
    let report = try ok("report", "summary", "--format", "json", "--store", place["region"]).object
    let total = try #require(report["total"] as? [String: Any])
    #expect(total["records"] as? Int == 3003)
    #expect(total["disputed"] as? Int == 0)
    let rows = try #require(report["rows"] as? [[String: Any]])
    #expect(rows.compactMap { $0["records"] as? Int }.reduce(0, +) == 3003)
  }

  @discardableResult
  private func ok(_ arguments: String..., location: SourceLocation = #_sourceLocation) throws
    -> Program.Result
  {
    let result = try Program(arguments).finish()
    #expect(result.exitCode == 0, "\(arguments): \(result.err)", sourceLocation: location)
    return result
  }
}
