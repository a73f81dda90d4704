import Campaign
import Foundation
import Ledger
import Store
import TestSupport
import Testing
import Trust

@testable import Node

/// Who may leave an office less, and an enroller that moves.
@Suite struct NarrowingAuthorityTests {
  private let offices: TestOffices
  private var region: LocalNode { offices.region }

  init() throws { offices = try TestOffices() }

  private func records(_ node: LocalNode) throws -> Int { try node.store.read { try $0.recordCount() } }

  private func narrow(_ name: String) throws {
    #expect(try region.assign(name, .init(reach: .nothing)).isNew)
  }

  @Test func invariant5OnlyWhoStandsAboveNarrowsAndNobodyWidensWhatWasNarrowedAbove() async throws {
    let lhasa = try offices.enrolled("540100", "拉萨市局", mayEnrol: true)
    let other = try offices.enrolled("540100", "拉萨统计局")
    try await met(lhasa, region)
    try await met(other, region)
    try narrow("拉萨统计局")
    try await met(lhasa, region)
    let error = #expect(throws: NodeError.self) { try lhasa.assign("拉萨统计局", .init(reach: .allBelow)) }
    guard case .mayNotWiden(_, let by)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(by == "自治区")
    #expect(throws: NodeError.self) { try lhasa.assign("自治区", .init(reach: .nothing)) }
  }

  /// By its own word an office that was not above would be, if what it left the other one were what it is judged by.
  @Test(arguments: [false, true])
  func invariant5ANarrowingDoesNotPutItsAuthorAbove(heardFirst: Bool) async throws {
    let lhasa = try offices.enrolled("540100", "拉萨市局")
    let county = try offices.enrolled("540102", "城关区局", mayEnrol: true)
    try lhasa.addTraining("市里的")
    if !heardFirst { try await met(lhasa, region) }
    try await met(county, region)
    let office = Office(
      name: "拉萨市局", id: "x",
      scope: Scope(
        division: DivisionCode("540102")!, covered: [],
        ancestors: [DivisionCode("540100")!, DivisionCode("540000")!]), rights: [])
    let now = county.surroundings.now() / 1000
    let certificate = try CertificateAuthority(
      certificate: try #require(county.identity.chain.first), key: county.identity.key
    ).issue(
      office, key: lhasa.identity.key.publicKey, from: now - 1, to: now + 1_000_000_000,
      serial: [UInt8](repeating: 7, count: 16))
    try county.store.write { commit in
      try county.append(
        to: Space(division: DivisionCode("540102")!, section: .notices), operatorName: "",
        statements: [
          .revocation(Revocation(node: lhasa.facts.node, honoured: [], reason: "")),
          .certificate(certificate.der),
        ], in: commit)
    }
    try await met(county, region)
    try await met(lhasa, region)
    #expect(try region.ids(titled: "市里的").count == 1)
    #expect(try region.store.read { try $0.office(lhasa.facts.node) }?.division.description == "540100")
    try expectAgreement(county, within: region)
  }

  /// The region certified it; the prefecture's office stands above it all the same, and its word takes that back.
  @Test func anEnrollerNarrowsWhomTheRegionCertified() async throws {
    let lhasa = try offices.enrolled("540100", "拉萨市局", mayEnrol: true)
    let county = try offices.enrolled("540102", "城关区局")
    try county.addTraining("先")
    try await met(county, region)
    try await met(lhasa, region)
    // What it gives beside that the region's certificate would stand before: so it says that it cannot.
    #expect(throws: NodeError.self) { try lhasa.assign("城关区局", .init(division: "540103")) }
    let moved = try lhasa.assign("城关区局", .init(division: "540103", reach: .allBelow))
    #expect(moved.dropped.map(\.description) == ["540102"])
    try await met(county, lhasa)
    #expect(
      try certifiedScope(county).covered.map(\.description) == ["540103"] && county.identity.chain.count == 2)
    try county.addTraining("后")
    for node in [county, lhasa, county] { try await met(node, region) }
    #expect(try region.ids(titled: "先").count == 1 && region.ids(titled: "后").count == 1)
    try expectAgreement(region, lhasa, within: county)
    // The region may give back what the prefecture's office took.
    _ = try region.assign("城关区局", .init(division: "540102", reach: .allBelow))
    for node in [county, county, lhasa] { try await met(node, region) }
    #expect(try certifiedScope(county).covered.map(\.description) == ["540102"])
    try expectAgreement(region, lhasa, within: county)
  }

  /// Two who stand above left it different things and did not know of each other: it is left nothing, everywhere, until
  /// the higher one says what it has.
  @Test func whatTwoLeaveItIsWhatBothDo() async throws {
    let lhasa = try offices.enrolled("540100", "拉萨市局", mayEnrol: true)
    let county = try offices.enrolled("540102", "城关区局", by: lhasa)
    _ = try lhasa.assign("城关区局", .init(division: "540103"))
    try await met(county, lhasa)
    try county.addTraining("先", division: "540102")
    try await met(county, lhasa)
    try await met(lhasa, region)
    _ = try region.assign("城关区局", .init(division: "540102", reach: .allBelow))
    _ = try lhasa.assign("城关区局", .init(division: "540103", reach: .allBelow))
    try await met(lhasa, region)
    func isRevoked(_ node: LocalNode) throws -> Bool? {
      try node.store.read { try $0.office(county.facts.node)?.isRevoked }
    }
    #expect(try isRevoked(region) == true && isRevoked(lhasa) == true)
    #expect(try region.ids(titled: "先").count == 1 && lhasa.ids(titled: "先").count == 1)
    #expect(await refusal { _ = try await sync(county, region) } == "revoked")
    #expect(try region.assign("城关区局", .init(division: "540102", reach: .allBelow)).isNew)
    try await met(lhasa, region)
    #expect(try isRevoked(region) == false && isRevoked(lhasa) == false)
    try await met(county, lhasa)
    #expect(try certifiedScope(county).covered.map(\.description) == ["540102"])
    let (own, _) = try await met(county, region)
    #expect(own.converged)
    try expectAgreement(region, lhasa, within: county)
  }

  // MARK: an enroller that moves

  @Test func anEnrollerGetsAnotherDivisionAndWhomItEnrolledGoesOn() async throws {
    let lhasa = try offices.enrolled("540100", "拉萨市局", mayEnrol: true)
    var county = try offices.enrolled("540102", "城关区局", by: lhasa)
    try county.addTraining("先")
    try await met(county, lhasa)
    try await met(lhasa, region)
    // Enrolled where it was, and not known to the region yet.
    let unseen = try offices.enrolled("540121", "林周县局", by: lhasa)
    let assigned = try region.assign("拉萨市局", .init(division: "540200"))
    #expect(assigned.dropped.isEmpty && assigned.certified == ["城关区局"])
    try await met(lhasa, region)
    #expect(try certifiedScope(lhasa).division.description == "540200")
    try unseen.addTraining("县里的")
    try await met(unseen, region)
    try await met(county, region)
    county = try LocalNode(opening: county.store.folder, surroundings: county.surroundings)
    #expect(county.identity.chain.count == 1)
    try county.addTraining("后")
    try await met(county, region)
    // Somebody who comes later learns both from what the notices hold, in whatever order.
    let late = try offices.enrolled("540100", "拉萨统计局")
    try await met(late, region)
    #expect(try records(late) == 3)
    let fresh = try offices.enrolled("540200", "日喀则一科", by: lhasa)
    try fresh.addTraining("日喀则的")
    try await met(lhasa, fresh)
    try await met(lhasa, region)
    #expect(try records(region) == 4)
    // And it leaves where it was, altogether.
    let left = try region.assign("拉萨市局", .init(reach: .allBelow))
    #expect(left.dropped.map(\.description).contains("540102"))
    for node in [lhasa, county, unseen, late, fresh] { try await met(node, region) }
    try await met(lhasa, region)
    #expect(try records(region) == 4 && records(late) == 3)
    try expectAgreement(lhasa, county, unseen, late, fresh, within: region)
  }
}
