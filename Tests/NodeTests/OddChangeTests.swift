import Campaign
import Foundation
import Ledger
import Replication
import Store
import Testing
import Trust
import Wire

@testable import Node

/// Changes that this program never makes and another client may: believed, since the chain and the signatures hold, and
/// merged the same in any order.
@Suite struct OddChangeTests {
  private let offices: TestOffices
  private let region: LocalNode
  private let author: LocalNode
  private let space = Space(division: DivisionCode("540100")!, section: .records)

  init() throws {
    offices = try TestOffices()
    region = offices.region
    author = try offices.enrolled("540100", "拉萨市局")
  }

  private func log(_ epoch: UInt64) -> LogHead {
    LogHead(emptyLog: LogID(node: author.facts.node, space: space, epoch: epoch))
  }

  /// The next change of a log, as a batch of its own.
  private func append(_ head: inout LogHead, _ mutations: [Mutation]) throws -> Batch {
    let start = head
    let (change, signature) = try head.append(
      ChangeContent(time: 1_756_700_000_000 + Int64(start.n), mutations: mutations),
      seed: [UInt8](repeating: 7, count: 16), sign: { try author.identity.key.sign($0) })
    return Batch(
      log: change.log, startN: start.n, startHash: start.hash, bodies: [change.body],
      signatures: [Batch.HeadSignature(n: change.n, signature: signature)])
  }

  /// The next change of a log, with a part that this version does not know behind all others.
  private func appendNewer(_ head: inout LogHead, _ mutations: [Mutation]) throws -> Batch {
    let start = head
    let time: Int64 = 1_756_700_000_000
    let known = try ChangeEncoder.encode(
      ChangeContent(time: time, mutations: mutations), in: head.log, previousTime: head.time,
      seed: [UInt8](repeating: 7, count: 16))
    var body = ByteWriter()
    try known.withUnsafeBytes { raw in
      var reader = ByteReader(raw)
      body.write(varint: try reader.readVarint())
      body.write(lengthPrefixed: Array(try reader.readLengthPrefixed()) + [9 << 3, 1])
      body.write(bytes: raw[reader.position...])
    }
    let hash = head.nextHash(bodyDigest: try ChangeBody(body.bytes).digest)
    head = LogHead(log: head.log, n: head.n + 1, hash: hash, time: time)
    return Batch(
      log: head.log, startN: start.n, startHash: start.hash, bodies: [body.bytes],
      signatures: [
        Batch.HeadSignature(n: head.n, signature: try author.identity.key.sign(head.signedBytes))
      ])
  }

  private func take(_ batches: [Batch], into node: LocalNode) throws -> IntakeOutcome {
    let cursor = ArrivalCursor(
      store: [UInt8](repeating: 9, count: 16), arrival: 0, running: [UInt8](repeating: 0, count: 16))
    return try node.store.write { commit in
      var authority = try Authority(commit.snapshot, identity: node.identity)
      let scope = node.scope(try commit.pack())
      var intake = Intake(node: node, source: 9)
      return try intake.take(
        ChangesFrame(batches: batches, through: cursor), mayRead: scope.mayRead, authority: &authority,
        in: commit)
    }
  }

  private func making(_ record: RecordID) -> Mutation {
    Mutation(
      target: .id(record), creation: Creation(kind: KindName(lineage: "xz-quality-month", code: "training")),
      writes: [write()])
  }

  private func write(supersedes: [Dot] = []) -> CellWrite {
    CellWrite(cell: 20, content: .register(.flag(true)), supersedes: supersedes)
  }

  private func record(_ low: UInt64) -> RecordID { RecordID(high: 0x0199_037a_bf00_7001, low: 1 << 63 | low) }

  @Test func aMutationThatNamesNoRecordIsPassedOver() throws {
    var head = log(1)
    let first = try append(&head, [Mutation(target: .madeHere(n: 1, k: 9), writes: [write()])])
    let second = try append(&head, [making(record(1))])
    let outcome = try take([first, second], into: region)
    #expect(outcome.new == 2)
    #expect(outcome.refused == 0)
    #expect(try region.store.read { try $0.recordCount() } == 1)
    #expect(try region.verify().problems.isEmpty)
  }

  @Test func whatANewerFormatMadeIsPassedOver() throws {
    var head = log(1)
    let made = try appendNewer(&head, [making(record(1))])
    let edit = try append(&head, [Mutation(target: .madeHere(n: 1, k: 1), writes: [write()])])
    #expect(try take([made, edit], into: region).new == 2)
    #expect(try region.store.read { try $0.record(record(1), in: space) } == nil)
    #expect(try region.verify().problems.isEmpty)
  }

  private func place(_ text: String, supersedes: [Dot] = []) -> CellWrite {
    CellWrite(cell: 7, content: .register(.text(text)), supersedes: supersedes)
  }

  private func edit(_ write: CellWrite) -> [Mutation] { [Mutation(target: .id(record(1)), writes: [write])] }

  private func history(_ node: LocalNode) throws -> [HistoryEntry] {
    try node.store.read { snapshot in
      Array(try snapshot.history(of: snapshot.record(prefix: record(1).description)))
    }
  }

  /// A count that includes an increment arrives before that increment.
  @Test func historyCountsWhatABaseCountedOnce() throws {
    var first = log(1)
    let made = try append(&first, [making(record(1))])
    let more = try append(&first, edit(CellWrite(cell: 9, content: .tallyIncrement(3))))
    var second = log(2)
    let base = CellWrite(
      cell: 9, content: .tallyBase(.integer(3)), supersedes: [Dot(change: first.ref, k: 1)])
    let counted = try append(&second, edit(base))
    #expect(try take([made, counted, more], into: region).new == 3)
    let totals = try history(region).map {
      $0.after.cell(9, .tally)?.shown(rule: .latest, rank: { _ in 0 }).total
    }
    #expect(totals == [nil, 3, 3])
    #expect(try region.field(record(1).description, "participants") == .tally(3))
  }

  /// An edit arrives before what it replaces: that was never beside it, so nothing settled the two.
  @Test func whatCameLateWasNotSettled() throws {
    var first = log(1)
    let made = try append(&first, [making(record(1))])
    let old = try append(&first, edit(place("旧")))
    var second = log(2)
    let new = try append(&second, edit(place("新", supersedes: [Dot(change: first.ref, k: 1)])))
    let last = try append(&first, edit(place("后", supersedes: [Dot(change: second.ref, k: 1)])))
    #expect(try take([made, new, old, last], into: region).new == 4)
    let settled = try history(region).map { entry in entry.writes.map(\.settles) }
    #expect(settled == [[false], [false], [false], [false]])
    #expect {
      try region.undo(record(1).description, field: "place", operatorName: "")
    } throws: { error in
      if case .noResolution? = error as? NodeError { true } else { false }
    }
  }

  @Test func theOtherBranchOfAForkIsNotWhatWasAwaited() async throws {
    var named = log(1)
    var other = log(1)
    let awaited = try append(&named, [making(record(1))])
    let fork = try append(&other, [making(record(2))])
    var successor = log(2)
    let dot = Dot(change: named.ref, k: 2)
    let naming = try append(
      &successor,
      [
        Mutation(
          target: .id(record(3)), creation: making(record(3)).creation, writes: [write(supersedes: [dot])])
      ])
    let orders = [[naming, fork, awaited], [awaited, fork, naming], [fork, naming, awaited]]
    let witnesses = try orders.indices.map { try offices.enrolled("540100", "见证\($0)") }
    for witness in witnesses { _ = try await sync(witness, region) }
    let prints = try zip(witnesses, orders).map { witness, order in
      #expect(try take(order, into: witness).new == 3)
      #expect(try witness.verify().problems.isEmpty)
      return try witness.fingerprint(of: "540100")
    }
    #expect(Set(prints).count == 1)
  }

  @Test func whatIsSetAsideTwiceIsKeptOnce() throws {
    var head = log(1)
    var forged = try append(&head, [making(record(1))])
    let honest = forged
    forged.signatures[0].signature = Signature([UInt8](repeating: 1, count: 64))!
    #expect(try take([forged, forged], into: region).refused == 1)
    #expect(try region.store.read { try $0.quarantine().count } == 1)
    let outcome = try take([honest, forged], into: region)
    #expect(outcome.new == 1 && outcome.refused == 0)
    #expect(try region.store.read { try $0.quarantine() }.isEmpty)
    #expect(try region.verify().problems.isEmpty)
  }
}
