import Ledger
import Store
import TestSupport
import Testing
import Trust
import Wire

@testable import Node

/// An office with more logs than a change can name is revoked in several.
@Suite struct RevocationInPartsTests {
  private func prints(_ nodes: [LocalNode]) throws -> Set<Hash256> {
    Set(try nodes.map { try $0.fingerprint(of: "540100") })
  }

  private func expectSound(_ nodes: [LocalNode]) throws {
    for node in nodes {
      let problems = try node.verify().problems
      #expect(problems.isEmpty, "\(node.facts.name): \(problems)")
    }
  }

  private func isRevoked(_ node: LocalNode, at holder: LocalNode) throws -> Bool? {
    try holder.store.read { try $0.office(node.facts.node)?.isRevoked }
  }

  @Test func invariant1ARevocationInPartsCountsOnceAllAreHeld() async throws {
    let offices = try TestOffices()
    let region = offices.region
    let office = try offices.enrolled("540100", "拉萨市局")
    var honoured: [RecordID] = [], beyond: [RecordID] = []
    var late: [Batch] = []
    for epoch in 1...40 {
      var log = ForkedLog(author: office, epoch: UInt64(epoch))
      let id = RecordID(milliseconds: Int64(epoch), random: (1, 1))
      let step = try log.append(after: nil, [ForkedLog.creation(id, "\(epoch)")])
      honoured.append(id)
      try region.take([log.batch(after: nil, to: step)])
      let other = RecordID(milliseconds: Int64(epoch), random: (2, 2))
      let next = try log.append(after: step, [ForkedLog.creation(other, "其后\(epoch)")])
      beyond.append(other)
      late.append(log.batch(after: nil, to: next))
    }
    let witness = try offices.enrolled("540100", "见证"), stranger = try offices.enrolled("540100", "新来")
    _ = try await sync(witness, region)
    try witness.take(late)
    #expect(witness.titles(beyond).count == 40)
    let before = try region.store.read { try $0.ownCursor().arrival }
    _ = try region.revoke("拉萨市局", reason: "日志过多", keepingBranches: 0, listBytes: 600)
    #expect(try isRevoked(office, at: region) == true)
    let parts = try region.store.read { snapshot in
      try snapshot.outgoing(
        after: before, scope: { _ in true }, excluding: nil, held: HeldRanges(), limit: 1 << 20,
        signatureSpan: 0
      ).batches
    }
    let batch = try #require(parts.first)
    #expect(parts.count == 1 && batch.bodies.count > 3)
    // Part by part: they say nothing before the last one is here.
    var head = try #require(
      try witness.store.read { try $0.head(of: batch.log, at: batch.startN, batch.startHash) })
    for (index, body) in batch.bodies.enumerated() {
      #expect(try isRevoked(office, at: witness) == false && witness.titles(beyond).count == 40)
      let signature = try #require(batch.signatures.first { $0.n == head.n + 1 })
      let one = Batch(
        log: batch.log, startN: head.n, startHash: head.hash, bodies: [body], signatures: [signature])
      try witness.take([one])
      head = try #require(
        try witness.store.read { try $0.head(of: batch.log, at: head.n + 1, batch.hashes[index]) })
    }
    _ = try await sync(stranger, region)
    for node in [region, witness, stranger] {
      #expect(try isRevoked(office, at: node) == true)
      #expect(node.titles(honoured).count == 40 && node.titles(beyond).isEmpty, "\(node.facts.name)")
    }
    let (own, _) = try await sync(witness, region)
    #expect(own.converged)
    #expect(try prints([region, witness, stranger]).count == 1)
    try expectSound([region, witness, stranger])
    // It is lifted like any other.
    _ = try region.reinstate("拉萨市局")
    _ = try await sync(witness, region)
    _ = try await sync(witness, region)
    #expect(try isRevoked(office, at: witness) == false && witness.titles(beyond).count == 40)
    try expectSound([region, witness])
  }

  /// A last part whose former one is of another node, or that names no such change, says nothing.
  @Test func partsThatDoNotBelongTogetherSayNothing() async throws {
    let offices = try TestOffices()
    let region = offices.region
    let office = try offices.enrolled("540100", "拉萨市局"), other = try offices.enrolled("540100", "二号")
    func part(_ node: LocalNode, _ previous: UInt64?, isLast: Bool) -> [Statement] {
      [
        .revocationPart(
          RevocationPart(
            node: node.facts.node, previous: previous, isLast: isLast, honoured: [], reason: ""))
      ]
    }
    for epoch in UInt64(1)...3 {
      var log = ForkedLog(author: region, epoch: epoch, section: .notices)
      let first = try log.append(
        after: nil, [], statements: part(epoch == 1 ? other : office, nil, isLast: epoch == 3))
      let prefix = log.head(of: first).hash.prefix
      let last = try log.append(
        after: first, [], statements: part(office, epoch == 2 ? prefix &+ 1 : prefix, isLast: true))
      try region.take([log.batch(after: nil, to: last)])
    }
    // In the third log the first part is a whole revocation of itself.
    #expect(try region.store.read { try $0.revocations().map(\.change.log.epoch) } == [3])
    #expect(try isRevoked(other, at: region) == false)
  }
}
