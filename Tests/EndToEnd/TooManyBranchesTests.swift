import Foundation
import Testing

/// A computer that is put back to one and the same snapshot again and again, and writes on each time.
@Suite(.offPool) struct TooManyBranchesTests {
  private let place: Workplace
  private let files: StoreFiles

  init() throws {
    place = try Workplace()
    files = StoreFiles(place["office"])
  }

  private func status(_ store: String, _ key: String) throws -> Int? {
    try Program.run("status", "--store", place[store]).object[key] as? Int
  }

  private func text(_ command: String, _ language: String, _ store: String) throws -> String {
    try Program([command, "--lang", language, "--store", place[store]], json: false).finish().out
  }

  /// The region itself was put back: it rules on its own log, and goes on.
  @Test func theRegionRulesOnItsOwnLog() throws {
    let (server, address) = try place.region()
    server.kill(SIGTERM)
    _ = server.finish()
    func exchange(_ code: Int32 = 0) throws {
      let (server, _) = try place.served(at: address)
      let synced = try Program.run("sync", "--store", place["office"])
      #expect(synced.exitCode == code, "\(synced.err)")
      server.kill(SIGTERM)
      _ = server.finish()
    }
    func add(_ title: String) throws {
      let added = try Program.run(
        "add", "training", "--notice", "--set", "title=\(title)", "--set", "date=2025-09-10", "--set",
        "plan_items=4.2", "--set", "organiser=市场监管局", "--set", "topic=standards", "--store", place["region"])
      #expect(added.exitCode == 0, "\(added.err)")
    }
    try exchange()
    let files = StoreFiles(place["region"])
    let data = files.saved()
    for number in 1...9 {
      try files.putBack(data)
      try add("第\(number)次")
      // The one by which a log comes to be set aside left something out.
      try exchange(number < 9 ? 0 : 1)
    }
    for store in ["office", "region"] {
      #expect(try status(store, "quarantined") == 9 && status(store, "records") == 0, "\(store)")
      #expect(try text("status", "zh", store).contains("taizhang office rule --keep-branches N"))
      #expect(try text("quarantine", "en", store).contains("`office revoke` ") == false)
    }
    func rule(_ count: String, at store: String = "region") throws -> Program.Result {
      try Program.run("office", "rule", "--keep-branches", count, "--store", place[store])
    }
    #expect(try rule("9").exitCode == 64 && rule("8", at: "office").exitCode == 77)
    let ruled = try rule("8")
    #expect(ruled.exitCode == 0 && ruled.object["logs"] as? Int == 1, "\(ruled.err)")
    #expect(try rule("8").object["logs"] as? Int == 0)
    try add("此后")
    for _ in 0..<2 { try exchange() }
    for store in ["office", "region"] {
      #expect(try status(store, "records") == 9, "\(store)")
      #expect(try Program.run("verify", "--store", place[store]).exitCode == 0)
    }
    let offices = try Program.run("office", "list", "--store", place["office"]).objects
    #expect(offices.allSatisfy { $0["revoked"] as? Bool == false })
  }

  /// The merge by which a log is cut leaves part of what came out, and says so.
  @Test func aMergeThatCutsALogExitsWithOne() throws {
    let (server, _) = try place.region()
    server.kill(SIGTERM)
    _ = server.finish()
    try place.add("原题", to: "office")
    let data = files.saved()
    for number in 1...9 {
      try files.putBack(data)
      try place.add("第\(number)次", to: "office")
      let bundle = place["\(number).tzb"]
      #expect(try Program.run("bundle", "create", "-o", bundle, "--store", place["office"]).exitCode == 0)
      let merged = try Program.run("merge", bundle, "--store", place["region"])
      #expect(merged.exitCode == (number < 9 ? 0 : 1), "\(number): \(merged.err)")
      let source = (merged.object["sources"] as? [[String: Any]])?.first
      #expect(source?["cut"] as? Bool == (number == 9), "\(number): \(merged.out)")
      #expect(try status("region", "records") == (number < 9 ? number + 1 : 1))
    }
    #expect(try Program.run("verify", "--store", place["region"]).exitCode == 0)
  }

  @Test func aLogWithTooManyBranchesIsSaidAndRuledOn() throws {
    let (server, _) = try place.region()
    try place.add("原题", to: "office")
    #expect(try Program.run("sync", "--store", place["office"]).exitCode == 0)
    let data = files.saved()
    for number in 1...9 {
      try files.putBack(data)
      try place.add("第\(number)次", to: "office")
      let synced = try Program.run("sync", "--store", place["office"])
      #expect(synced.exitCode == (number < 9 ? 0 : 1), "\(number): \(synced.err)")
      #expect(try status("region", "records") == (number < 9 ? number + 1 : 1))
    }
    for store in ["office", "region"] {
      let line = try Program.run("quarantine", "--store", place[store]).object
      #expect(line["reason"] as? String == "too-many-branches" && line["office"] as? String == "拉萨市局")
      #expect(line["seq"] as? Int == 2 && line["branches"] as? Int == 9 && line["changes"] as? Int == 9)
      #expect(try status(store, "quarantined") == 9)
      #expect(try Program.run("verify", "--store", place[store]).exitCode == 0)
      let chinese = try text("quarantine", "zh", store)
      #expect(chinese.contains("拉萨市局") && chinese.contains("第 2 个变更") && chinese.contains("office revoke"))
      let english = try text("status", "en", store)
      #expect(english.contains("9 branches with 9 changes") && english.contains("--keep-branches"))
      // Who rules is shown what lies on each branch.
      let fork = try Program.run("forks", "--store", place[store]).object
      #expect(fork["counts"] as? Bool == false && (fork["branches"] as? [Any])?.count == 9)
      let forks = try text("forks", "zh", store)
      #expect((1...9).allSatisfy { forks.contains("“第\($0)次”") } && forks.contains("taizhang quarantine"))
    }
    // It goes on, and what it writes now counts.
    try place.add("此后", to: "office")
    #expect(try Program.run("sync", "--store", place["office"]).exitCode == 0)
    #expect(try status("region", "records") == 2)
    func revoke(_ count: String) throws -> Int32 {
      try Program.run("office", "revoke", "拉萨市局", "--keep-branches", count, "--store", place["region"])
        .exitCode
    }
    #expect(try revoke("9") == 64)
    #expect(try revoke("8") == 0)
    #expect(try status("region", "records") == 10)
    let line = try Program.run("quarantine", "--store", place["region"]).object
    #expect(line["reason"] as? String == "revoked" && line["seq"] as? Int == 2 && line["branches"] is NSNull)
    #expect(try Program.run("verify", "--store", place["region"]).exitCode == 0)
    server.kill(SIGTERM)
    _ = server.finish()
  }
}
