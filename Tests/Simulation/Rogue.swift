import Ledger
import Trust
import Wire

@testable import Node

/// An office that is certified, and writes where it may not.
enum Rogue {
  static let title = "越权"

  /// A change in another's division, well formed and signed with the office's true key.
  static func frame(by node: LocalNode, in division: String) throws -> ChangesFrame? {
    let space = Space(division: DivisionCode(division)!, section: .records)
    var head = LogHead(emptyLog: LogID(node: node.facts.node, space: space, epoch: 7))
    let mutation = Mutation(
      target: .id(node.newRecordID()),
      creation: Creation(kind: KindName(lineage: "quality-month", code: "training")),
      writes: [CellWrite(cell: 1, content: .register(.text(title)))])
    let (change, signature) = try head.append(
      ChangeContent(time: node.surroundings.now(), mutations: [mutation]), seed: node.surroundings.random(16)
    ) { try node.identity.key.sign($0) }
    let batch = Batch(
      log: head.log, startN: 0, startHash: .zero, bodies: [change.body],
      signatures: [Batch.HeadSignature(n: 1, signature: signature)])
    let cursor = ArrivalCursor(
      store: node.surroundings.random(16), arrival: 0, running: [UInt8](repeating: 0, count: 16))
    return ChangesFrame(batches: [batch], through: cursor)
  }
}
