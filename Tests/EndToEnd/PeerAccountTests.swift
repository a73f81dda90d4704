import Foundation
import Testing

/// What is told of peers: who is meant, what went wrong with them, what is unsent to them.
@Suite(.offPool) struct PeerAccountTests {
  private func peers(_ place: Workplace, _ store: String) throws -> [[String: Any]] {
    try Program.run("status", "--store", place[store]).object["peers"] as? [[String: Any]] ?? []
  }

  @Test func whatWentWrongIsKeptUntilASyncGoesWell() throws {
    let place = try Workplace()
    var (server, address) = try place.region()
    #expect(try peers(place, "office").first?["last_error"] is NSNull)
    server.kill(SIGTERM)
    _ = server.finish()
    #expect(try Program.run("sync", "--store", place["office"]).exitCode == 69)
    let failed = try #require(try peers(place, "office").first)
    #expect(failed["last_error"] as? String == "unreachable" && failed["last_sync"] is NSNull)
    let text = try Program(["status", "--lang", "zh", "--store", place["office"]], json: false).finish().out
    #expect(text.contains("上次出错：连不上") && text.contains("证书到期") && text.contains("时钟偏差"), "\(text)")
    (server, address) = try place.served(at: address)
    #expect(try Program.run("sync", "--store", place["office"]).exitCode == 0)
    let well = try #require(try peers(place, "office").first)
    #expect(well["last_error"] is NSNull && well["last_sync"] is String)
    // A revoked office is refused after the handshake: the listener notes it as well.
    try Program.run("office", "revoke", "拉萨市局", "--store", place["region"])
    #expect(try Program.run("sync", "--store", place["office"]).exitCode == 77)
    let refused = try #require(try peers(place, "office").first)
    #expect(refused["last_error"] as? String == "revoked")
    #expect(refused["last_sync"] as? String == well["last_sync"] as? String)
    server.kill(SIGTERM)
    _ = server.finish()
  }

  @Test func aNameOfSeveralIsNoUnknownOne() throws {
    let place = try Workplace()
    let (server, address) = try place.region()
    try place.join("second", division: "540100", name: "拉萨市局", at: address)
    let region = place["region"]
    for call in [
      ["office", "revoke", "拉萨市局"], ["bundle", "create", "--for", "拉萨市局", "-o", place["b.tzb"]],
    ] {
      let result = try Program(call + ["--store", region]).finish()
      #expect(result.exitCode == 65 && result.errorCode == "ambiguous-peer", "\(call): \(result.err)")
    }
    // A digit names nobody, even where only one begins with it.
    let node = try #require(
      try Program.run("status", "--store", place["second"]).object["node"] as? String)
    let short = try Program.run("office", "revoke", String(node.prefix(3)), "--store", region)
    #expect(short.exitCode == 66 && short.errorCode == "no-peer", "\(short.err)")
    #expect(try Program.run("office", "revoke", String(node.prefix(16)), "--store", region).exitCode == 0)
    server.kill(SIGTERM)
    _ = server.finish()
  }

  @Test func whatIsUnsentIsTheSameEverywhere() throws {
    let place = try Workplace()
    let (server, address) = try place.region()
    try place.add("甲", to: "office")
    let unsent = try peers(place, "office").first?["unsent"] as? Int
    #expect(unsent == 1)
    let office = place["office"]
    #expect(try Program.run("peer", "list", "--store", office).object["unsent"] as? Int == unsent)
    #expect(try Program.run("peer", "add", address, "--store", office).object["unsent"] as? Int == unsent)
    #expect(try Program.run("peer", "remove", address, "--store", office).object["unsent"] as? Int == unsent)
    server.kill(SIGTERM)
    _ = server.finish()
  }

  @Test func aRequestOfWhoIsEnrolledIsOnlyARequest() throws {
    let place = try Workplace()
    let (server, _) = try place.region()
    let result = try Program(
      ["join", "--request", place["a.csr"], "--lang", "zh", "--store", place["office"]], json: false
    ).finish()
    #expect(result.out.hasPrefix("申请已写出") && !result.out.contains("已入网"), "\(result.out)")
    server.kill(SIGTERM)
    _ = server.finish()
  }
}
