import Foundation
import Testing

/// What is decided about an office reaches others by way of others, and itself with its store as it is.
@Suite(.offPool) struct HearsayTests {
  /// A revocation that an office learns from a colleague, and not from the region, takes effect there.
  @Test func aRevocationHeardFromAnotherOfficeTakesEffect() throws {
    let place = try Workplace()
    let (region, address) = try place.region()
    try place.join("lost", division: "540100", name: "拉萨市局二号", at: address)
    try place.join("messenger", division: "540100", name: "拉萨市局三号", at: address)
    let kept = try place.add("遗失前的", to: "lost")
    try place.run("sync", address, in: "lost")
    let (office, beside) = try place.serve("office")
    let taken = try place.add("遗失后的", to: "lost")
    try place.run("sync", beside, in: "lost")
    #expect(try place.titles(in: "office").count == 2)
    try place.run("office", "revoke", "拉萨市局二号", "--reason", "遗失", in: "region")
    try place.run("sync", address, in: "messenger")
    // From here on there is no region.
    region.end()
    // The office has handed out what it did not know to be revoked: that is left out, and said; then both are at one.
    let leftOut = try place.run("sync", beside, "--lang", "en", in: "messenger", exits: 1)
    #expect(leftOut.err.contains("1 stretch of what came set aside"), "\(leftOut.err)")
    let told = try place.run("sync", beside, in: "messenger").object
    #expect(told["converged"] as? Bool == true, "\(told)")
    #expect(try place.titles(in: "office") == ["遗失前的"])
    try place.run("show", kept, in: "office")
    try place.run("show", taken, in: "office", exits: 66)
    #expect(try place.run("quarantine", in: "office").objects.map { $0["reason"] as? String } == ["revoked"])
    let listed = try place.run("office", "list", in: "office").objects
    let lost = listed.first { $0["name"] as? String == "拉萨市局二号" }
    #expect(lost?["revoked"] as? Bool == true, "\(listed)")
    let refused = try place.run("sync", beside, in: "lost", exits: 77)
    #expect(refused.errorCode == "revoked", "\(refused.err)")
    let prints = try ["office", "messenger"].map {
      try place.status($0, over: "540100")["fingerprint"] as? String
    }
    #expect(Set(prints).count == 1)
    #expect(try place.run("verify", in: "office").object["ok"] as? Bool == true)
    office.end()
  }

  /// A county that becomes a prefecture's office: the store, the key and what was recorded stay, nothing comes or goes
  /// a second time, and it goes on recording in its new place.
  @Test func anOfficeWithAnotherDivisionSyncsNothingAnew() throws {
    let place = try Workplace()
    let (region, address) = try place.region()
    try place.join("county", division: "540102", name: "城关区局", at: address)
    let ledger = try place.ledger("a.csv", rows: 400, noise: true)
    try place.run("import", ledger, in: "county")
    let first = try place.run("sync", address, in: "county").object
    let whole = try #require(first["bytes_sent"] as? Int)
    let before = try place.status("county")
    let there = try place.run(
      "add", "training", "--division", "540200", "--set", "title=新辖区的", "--set", "date=2025-09-10", "--set",
      "plan_items=4.2", "--set", "organiser=局", "--set", "topic=standards", in: "region")
    try place.run("office", "assign", "城关区局", "--division", "540200", in: "region")
    var sent = 0
    var received = 0
    var bytes = 0
    for _ in 0..<2 {
      let line = try place.run("sync", address, in: "county").object
      #expect(line["converged"] as? Bool == true, "\(line)")
      sent += line["sent"] as? Int ?? .max
      received += line["received"] as? Int ?? .max
      bytes += line["bytes_sent"] as? Int ?? .max
    }
    // The certificate, and what its new division holds.
    #expect(sent == 0 && (1...4).contains(received), "\(sent) \(received)")
    #expect(bytes < whole / 10, "\(bytes) of \(whole)")
    let after = try place.status("county")
    #expect(after["node"] as? String == before["node"] as? String)
    #expect(after["division"] as? String == "540200" && after["unsent"] as? Int == 0, "\(after)")
    #expect(after["records"] as? Int == 401, "\(after)")
    try place.run("show", try #require(there.object["id"] as? String), in: "county")
    // It goes on, in the new place and in the old one.
    let id = try place.add("在新址", to: "county")
    #expect(try place.run("show", id, in: "county").object["division"] as? String == "540200")
    let old = try place.run("list", "--division", "540102", "--limit", "1", in: "county").object
    try place.run(
      "edit", try #require(old["id"] as? String), "--set", "place=旧址", in: "county")
    let last = try place.run("sync", address, in: "county").object
    #expect(last["sent"] as? Int == 2 && last["bytes_sent"] as? Int ?? .max < whole / 10, "\(last)")
    #expect(try place.run("show", id, in: "region").object["division"] as? String == "540200")
    for store in ["county", "region"] {
      #expect(try place.run("verify", in: store).object["ok"] as? Bool == true, "\(store)")
      #expect(try place.status(store)["quarantined"] as? Int == 0, "\(store)")
    }
    region.end()
  }
}
