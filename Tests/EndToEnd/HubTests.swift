import Foundation
import Testing

/// Peers beside the region: a prefecture that is the hub of its counties, and two computers of one office on a LAN.
@Suite(.serialized, .offPool) struct HubTests {
  private func invite(
    _ place: Workplace, by enroller: String, division: String, name: String, _ options: String...
  ) throws -> String {
    let invited = try Program(
      ["office", "invite", "--division", division, "--name", name, "--store", place[enroller]] + options
    ).finish()
    return try #require(invited.object["token"] as? String, "\(invited.err)")
  }

  private func join(_ place: Workplace, _ store: String, at address: String, token: String) throws {
    let joined = try Program.run("join", address, "--token", token, "--store", place[store])
    #expect(joined.exitCode == 0, "\(joined.err)")
  }

  @discardableResult
  private func sync(_ place: Workplace, _ store: String, _ peers: String...) throws -> [[String: Any]] {
    let result = try Program(["sync", "--store", place[store]] + peers).finish()
    #expect(result.exitCode == 0, "\(result.err)")
    return try result.out.split(separator: "\n").map { line in
      try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    }
  }

  private func peers(_ place: Workplace, _ store: String) throws -> [[String: Any]] {
    try Program.run("peer", "list", "--store", place[store]).out.split(separator: "\n").compactMap { line in
      try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
    }
  }

  private func fingerprint(_ place: Workplace, _ store: String, of division: String) throws -> String? {
    let status = try Program.run("status", "--division", division, "--store", place[store]).object
    return status["fingerprint"] as? String
  }

  /// County → prefecture → region, and back, in any order; a hub relays only what the reader may read (invariant 10).
  @Test func invariant10APrefectureIsTheHubOfItsCounties() throws {
    let place = try Workplace()
    try Program.run("init", "--division", "540000", "--name", "自治区局", "--region", "--store", place["region"])
    let (region, regionAddress) = try place.served()
    try Program.run("init", "--division", "540100", "--name", "拉萨市局", "--store", place["lhasa"])
    try join(
      place, "lhasa", at: regionAddress,
      token: try invite(place, by: "region", division: "540100", name: "拉萨市局", "--may-enrol"))
    let (hub, hubAddress) = try place.serve("lhasa")
    for (store, division, name) in [("linzhou", "540121", "林周县局"), ("dangxiong", "540122", "当雄县局")] {
      try Program.run("init", "--division", division, "--name", name, "--store", place[store])
      try join(
        place, store, at: hubAddress,
        token: try invite(place, by: "lhasa", division: division, name: name))
    }
    for (store, title) in [("linzhou", "林周"), ("dangxiong", "当雄"), ("lhasa", "拉萨")] {
      try place.add(title, to: store)
    }
    // The prefecture goes first, with nothing of its counties yet; then they, then it again.
    try sync(place, "lhasa")
    #expect(try place.titles(in: "region") == ["拉萨"])
    try sync(place, "linzhou")
    try sync(place, "dangxiong")
    let standing = try #require(try peers(place, "lhasa").first)
    // Nothing of its own is unsent; what it passes on for its counties is what the region lacks.
    #expect(standing["unsent"] as? Int == 0 && (standing["lacks"] as? Int ?? 0) >= 2, "\(standing)")
    let told = try Program(["peer", "list", "--lang", "zh", "--store", place["lhasa"]], json: false).finish()
      .out
    #expect(told.contains("代转"), "\(told)")
    try sync(place, "lhasa")
    #expect(try place.titles(in: "region") == ["当雄", "拉萨", "林周"].sorted())
    // What the region has signed for is known to the hub at the next contact.
    try sync(place, "lhasa")
    #expect(try peers(place, "lhasa").first?["lacks"] as? Int == 0)
    // What the region edits comes down the same way, and no county reads another's.
    let id = try #require(
      try Program.run("list", "--division", "540121", "--store", place["region"]).object["id"] as? String)
    try Program.run("edit", id, "--set", "title=林周改", "--store", place["region"])
    for store in ["lhasa", "linzhou", "dangxiong"] { try sync(place, store) }
    #expect(try place.titles(in: "linzhou") == ["林周改"])
    #expect(try place.titles(in: "dangxiong") == ["当雄"])
    for division in ["540121", "540122"] {
      let store = division == "540121" ? "linzhou" : "dangxiong"
      let prints = try ["region", "lhasa", store].map { try fingerprint(place, $0, of: division) }
      #expect(Set(prints).count == 1)
    }
    for store in ["region", "lhasa", "linzhou", "dangxiong"] {
      #expect(try Program.run("verify", "--store", place[store]).exitCode == 0)
    }
    for server in [region, hub] {
      server.kill(SIGTERM)
      _ = server.finish()
    }
  }

  /// Two computers of one office on a LAN, one of which alone reaches the region.
  @Test func twoComputersOfOneOfficeSyncBesideTheRegion() throws {
    let place = try Workplace()
    let (region, address) = try place.region()
    try place.join("second", division: "540100", name: "拉萨市局二号", at: address)
    let (office, officeAddress) = try place.serve("office")
    try Program.run("peer", "add", officeAddress, "--store", place["second"])
    try place.add("二号录入", to: "second")
    try place.add("一号录入", to: "office")
    let line = try #require(try sync(place, "second", officeAddress).first)
    #expect(line["sent"] as? Int ?? 0 >= 1 && line["converged"] as? Bool == true)
    try sync(place, "office", address)
    #expect(try place.titles(in: "region") == ["一号录入", "二号录入"].sorted())
    // All peers of the list, one after the other; then nothing is left to send to either.
    for round in 0...1 {
      let lines = try sync(place, "second")
      #expect(lines.count == 2 && lines.allSatisfy { $0["converged"] as? Bool == true })
      #expect(lines.allSatisfy { $0["sent_again"] as? Int == 0 }, "\(lines)")
      #expect(round == 0 || lines.allSatisfy { $0["sent"] as? Int == 0 }, "\(lines)")
    }
    #expect(try Program.run("status", "--store", place["second"]).object["unsent"] as? Int == 0)
    for server in [region, office] {
      server.kill(SIGTERM)
      _ = server.finish()
    }
  }

  /// A watch of several peers goes on with those that are there, says of the others why not, and finds them again.
  @Test func aWatchOfSeveralPeersGoesOnWhereOneIsGone() throws {
    let place = try Workplace()
    var (region, address) = try place.region()
    try place.join("second", division: "540100", name: "拉萨市局二号", at: address)
    let (office, officeAddress) = try place.serve("office")
    try Program.run("peer", "add", officeAddress, "--store", place["second"])
    let watcher = try Program(["sync", "--watch", "--store", place["second"]])
    for name in ["自治区局", "拉萨市局"] {
      #expect(
        watcher.line { $0["peer"] as? String == name && $0["converged"] as? Bool == true } != nil,
        "\(watcher.errorText)")
    }
    region.kill(SIGKILL)
    _ = region.finish()
    try place.add("区里停机时", to: "second")
    #expect(
      watcher.line { $0["peer"] as? String == "拉萨市局" && $0["sent"] as? Int == 1 } != nil,
      "\(watcher.errorText)")
    #expect(try place.titles(in: "office") == ["区里停机时"])
    (region, _) = try place.served(at: address)
    #expect(
      watcher.line { $0["peer"] as? String == "自治区局" && $0["converged"] as? Bool == true } != nil,
      "\(watcher.errorText)")
    #expect(try place.titles(in: "region") == ["区里停机时"])
    #expect(watcher.errorText.contains("自治区局") && watcher.errorText.contains("\"code\":\"link-lost\""))
    watcher.kill(SIGTERM)
    #expect(watcher.finish().exitCode == 0)
    for server in [region, office] {
      server.kill(SIGTERM)
      _ = server.finish()
    }
  }

  /// The region restored from an old backup: its offices say that it lost what it had signed for, and it says what is back.
  @Test func aRestoredRegionSaysWhatIsBackAndWhoIsAwaited() throws {
    let place = try Workplace()
    let (former, address) = try place.region()
    try place.join("second", division: "540200", name: "日喀则市局", at: address)
    #expect(try Program.run("backup", place["old"], "--store", place["region"]).exitCode == 0)
    for (store, title) in [("office", "甲"), ("office", "乙"), ("second", "丙")] {
      try place.add(title, to: store)
      try sync(place, store)
    }
    former.kill(SIGTERM)
    _ = former.finish()
    try FileManager.default.moveItem(atPath: place["region"], toPath: place["lost"])
    #expect(try Program.run("restore-backup", place["old"], "--store", place["region"]).exitCode == 0)
    let (region, _) = try place.served(at: address)
    let again = try Program(["sync", "--lang", "zh", "--store", place["office"]]).finish()
    #expect(again.exitCode == 0 && again.object["sent_again"] as? Int == 2, "\(again.out) \(again.err)")
    #expect(again.err.contains("签收过"), "\(again.err)")
    let half = try #require(
      try Program.run("status", "--store", place["region"]).object["restored"] as? [String: Any])
    #expect(half["back"] as? Int == 2 && half["out"] as? Int == 0)
    #expect(half["awaited"] as? [String] == ["日喀则市局"])
    let text = try Program(["status", "--lang", "zh", "--store", place["region"]], json: false).finish().out
    #expect(text.contains("已找回 2 项") && text.contains("尚未联系：日喀则市局"), "\(text)")
    try sync(place, "second")
    let whole = try #require(
      try Program.run("status", "--store", place["region"]).object["restored"] as? [String: Any])
    #expect(whole["back"] as? Int == 3 && (whole["awaited"] as? [String])?.isEmpty == true)
    #expect(try place.titles(in: "region") == ["甲", "乙", "丙"].sorted())
    #expect(try Program.run("status", "--store", place["office"]).object["restored"] is NSNull)
    region.kill(SIGTERM)
    _ = region.finish()
  }
}
