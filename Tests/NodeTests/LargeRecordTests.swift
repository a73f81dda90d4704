import Campaign
import Ledger
import Store
import TestSupport
import Testing

@testable import Node

/// A record in which more writes live than one change can name can still be deleted and moved, and is edited in a time that
/// grows with it and not with its square.
@Suite(.serialized) struct LargeRecordTests {
  private static let cell: UInt32 = 900
  private let office: LocalNode
  private let id: String

  init() throws {
    office = try TestOffices().enrolled("540100", "拉萨市局")
    id = try office.addTraining("会", division: "540102")
    for part in 0..<3 {
      let values = (0..<24_000).map { Value.integer(Int64(part * 24_000 + $0)) }
      try append(CellWrite(cell: LargeRecordTests.cell, content: .elements(values)))
    }
  }

  private func append(_ write: CellWrite) throws {
    try office.writeOwn { commit in
      let view = try commit.snapshot.record(prefix: id)
      try office.append(
        to: view.space, operatorName: "", mutations: [Mutation(target: .id(view.id), writes: [write])],
        in: commit)
    }
  }

  private func view(_ id: String) throws -> RecordView { try office.store.read { try $0.record(prefix: id) } }

  @Test(.timeLimit(.minutes(5))) func itIsDeleted() throws {
    #expect(try view(id).state.livingDots.count > ContentLimits.parts)
    _ = try office.delete(id, operatorName: "")
    #expect(try view(id).existence == .deleted)
    #expect(try office.verify().problems.isEmpty)
  }

  @Test(.timeLimit(.minutes(5))) func itIsMovedWhole() throws {
    let heir = try office.move(id, division: "540121", operatorName: "").view
    #expect(heir.state.cell(LargeRecordTests.cell, .set)?.writes.count == 72_000)
    let origin = try view(id)
    #expect(origin.existence == .deleted && origin.state.heirs.map(\.record) == [heir.id])
    #expect(try office.verify().problems.isEmpty)
  }

  @Test(.timeLimit(.minutes(5))) func manyElementsAreTakenOffAtOnce() throws {
    let view = try view(id)
    let log = try office.store.read { try office.ownLog(view.space, $0) }
    let writer = EditWriter(state: view.state, log: log)
    let gone = (0..<60_000).map { Value.integer(Int64($0)) }
    let write = writer.write(
      .setChange(cell: LargeRecordTests.cell, add: [], remove: gone), rule: .latest, rank: { _ in 0 })
    #expect(write?.supersedes.count == gone.count)
  }
}
