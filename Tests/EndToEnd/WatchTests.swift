import Foundation
import Testing

/// `sync --watch` with real processes: a hub that serves and two computers of one office that stay connected.
@Suite(.serialized, .offPool) struct WatchTests {
  private func received(_ line: [String: Any]) -> Bool { (line["received"] as? Int ?? 0) > 0 }

  @Test func whatOneOfficeAddsAppearsAtTheOtherThroughTheHub() throws {
    let place = try Workplace()
    let (server, address) = try place.region()
    try place.join("second", division: "540100", name: "拉萨市局二号", at: address)
    let watchers = try ["office", "second"].map { try Program(["sync", "--watch", "--store", place[$0]]) }
    for watcher in watchers {
      // The first line says that the link stands.
      #expect(watcher.line { $0["converged"] as? Bool == true } != nil, "\(watcher.errorText)")
    }
    // Another process commits to the store that is being watched.
    try place.add("甲", to: "office")
    #expect(watchers[0].line { $0["sent"] as? Int == 1 } != nil, "\(watchers[0].errorText)")
    #expect(watchers[1].line(where: received) != nil, "\(watchers[1].errorText)")
    #expect(try place.titles(in: "second") == ["甲"])
    try place.add("乙", to: "second")
    #expect(watchers[0].line(where: received) != nil)
    #expect(try place.titles(in: "office") == ["乙", "甲"].sorted())
    // What the region itself writes goes to both.
    let id = try place.add("丙", to: "office")
    #expect(watchers[1].line(where: received) != nil)
    try Program.run("edit", id, "--set", "title=丁", "--store", place["region"])
    for watcher in watchers { #expect(watcher.line(where: received) != nil) }
    for store in ["office", "second"] {
      #expect(try place.titles(in: store) == ["乙", "甲", "丁"].sorted())
    }
    // The hub tells each as a session.
    #expect(server.line { $0["event"] as? String == "session" && received($0) } != nil)
    // What is not sent yet when the end is wanted still goes along.
    try place.add("戊", to: "office")
    for watcher in watchers {
      watcher.kill(SIGTERM)
      #expect(watcher.finish().exitCode == 0)
    }
    server.kill(SIGTERM)
    #expect(server.finish().exitCode == 0)
    #expect(try Program.run("status", "--store", place["office"]).object["unsent"] as? Int == 0)
  }

  @Test func aHubThatIsKilledAndComesBackIsFoundAgain() throws {
    let place = try Workplace()
    var (server, address) = try place.region()
    let watcher = try Program(["sync", "--watch", "--store", place["office"]])
    #expect(watcher.line { $0["converged"] as? Bool == true } != nil)
    server.kill(SIGKILL)
    _ = server.finish()
    try place.add("停机时录入", to: "office")
    (server, _) = try place.served(at: address)
    #expect(watcher.line { $0["sent"] as? Int == 1 } != nil, "\(watcher.errorText)")
    #expect(watcher.errorText.contains("\"code\":\"link-lost\""), "\(watcher.errorText)")
    #expect(try place.titles(in: "region") == ["停机时录入"])
    watcher.kill(SIGINT)
    #expect(watcher.finish().exitCode == 0)
    server.kill(SIGTERM)
    #expect(server.finish().exitCode == 0)
    #expect(try Program.run("verify", "--store", place["region"]).exitCode == 0)
  }

  /// A peer that refuses is named with its reason, and the watch still ends well.
  @Test func aPeerOfAnotherRegionIsSaidOnceAndNotHammered() throws {
    let place = try Workplace()
    let (server, address) = try place.region()
    try Program.run("init", "--division", "540000", "--name", "另一区", "--region", "--store", place["other"])
    let watcher = try Program(["sync", "--watch", address, "--store", place["other"]])
    #expect(server.line { $0["event"] as? String == "refused" } != nil)
    #expect(server.line(within: 3) { $0["event"] as? String == "refused" } == nil)
    watcher.kill(SIGTERM)
    let result = watcher.finish()
    #expect(result.exitCode == 0)
    #expect(result.errorCode == "untrusted", "\(result.err)")
    server.kill(SIGTERM)
    _ = server.finish()
  }

  /// Reasons come when they come: each says whose it is.
  @Test func whoIsNotConnectedIsToldWithTheReason() throws {
    let place = try Workplace()
    let (server, address) = try place.region()
    server.end()
    let nobody = "127.0.0.1:1"
    try place.run("peer", "add", nobody, in: "office")
    let watcher = try Program(["sync", "--watch", nobody, address, "--store", place["office"]])
    var told: Set<String> = []
    _ = watcher.line { line in
      guard (line["error"] as? [String: Any])?["code"] as? String == "unreachable" else { return false }
      told.insert(line["peer"] as? String ?? "")
      return told.count == 2
    }
    #expect(told == [nobody, address], "\(watcher.errorText)")
    watcher.kill(SIGTERM)
    let result = watcher.finish()
    #expect(result.exitCode == 0)
    for line in result.err.split(separator: "\n") {
      let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
      let message = (object?["error"] as? [String: Any])?["message"] as? String ?? ""
      #expect(told.contains { message.contains($0) }, "\(line)")
      let peer = (object?["error"] as? [String: Any])?["peer"] as? String
      #expect(peer.map(told.contains) == true, "\(line)")
    }
    let plain = try Program(["sync", "--watch", nobody, "--store", place["office"]], json: false)
    #expect(plain.waits { plain.errorText.contains("\n") })
    plain.kill(SIGTERM)
    let first = plain.finish().err.split(separator: "\n").first ?? ""
    #expect(first.contains("is not connected") && first.contains("nobody listens"), "\(first)")
  }

  /// What a revocation takes out and which plan comes into force is told by who stays connected, and by who is dialled.
  @Test func whatComesIntoForceIsToldOnWhicheverSide() throws {
    let place = try Workplace()
    let (server, address) = try place.region()
    let region = place["region"]
    try place.join("twin", division: "540100", name: "拉萨市局二号", at: address)
    try place.add("会", to: "twin")
    let (other, twin) = try place.serve("twin")
    try place.run("sync", twin, in: "office")
    other.end()
    func plan(_ title: String) throws {
      try place.run("plan", "export", "-o", place["pack.yaml"], in: "region")
      let text = try String(contentsOfFile: place["pack.yaml"], encoding: .utf8)
      let next = text.replacingOccurrences(of: "label: [会场, Place]", with: "label: [\(title), Place]")
        .replacingOccurrences(of: "label: [地点, Place]", with: "label: [\(title), Place]")
      try Data(next.utf8).write(to: URL(fileURLWithPath: place["next.yaml"]))
      try place.run("plan", "import", place["next.yaml"], in: "region")
    }
    func version(_ line: [String: Any]) -> Int? { (line["plan_change"] as? [String: Any])?["to"] as? Int }
    // The region never held what is taken out.
    try place.run("office", "revoke", "拉萨市局二号", in: "region")
    let watcher = try Program(["sync", "--watch", address, "--store", place["office"]])
    #expect(watcher.line { $0["withdrawn"] as? Int == 1 } != nil, "\(watcher.errorText)")
    try plan("会场")
    let changed = watcher.line { version($0) != nil }
    #expect(
      changed.flatMap(version) == 2 && changed?["withdrawn"] as? Int == 0, "\(String(describing: changed))")
    #expect(watcher.errorText.contains("version 2"), "\(watcher.errorText)")
    watcher.kill(SIGTERM)
    #expect(watcher.finish().exitCode == 0)
    try plan("场所")
    let (dialled, at) = try place.serve("office")
    try Program.run("sync", at, "--store", region)
    let session = dialled.line { $0["event"] as? String == "session" }
    #expect(session.flatMap(version) == 3, "\(String(describing: session))")
    dialled.end()
    server.end()
  }
}
