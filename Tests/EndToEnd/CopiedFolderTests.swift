import Foundation
import Testing

/// A store's folder that was copied, and both are used: it is said once, and nothing is lost.
@Suite(.serialized, .offPool) struct CopiedFolderTests {
  private let place: Workplace

  init() throws { place = try Workplace() }

  private func ok(_ arguments: String..., location: SourceLocation = #_sourceLocation) throws
    -> Program.Result
  {
    let result = try Program(arguments).finish()
    #expect(result.exitCode == 0, "\(arguments): \(result.err)", sourceLocation: location)
    return result
  }

  private func status(_ store: String) throws -> [String: Any] {
    try ok("status", "--store", place[store]).object
  }

  private func fingerprint(_ store: String) throws -> String? {
    try ok("status", "--division", "540100", "--store", place[store]).object["fingerprint"] as? String
  }

  /// Invariants 1 and 3.
  @Test func invariant3ACopyAndItsOriginalBothGoOn() throws {
    let (server, _) = try place.region()
    let shared = try place.add("共有", to: "office")
    _ = try ok("sync", "--store", place["office"])
    // Not synced yet when the folder is copied.
    try place.add("未送", to: "office")
    try FileManager.default.copyItem(atPath: place["office"], toPath: place["twin"])
    // What only reads says nothing; the first that may write says it, and no other.
    #expect(try ok("list", "--store", place["twin"]).err.isEmpty)
    let told = try Program(["status", "--lang", "zh", "--store", place["twin"]], json: false).finish()
    #expect(told.err.contains("本目录是“拉萨市局”台账库的副本") && told.err.contains(place["office"]), "\(told.err)")
    #expect(told.err.contains("taizhang sync") && told.out.contains("副本"))
    let again = try Program(["status", "--lang", "en", "--store", place["twin"]], json: false).finish()
    #expect(again.err.isEmpty && again.out.contains("a store of its own since"))
    let copied = try #require(try status("twin")["copied"] as? [String: Any])
    #expect(
      (copied["original"] as? String)?.hasSuffix("/office") == true && copied["synced"] as? Bool == false)
    #expect(try status("office")["copied"] is NSNull)

    for (store, title) in [("office", "原件"), ("twin", "副本")] {
      try place.add(title + "录入", to: store)
      _ = try ok("edit", shared, "--set", "place=" + title, "--store", place[store])
      _ = try ok("edit", shared, "--increment", "participants=5", "--store", place[store])
    }
    for store in ["office", "twin", "office", "twin"] {
      let line = try ok("sync", "--store", place[store]).object
      #expect(line["converged"] as? Bool == true)
    }
    let prints = Set(try ["office", "twin", "region"].map(fingerprint))
    #expect(prints.count == 1)
    for store in ["office", "twin", "region"] {
      #expect(try place.titles(in: store) == ["共有", "原件录入", "副本录入", "未送"].sorted())
      let shown = try ok("show", shared, "--store", place[store]).object
      #expect((shown["fields"] as? [String: Any])?["participants"] as? Int == 10)
      #expect(shown["conflicts"] as? [String] == ["place"])
      let open = try ok("conflicts", "--store", place[store]).object
      let values = (open["candidates"] as? [[String: Any]] ?? []).compactMap { $0["value"] as? String }
      #expect(Set(values) == ["原件", "副本"])
      #expect(try ok("verify", "--store", place[store]).object["ok"] as? Bool == true)
      // Each has logs of its own: nothing forked.
      #expect(try status(store)["forked_logs"] as? Int == 0)
    }
    #expect((try status("twin")["copied"] as? [String: Any])?["synced"] as? Bool == true)
    let synced = try Program(["status", "--lang", "zh", "--store", place["twin"]], json: false).finish()
    #expect(!synced.out.contains("副本"))
    server.kill(SIGTERM)
    _ = server.finish()
  }

  /// A store that was moved to another disk, say: nobody can see where it was.
  @Test func aStoreWhoseOriginalIsNotThereSaysThatItWasCopiedOrMoved() throws {
    try Program.run("init", "--division", "540100", "--name", "拉萨市局", "--store", place["office"])
    try FileManager.default.copyItem(atPath: place["office"], toPath: place["elsewhere"])
    try FileManager.default.removeItem(atPath: place["office"])
    let told = try Program(["status", "--lang", "en", "--store", place["elsewhere"]], json: false).finish()
    #expect(told.err.contains("copied or moved here") && told.exitCode == 0, "\(told.err)")
    #expect((try status("elsewhere")["copied"] as? [String: Any])?["original"] is NSNull)
  }

  /// A backup that is restored says what it is, and not that it is a copy; so does a copy of the original afterwards.
  @Test func aRestoredBackupIsNoCopy() throws {
    try Program.run("init", "--division", "540100", "--name", "拉萨市局", "--store", place["office"])
    _ = try ok("backup", place["b"], "--store", place["office"])
    let restored = try ok("restore-backup", place["b"], "--store", place["back"])
    #expect(!restored.err.contains("copy"))
    let told = try Program(["status", "--lang", "en", "--store", place["back"]], json: false).finish()
    #expect(told.err.isEmpty && told.out.contains("Restored") && !told.out.contains("Copy "))
  }
}
