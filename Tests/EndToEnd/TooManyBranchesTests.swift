import Foundation
import Testing

/// A computer that is put back to one and the same snapshot again and again, and writes on each time.
@Suite(.offPool) struct TooManyBranchesTests {
  private let place: Workplace
  private let files: [String]

  init() throws {
    place = try Workplace()
    files = ["store.sqlite", "store.sqlite-wal"].map { [place] in place["office"] + "/" + $0 }
  }

  private func saved() -> [Data] {
    files.map { FileManager.default.contents(atPath: $0) ?? Data() }
  }

  /// The files are written over in their place: nothing tells the store.
  private func putBack(_ data: [Data]) throws {
    try? FileManager.default.removeItem(atPath: place["office"] + "/store.sqlite-shm")
    for (path, bytes) in zip(files, data) {
      if !FileManager.default.fileExists(atPath: path) {
        _ = FileManager.default.createFile(atPath: path, contents: nil)
      }
      let file = try #require(FileHandle(forWritingAtPath: path))
      try file.truncate(atOffset: 0)
      try file.write(contentsOf: bytes)
      try file.close()
    }
  }

  private func status(_ store: String, _ key: String) throws -> Int? {
    try Program.run("status", "--store", place[store]).object[key] as? Int
  }

  private func text(_ command: String, _ language: String, _ store: String) throws -> String {
    try Program([command, "--lang", language, "--store", place[store]], json: false).finish().out
  }

  @Test func aLogWithTooManyBranchesIsSaidAndRuledOn() throws {
    let (server, _) = try place.region()
    try place.add("原题", to: "office")
    #expect(try Program.run("sync", "--store", place["office"]).exitCode == 0)
    let data = saved()
    for number in 1...9 {
      try putBack(data)
      try place.add("第\(number)次", to: "office")
      let synced = try Program.run("sync", "--store", place["office"])
      #expect(synced.exitCode == 0, "\(number): \(synced.err)")
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
