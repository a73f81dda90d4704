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

  private func count(_ node: LocalNode) throws -> Int { try node.store.read { try $0.quarantine() }.count }

  /// Notes stretches of as many logs, each of another node.
  private func note(
    _ numbers: Range<UInt64>, of source: Int64, bytes: Int? = nil, reason: String = "unknown-author",
    in node: LocalNode
  ) throws {
    try node.store.write { commit in
      for number in numbers {
        try commit.quarantine(
          log: log(number), n: 1, hash: nil, reason: reason, source: source, at: 0,
          batch: bytes.map { [UInt8](repeating: 7, count: $0) })
      }
    }
  }

  @Test func rowsAndBytesAreBounded() throws {
    let node = try TestOffices().region
    func bytes() throws -> Int {
      try node.store.write { commit in
        try commit.refusedStretches(reason: "unknown-author").reduce(0) { $0 + ($1.batch?.count ?? 0) }
      }
    }
    let limit = UInt64(Commit.quarantineRowLimit)
    try note(0..<40, of: 1, bytes: 1 << 20, in: node)
    #expect(try bytes() == Commit.quarantineByteLimit / 2)
    try note(40..<limit, of: 1, in: node)
    #expect(try count(node) == Commit.quarantineRowLimit / 2)
    // What is taken in makes room again.
    try node.store.write { commit in
      for stretch in try commit.refusedStretches(reason: "unknown-author").prefix(4) {
        try commit.drop(stretch)
      }
    }
    try note(1_000_000..<1_000_020, of: 1, in: node)
    #expect(try count(node) == Commit.quarantineRowLimit / 2)
    for source in Int64(2)..<40 {
      let first = UInt64(source) * 100_000
      try note(first..<first + 6000, of: source, bytes: 1 << 10, in: node)
    }
    #expect(try count(node) <= Commit.quarantineRowLimit)
    #expect(try bytes() <= Commit.quarantineByteLimit)
  }

  /// Whoever invents faults keeps no other's from being noted, and none of what was taken out here.
  @Test func oneSourceLeavesRoomForTheOthers() throws {
    let node = try TestOffices().region
    try note(0..<UInt64(Commit.quarantineRowLimit), of: 1, in: node)
    try note(2_000_000..<2_000_003, of: 2, bytes: 1 << 20, in: node)
    let before = try count(node)
    try node.store.write { commit in
      let isSetAside = try commit.isSetAside(log(2_000_002), before: 1)
      let kept = try commit.refusedStretches(reason: "unknown-author").count { $0.source == 2 }
      #expect(isSetAside && kept == 3)
    }
    try note(3_000_000..<3_000_000 + UInt64(Commit.quarantineRowLimit), of: 0, reason: "revoked", in: node)
    #expect(try count(node) == before + Commit.quarantineRowLimit)
  }
}
