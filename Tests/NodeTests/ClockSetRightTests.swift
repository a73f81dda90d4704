import Foundation
import Ledger
import Store
import TestSupport
import Testing
import Trust

@testable import Node

/// A clock that was wrong once is right now: what it left behind rules nothing.
@Suite struct ClockSetRightTests {
  private let clock = TestClock()

  private func reopened(_ node: LocalNode) throws -> LocalNode {
    node.tidyUp()
    return try LocalNode(opening: node.store.folder, surroundings: node.surroundings)
  }

  private func expectWhole(_ a: LocalNode, _ b: LocalNode, _ location: SourceLocation = #_sourceLocation)
    async throws
  {
    let (own, theirs) = try await sync(a, b)
    #expect(own.converged && !own.withholds && !own.peerWithholds, sourceLocation: location)
    #expect(own.peerNotInForce == nil && theirs.peerNotInForce == nil, sourceLocation: location)
  }

  /// The region's clock was ahead for a day on which the office's certificate and its own were renewed.
  @Test func aCertificateOfAClockThatWasAheadIsGoodAtOnce() async throws {
    let offices = try TestOffices(clock.surroundings)
    var lhasa = try offices.enrolled("540100", "拉萨市局")
    let first = try #require(lhasa.facts.certificateExpires)
    clock.pass(days: 620)
    var region = try reopened(offices.region)
    try await expectWhole(lhasa, region)
    lhasa = try reopened(lhasa)
    clock.pass(days: -620)
    region = try reopened(region)
    for node in [lhasa, region] {
      let own = try #require(node.identity.chain.first)
      #expect(own.notAfter > first, "it was renewed")
      // For tools of others, which judge it.
      #expect(own.notBefore <= clock.now / 1000)
    }
    try region.addTraining("校准之后", division: "540100")
    try await expectWhole(lhasa, region)
    #expect(try lhasa.store.read { try $0.recordCount() } == 1)
    // Years later it is renewed as any other.
    clock.pass(days: 1200)
    try await expectWhole(lhasa, region)
    lhasa = try reopened(lhasa)
    #expect(try #require(lhasa.facts.certificateExpires) > clock.now / 1000 + 700 * 86_400)
  }

  /// As an earlier program issued them.
  @Test func aCertificateThatBeginsAheadIsGoodAtOnce() async throws {
    let offices = try TestOffices(clock.surroundings)
    let region = offices.region
    var lhasa = try offices.enrolled("540100", "拉萨市局")
    let office = try #require(lhasa.identity.chain.first?.office)
    let ahead = clock.now / 1000 + 620 * 86_400
    let certificate = try region.issuer().issue(
      office, key: lhasa.identity.key.publicKey, from: ahead, to: ahead + 730 * 86_400,
      serial: clock.surroundings.random(16))
    try lhasa.accept(
      certificates: certificate.pem + #require(region.identity.authority).pem, authority: nil)
    lhasa = try reopened(lhasa)
    try region.addTraining("照读", division: "540100")
    try await expectWhole(lhasa, region)
    #expect(try lhasa.store.read { try $0.recordCount() } == 1)
    let path = lhasa.store.folder + "/a.tzb"
    #expect(try region.makeBundle(for: "拉萨市局", sinceLast: false, to: path).manifest.changes > 0)
  }

  /// The CA tells that it cannot be so early.
  @Test func aCertificateOfAClockThatWasBehindOutlastsIt() async throws {
    let offices = try TestOffices(clock.surroundings)
    let founded = clock.now / 1000
    clock.pass(days: -9000)
    let lhasa = try offices.enrolled("540100", "拉萨市局")
    let own = try #require(lhasa.identity.chain.first)
    #expect(own.notAfter > founded + 700 * 86_400 && own.notBefore <= clock.now / 1000)
    clock.pass(days: 9000)
    try await expectWhole(lhasa, offices.region)
  }

  /// A battery that is dead sets a clock back by years: nobody is kept out by that.
  @Test func aListenerWhoseClockIsBehindWithholdsNothing() async throws {
    let offices = try TestOffices(clock.surroundings)
    let lhasa = try offices.enrolled("540100", "拉萨市局")
    clock.pass(days: -9000)
    try await expectWhole(lhasa, offices.region)
  }

  @Test func whoWasSeenOnADayAheadIsSeenAnewTheDayItIs() async throws {
    let offices = try TestOffices(clock.surroundings)
    let lhasa = try offices.enrolled("540100", "拉萨市局")
    let region = offices.region
    func seen() throws -> Int64? { try region.store.read { try $0.office(lhasa.facts.node)?.lastSeen } }
    func carry() throws -> () throws -> Void {
      let path = lhasa.store.folder + "/\(UUID()).tzb"
      _ = try lhasa.makeBundle(for: nil, sinceLast: false, to: path)
      return { _ = try region.merge([path], decide: nil, operatorName: "", progress: { _ in }) }
    }
    clock.pass(days: 620)
    try await sync(lhasa, region)
    clock.pass(days: -620)
    #expect(try seen() == clock.now + 620 * 86_400_000)
    let early = try carry()
    clock.pass(days: 1)
    try await sync(lhasa, region)
    #expect(try seen() == clock.now)
    // What was made before that takes nothing back, and after a day ahead it counts again.
    try early()
    #expect(try seen() == clock.now)
    clock.pass(days: 620)
    try await sync(lhasa, region)
    clock.pass(days: -620)
    try carry()()
    #expect(try seen() == clock.now)
  }

  @Test func ofSeveralContactsOneThatLiesAheadIsTheFirst() {
    let order = ContactOrder(now: 100)
    #expect(order.last(of: [7, 100, 101, 9000]) == 100)
    #expect(order.last(of: [9000, 101]) == 9000)
    #expect(order.last(of: []) == nil)
  }
}
