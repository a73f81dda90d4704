import Foundation
import Ledger
import Store
import TestSupport
import Testing
import Trust

@testable import Node

/// What leaves a store is such that every reader can check it, and is told where to go on.
@Suite struct OutgoingTests {
  /// Believes every signature: what is tested here is which of them travel.
  private struct Everyone: HeadVerifier {
    func verify(_ head: LogHead, signature: Signature) -> BatchFault? { nil }
  }

  private let folder = TemporaryFolder()
  private let node: LocalNode
  private let key: NodeKey
  private let start: LogHead

  init() throws {
    node = try LocalNode.create(
      folder: folder.path + "/store", division: "540100", name: "拉萨市局", isRegion: false)
    key = try NodeKey.generate()
    let space = Space(division: DivisionCode("540100")!, section: .records)
    start = LogHead(emptyLog: LogID(node: key.nodeID, space: space, epoch: 1))
  }

  /// - Parameter bytes: of the text in each change.
  private func batch(
    _ head: inout LogHead, count: Int, bytes: Int, mark: String = "x", isSigned: (UInt64) -> Bool
  ) throws -> Batch {
    var batch = Batch(log: head.log, startN: head.n, startHash: head.hash, bodies: [], signatures: [])
    for _ in 0..<count {
      let text = String(repeating: mark, count: bytes)
      let mutation = Mutation(
        target: .id(RecordID(milliseconds: 1, random: (1, 1))),
        writes: [CellWrite(cell: 1, content: .register(.text(text)))])
      let (change, signature) = try head.append(
        ChangeContent(time: 1, mutations: [mutation]), seed: [UInt8](repeating: 7, count: 16),
        sign: { try key.sign($0) })
      batch.bodies.append(change.body)
      if isSigned(change.n) {
        batch.signatures.append(Batch.HeadSignature(n: change.n, signature: signature))
      }
    }
    return batch
  }

  private func take(_ batch: Batch, after head: LogHead) throws {
    let verified = try #require(VerifiedBatch.check(batch, from: head, verifier: Everyone()).verified)
    try node.store.write { commit in _ = try commit.append(verified, source: 9) }
  }

  /// A relay that holds signatures here and there sends on as many as a reader asks for.
  @Test func aSignatureStandsAtLeastEvery64KiB() throws {
    var head = start
    let came = try batch(&head, count: 130, bytes: 1000) { $0 <= 8 || $0 >= 70 }
    try take(came, after: start)
    let sent = try node.store.read { snapshot in
      try snapshot.outgoing(
        after: 0, scope: { _ in true }, excluding: nil, held: HeldRanges(), limit: 1 << 20
      )
      .batches
    }
    let batch = try #require(sent.first)
    #expect(sent.count == 1 && batch.bodies.count == 130 && batch.signatures.last?.n == 130)
    var from = 0
    for signature in batch.signatures {
      let to = Int(signature.n)
      let bytes = batch.bodies[from..<to - 1].reduce(0) { $0 + $1.count }
      #expect(bytes <= VerifiedBatch.signatureSpan, "\(from) to \(to)")
      from = to
    }
    #expect(batch.signatures.count <= 5)
  }

  /// Of a log with branches each answers for itself, so that a sender finds where its own leaves them.
  @Test func everyBranchAnswersWithItsOwnHashes() throws {
    var main = start
    let trunk = try batch(&main, count: 4, bytes: 10) { $0 == 4 }
    let fork = main
    var side = fork
    let longer = try batch(&main, count: 6, bytes: 10) { $0 == 10 }
    let other = try batch(&side, count: 4, bytes: 10, mark: "y") { $0 == 8 }
    try take(trunk, after: start)
    try take(longer, after: fork)
    try take(other, after: fork)
    // Offered: what goes on from the second branch.
    var next = side
    _ = try batch(&next, count: 3, bytes: 10, mark: "y") { _ in true }
    let offer = [OfferedRange(log: start.log, from: 1, to: next.n, toHash: next.hash)]
    let held = try node.store.read { try $0.held(of: offer) }
    let hashes = [trunk.hashes + longer.hashes, trunk.hashes + other.hashes]
    #expect(held.map { $0.points.first?.n } == [10, 8])
    for (answer, path) in zip(held, hashes) {
      for point in answer.points { #expect(point.hash == path[Int(point.n) - 1], "at \(point.n)") }
    }
    // The head of one is held: that branch needs no other point.
    let exact = [OfferedRange(log: start.log, from: 1, to: side.n, toHash: side.hash)]
    let found = try node.store.read { try $0.held(of: exact) }
    #expect(found.last?.points == [HeldLog.Point(n: 8, hash: side.hash)])
  }
}
