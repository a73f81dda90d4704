import Campaign
import Ledger
import Store
import TestSupport
import Testing

@testable import Node

/// A moved record's heirs stay known, whatever is decided of the record that it was made in place of.
@Suite struct LostHeirTests {
  private let offices: TestOffices
  private let office: LocalNode
  private let old: String
  private let heir: RecordView
  private var region: LocalNode { offices.region }

  /// The region has moved a record, and the office written to it apart.
  init() async throws {
    (offices, office) = try TestOffices.withCapital()
    old = try office.addTraining("宣贯会", division: "540102")
    _ = try office.edit(old, operations: [.set("notes", to: "张三")], operatorName: "")
    _ = try await sync(office, offices.region)
    heir = try offices.region.move(old, division: "540121", operatorName: "").view
    _ = try office.edit(old, operations: [.set("place", to: "礼堂")], operatorName: "")
    _ = try await sync(office, offices.region)
  }

  private func view(_ node: LocalNode, _ id: String) throws -> RecordView {
    try node.store.read { try $0.record(prefix: id) }
  }

  @Test func aDecisionToDeleteGoesOnNamingTheHeir() async throws {
    _ = try office.resolve(old, field: "deleted", .value("yes"), operatorName: "")
    _ = try await sync(office, region)
    for node in [office, region] {
      let origin = try view(node, old)
      #expect(origin.state.heirs.map(\.record) == [heir.id])
      #expect(try node.store.read { try $0.heir(of: origin) }.id == heir.id)
      do {
        _ = try node.restore(old, operatorName: "")
        Issue.record("the activity is there twice")
      } catch NodeError.recordDeleted(_, let named) {
        #expect(named == heir.id)
      }
    }
    _ = try region.redact(heir.id.description, field: "notes", reason: "个人信息", operatorName: "")
    #expect(try region.field(old, "notes") == .single(.erased))
  }

  /// Both moved on: the first heir is named by no deletion that lives.
  @Test func anHeirThatAnotherMoveHasTakenThePlaceOfIsStillOne() async throws {
    let second = try office.move(old, division: "540121", operatorName: "").view
    #expect(second.id != heir.id)
    let origin = try view(office, old)
    #expect(origin.state.heirs.map(\.record) == [second.id])
    #expect(try office.store.read { try $0.heirs(of: origin) }.map(\.record) == [second.id, heir.id])
    _ = try office.delete(second.id.description, operatorName: "")
    #expect(try office.store.read { try $0.heir(of: origin) }.id == heir.id)
    _ = try await sync(office, region)
    _ = try region.redact(heir.id.description, field: "notes", reason: "个人信息", operatorName: "")
    for id in [old, second.id.description, heir.id.description] {
      #expect(try region.field(id, "notes") == .single(.erased), "\(id)")
    }
  }
}
