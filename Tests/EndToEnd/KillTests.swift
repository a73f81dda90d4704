import Foundation
import Testing

/// Invariant 2 (durability) with real processes: whatever moment they are killed in, nothing reported is lost.
@Suite(.serialized, .offPool) struct KillTests {
  @Test func invariant2TwelveKillsDuringAnImportLoseNothing() throws {
    let place = try Workplace()
    let ledger = try place.ledger("a.csv", rows: 1500)
    try Program.run("init", "--division", "540100", "--name", "拉萨市局", "--store", place["office"])
    for round in 0..<12 {
      let program = try Program(["import", ledger, "--store", place["office"]])
      usleep(UInt32(40_000 + round * 110_000))
      program.kill(SIGKILL)
      let result = program.finish()
      let records = try #require(
        try Program.run("status", "--store", place["office"]).object["records"] as? Int, "round \(round)")
      // An import is one transaction: all of its rows, or none.
      #expect(records == 0 || records == 1500, "round \(round)")
      if result.exitCode == 0 { #expect(records == 1500, "round \(round)") }
      #expect(try Program.run("verify", "--store", place["office"]).exitCode == 0, "round \(round)")
    }
    #expect(try Program.run("import", ledger, "--store", place["office"]).exitCode == 0)
    #expect(try Program.run("status", "--store", place["office"]).object["records"] as? Int == 1500)
  }

  @Test func invariant2TenKillsDuringSyncsLoseNothing() throws {
    let place = try Workplace()
    var (server, address) = try place.region()
    #expect(
      try Program.run("import", try place.ledger("a.csv", rows: 2500), "--store", place["office"]).exitCode
        == 0)
    for round in 0..<10 {
      let sync = try Program(["sync", address, "--store", place["office"]])
      usleep(UInt32(20_000 + round * 60_000))
      if round % 2 == 0 {
        sync.kill(SIGKILL)
        _ = sync.finish()
      } else {
        server.kill(SIGKILL)
        _ = server.finish()
        _ = sync.finish()
        (server, address) = try place.served()
      }
      #expect(try Program.run("verify", "--store", place["region"]).exitCode == 0, "round \(round)")
    }
    let last = try Program.run("sync", address, "--store", place["office"])
    #expect(last.exitCode == 0)
    #expect(last.object["converged"] as? Bool == true)
    let here = try Program.run("status", "--division", "540100", "--store", place["office"]).object
    let there = try Program.run("status", "--division", "540100", "--store", place["region"]).object
    #expect(here["fingerprint"] as? String == there["fingerprint"] as? String)
    #expect(there["records"] as? Int == 2500)
    #expect(here["unsent"] as? Int == 0)
    server.kill(SIGTERM)
    #expect(server.finish().exitCode == 0)
  }
}
