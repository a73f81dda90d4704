import Campaign
import Ledger
import Store
import TestSupport
import Testing

@testable import Node

/// A record that belongs to another division: made anew there with its history linked, deleted where it was.
@Suite struct MoveTests {
  private func view(_ node: LocalNode, _ id: String) throws -> RecordView {
    try node.store.read { try $0.record(prefix: id) }
  }

  private func conflicts(_ node: LocalNode) throws -> [LocalNode.OpenConflict] {
    try node.conflicts(RecordFilter())
  }

  private func isRefused(_ body: () throws -> Void, _ isMeant: (NodeError) -> Bool) -> Bool {
    do {
      try body()
      return false
    } catch let error as NodeError {
      return isMeant(error)
    } catch {
      return false
    }
  }

  @Test func aRecordIsMadeAnewWithItsHistoryLinked() throws {
    let lhasa = try TestOffices().enrolled("540100", "拉萨市局")
    let old = try lhasa.addTraining("宣贯会", division: "540102")
    _ = try lhasa.edit(
      old, operations: [.increment("participants", by: "30"), .set("place", to: "广场")], operatorName: "")
    let before = try view(lhasa, old)
    let moved = try lhasa.move(old, division: "城关区", operatorName: "扎西").view
    #expect(moved.id.description == old, "it is there already: nothing changes")
    let heir = try lhasa.move(old, division: "540121", operatorName: "扎西").view
    #expect(heir.space.division.description == "540121" && heir.content == before.content)
    #expect(heir.origin == RecordPlace(space: before.space, record: before.id))
    let after = try view(lhasa, old)
    #expect(after.existence == .deleted)
    #expect(after.state.heirs == [RecordPlace(space: heir.space, record: heir.id)])
    #expect(try lhasa.store.read { try $0.recordCount() } == 1)
    #expect(try conflicts(lhasa).isEmpty)
    #expect(try lhasa.verify().problems.isEmpty)
    // Who works on with the old id is told the new one.
    let isTold = isRefused({ _ = try lhasa.edit(old, operations: [.unset("place")], operatorName: "") }) {
      if case .recordDeleted(_, heir.id?) = $0 { return true }
      return false
    }
    #expect(isTold)
  }

  @Test func bothDivisionsMustBeTheOffices() throws {
    let offices = try TestOffices()
    let lhasa = try offices.enrolled("540100", "拉萨市局")
    let own = try lhasa.addTraining("宣贯会")
    let isOutside = isRefused({ _ = try lhasa.move(own, division: "540600", operatorName: "") }) {
      if case .outsideScope = $0 { return true }
      return false
    }
    #expect(isOutside)
    let isUnknown = isRefused({ _ = try lhasa.move(own, division: "999999", operatorName: "") }) {
      if case .unknownDivision = $0 { return true }
      return false
    }
    #expect(isUnknown)
    #expect(try view(lhasa, own).existence == .present)
  }

  /// Invariant 9: what this version does not know goes along, and a record of an unknown kind as well.
  @Test func invariant9UnknownFieldsAndKindsGoAlong() throws {
    let lhasa = try TestOffices().enrolled("540100", "拉萨市局")
    let space = Space(division: DivisionCode("540102")!, section: .notices)
    let id = lhasa.newRecordID()
    let writes = [
      CellWrite(cell: 900, content: .register(.unknown(shape: 14, payload: [1, 2, 3]))),
      CellWrite(cell: 901, content: .elements([.unknown(shape: 15, payload: [4])])),
    ]
    try lhasa.writeOwn { commit in
      let kind = KindName(lineage: try commit.pack().info.lineage, code: "of-another-year")
      try lhasa.append(
        to: space, operatorName: "",
        mutations: [Mutation(target: .id(id), creation: Creation(kind: kind), writes: writes)], in: commit)
    }
    let heir = try lhasa.move(id.description, division: "540121", operatorName: "").view
    #expect(heir.kindName?.code == "of-another-year" && heir.space.section == .notices)
    let contents = heir.state.cells.flatMap { $0.writes.map(\.content) }
    #expect(contents == writes.map(\.content))
  }

  /// Invariants 1 and 3: an edit that the move did not see opens a conflict on the old record, which names the new one,
  /// in whatever order the two come.
  @Test(arguments: [true, false])
  func invariant3AnEditBesideAMoveIsKept(moverFirst: Bool) async throws {
    let offices = try TestOffices()
    let lhasa = try offices.enrolled("540100", "拉萨市局")
    let region = offices.region
    let old = try lhasa.addTraining("宣贯会", division: "540102")
    _ = try await sync(lhasa, region)
    let mover = moverFirst ? lhasa : region
    let editor = moverFirst ? region : lhasa
    let heir = try mover.move(old, division: "540121", operatorName: "").view
    _ = try editor.edit(old, operations: [.set("place", to: "礼堂")], operatorName: "")
    _ = try await sync(lhasa, region)
    for node in [lhasa, region] {
      let open = try conflicts(node)
      #expect(open.map(\.reason) == [.deleted] && open.first?.others == [heir.id])
      #expect(try view(node, old).existence == .disputed)
      #expect(try view(node, heir.id.description).existence == .present)
      #expect(try node.fingerprint(of: "540100") == lhasa.fingerprint(of: "540100"))
      // The conflict names both: nobody entered anything twice.
      #expect(try node.store.read { try $0.suspectCount() + $0.suspects(like: heir).count } == 0)
    }
    let again = try region.addTraining("宣贯会", division: "540121")
    #expect(try region.store.read { try $0.suspects(like: heir).map { [$0.a, $0.b] } }.count == 1)
    _ = try region.delete(again, operatorName: "")
    // A person takes the value over, and the deletion stands.
    _ = try region.edit(heir.id.description, operations: [.set("place", to: "礼堂")], operatorName: "")
    _ = try region.resolve(old, field: "deleted", .value("yes"), operatorName: "")
    _ = try await sync(lhasa, region)
    for node in [lhasa, region] {
      #expect(try conflicts(node).isEmpty)
      #expect(try view(node, old).existence == .deleted)
      #expect(try node.verify().problems.isEmpty)
    }
  }

  /// Two living heirs of one origin are a conflict on both, until one goes or they are linked.
  @Test(arguments: [true, false])
  func twoHeirsOfOneRecordAreAConflict(linked: Bool) async throws {
    let offices = try TestOffices()
    let lhasa = try offices.enrolled("540100", "拉萨市局")
    let region = offices.region
    let old = try lhasa.addTraining("宣贯会", division: "540102")
    _ = try await sync(lhasa, region)
    let a = try lhasa.move(old, division: "540121", operatorName: "").view.id
    let b = try region.move(old, division: "540123", operatorName: "").view.id
    _ = try await sync(lhasa, region)
    for node in [lhasa, region] {
      let open = try conflicts(node)
      #expect(Set(open.map(\.view.id)) == [a, b])
      #expect(open.allSatisfy { $0.reason == .unique && $0.field == RecordView.originField })
      #expect(open.first { $0.view.id == a }?.others == [b])
      #expect(Set(try view(node, old).state.heirs.map(\.record)) == [a, b])
      let isTold = isRefused({
        _ = try node.resolve(a.description, field: "origin", .take(1), operatorName: "")
      }) {
        if case .sharedValue(_, _, [b]) = $0 { return true }
        return false
      }
      #expect(isTold)
    }
    if linked {
      _ = try region.pair(a.description, b.description, .link, operatorName: "")
    } else {
      _ = try region.delete(b.description, operatorName: "")
    }
    _ = try await sync(lhasa, region)
    for node in [lhasa, region] { #expect(try conflicts(node).isEmpty) }
  }

  /// Invariant 3: values that stand beside each other go along; the deletion saw them all.
  @Test func invariant3AnOpenConflictGoesAlong() async throws {
    let offices = try TestOffices()
    let lhasa = try offices.enrolled("540100", "拉萨市局")
    let region = offices.region
    let old = try lhasa.addTraining("宣贯会", division: "540102")
    _ = try await sync(lhasa, region)
    _ = try lhasa.edit(old, operations: [.set("place", to: "广场")], operatorName: "")
    _ = try region.edit(old, operations: [.set("place", to: "礼堂")], operatorName: "")
    _ = try await sync(lhasa, region)
    let before = try view(lhasa, old)
    #expect(before.conflicts == ["place"])
    let heir = try lhasa.move(old, division: "540121", operatorName: "").view
    #expect(heir.conflicts == ["place"])
    #expect(
      Set(heir.contested[0].entries.map(\.content)) == Set(before.contested[0].entries.map(\.content)))
    #expect(try view(lhasa, old).existence == .deleted)
    _ = try lhasa.resolve(heir.id.description, field: "place", .take(2), operatorName: "")
    _ = try await sync(lhasa, region)
    #expect(try conflicts(region).isEmpty)
  }

  /// A ledger's row follows its record; links do too.
  @Test func whatNamesARecordNamesItsHeir() throws {
    let folder = TemporaryFolder()
    let lhasa = try TestOffices().enrolled("540100", "拉萨市局")
    let ledger = try folder.file(
      "类别,标题,日期,计划条目,组织单位,培训主题,备注\n培训,宣贯会,2025-09-10,4.2,市场监管局,standards,\n")
    let options = LocalNode.ImportOptions()
    _ = try lhasa.importFile(ledger, options)
    let other = try lhasa.addTraining("另一场")
    let old = try lhasa.ids(titled: "宣贯会")[0]
    _ = try lhasa.pair(old, other, .link, operatorName: "")
    let heir = try lhasa.move(old, division: "540121", operatorName: "").view
    #expect(try lhasa.store.read { try $0.linked(with: heir.id) }.contains(RecordID(other)!))
    #expect(try lhasa.importFile(ledger, options).unchanged == 1)
    let mended = try folder.file(
      "类别,标题,日期,计划条目,组织单位,培训主题,备注\n培训,宣贯会,2025-09-10,4.2,市场监管局,standards,补记\n")
    let report = try lhasa.importFile(mended, options)
    #expect(report.updated == 1 && report.imported == 0)
    #expect(try lhasa.field(heir.id.description, "notes") == .single(.text("补记")))
    #expect(try view(lhasa, old).existence == .deleted)
  }
}
