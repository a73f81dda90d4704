import Ledger
import Store
import Testing

@testable import Node

/// What a session does before the first message is told as what it does later.
@Suite struct OpenedSessionTests {
  /// A certificate that the handshake shows has everybody judged anew: what had been said meanwhile takes effect in the
  /// session's own first transaction.
  @Test func whatAShownCertificateSetsOffIsTold() async throws {
    let offices = try TestOffices()
    let region = offices.region
    let prefecture = try offices.enrolled("540100", "拉萨市局", mayEnrol: true)
    let lost = try offices.enrolled("540200", "日喀则市局")
    try lost.addTraining("不再算")
    try await sync(lost, region)
    let county = try offices.enrolled("540102", "城关区局", by: prefecture)
    let held = try region.store.read { try $0.heads(of: lost.facts.node).reduce(0) { $0 + Int($1.n) } }
    try region.store.write { commit in
      try region.append(
        to: Space(division: region.facts.division, section: .notices), operatorName: "",
        statements: [.revocation(Revocation(node: lost.facts.node, honoured: [], reason: ""))], in: commit)
    }
    #expect(try region.ids(titled: "不再算").count == 1)
    let (_, told) = try await sync(county, region)
    #expect(try region.ids(titled: "不再算").isEmpty)
    #expect(told.withdrawn == held && held > 0)
  }
}
