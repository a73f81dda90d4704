import Foundation
import Testing

/// Invariant 2 (durability) with real processes: whatever moment they are killed in, nothing reported is lost. The
/// moment is one that is seen from outside, so that every kill hits work which is under way.
@Suite(.serialized, .offPool) struct KillTests {
  /// A ledger with one row that is rejected: the list of rejected rows begins when the import has come that far.
  private func ledger(_ place: Workplace, rows: Int, badAt bad: Int) throws -> String {
    let path = try place.ledger("a.csv", rows: rows)
    var lines = try String(contentsOfFile: path, encoding: .utf8).components(separatedBy: "\n")
    lines.insert("培训,坏行,不是日期,4.2,市场监管局,standards,", at: bad + 1)
    try Data(lines.joined(separator: "\n").utf8).write(to: URL(fileURLWithPath: path))
    return path
  }

  @Test func invariant2AnImportKilledMidwayLeavesNothingAndCanBeRepeated() throws {
    var hits = 0
    for round in 0..<12 {
      let place = try Workplace()
      let ledger = try ledger(place, rows: 2000, badAt: round * 160)
      let store = place["office"]
      let call = ["import", ledger, "--rejects", place["r.csv"], "--store", store]
      try Program.run("init", "--division", "540100", "--name", "拉萨市局", "--store", store)
      let program = try Program(call)
      let isUnderWay = program.waits {
        let files = try? FileManager.default.contentsOfDirectory(atPath: place.path)
        return files?.contains { $0.hasPrefix("r.csv.") && $0.hasSuffix(".part") } == true
      }
      program.kill(SIGKILL)
      let result = program.finish()
      if isUnderWay, result.exitCode == -SIGKILL { hits += 1 }
      let records = try #require(
        try Program.run("status", "--store", store).object["records"] as? Int, "round \(round)")
      // An import is one transaction: all of its rows, or none; what it has told of is there.
      #expect(records == 2000 || records == 0 && result.object.isEmpty, "round \(round): \(result.out)")
      #expect(try Program.run("verify", "--store", store).exitCode == 0, "round \(round)")
      #expect(try Program(call).finish().exitCode == 1, "round \(round)")
      #expect(try Program.run("status", "--store", store).object["records"] as? Int == 2000, "round \(round)")
    }
    #expect(hits >= 8, "only \(hits) of 12 kills hit an import that was under way")
  }

  /// How many of its bytes an office sends for a ledger, and how many frames these are, about.
  private func measure(_ rows: Int) throws -> (bytes: Int, frames: Double) {
    let place = try Workplace()
    let (server, address) = try place.region()
    let ledger = try place.ledger("a.csv", rows: rows, noise: true)
    try place.run("import", ledger, in: "office")
    let proxy = try CuttingProxy(to: address, cutAfter: .max)
    try place.run("sync", proxy.address, in: "office")
    proxy.close()
    server.end()
    let size = try #require(
      FileManager.default.attributesOfItem(atPath: ledger)[.size] as? Int)
    // SPEC.md, Limits: a frame is begun anew behind 512 KiB of changes.
    return (proxy.passed, Double(size) / Double(512 << 10))
  }

  /// Each round goes on from what the rounds before it brought over, and is killed when so many frames more have
  /// passed: in the first one, in those behind it, and between.
  @Test func invariant2SyncsKilledMidwayLoseNothing() throws {
    let place = try Workplace()
    var (server, address) = try place.region()
    let rows = 10_000
    let whole = try measure(rows)
    #expect(whole.frames > 8)
    let ledger = try place.ledger("a.csv", rows: rows, noise: true)
    #expect(try Program.run("import", ledger, "--store", place["office"]).exitCode == 0)
    var hits = 0
    var held = 0
    // Rounds that were killed when the region had acknowledged a part.
    var grown = 0
    let frame = Double(whole.bytes) / whole.frames
    for (round, frames) in [0.1, 0.1, 0.6, 0.6, 1.1, 1.1, 2.3, 2.3, 1.6, 1.6].enumerated() {
      let victim = Victim()
      let proxy = try CuttingProxy(to: address, cutAfter: Int(frame * frames)) { victim.kill() }
      if round % 2 == 1 { victim.aim(at: server) }
      let sync = try Program(["sync", proxy.address, "--store", place["office"]])
      if round % 2 == 0 { victim.aim(at: sync) }
      let result = sync.finish()
      proxy.close()
      if victim.isHit { hits += 1 }
      #expect(result.exitCode == (round % 2 == 0 ? -SIGKILL : 69), "round \(round): \(result.err)")
      if round % 2 == 1 {
        _ = server.finish()
        (server, address) = try place.served()
      }
      #expect(try Program.run("verify", "--store", place["region"]).exitCode == 0, "round \(round)")
      let records = try #require(
        try Program.run("status", "--store", place["region"]).object["records"] as? Int)
      #expect(records >= held, "round \(round): \(records) of \(held)")
      if records > held { grown += 1 }
      held = records
    }
    #expect(grown >= 2 && held < rows, "\(grown) kills came behind an acknowledgement; \(held) records")
    #expect(hits == 10)
    let last = try Program.run("sync", address, "--store", place["office"])
    #expect(last.exitCode == 0 && last.object["converged"] as? Bool == true, "\(last.err)")
    let here = try Program.run("status", "--division", "540100", "--store", place["office"]).object
    let there = try Program.run("status", "--division", "540100", "--store", place["region"]).object
    #expect(here["fingerprint"] as? String == there["fingerprint"] as? String)
    #expect(there["records"] as? Int == rows)
    #expect(here["unsent"] as? Int == 0)
    server.kill(SIGTERM)
    #expect(server.finish().exitCode == 0)
  }
}
