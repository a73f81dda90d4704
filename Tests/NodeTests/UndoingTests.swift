import Campaign
import Ledger
import Store
import TestSupport
import Testing

@testable import Node

/// Resolutions made apart, of which one is taken back: the others are nobody's to end.
@Suite struct UndoingTests {
  private let offices: TestOffices
  private let office: LocalNode
  private let other: LocalNode
  private let id: String
  private var region: LocalNode { offices.region }

  /// Office and region have each settled one conflict, differently and apart.
  init() async throws {
    (offices, office) = try TestOffices.withCapital()
    other = try offices.enrolled("540100", "拉萨市农业农村局")
    id = try office.addTraining("会")
    try await meet()
    try set(office, "甲")
    try set(region, "乙")
    try await meet()
    _ = try region.resolve(id, field: "place", .value("区定"), operatorName: "")
    _ = try office.resolve(id, field: "place", .value("市定"), operatorName: "")
    try await meet()
  }

  private func meet() async throws {
    for _ in 0..<2 { for node in [office, other] { _ = try await sync(node, region) } }
  }

  private func set(_ node: LocalNode, _ text: String) throws {
    _ = try node.edit(id, operations: [.set("place", to: text)], operatorName: "")
  }

  private func living(_ node: LocalNode) throws -> Set<String> {
    try node.store.read { snapshot in
      let view = try snapshot.record(prefix: id)
      let writes = view.state.cell(view.kind?.cell(named: "place") ?? 0, .register)?.writes ?? []
      return Set(
        writes.flatMap(\.separated).compactMap {
          if case .register(.text(let text)) = $0.content { text } else { nil }
        })
    }
  }

  /// Whichever of the two was told last.
  @Test(arguments: [true, false]) func invariant3AnUndoTakesBackTheOwnResolutionAlone(byRegion: Bool)
    async throws
  {
    let node = byRegion ? region : office
    _ = try node.undo(id, field: "place", operatorName: "")
    #expect(try living(node) == ["甲", "乙", byRegion ? "市定" : "区定"])
    try await meet()
    for one in [region, office, other] { #expect(try living(one) == living(node)) }
  }

  @Test func invariant3WhoHasSettledNothingTakesNoneOfSeveralBack() throws {
    do {
      _ = try other.undo(id, field: "place", operatorName: "")
      Issue.record("nothing was said")
    } catch NodeError.severalResolutions(let record, let field) {
      #expect(record.description == id && field.code == "place")
    }
    #expect(try living(other) == ["区定", "市定"])
  }

  @Test func theChangeThatIsNamedIsTakenBackOrNone() async throws {
    let conflict = try #require(try region.conflicts(RecordFilter()).first)
    let settled = try region.resolve(conflict, .value("终定"), operatorName: "")
    let change = try #require(settled.change)
    _ = try region.undo(conflict, settledBy: change, operatorName: "")
    #expect(try living(region) == ["区定", "市定"])
    do {
      _ = try region.undo(conflict, settledBy: change, operatorName: "")
      Issue.record("it was taken back twice")
    } catch NodeError.noResolution {}
  }
}
