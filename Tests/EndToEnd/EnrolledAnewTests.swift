import Foundation
import Testing

/// A prefecture's word on its counties, and what becomes of a county whose prefecture was revoked.
@Suite(.offPool) struct EnrolledAnewTests {
  /// A region, a prefecture that enrols, and a county that it has enrolled.
  private func delegated(_ place: Workplace) throws -> (
    region: Program, above: String, prefecture: Program, middle: String
  ) {
    try place.run("init", "--division", "540000", "--name", "自治区局", "--region", in: "region")
    try place.run("init", "--division", "540100", "--name", "拉萨市局", in: "prefecture")
    try place.run("init", "--division", "540102", "--name", "城关区局", in: "county")
    let (region, above) = try place.serve("region")
    let token = try invite("540100", "拉萨市局", "--may-enrol", by: "region", place)
    try place.run("join", above, "--token", token, in: "prefecture")
    let (prefecture, middle) = try place.serve("prefecture")
    let second = try invite("540102", "城关区局", by: "prefecture", place)
    try place.run("join", middle, "--token", second, in: "county")
    return (region, above, prefecture, middle)
  }

  private func invite(
    _ division: String, _ name: String, _ more: String..., by store: String, _ place: Workplace
  ) throws -> String {
    let invited = try Program(
      ["office", "invite", "--division", division, "--name", name, "--store", place[store]] + more
    ).finish()
    return try #require(invited.object["token"] as? String, "\(invited.err)")
  }

  private func office(_ name: String, at store: String, _ place: Workplace) throws -> [String: Any]? {
    try place.run("office", "list", in: store).objects.first { $0["name"] as? String == name }
  }

  /// The prefecture takes back what it gave: the region goes by it at the next contact, and what was handed in stays.
  @Test func invariant5APrefecturesRevocationTakesEffectAtTheRegion() throws {
    let place = try Workplace()
    let (region, above, prefecture, middle) = try delegated(place)
    let id = try place.add("吊销前", to: "county")
    try place.run("sync", middle, in: "county")
    try place.run("sync", above, in: "prefecture")
    try place.run("show", id, in: "region")
    try place.run("office", "revoke", "城关区局", "--reason", "遗失", in: "prefecture")
    // A county takes nothing back of who stands above it.
    let beyond = try place.run("office", "revoke", "拉萨市局", in: "county", exits: 77)
    #expect(!beyond.err.isEmpty)
    let late = try place.add("吊销后", to: "county")
    let refused = try place.run("sync", middle, "--lang", "zh", in: "county", exits: 77)
    #expect(refused.errorCode == "revoked" && refused.err.contains("本单位的证书已被吊销"), "\(refused.err)")
    #expect(refused.err.contains("taizhang office reinstate"), "\(refused.err)")
    let peers = try Program(["status", "--lang", "zh", "--store", place["county"]], json: false).finish().out
    #expect(peers.contains("上次出错：本单位的证书已被吊销"), "\(peers)")
    #expect(
      prefecture.line { line in
        let error = line["error"] as? [String: Any]
        return (error?["message"] as? String)?.contains("城关区局") == true
      } != nil, "who serves names the other")
    try place.run("sync", above, in: "prefecture")
    #expect(try office("城关区局", at: "region", place)?["revoked"] as? Bool == true)
    try place.run("sync", above, in: "county", exits: 77)
    for store in ["region", "prefecture"] {
      try place.run("show", id, in: store)
      try place.run("show", late, in: store, exits: 66)
      #expect(try place.run("verify", in: store).object["ok"] as? Bool == true, "\(store)")
    }
    for server in [region, prefecture] { server.end() }
  }

  /// The prefecture is revoked: its county is listed, is enrolled anew with the store that it has, and hands in.
  @Test func aCountyOfARevokedPrefectureIsEnrolledAnewWithItsStore() throws {
    let place = try Workplace()
    let (region, above, prefecture, middle) = try delegated(place)
    let id = try place.add("此前", to: "county")
    try place.run("sync", middle, in: "county")
    prefecture.end()
    // Nothing of the county has come to the region, so that its certificate falls with the prefecture's.
    try place.run("office", "revoke", "拉萨市局", "--reason", "失窃", in: "region")
    let refused = try place.run("sync", above, "--lang", "en", in: "county", exits: 77)
    #expect(refused.errorCode == "issuer-revoked", "\(refused.err)")
    #expect(refused.err.contains("This office's own certificate counts no more"), "\(refused.err)")
    let token = try invite("540102", "城关区局", by: "region", place)
    try place.run("join", above, "--token", token, in: "county")
    let handedIn = try place.run("sync", above, in: "county").object
    #expect(handedIn["converged"] as? Bool == true, "\(handedIn)")
    try place.run("show", id, in: "region")
    let listed = try #require(try office("城关区局", at: "region", place))
    #expect(listed["needs_enrolment"] as? Bool == false && listed["revoked"] as? Bool == false, "\(listed)")
    #expect(try place.run("verify", in: "region").object["ok"] as? Bool == true)
    region.end()
  }

  /// The stick that brings the revocation of its own enroller says so as a sync does: in the text, the object and the account.
  /// Who watches is told once.
  @Test func aMergeAndAWatchSayThatTheOfficeMustBeEnrolledAnew() throws {
    let place = try Workplace()
    let (region, above, prefecture, middle) = try delegated(place)
    try place.add("此前", to: "county")
    try place.run("sync", middle, in: "county")
    try place.run("sync", above, in: "prefecture")
    try place.run("office", "revoke", "拉萨市局", "--reason", "失窃", in: "region")
    try place.run("bundle", "create", "--for", "城关区局", "-o", place["a.tzb"], in: "region")
    // The region holds its certificate: that counts until it ends.
    let words = "前重新入网：证书到那时为止仍然算数，但发证单位已被吊销或不能再发证，无人续发"
    let before = try place.run("merge", "--lang", "zh", in: "county")
    #expect(
      before.object["needs_enrolment"] as? Bool == false && !before.err.contains(words), "\(before.err)")
    for (dry, name) in [(["--dry-run"], "a.txt"), ([], "b.html")] {
      let call = [
        "merge", place["a.tzb"], "--report", place[name], "--lang", "zh", "--store", place["county"],
      ]
      let merged = try Program(call + dry).finish()
      #expect(merged.object["needs_enrolment"] as? Bool == true, "\(merged.out)")
      #expect(merged.object["enrolment_loss"] as? String == "unrenewed", "\(merged.out)")
      #expect(merged.err.contains(words) && merged.err.contains("taizhang join"), "\(merged.err)")
      let account = String(
        decoding: FileManager.default.contents(atPath: place[name]) ?? Data(), as: UTF8.self)
      #expect(account.contains(words), "\(account)")
    }
    let refused = try place.run("sync", middle, "--lang", "zh", in: "county", exits: 77)
    #expect(refused.err.contains("给本单位发证的拉萨市局已被吊销"), "\(refused.err)")
    let peers = try Program(["peer", "list", "--lang", "zh", "--store", place["county"]], json: false)
      .finish().out
    #expect(peers.contains("上次出错：对端的证书已被吊销"), "\(peers)")
    let watcher = try Program(["sync", "--watch", above, "--lang", "zh", "--store", place["county"]])
    #expect(watcher.line { $0["converged"] as? Bool == true } != nil, "\(watcher.errorText)")
    for title in ["甲", "乙"] {
      try place.add(title, to: "county")
      #expect(watcher.line { $0["sent"] as? Int == 1 } != nil, "\(watcher.errorText)")
    }
    watcher.kill(SIGTERM)
    let watched = watcher.finish()
    #expect(watched.err.ranges(of: words).count == 1, "\(watched.err)")
    for server in [region, prefecture] { server.end() }
  }
}
