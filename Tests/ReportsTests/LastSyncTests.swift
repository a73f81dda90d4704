import Ledger
import Node
import Store
import TestSupport
import Testing

@testable import Reports

/// When an office was last in touch, by a clock that was once ahead.
@Suite struct LastSyncTests {
  private let folder = TemporaryFolder()

  /// An office's own row tells of all whom it syncs with.
  @Test func aSyncOnADayAheadIsNotTheLastOneForYears() throws {
    let now: Int64 = 1_764_000_000_000
    let node = try LocalNode.create(
      folder: folder.path + "/office", division: "540100", name: "拉萨市局", isRegion: false)
    func note(_ peer: String, at time: Int64) throws {
      try node.store.write { commit in
        let key = try commit.peer(node: NodeID(Hash256(hashing: Array(peer.utf8))), name: peer).key
        try commit.noteSession(peer: key, at: time, isWhole: true, drift: nil, unreceived: nil)
      }
    }
    func lastSync() throws -> Int64? {
      try node.store.read { snapshot in
        try SubmissionsReport(
          snapshot, ReportScope(division: node.facts.division, from: nil, to: nil, at: now), ownUnsent: nil
        ).rows.first { $0.office == "拉萨市局" }?.lastSync
      }
    }
    try note("甲", at: now + 620 * 86_400_000)
    #expect(try lastSync() == now + 620 * 86_400_000)
    try note("乙", at: now - 1000)
    #expect(try lastSync() == now - 1000)
  }
}
