import Campaign
import Ledger
import Store
import TestSupport
import Testing

@testable import Node

/// What is shown by the ranks of those who wrote it, where a rank comes to be another one.
@Suite struct RankChangeTests {
  private func submitted(_ node: LocalNode, _ id: String) throws -> FieldValue? {
    try node.field(id, "submitted_on")
  }

  @Test func whatIsShownByRankIsDerivedAnew() async throws {
    let offices = try TestOffices()
    let (lhasa, other) = (
      try offices.enrolled("540100", "拉萨市局"), try offices.enrolled("540102", "城关区局")
    )
    let values = [
      "title": "总结", "body": "总结", "date": "2025-09-30", "organiser": "局", "plan_items": "4.2",
    ]
    let id = try other.add(
      kind: "summary", division: nil, isNotice: false,
      operations: values.sorted { $0.key < $1.key }.map { .set($0.key, to: $0.value) }, operatorName: ""
    ).view.id.description
    for node in [other, lhasa] { _ = try await sync(node, offices.region) }
    _ = try lhasa.edit(id, operations: [.set("submitted_on", to: "2025-10-01")], operatorName: "")
    _ = try other.edit(id, operations: [.set("submitted_on", to: "2025-10-02")], operatorName: "")
    for node in [other, lhasa, other] { _ = try await sync(node, offices.region) }
    let first = try submitted(lhasa, id)
    #expect(try submitted(other, id) == first && submitted(offices.region, id) == first)
    // The higher one comes to stand below the other.
    _ = try offices.region.assign(
      "拉萨市局", LocalNode.Assignment(division: "540102", reach: .nothing))
    for node in [other, lhasa, other] { _ = try await sync(node, offices.region) }
    for node in [other, offices.region] { #expect(try node.verify().problems == [], "\(node.facts.name)") }
  }
}
