import Foundation
import TestSupport
import Testing

/// Invariant 5: what its author had no right to write is kept with its reason, told, and never shown as a record.
@Suite(.offPool) struct SetAsideTests {
  /// An office that had recorded for one division before it was certified for another; a backup still has that.
  @Test func invariant5WhatABackupBringsFromOutsideItsAuthorsScopeIsSetAside() throws {
    let place = try Workplace()
    let (server, address) = try place.region()
    try place.run("init", "--division", "540200", "--name", "那曲市局", in: "rogue")
    let id = try place.add("越界的", to: "rogue")
    try place.run("backup", place["rogue.backup"], in: "rogue")
    try place.join("rogue", division: "540600", name: "那曲市局", at: address)
    server.end()
    for round in 0..<2 {
      let merged = try place.run("merge", place["rogue.backup"], in: "region", exits: 1).object
      let source = try #require((merged["sources"] as? [[String: Any]])?.first)
      #expect(source["rejected"] as? Int == 1 && source["applied"] as? Int == 0, "\(round): \(source)")
      #expect(source["reason"] as? String == "out-of-scope", "\(round): \(source)")
      try expectSetAside(id, at: "region", place)
    }
    let words = try Program(["quarantine", "--lang", "zh", "--store", place["region"]], json: false).finish()
    #expect(words.out.contains("那曲市局") && words.out.contains("范围"), "\(words.out)")
  }

  private func expectSetAside(_ id: String, at store: String, _ place: Workplace) throws {
    #expect(try place.status(store)["quarantined"] as? Int == 1)
    #expect(try place.status(store)["records"] as? Int == 0)
    let line = try place.run("quarantine", in: store).object
    #expect(line["reason"] as? String == "out-of-scope" && line["division"] as? String == "540200", "\(line)")
    #expect(line["office"] as? String == "那曲市局" && line["seq"] as? Int == 1, "\(line)")
    let doctor = try place.run("doctor", in: store).object
    let listed = try #require(doctor["quarantined"] as? [[String: Any]])
    #expect(listed.map { $0["reason"] as? String } == ["out-of-scope"], "\(doctor)")
    try place.run("show", id, in: store, exits: 66)
    try place.run("history", id, in: store, exits: 66)
    for call in [["list"], ["list", "--deleted"], ["search", "越界"], ["conflicts"], ["duplicates"]] {
      let found = try Program(call + ["--store", place[store]]).finish()
      #expect(found.exitCode == 0 && found.objects.isEmpty, "\(call): \(found.out) \(found.err)")
    }
    #expect(try place.run("verify", in: store).object["ok"] as? Bool == true)
  }

  /// A copied store in which somebody changed a signature, or cut a change out: what is not signed, or follows on nothing, does not
  /// count, and gives way to the true one.
  @Test(arguments: [
    ("bad-signature", "UPDATE changes SET signature = randomblob(64) WHERE n = 2 AND source = 0"),
    (
      "bad-signature",
      "UPDATE changes SET body = (SELECT body FROM changes WHERE n = 1 AND source = 0) WHERE n = 2 AND source = 0"
    ),
  ])
  func invariant5WhatNobodySignedIsSetAside(reason: String, change: String) throws {
    let place = try Workplace()
    let (server, address) = try place.region()
    try place.add("一", to: "office")
    try place.add("二", to: "office")
    try FileManager.default.copyItem(atPath: place["office"], toPath: place["altered"])
    try ChildProcess.sqlite(place["altered"] + "/store.sqlite", change)
    server.end()
    let merged = try place.run("merge", place["altered"], in: "region", exits: 1).object
    let source = try #require((merged["sources"] as? [[String: Any]])?.first)
    #expect(source["rejected"] as? Int == 1 && source["reason"] as? String == reason, "\(source)")
    #expect(try place.titles(in: "region") == ["一"])
    #expect(try place.run("quarantine", in: "region").object["reason"] as? String == reason)
    let (again, _) = try place.serve("region", at: address)
    try place.run("sync", address, in: "office")
    again.end()
    #expect(try place.titles(in: "region") == ["一", "二"].sorted())
    #expect(try place.status("region")["quarantined"] as? Int == 0)
  }

  /// A colleague's stick brings what a lost computer wrote on after it was revoked; the colleague's own goes in.
  @Test func invariant5WhatABundleBringsOfARevokedComputerIsSetAside() throws {
    let place = try Workplace()
    let (server, address) = try place.region()
    try place.join("lost", division: "540100", name: "拉萨市局二号", at: address)
    try place.add("遗失前的", to: "lost")
    try place.run("sync", address, in: "lost")
    server.end()
    let (office, beside) = try place.serve("office")
    let id = try place.add("遗失后的", to: "lost")
    try place.run("sync", beside, in: "lost")
    office.end()
    try place.add("同事的", to: "office")
    #expect(try place.titles(in: "office").count == 3)
    try place.run("office", "revoke", "拉萨市局二号", "--reason", "遗失", in: "region")
    try place.run("bundle", "create", "-o", place["a.tzb"], in: "office")
    let merged = try place.run("merge", place["a.tzb"], in: "region", exits: 1).object
    let source = try #require((merged["sources"] as? [[String: Any]])?.first)
    #expect(source["rejected"] as? Int == 1 && source["reason"] as? String == "revoked", "\(source)")
    #expect(try place.titles(in: "region") == ["遗失前的", "同事的"].sorted())
    try place.run("show", id, in: "region", exits: 66)
    #expect(try place.status("region")["quarantined"] as? Int == 1)
    #expect(try place.run("quarantine", in: "region").object["reason"] as? String == "revoked")
    #expect(try place.run("verify", in: "region").object["ok"] as? Bool == true)
  }
}
