import Foundation
import Testing

/// A redaction on its way: bundles, peers that have not heard, and the field that is written anew.
@Suite(.offPool) struct RedactionSpreadTests {
  private let secret = "卓玛央宗身份信息"

  private func expectGone(_ place: Workplace, _ store: String, _ id: String) throws {
    for (name, bytes) in try place.files(of: store) {
      #expect(bytes.range(of: Data(secret.utf8)) == nil, "\(store)/\(name)")
    }
    let shown = try place.run("show", id, in: store).object
    #expect(shown["redacted"] as? [String] == ["title"], "\(store): \(shown)")
    #expect(try place.run("verify", in: store).object["ok"] as? Bool == true, "\(store)")
    #expect(try place.run("search", "央宗", in: store).objects.isEmpty, "\(store)")
  }

  /// A bundle made after it, opened by who never had the text.
  @Test func aBundleMadeFromThenOnHasNothingOfIt() throws {
    let place = try Workplace()
    let (server, address) = try place.region()
    try place.join("third", division: "540100", name: "拉萨市局三号", at: address)
    let id = try place.add(secret, to: "office")
    try place.run("edit", id, "--set", "title=\(secret)更正", in: "office")
    try place.run("sync", address, in: "office")
    // Before: there it is, or this test would show nothing.
    try place.run("bundle", "create", "--for", "拉萨市局三号", "-o", place["before.tzb"], in: "region")
    try place.run("redact", id, "--field", "title", "--reason", "本人申请", in: "region")
    try place.run("bundle", "create", "--for", "拉萨市局三号", "-o", place["after.tzb"], in: "region")
    server.end()
    try place.run("backup", place["third.backup"], in: "third")
    try place.run("merge", place["after.tzb"], in: "third")
    try expectGone(place, "third", id)
    // The older one brings it back to nobody who has heard.
    try place.run("merge", place["before.tzb"], in: "third")
    try expectGone(place, "third", id)
    try place.run("restore-backup", place["third.backup"], in: "fresh")
    try place.run("merge", place["before.tzb"], in: "fresh")
    #expect(try place.fields(id, in: "fresh")["title"] as? String == "\(secret)更正")
    try place.run("merge", place["after.tzb"], in: "fresh")
    try expectGone(place, "fresh", id)
  }

  /// Who has heard of the redaction alone is handed the change whole, by a peer that has not heard: it is erased on
  /// arrival, and the peer hears of it.
  @Test func whatComesLaterFromAPeerThatHasNotHeardIsErasedOnArrival() throws {
    let place = try Workplace()
    let (server, address) = try place.region()
    try place.join("other", division: "540200", name: "日喀则市局", at: address)
    let id = try place.add(secret, to: "office")
    try place.run("sync", address, in: "office")
    try place.run("redact", id, "--field", "title", "--reason", "本人申请", in: "region")
    // Outside its division, it hears of it all the same; then it gets that division too.
    try place.run("sync", address, in: "other")
    try place.run("office", "assign", "日喀则市局", "--division", "540100", in: "region")
    try place.run("sync", address, in: "other")
    try place.run("show", id, in: "other", exits: 66)
    server.end()
    #expect(try place.fields(id, in: "office")["title"] as? String == secret)
    let (office, beside) = try place.serve("office")
    let met = try place.run("sync", beside, in: "other").object
    #expect(met["converged"] as? Bool == true, "\(met)")
    office.end()
    try expectGone(place, "other", id)
    try expectGone(place, "office", id)
    let told = try place.run("history", id, in: "office").objects.last
    #expect(told?["redacted"] as? Bool == true && told?["reason"] as? String == "本人申请", "\(told ?? [:])")
  }

  /// Written anew, the field reads as what was written, everywhere.
  @Test func aFieldThatIsWrittenAnewReadsAsTheNewValue() throws {
    let place = try Workplace()
    let (server, address) = try place.region()
    try place.join("second", division: "540100", name: "拉萨市局二号", at: address)
    let id = try place.add(secret, to: "office")
    for store in ["office", "second"] { try place.run("sync", address, in: store) }
    try place.run("redact", id, "--field", "title", "--reason", "本人申请", in: "region")
    try place.run("sync", address, in: "second")
    let edited = try place.run("edit", id, "--set", "title=某市民咨询", in: "second").object
    #expect((edited["redacted"] as? [Any])?.isEmpty == true, "\(edited)")
    for store in ["second", "office"] { try place.run("sync", address, in: store) }
    server.end()
    for store in ["region", "office", "second"] {
      let shown = try place.run("show", id, in: store).object
      #expect((shown["fields"] as? [String: Any])?["title"] as? String == "某市民咨询", "\(store): \(shown)")
      #expect((shown["redacted"] as? [Any])?.isEmpty == true, "\(store): \(shown)")
      #expect((shown["conflicts"] as? [Any])?.isEmpty == true, "\(store): \(shown)")
      let found = try place.run("search", "某市民", in: store).objects
      #expect(found.compactMap { $0["id"] as? String } == [id], "\(store)")
      for (name, bytes) in try place.files(of: store) {
        #expect(bytes.range(of: Data(secret.utf8)) == nil, "\(store)/\(name)")
      }
      #expect(try place.run("verify", in: store).object["ok"] as? Bool == true, "\(store)")
    }
  }
}
