import Campaign
import GRDB
import Ledger
import Replication
import Testing
import Trust
import Wire

@testable import Node
@testable import Store

/// Invariant 8 (boundedness), and no command that is slow because the store is large: what is looked for is found
/// without going through tables, and what one change does costs as much in a large store as in a small one.
@Suite struct StoreCostTests {
  private func addCase(_ node: LocalNode, _ title: String, number: String) throws -> String {
    let recorded = try node.add(
      kind: "enforcement", division: nil, isNotice: false,
      operations: [
        .set("title", to: title), .set("date", to: "2025-09-10"), .set("plan_items", to: "4.2"),
        .set("organiser", to: "市场监管局"), .set("operation", to: "iron_fist"),
        .set("case_number", to: number), .set("violation", to: "虚假宣传"),
      ], operatorName: "")
    return recorded.view.id.description
  }

  private func isFlagged(_ node: LocalNode, _ id: String) throws -> Bool {
    try node.store.read { snapshot in
      let view = try snapshot.record(prefix: id)
      return try view.isFlagged && snapshot.conflicts(of: view).contains { $0.reason == .unique }
    }
  }

  /// "None" as a case number, forty times: the newcomer is in conflict with all, and only it is written.
  @Test func aValueThatManyShareCostsTheNewcomerAlone() throws {
    let offices = try TestOffices()
    let node = offices.region
    let ids = try (0..<40).map { try addCase(node, "第\($0)案", number: "无") }
    for id in ids { #expect(try isFlagged(node, id)) }
    let fresh = try StoreCosts.rowsWritten(node.store) { _ = try addCase(node, "另一案", number: "无") }
    let alone = try StoreCosts.rowsWritten(node.store) { _ = try addCase(node, "又一案", number: "藏2025-1") }
    #expect(fresh <= alone + 4, "\(fresh) rows beside \(alone)")
    let edited = try StoreCosts.rowsWritten(node.store) {
      _ = try node.edit(ids[7], operations: [.set("title", to: "改题")], operatorName: "")
    }
    #expect(edited < 30, "\(edited) rows")
    #expect(try isFlagged(node, ids[7]))
  }

  @Test func conflictsOfSharedValuesComeAndGo() throws {
    let offices = try TestOffices()
    let node = offices.region
    let ids = try (0..<3).map { try addCase(node, "第\($0)案", number: "藏2025-1") }
    #expect(try ids.map { try isFlagged(node, $0) } == [true, true, true])
    // Linked, all of them, they are one activity.
    _ = try node.pair(ids[0], ids[1], .link, operatorName: "")
    #expect(try ids.map { try isFlagged(node, $0) } == [true, true, true])
    _ = try node.pair(ids[1], ids[2], .link, operatorName: "")
    #expect(try ids.map { try isFlagged(node, $0) } == [false, false, false])
    // A stranger with the same number brings all into conflict, and takes it away again.
    let stranger = try addCase(node, "外案", number: "藏2025-1")
    #expect(try (ids + [stranger]).map { try isFlagged(node, $0) } == [true, true, true, true])
    _ = try node.edit(stranger, operations: [.set("case_number", to: "藏2025-9")], operatorName: "")
    #expect(try (ids + [stranger]).map { try isFlagged(node, $0) } == [false, false, false, false])
    _ = try node.pair(ids[1], ids[2], .unlink, operatorName: "")
    #expect(try ids.map { try isFlagged(node, $0) } == [true, true, true])
    _ = try node.delete(ids[2], operatorName: "")
    _ = try node.pair(ids[0], ids[1], .link, operatorName: "")
    #expect(try [ids[0], ids[1]].map { try isFlagged(node, $0) } == [false, false])
  }

  @Test func whatCameSinceIsFoundWithoutGoingThroughAll() throws {
    let offices = try TestOffices()
    let node = offices.region
    let id = try node.addTraining("一")
    _ = try node.edit(id, operations: [.set("title", to: "二")], operatorName: "")
    var since = ArrivalRanges()
    since.add(after: 1, through: try node.store.read { try $0.ownCursor().arrival })
    for plan in [
      try StoreCosts.plan(node.store) { _ = try $0.changedCount(in: since) },
      try StoreCosts.plan(node.store) { _ = try $0.suspectCount(since: 1) },
    ] {
      #expect(!plan.isEmpty)
      #expect(!plan.contains { $0.hasPrefix("SCAN touches") || $0.hasPrefix("SCAN t") }, "\(plan)")
    }
    let plan = try StoreCosts.plan(node.store) { _ = try $0.suspectCount(since: 1) }
    #expect(plan.contains { $0.contains("records USING INTEGER PRIMARY KEY (rowid>?)") }, "\(plan)")
  }

  @Test func receiptsAreFoundByTheirLog() async throws {
    let offices = try TestOffices()
    let lhasa = try offices.enrolled("540100", "拉萨市局")
    let id = try lhasa.addTraining("一")
    _ = try await sync(lhasa, offices.region)
    let ref = try #require(
      try lhasa.store.read { try $0.history(of: $0.record(prefix: id)).places.first?.change })
    var holders: [NodeID] = []
    let plan = try StoreCosts.plan(lhasa.store) { snapshot in
      holders = try HolderIndex(snapshot).holders(of: ref)
    }
    #expect(holders == [offices.region.facts.node])
    #expect(plan.contains { $0.contains("receipts") })
    #expect(!plan.contains { $0.hasPrefix("SCAN receipts") }, "\(plan)")
  }

  @Test func aTextThatNoReceiptRestsOnGoes() async throws {
    let offices = try TestOffices()
    let lhasa = try offices.enrolled("540100", "拉萨市局")
    for number in 0..<5 {
      try lhasa.addTraining("第\(number)场")
      _ = try await sync(lhasa, offices.region)
    }
    let (texts, used) = try lhasa.store.read { snapshot in
      (
        try Int.fetchOne(snapshot.db, sql: "SELECT count(*) FROM receipt_texts"),
        try Int.fetchOne(snapshot.db, sql: "SELECT count(DISTINCT receipt) FROM receipts")
      )
    }
    #expect(texts == used)
  }

  /// Design 6: a sync with nothing new costs no scan, whatever the number of logs.
  @Test func whereAllIsSignedForNothingIsLookedThrough() async throws {
    let offices = try TestOffices()
    let region = offices.region
    let lhasa = try offices.enrolled("540100", "拉萨市局")
    func asked() throws -> (heads: [LogHead], statements: [String]) {
      var heads: [LogHead] = []
      let statements = try StoreCosts.statements(lhasa.store) { snapshot in
        let peer = try #require(try snapshot.peer(node: region.facts.node))
        heads = try snapshot.unreceipted(
          by: region.facts.node, excluding: peer.key, scope: { _ in true }, limit: 256)
      }
      return (heads, statements)
    }
    try lhasa.addTraining("一")
    _ = try await sync(lhasa, region)
    _ = try await sync(lhasa, region)
    let quiet = try asked()
    #expect(quiet.heads.isEmpty)
    #expect(!quiet.statements.contains { $0.contains("branches") }, "\(quiet.statements)")
    try lhasa.addTraining("二")
    #expect(try asked().heads.count == 1)
  }

  // MARK: many small things

  private func append(_ head: inout LogHead, _ mutations: [Mutation], by author: LocalNode) throws -> Batch {
    let start = head
    let (change, signature) = try head.append(
      ChangeContent(time: 1_756_700_000_000, mutations: mutations), seed: [UInt8](repeating: 7, count: 16),
      sign: { try author.identity.key.sign($0) })
    return Batch(
      log: change.log, startN: start.n, startHash: start.hash, bodies: [change.body],
      signatures: [Batch.HeadSignature(n: change.n, signature: signature)])
  }

  private func take(_ batches: [Batch], into node: LocalNode) throws -> IntakeOutcome {
    let cursor = ArrivalCursor(
      store: [UInt8](repeating: 9, count: 16), arrival: 0, running: [UInt8](repeating: 0, count: 16))
    return try node.store.write { commit in
      var authority = try Authority(commit.snapshot, identity: node.identity)
      var intake = Intake(node: node, source: 9)
      return try intake.take(
        ChangesFrame(batches: batches, through: cursor), mayRead: { _ in true }, authority: &authority,
        in: commit)
    }
  }

  private let space = Space(division: DivisionCode("540000")!, section: .records)

  /// Of many logs with next to nothing in each, a frame stays within what a peer takes.
  @Test func aFrameOfManySmallLogsIsNoLargerThanAnother() throws {
    let offices = try TestOffices()
    let node = offices.region
    let batches = try (1...2600).map { epoch in
      var head = LogHead(
        emptyLog: LogID(node: node.facts.node, space: space, epoch: UInt64(epoch)))
      return try append(&head, [], by: node)
    }
    #expect(try take(batches, into: node).new == batches.count)
    let first = try node.store.read {
      try $0.outgoing(
        after: 0, scope: { _ in true }, excluding: nil, held: HeldRanges(), limit: Limits.frameTargetBytes)
    }
    #expect(!first.isLast)
    let frame = Message.changes(ChangesFrame(batches: first.batches, through: first.through)).encoded()
    #expect(frame.count < Limits.frameBytes / 4)
  }

  /// A change of many mutations that name their records by the changes which made them: what they mean is found out
  /// once, not for every record anew.
  @Test func mutationsAreLookedUpOnce() throws {
    let offices = try TestOffices()
    let node = offices.region
    var head = LogHead(emptyLog: LogID(node: node.facts.node, space: space, epoch: 1))
    let count: UInt64 = 200
    let creation = Creation(kind: KindName(lineage: "xz-quality-month", code: "training"))
    let flag = CellWrite(cell: 20, content: .register(.flag(true)))
    let ids = (0..<count).map { RecordID(high: 0x0199_037a_bf00_7001, low: 1 << 63 | $0) }
    let making = try append(
      &head, ids.map { Mutation(target: .id($0), creation: creation, writes: [flag]) }, by: node)
    let editing = try append(
      &head,
      (0..<UInt32(count)).map { Mutation(target: .madeHere(n: 1, k: 2 * $0 + 1), writes: [flag]) }, by: node)
    #expect(try take([making, editing], into: node).new == 2)
    var lengths: [Int] = []
    let statements = try StoreCosts.statements(node.store) { snapshot in
      for id in ids.prefix(3) {
        lengths.append(try snapshot.history(of: snapshot.record(prefix: id.description)).places.count)
      }
    }
    #expect(lengths == [2, 2, 2])
    // A lookup by number for each mutation, once; not again for the second and third record.
    #expect(statements.count < Int(count) + 60, "\(statements.count) statements")
  }
}
