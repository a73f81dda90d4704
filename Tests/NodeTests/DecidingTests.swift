import Campaign
import Foundation
import Ledger
import Store
import TestSupport
import Testing

@testable import Node

/// What `merge --decide` settles, and what it counts.
@Suite struct DecidingTests {
  private let folder = TemporaryFolder()

  private func notice(_ node: LocalNode, _ title: String) throws -> String {
    try node.add(
      kind: "training", division: nil, isNotice: true,
      operations: [
        .set("title", to: title), .set("date", to: "2025-09-10"), .set("plan_items", to: "4.2"),
        .set("organiser", to: "局"), .set("topic", to: "standards"),
      ], operatorName: ""
    ).view.id.description
  }

  /// A prefecture reads the region's notices and may not write there: a conflict in one is left to the region.
  @Test func whatMayOnlyBeReadIsLeftAndTheRestIsSettled() async throws {
    let offices = try TestOffices()
    let region = offices.region
    // A second computer of the region's own division, so that one notice can have two authors.
    let second = try offices.enrolled("540000", "自治区二号")
    let office = try offices.enrolled("540100", "拉萨")
    let shared = try notice(region, "通知")
    let own = try office.addTraining("会")
    _ = try await sync(office, region)
    _ = try await sync(second, region)
    _ = try region.edit(shared, operations: [.set("place", to: "甲")], operatorName: "")
    _ = try second.edit(shared, operations: [.set("place", to: "乙")], operatorName: "")
    _ = try region.edit(own, operations: [.set("place", to: "丙")], operatorName: "")
    _ = try office.edit(own, operations: [.set("place", to: "丁")], operatorName: "")
    _ = try await sync(second, region)
    _ = try await sync(office, region)
    #expect(try office.conflicts(RecordFilter()).count == 2)
    let report = try office.merge([], decide: .latest, operatorName: "", progress: { _ in })
    #expect(report.conflictsDecided == 1 && report.conflictsOpen == 1)
    #expect(try office.conflicts(RecordFilter()).map(\.view.id.description) == [shared])
  }

  /// Invariant 3: while a person looks at two values a third comes. Nobody saw it, so nothing is settled over it.
  @Test func invariant3NothingIsSettledOverAValueThatNobodySaw() async throws {
    let offices = try TestOffices()
    let region = offices.region
    let nodes = try ["甲", "乙"].map { try offices.enrolled("540100", $0) }
    let id = try region.addTraining("会", division: "540100")
    for node in nodes { _ = try await sync(node, region) }
    for (node, place) in zip(nodes + [region], ["甲处", "乙处", "丙处"]) {
      _ = try node.edit(id, operations: [.set("place", to: place)], operatorName: "")
    }
    _ = try await sync(nodes[0], region)
    let listed = try #require(try region.conflicts(RecordFilter()).first)
    #expect(listed.candidates.count == 2)
    _ = try await sync(nodes[1], region)
    for decision in [LocalNode.Decision.take(1), .take(2), .value("丁处")] {
      #expect(throws: NodeError.self) { try region.resolve(listed, decision, operatorName: "") }
    }
    let now = try #require(try region.current(listed))
    #expect(now.candidates.count == 3)
    // Taken by what it is, and not by where it stood.
    let wanted = try #require(now.candidates.firstIndex { $0.content == .register(.text("乙处")) })
    _ = try region.resolve(now, .take(wanted + 1), operatorName: "")
    #expect(try region.field(id, "place") == .single(.text("乙处")))
  }

  /// A record that comes and one that goes in the same bundle do not make up for each other.
  @Test func newRecordsAreCountedOneByOne() async throws {
    let offices = try TestOffices()
    let office = try offices.enrolled("540100", "拉萨")
    let gone = try office.addTraining("将删")
    _ = try await sync(office, offices.region)
    _ = try office.delete(gone, operatorName: "")
    try office.addTraining("新增")
    let path = folder.path + "/a.tzb"
    _ = try office.makeBundle(for: "自治区", sinceLast: true, to: path)
    let report = try offices.region.merge([path], decide: nil, operatorName: "", progress: { _ in })
    #expect(report.recordsNew == 1 && report.recordsChanged == 1, "\(report.sources)")
  }
}
