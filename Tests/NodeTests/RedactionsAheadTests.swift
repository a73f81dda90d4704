import Foundation
import GRDB
import Ledger
import TestSupport
import Testing
import Trust

@testable import Node
@testable import Store

/// What is sent ahead of everything else is noted as sent as far as it went out.
@Suite struct RedactionsAheadTests {
  /// Believes every signature, and that one head needs none: a revocation honoured it once.
  private struct Voucher: HeadVerifier {
    var unsigned: LogHead?
    func verify(_ head: LogHead, signature: Signature) -> BatchFault? { nil }
    func vouches(for head: LogHead) -> Bool { head == unsigned }
  }

  private let folder = TemporaryFolder()
  private let node: LocalNode
  private let key: NodeKey

  init() throws {
    node = try LocalNode.create(
      folder: folder.path + "/store", division: "540100", name: "拉萨市局", isRegion: false)
    key = try NodeKey.generate()
  }

  private func empty(_ epoch: UInt64) -> LogHead {
    let space = Space(division: DivisionCode("540000")!, section: .notices)
    return LogHead(emptyLog: LogID(node: key.nodeID, space: space, epoch: epoch))
  }

  /// Takes the next changes of a log in, all signed but the last where it is not.
  private func take(_ count: Int, _ head: inout LogHead, isEndSigned: Bool = true) throws {
    let start = head
    var batch = Batch(log: head.log, startN: head.n, startHash: head.hash, bodies: [], signatures: [])
    for _ in 0..<count {
      let mutation = Mutation(
        target: .id(RecordID(milliseconds: 1, random: (1, 1))),
        writes: [CellWrite(cell: 1, content: .register(.text("事")))])
      let (change, signature) = try head.append(
        ChangeContent(time: 1, mutations: [mutation]), seed: [UInt8](repeating: 7, count: 16),
        sign: { try key.sign($0) })
      batch.bodies.append(change.body)
      batch.signatures.append(Batch.HeadSignature(n: change.n, signature: signature))
    }
    if !isEndSigned { batch.signatures.removeLast() }
    let voucher = Voucher(unsigned: isEndSigned ? nil : head)
    let verified = try #require(VerifiedBatch.check(batch, from: start, verifier: voucher).verified)
    #expect(verified.entries.count == count)
    try node.store.write { commit in
      _ = try commit.append(verified, source: 9)
      // It holds a redaction that was carried out.
      try commit.db.execute(sql: "INSERT INTO redacting(arrival) VALUES (?)", arguments: [commit.lastArrival])
    }
  }

  /// An end that nobody signed goes with what follows it: the next frame begins with it.
  @Test func anEndWithoutASignatureIsNotTakenForSent() throws {
    var (one, other) = (empty(1), empty(2))
    try take(3, &one, isEndSigned: false)
    try take(2, &other)
    try take(2, &one)
    var held = HeldRanges()
    var ends: [LogID: UInt64] = [:]
    func receive(_ sent: Outgoing) {
      for batch in sent.batches {
        #expect(batch.startN == ends[batch.log] ?? 0, "\(batch.log.epoch) begins at \(batch.startN)")
        #expect(batch.signatures.last?.n == batch.startN + UInt64(batch.bodies.count))
        ends[batch.log] = batch.startN + UInt64(batch.bodies.count)
      }
    }
    try node.store.read { snapshot in
      var frames = 0
      while let ahead = try snapshot.redactionsAhead(
        after: 0, scope: { _ in true }, excluding: nil, held: &held, limit: 450)
      {
        receive(ahead)
        frames += 1
      }
      #expect(frames > 1)
      #expect(ends[one.log] == 5 && ends[other.log] == 2)
      let rest = try snapshot.outgoing(
        after: 0, scope: { _ in true }, excluding: nil, held: held, limit: 1 << 20)
      #expect(rest.batches.isEmpty)
    }
  }
}
