import Campaign
import Ledger
import Store
import Trust
import Wire

@testable import Node

/// An office that is certified, and does what it may not: well formed and signed with its true key.
enum Rogue {
  static let title = "越权"

  enum Deed: CaseIterable {
    /// A change in a division that is not its own.
    case writesElsewhere
    /// A change without its text, and no redaction names it.
    case strips
    /// A word that a revocation is lifted.
    case releases
    /// A redaction, without the right to one.
    case redacts
    /// A log with more branches than one may have.
    case branches
  }

  /// What one sent, and what must not come of it.
  struct Attempt {
    let deed: Deed
    let frame: ChangesFrame
    /// A change that a redaction without any right names.
    var erased: [ChangeRef] = []

    var logs: Set<LogID> { Set(frame.batches.map(\.log)) }
  }

  /// nil where there is nothing to do it with.
  static func attempt(by node: LocalNode, _ deed: Deed, in world: World) throws -> Attempt? {
    var erased: [ChangeRef] = []
    let batches: [Batch]
    switch deed {
    case .writesElsewhere: batches = [try made(by: node, in: "540200").batch]
    case .strips: batches = [try stripped(made(by: node, in: node.facts.division.description))]
    case .releases:
      guard let revoked = try node.store.read({ try $0.revocations().last }) else { return nil }
      batches = [try said(.release(revoked.change), by: node)]
    case .redacts:
      guard let redaction = try redaction(in: world, by: node) else { return nil }
      erased = redaction.erased.map(\.change)
      batches = [try said(.redaction(redaction), by: node)]
    case .branches:
      let epoch = node.surroundings.random64()
      batches = try (0...LogLimits.branches).map { _ in
        try made(by: node, in: node.facts.division.description, epoch: epoch).batch
      }
    }
    let cursor = ArrivalCursor(
      store: node.surroundings.random(16), arrival: 0, running: [UInt8](repeating: 0, count: 16))
    return Attempt(deed: deed, frame: ChangesFrame(batches: batches, through: cursor), erased: erased)
  }

  private struct Made {
    let entry: VerifiedBatch.Entry
    let batch: Batch
  }

  private static func made(
    by node: LocalNode, in division: String, section: Space.Section = .records, epoch: UInt64? = nil,
    statements: [Statement] = []
  ) throws -> Made {
    let space = Space(division: DivisionCode(division)!, section: section)
    let start = LogHead(
      emptyLog: LogID(node: node.facts.node, space: space, epoch: epoch ?? node.surroundings.random64()))
    var head = start
    let mutation = Mutation(
      target: .id(node.newRecordID()),
      creation: Creation(
        kind: KindName(lineage: try node.store.read { try $0.pack() }.info.lineage, code: kind)),
      writes: [CellWrite(cell: try cell("title", at: node), content: .register(.text(title)))])
    let content = ChangeContent(
      time: node.surroundings.now(), mutations: statements.isEmpty ? [mutation] : [], statements: statements)
    let (change, signature) = try head.append(content, seed: node.surroundings.random(16)) {
      try node.identity.key.sign($0)
    }
    let verified = VerifiedBatch(own: change, content: content, signature: signature, after: start)
    return Made(
      entry: verified.entries[0],
      batch: Batch(
        log: head.log, startN: 0, startHash: .zero, bodies: [change.body],
        signatures: [Batch.HeadSignature(n: 1, signature: signature)]))
  }

  private static func stripped(_ made: Made) throws -> Batch {
    var batch = made.batch
    if let bare = try made.entry.withoutTexts([0], previousTime: 0) { batch.bodies = [bare.change.body] }
    return batch
  }

  private static func said(_ statement: Statement, by node: LocalNode) throws -> Batch {
    try made(
      by: node, in: node.facts.division.description, section: .notices, statements: [statement]
    ).batch
  }

  /// Of a place that somebody entered, and that may stand still.
  private static func redaction(in world: World, by node: LocalNode) throws -> Redaction? {
    for record in world.records {
      for operation in record.operations.reversed() {
        guard case .place = operation.action, let id = RecordID(record.id) else { continue }
        return Redaction(
          space: operation.head.log.space, record: id, cell: try cell("place", at: node), member: 0,
          reason: title, erased: [Redaction.Erased(change: operation.head.ref, leaves: [0])])
      }
    }
    return nil
  }

  private static let kind = "training"

  private static func cell(_ field: String, at node: LocalNode) throws -> UInt32 {
    try node.store.read { try $0.pack() }.kind(kind)!.cell(named: field)!
  }
}
