import Campaign
import GRDB
import Ledger
import TestSupport
import Testing
import Trust
import Wire

@testable import Node
@testable import Store

/// Invariant 8 against an office that is enrolled and hostile.
@Suite struct BoundsTests {
  @Test func invariant8RefusalsAreCountedAndNotAllKept() throws {
    let log = LogID(
      node: NodeID(Hash256.zero), space: Space(division: DivisionCode("540100")!, section: .records), epoch: 1
    )
    func place(_ n: Int) -> Refusals.Place { Refusals.Place(log: log, n: UInt64(n), hash: nil) }
    var refusals = Refusals()
    for n in 1...(Refusals.most + 50) { refusals.insert(place(n), changes: 2) }
    #expect(refusals.changeCount == 2 * refusals.count)
    #expect(refusals.count == Refusals.most + 50 && refusals.places.count == Refusals.most)
    refusals.insert(place(1), changes: 2)
    refusals.remove(place(2))
    #expect(
      refusals.count == Refusals.most + 49 && refusals.contains(place(1)) && !refusals.contains(place(2)))
  }

  /// What follows a refused change is set aside with it for as long as any such is.
  @Test func whatWasRefusedFirstIsKnownWhenAnotherIsTakenIn() throws {
    func log(_ epoch: UInt64) -> LogID {
      LogID(
        node: NodeID(Hash256.zero), space: Space(division: DivisionCode("540100")!, section: .records),
        epoch: epoch)
    }
    func place(_ n: UInt64, _ hash: UInt8? = nil, of epoch: UInt64 = 1) -> Refusals.Place {
      Refusals.Place(log: log(epoch), n: n, hash: hash.map { Hash256(hashing: [$0]) })
    }
    var refusals = Refusals()
    for refused in [place(3, 1), place(3, 2), place(7), place(2, of: 2)] {
      refusals.insert(refused, changes: 1)
    }
    refusals.remove(place(3, 1))
    #expect(refusals.precede(3, of: log(1)) && !refusals.precede(2, of: log(1)))
    refusals.remove(place(3, 2))
    refusals.remove(place(3, 2))
    #expect(!refusals.precede(6, of: log(1)) && refusals.precede(7, of: log(1)))
    refusals.remove(place(7))
    #expect(!refusals.precede(.max, of: log(1)) && refusals.precede(2, of: log(2)))
    // Of what is only counted nothing is taken in again.
    for n in 1...UInt64(Refusals.most) { refusals.insert(place(n, of: 2), changes: 1) }
    refusals.insert(place(9, of: 3), changes: 1)
    refusals.remove(place(9, of: 3))
    #expect(refusals.precede(9, of: log(3)))
  }

  // MARK: branches after a ruling

  private func rows(_ node: LocalNode, _ log: LogID) throws -> Int {
    try node.store.read { try LogRegistry($0.db).rowCount(of: log) }
  }

  /// A trunk, and branches of two changes from its end.
  private func broom(_ author: LocalNode, _ branches: Int) throws -> (log: ForkedLog, ends: [Int]) {
    var log = ForkedLog(author: author)
    let trunk = try log.grow(after: log.grow(after: nil))
    let ends = try (0..<branches).map { _ in try log.grow(after: log.grow(after: trunk)) }
    return (log, ends)
  }

  /// Whoever revoked an office goes on being sent branches of its log that lie below what is honoured.
  @Test func invariant8AfterARulingFurtherBranchesAreLeftOut() async throws {
    let offices = try TestOffices()
    let region = offices.region
    let author = try offices.enrolled("540100", "拉萨市局")
    var (log, ends) = try broom(author, 10)
    let witness = try offices.enrolled("540100", "见证")
    _ = try await sync(witness, region)
    try region.take(ends.map { log.batch(after: nil, to: $0) })
    _ = try region.revoke("拉萨市局", reason: "", keepingBranches: 2)
    // The ruling reaches the witness by another way than what it honours.
    let notices = try region.store.read { snapshot in
      try snapshot.outgoing(
        after: 0, scope: { $0.section == .notices }, excluding: nil, held: HeldRanges(), limit: 1 << 20,
        signatureSpan: 0
      ).batches
    }
    try witness.take(notices)
    let hostile = try (0..<400).map { _ in try log.grow(after: 1) }
    let frame = hostile.map { log.batch(after: nil, to: $0) }
    try region.take(frame)
    #expect(try rows(region, log.log) == LogLimits.branchesKept)
    try witness.take(frame)
    let most = LogLimits.branchesKept + LogLimits.branchesAwaited
    #expect(try rows(witness, log.log) <= most)
    // What is honoured finds its place all the same, and then nothing more does.
    for _ in 0..<2 { _ = try await sync(witness, region) }
    try witness.take(frame)
    #expect(try rows(witness, log.log) <= most + 8)
    #expect(try witness.fingerprint(of: "540100") == region.fingerprint(of: "540100"))
    let ids = log.steps.compactMap(\.made)
    #expect(witness.titles(ids) == region.titles(ids) && witness.titles(ids).count == 6)
    for node in [region, witness] { #expect(try node.verify().problems.isEmpty) }
  }

  // MARK: unique values

  private let kind = KindName(lineage: "xz-quality-month", code: "enforcement")

  private func numbered(_ number: String) -> CellWrite {
    CellWrite(cell: 21, content: .register(.text(number)))
  }

  /// How many statements it takes until many linked cases of one number, with a stranger among them, have numbers of
  /// their own.
  private func statements(linked count: Int) throws -> Int {
    let node = try TestOffices().region
    var log = ForkedLog(author: node, epoch: 77)
    let ids = (0...count).map { RecordID(milliseconds: 9, random: (9, UInt64($0))) }
    let making = ids.enumerated().map { index, id in
      var writes = [numbered("无")]
      // The last one is the stranger.
      if index > 0, index < count {
        writes.append(CellWrite(cell: PairCell.links.rawValue, content: .elements([.record(ids[0])])))
      }
      return Mutation(target: .id(id), creation: Creation(kind: kind), writes: writes)
    }
    let made = try log.append(after: nil, making)
    try node.take([log.batch(after: nil, to: made)])
    let shared = try node.store.read { try Int.fetchOne($0.db, sql: "SELECT count(*) FROM conflicts") }
    #expect(shared == count + 1)
    let mending = ids.enumerated().map { index, id in
      Mutation(target: .id(id), writes: [numbered("藏\(index)")])
    }
    let mended = try log.append(after: made, mending)
    let statements = try StoreCosts.statementCount(node.store) {
      _ = try node.take([log.batch(after: made, to: mended)])
    }
    let left = try node.store.read { try Int.fetchOne($0.db, sql: "SELECT count(*) FROM conflicts") }
    #expect(left == 0)
    #expect(try node.verify().problems.isEmpty)
    return statements
  }

  @Test func invariant8AValueThatManyLinkedRecordsShareGoesAtOnePriceEach() throws {
    let few = try statements(linked: 40)
    let many = try statements(linked: 160)
    #expect(many < few * 5, "\(few) statements for 40, \(many) for 160")
  }
}
