import Foundation
import Testing

/// An office whose scope is changed while it stays connected with a hub.
@Suite(.serialized, .offPool) struct ScopeChangeInWatchTests {
  /// It is narrowed and given back what it had, and the hub writes meanwhile: the link is made anew by itself, with the
  /// reason, and nobody is said to break the protocol.
  @Test func theLinkIsMadeAnewUnderTheOtherCertificate() throws {
    let place = try Workplace()
    let (region, address) = try place.region()
    defer { region.kill(SIGTERM) }
    try Program.run("sync", address, "--store", place["office"])
    let (hub, hubAddress) = try place.serve("office")
    defer { hub.kill(SIGTERM) }
    try place.join("county", division: "540103", name: "堆龙局", at: address)
    try Program.run("sync", address, "--store", place["office"])
    try place.add("市本级", to: "office")
    try place.add("甲", to: "county")
    let watcher = try Program(["sync", "--watch", hubAddress, "--store", place["county"]])
    #expect(watcher.line { $0["converged"] as? Bool == true } != nil, "\(watcher.errorText)")
    try place.run("office", "assign", "堆龙局", "--division", "540100", "--only", in: "region")
    try Program.run("sync", address, "--store", place["office"])
    #expect(watcher.waits { watcher.errorText.contains("540100") }, "\(watcher.errorText)")
    try place.add("乙", to: "county")
    try place.run("office", "assign", "堆龙局", "--division", "540103", "--all-below", in: "region")
    try Program.run("sync", address, "--store", place["office"])
    #expect(
      watcher.waits { (try? place.status("county")["division"] as? String) == "540103" },
      "\(watcher.errorText)")
    try place.add("后", to: "county")
    try place.add("市二", to: "office")
    #expect(watcher.waits { (try? place.titles(in: "office").contains("后")) == true }, "\(watcher.errorText)")
    watcher.kill(SIGTERM)
    let end = watcher.finish()
    #expect(end.exitCode == 0 && !end.err.contains("\"error\""), "\(end.err)")
    #expect(end.err.contains("anew under it"), "\(end.err)")
    let failed = end.objects.filter { !($0["error"] is NSNull) }
    #expect(failed.isEmpty, "\(failed)")
    let peers = try place.status("county")["peers"] as? [[String: Any]] ?? []
    #expect(peers.allSatisfy { $0["last_error"] is NSNull }, "\(peers)")
    for store in ["county", "office", "region"] {
      #expect(try place.run("verify", in: store).object["ok"] as? Bool == true, "\(store)")
    }
  }
}
