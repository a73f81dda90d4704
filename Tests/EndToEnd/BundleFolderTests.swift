import Foundation
import Testing

/// A stick as it comes to the region: many offices' bundles in folders, some of them no good; bundles that were lost on
/// the way.
@Suite(.offPool) struct BundleFolderTests {
  private func bundle(_ place: Workplace, by store: String, to path: String, _ options: String...) throws
    -> Program.Result
  {
    let made = try Program(["bundle", "create", "-o", path, "--store", place[store]] + options).finish()
    #expect(made.exitCode == 0, "\(made.err)")
    return made
  }

  private func sources(_ result: Program.Result, under folder: String) throws -> [String: [String: Any]] {
    let sources = try #require(result.object["sources"] as? [[String: Any]], "\(result.err)")
    return sources.reduce(into: [:]) { found, source in
      let path = source["path"] as? String ?? ""
      found[String(path.dropFirst(folder.count + 1))] = source
    }
  }

  /// Invariant 7: what is good of it goes in once, what is not says why, and a second run changes nothing.
  @Test func invariant7AFolderOfBundlesIsMergedOnceAndSaysWhatWasLeftOut() throws {
    let place = try Workplace()
    let (server, address) = try place.region()
    try place.join("shigatse", division: "540200", name: "日喀则市局", at: address)
    try place.join("county", division: "540221", name: "南木林县局", at: address)
    try place.run("sync", address, in: "shigatse")
    server.end()
    let stick = place["stick"]
    for folder in ["拉萨", "日喀则/南木林"] {
      try FileManager.default.createDirectory(
        atPath: stick + "/" + folder, withIntermediateDirectories: true)
    }
    let good = ["拉萨/1.tzb": "office", "日喀则/市局.tzb": "shigatse", "日喀则/南木林/县局.tzb": "county"]
    for (path, store) in good {
      try place.add("第一场", to: store)
      _ = try bundle(place, by: store, to: stick + "/" + path)
    }
    try place.add("坏包里的", to: "office")
    _ = try bundle(place, by: "office", to: stick + "/拉萨/坏.tzb")
    var broken = try Data(contentsOf: URL(fileURLWithPath: stick + "/拉萨/坏.tzb"))
    broken[broken.count - 40] ^= 4
    try broken.write(to: URL(fileURLWithPath: stick + "/拉萨/坏.tzb"))
    _ = try bundle(place, by: "region", to: stick + "/日喀则/来自区局.tzb", "--for", "日喀则市局")
    try Data("本盘共三个单位".utf8).write(to: URL(fileURLWithPath: stick + "/说明.txt"))
    let bad = [
      "拉萨/坏.tzb": "bundle-altered", "日喀则/来自区局.tzb": "wrong-recipient", "说明.txt": "not-a-bundle",
    ]

    let first = try place.run("merge", stick, in: "region", exits: 1)
    let told = try sources(first, under: stick)
    #expect(Set(told.keys) == Set(good.keys).union(bad.keys))
    for (path, store) in good {
      let source = try #require(told[path])
      #expect(source["reason"] is NSNull && source["rejected"] as? Int == 0, "\(path): \(source)")
      #expect(source["applied"] as? Int ?? 0 >= 1, "\(path): \(source)")
      #expect(source["from"] as? String == (try place.status(store)["name"] as? String), "\(path)")
    }
    for (path, reason) in bad {
      #expect(told[path]?["reason"] as? String == reason, "\(path): \(told[path] ?? [:])")
      #expect(told[path]?["applied"] as? Int == 0, "\(path)")
    }
    #expect(first.object["records_new"] as? Int == 3)
    #expect(try place.titles(in: "region") == ["第一场", "第一场", "第一场"])

    let before = try place.status("region")
    let second = try place.run("merge", stick, in: "region", exits: 1)
    let again = try sources(second, under: stick)
    for path in good.keys {
      let source = try #require(again[path])
      #expect(source["applied"] as? Int == 0 && source["already"] as? Int == source["changes"] as? Int)
    }
    for (path, reason) in bad { #expect(again[path]?["reason"] as? String == reason, "\(path)") }
    #expect(second.object["records_new"] as? Int == 0 && second.object["records_changed"] as? Int == 0)
    let after = try place.status("region")
    #expect(after["fingerprint"] as? String == before["fingerprint"] as? String)
    #expect(after["changes"] as? Int == before["changes"] as? Int)
  }

  /// `--since-last` goes by what the recipient has signed for: whatever becomes of a bundle, the next one makes it good.
  @Test func aBundleLostOnTheWayIsMadeGoodByTheNext() throws {
    let place = try Workplace()
    let (server, address) = try place.region()
    try place.add("甲", to: "office")
    try place.run("sync", address, in: "office")
    server.end()
    func make(_ title: String, _ file: String) throws -> Int {
      try place.add(title, to: "office")
      let made = try bundle(place, by: "office", to: place[file], "--since-last")
      return try #require(made.object["changes"] as? Int)
    }
    let lost = try make("乙", "1.tzb")
    #expect(lost == 1, "what the region signed for is not in it")
    let next = try make("丙", "2.tzb")
    #expect(next == 2)
    let merged = try place.run("merge", place["2.tzb"], in: "region").object
    #expect((merged["sources"] as? [[String: Any]])?.first?["applied"] as? Int == 2, "\(merged)")
    #expect(try place.titles(in: "region") == ["甲", "乙", "丙"].sorted())
    // The lost one turns up, and the other comes once more: nothing twice, and nothing goes back.
    let standing = try place.status("region")
    for file in ["1.tzb", "2.tzb"] {
      let late = try place.run("merge", place[file], in: "region").object
      let source = try #require((late["sources"] as? [[String: Any]])?.first)
      #expect(source["applied"] as? Int == 0 && source["reason"] is NSNull, "\(source)")
    }
    #expect(try place.status("region")["fingerprint"] as? String == standing["fingerprint"] as? String)
    // A bundle is no receipt: what was on one goes along until the region has signed for it.
    #expect(try make("丁", "3.tzb") == 3)
    let (again, home) = try place.served()
    try place.run("sync", home, in: "office")
    again.end()
    #expect(try make("戊", "4.tzb") == 1)
    try place.run("merge", place["4.tzb"], in: "region")
    #expect(try place.titles(in: "region") == ["甲", "乙", "丙", "丁", "戊"].sorted())
    for store in ["office", "region"] {
      #expect(try place.run("verify", in: store).object["ok"] as? Bool == true, "\(store)")
    }
  }
}
