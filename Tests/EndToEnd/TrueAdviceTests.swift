import Foundation
import Testing

/// Who reads why something was not done can do what it says.
@Suite(.offPool) struct TrueAdviceTests {
  private func text(_ arguments: String...) throws -> Program.Result {
    try Program(arguments + ["--lang", "zh"], json: false).finish()
  }

  /// The office has another computer by now; what was made for the former one is no other office's.
  @Test func aBundleForAFormerComputerSaysSo() throws {
    let place = try Workplace()
    let (server, address) = try place.region()
    defer { server.kill(SIGTERM) }
    let former = try #require(try place.status("office")["node"] as? String)
    try place.run("bundle", "create", "--for", "拉萨市局", "-o", place["old.tzb"], in: "region")
    try place.join("new", division: "540100", name: "拉萨市局", at: address)
    try place.join("other", division: "540200", name: "日喀则市局", at: address)
    let now = try #require(try place.status("new")["node"] as? String)
    let told = try text("merge", place["old.tzb"], "--store", place["new"])
    let words = told.out + told.err
    #expect(told.exitCode == 1 && words.contains("拉萨市局 的另一台电脑（节点 \(former.prefix(12))）"), "\(words)")
    #expect(words.contains("bundle create --for \(now.prefix(12))"), "\(words)")
    let other = try text("merge", place["old.tzb"], "--store", place["other"])
    #expect(!(other.out + other.err).contains("另一台电脑"), "\(other.out) \(other.err)")
  }

  @Test func whoMayReinstateIsToldHow() throws {
    let place = try Workplace()
    let (server, address) = try place.region()
    defer { server.kill(SIGTERM) }
    try place.join("other", division: "540200", name: "日喀则市局", at: address)
    try place.run("bundle", "create", "--for", "日喀则市局", "-o", place["a.tzb"], in: "office", exits: 66)
    try place.run("sync", address, in: "office")
    try place.run("office", "revoke", "拉萨市局", "--yes", in: "region")
    try place.run("bundle", "create", "-o", place["a.tzb"], in: "office")
    let node = try #require(try place.status("office")["node"] as? String).prefix(12)
    for told in [
      try text("merge", place["a.tzb"], "--store", place["region"]),
      try text("bundle", "create", "--for", "拉萨市局", "-o", place["b.tzb"], "--store", place["region"]),
    ] {
      let words = told.out + told.err
      #expect(words.contains("taizhang office reinstate \(node)") && !words.contains("发证单位联系"), "\(words)")
    }
    try place.run("sync", address, in: "other")
    let elsewhere = try text(
      "bundle", "create", "--for", "拉萨市局", "-o", place["b.tzb"], "--store", place["other"])
    #expect(elsewhere.exitCode == 77 && elsewhere.err.contains("请吊销它的单位或其上级"), "\(elsewhere.err)")
  }

  /// Before its first sync an office knows of few others.
  @Test func whoHasNotSyncedIsToldToSyncFirst() throws {
    let place = try Workplace()
    let (server, address) = try place.region()
    defer { server.kill(SIGTERM) }
    let arguments = ["bundle", "create", "--for", "日喀则市局", "-o", place["a.tzb"], "--store", place["office"]]
    for (syncs, words) in [(false, "尚未同步过"), (true, "没有叫“日喀则市局”的")] {
      if syncs { try place.run("sync", address, in: "office") }
      let told = try Program(arguments + ["--lang", "zh"], json: false).finish()
      #expect(told.exitCode == 66 && told.err.contains(words), "\(told.err)")
    }
  }

  /// What another region's office hands in is refused in the reader's own words.
  @Test func anotherRegionsCertificateIsToldWithoutRawText() throws {
    let place = try Workplace()
    try place.region().server.end()
    let other = try Workplace()
    try other.region().server.end()
    try other.add("会", to: "office")
    try other.run("bundle", "create", "-o", place["a.tzb"], in: "office")
    let told = try text("merge", place["a.tzb"], "--report", place["r.txt"], "--store", place["region"])
    let words = told.out + told.err + (try String(contentsOfFile: place["r.txt"], encoding: .utf8))
    #expect(words.contains("证书不可信：证书不是本区域签发的") && !words.contains("issuer certificate"), "\(words)")
  }
}
