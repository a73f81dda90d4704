import Ledger
import Store
import TestSupport
import Testing

@testable import Node

/// Invariant 8 (boundedness): what is set aside is kept within a bound, whatever a peer sends.
@Suite struct QuarantineTests {
  private func log(_ number: UInt64) -> LogID {
    let node = NodeID(Hash256(word0: number, word1: 0, word2: 0, word3: 0))
    return LogID(node: node, space: Space(division: DivisionCode("540100")!, section: .records), epoch: 1)
  }

  @Test func rowsAndBytesAreBounded() throws {
    let node = try TestOffices().region
    try node.store.write { commit in
      for number in 0..<UInt64(Commit.quarantineRowLimit + 50) {
        try commit.quarantine(
          log: log(number), n: 1, hash: nil, reason: "unknown-author", source: 1, at: 0,
          batch: number < 40 ? [UInt8](repeating: 7, count: 1 << 20) : nil)
      }
    }
    let lines = try node.store.read { try $0.quarantine() }
    #expect(lines.count == Commit.quarantineRowLimit)
    let bytes = try node.store.write { commit in
      try commit.refusedStretches(reason: "unknown-author").reduce(0) { $0 + ($1.batch?.count ?? 0) }
    }
    #expect(bytes == Commit.quarantineByteLimit)
    // What is taken in makes room again.
    try node.store.write { commit in
      for number in 40..<UInt64(50) { _ = try commit.releaseQuarantine(log: log(number), through: 1) }
      for number in 0..<UInt64(20) {
        try commit.quarantine(
          log: log(1_000_000 + number), n: 1, hash: nil, reason: "unknown-author", source: 1, at: 0,
          batch: nil)
      }
    }
    #expect(try node.store.read { try $0.quarantine() }.count == Commit.quarantineRowLimit)
  }
}
