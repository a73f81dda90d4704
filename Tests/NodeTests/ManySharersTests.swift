import Campaign
import Ledger
import Store
import TestSupport
import Testing

@testable import Node

/// Invariant 8: where many share a value that only one may have, each names some of the others and counts them.
@Suite struct ManySharersTests {
  @Test func invariant8OthersAreNamedUpToALimitAndCounted() throws {
    let region = try TestOffices().region
    var ids: Set<RecordID> = []
    for number in 0..<24 {
      let recorded = try region.add(
        kind: "enforcement", division: nil, isNotice: false,
        operations: [
          .set("title", to: "检查\(number)"), .set("date", to: "2025-09-10"), .set("plan_items", to: "4.2"),
          .set("organiser", to: "市场监管局"), .set("operation", to: "iron_fist"), .set("case_number", to: "无"),
          .set("violation", to: "虚假宣传"),
        ], operatorName: "")
      ids.insert(recorded.view.id)
    }
    func unique() throws -> [LocalNode.OpenConflict] {
      try region.conflicts(RecordFilter()).filter { $0.reason == .unique }
    }
    #expect(try unique().count == ids.count)
    for conflict in try unique() {
      #expect(conflict.otherCount == ids.count - 1 && conflict.others.count == UniqueSharers.mostNamed)
      #expect(conflict.otherViews.map(\.id) == conflict.others)
      #expect(ids.subtracting([conflict.view.id]).isSuperset(of: conflict.others))
    }
    // Who is linked with it is none of the others.
    let (a, b) = (ids.min()!, ids.max()!)
    _ = try region.pair(a.description, b.description, .link, operatorName: "")
    let linked = try unique().filter { $0.view.id == a || $0.view.id == b }
    #expect(linked.map(\.otherCount) == [ids.count - 2, ids.count - 2])
    // A rule decides none of them, and does not read them.
    #expect(try region.conflicts(RecordFilter(), where: { $0 == .concurrent }).isEmpty)
  }
}
