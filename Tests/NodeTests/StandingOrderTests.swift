import Campaign
import Foundation
import Ledger
import Store
import TestSupport
import Testing
import Trust
import Wire

@testable import Node

/// What an office may, and what of its counts, follows from what is held: not from what came first, nor how often.
@Suite struct StandingOrderTests {
  private let offices: TestOffices
  private var region: LocalNode { offices.region }

  init() throws { offices = try TestOffices() }

  private func arrivals(_ node: LocalNode) throws -> Int64 {
    try node.store.read { try $0.ownCursor().arrival }
  }

  private func expectSound(_ nodes: LocalNode...) throws {
    for node in nodes {
      let problems = try node.verify().problems
      #expect(problems.isEmpty, "\(node.facts.name): \(problems)")
    }
  }

  private func row(_ office: NodeID, at node: LocalNode) throws -> OfficeRow? {
    try node.store.read { try $0.office(office) }
  }

  /// What was taken out comes again from those who have not heard of it, as often as they like.
  @Test func invariant1WhatWasTakenOutIsNotTakenInASecondTime() async throws {
    let office = try offices.enrolled("540100", "拉萨市局"), witness = try offices.enrolled("540100", "见证")
    try await met(witness, region)
    var log = ForkedLog(author: office)
    func grown(_ count: Int, after step: Int?) throws -> Int? {
      try (0..<count).reduce(step) { last, _ in try log.grow(after: last) }
    }
    let trunk = try grown(5, after: nil)
    let long = try #require(try grown(5, after: trunk)), short = try #require(try grown(3, after: trunk))
    let (toLong, toShort) = (log.batch(after: nil, to: long), log.batch(after: nil, to: short))
    try region.take([toLong])
    try witness.take([toLong, toShort])
    _ = try region.revoke("拉萨市局", reason: "遗失")
    try await met(witness, region)
    let titles = log.steps.compactMap(\.made)
    #expect(witness.titles(titles).count == 10)
    let held = try arrivals(witness)
    // Further on than it came before: that follows on something which does not count.
    let further = try log.grow(after: short)
    try witness.take([toShort])
    try witness.take([toLong, toShort, log.batch(after: trunk, to: further)])
    #expect(try arrivals(witness) == held)
    try expectSound(witness)
    _ = try region.reinstate("拉萨市局")
    for _ in 0..<2 { try await met(witness, region) }
    for node in [witness, region] {
      #expect(node.titles(log.steps.compactMap(\.made)).count == 14, "\(node.facts.name)")
      #expect(
        try node.store.read { try $0.heads(of: office.facts.node) }.map(\.n).sorted().suffix(2) == [9, 10])
    }
    #expect(try witness.fingerprint(of: "540100") == region.fingerprint(of: "540100"))
    try expectSound(witness, region)
  }

  /// Two who did not know of each other certified an office for different divisions: it writes in both, whichever came
  /// first, and where one of the certificates counts no more, in what is left.
  @Test func invariant5EachCertificateThatCountsLetsWriteWhereItCovers() async throws {
    let enroller = try offices.enrolled("540100", "拉萨市局", mayEnrol: true)
    let office = try offices.enrolled("540102", "城关区局", by: enroller)
    let early = try offices.enrolled("540103", "堆龙德庆区局")
    try await met(enroller, region)
    try await met(early, region)
    _ = try enroller.assign("城关区局", .init(division: "540103"))
    try await met(office, enroller)
    try office.addTraining("堆龙的", division: "540103")
    try office.addTraining("城关的", division: "540102")
    try await met(office, enroller)
    try await met(early, enroller)
    #expect(try early.ids(titled: "堆龙的").count == 1)
    _ = try region.assign("城关区局", .init(name: "城关分局"))
    let late = try offices.enrolled("540103", "新来")
    // The region's certificate is the office's own, and covers less.
    try await met(late, region)
    try await met(early, region)
    try await met(late, early)
    try await met(enroller, region)
    for node in [late, early] { try await met(node, region) }
    for node in [region, early, late, enroller] {
      #expect(try row(office.facts.node, at: node)?.name == "城关分局", "\(node.facts.name)")
      #expect(try node.ids(titled: "堆龙的").count == 1, "\(node.facts.name)")
    }
    try expectAgreement(region, enroller, early, within: late)
    try expectSound(office)
  }

  /// The same where the enroller was revoked without that certificate being honoured.
  @Test func invariant5WhatACertificateLetWriteGoesWithIt() async throws {
    let enroller = try offices.enrolled("540100", "拉萨市局", mayEnrol: true)
    let office = try offices.enrolled("540102", "城关区局", by: enroller)
    let early = try offices.enrolled("540103", "堆龙德庆区局"), late = try offices.enrolled("540103", "新来")
    try await met(enroller, region)
    _ = try enroller.assign("城关区局", .init(division: "540103"))
    try await met(office, enroller)
    try office.addTraining("堆龙的", division: "540103")
    try await met(office, enroller)
    try await met(early, enroller)
    _ = try region.assign("城关区局", .init(name: "城关分局"))
    _ = try region.revoke("拉萨市局", reason: "遗失")
    try await met(late, region)
    try await met(early, region)
    try await met(late, early)
    for node in [region, early, late] {
      #expect(try row(office.facts.node, at: node)?.isRevoked == false, "\(node.facts.name)")
      #expect(try node.ids(titled: "堆龙的").isEmpty, "\(node.facts.name)")
    }
    try expectAgreement(region, early, within: late)
    _ = try region.reinstate("拉萨市局")
    for node in [early, late] { try await met(node, region) }
    try await met(early, region)
    try await met(late, region)
    for node in [region, early, late] {
      #expect(try node.ids(titled: "堆龙的").count == 1, "\(node.facts.name)")
    }
    try expectAgreement(region, early, within: late)
  }

  private func pack(_ version: Int) -> [UInt8] {
    Array(
      String(decoding: BuiltInPack.yaml, as: UTF8.self)
        .replacingOccurrences(of: "version: 1\n", with: "version: \(version)\n").utf8)
  }

  private func version(_ node: LocalNode) throws -> Int { try node.store.read { try $0.pack().info.version } }

  /// The pack in force is the latest that counts, also where it comes to count later, or counts no more.
  @Test func invariant1ThePackInForceIsTheLatestThatCounts() async throws {
    let early = try offices.enrolled("540100", "先到"), late = try offices.enrolled("540100", "后到")
    for node in [early, late] { try await met(node, region) }
    var log = ForkedLog(author: region, section: .notices)
    let trunk = try log.append(after: log.grow(after: nil), [], statements: [.pack(pack(2))])
    var ends = [try log.append(after: trunk, [], statements: [.pack(pack(3))])]
    for _ in 0..<3 { ends[0] = try log.grow(after: ends[0]) }
    for _ in 0..<10 { ends.append(try log.grow(after: trunk)) }
    let batches = ends.map { log.batch(after: nil, to: $0) }
    try early.take([batches[0]])
    #expect(try version(early) == 3)
    for node in [early, late, region] { try node.take(batches.reversed()) }
    for node in [early, late, region] { #expect(try version(node) == 2, "\(node.facts.name)") }
    #expect(try region.ruleOnOwnLogs(keepingBranches: 8).logs == 1)
    for node in [early, late] { try await met(node, region) }
    for node in [early, late, region] { #expect(try version(node) == 3, "\(node.facts.name)") }
    try expectSound(early, late, region)
  }

  private func certificate(_ name: String, for key: NodeKey) throws -> Certificate {
    let authority = CertificateAuthority(
      certificate: try #require(region.identity.authority), key: try #require(region.identity.authorityKey))
    let now = region.surroundings.now() / 1000
    return try authority.issue(
      Office(
        name: name, id: "x",
        scope: Scope(
          division: DivisionCode("540100")!, covered: [], ancestors: [DivisionCode("540000")!]), rights: []),
      key: key.publicKey, from: now - 1, to: now + 1_000_000, serial: [UInt8](repeating: 5, count: 16))
  }

  /// What the CA signed counts wherever it is held: beyond a cut too. What a ruling leaves out is said again.
  @Test func invariant1WhatTheCASignedCountsWhereverItIsHeld() async throws {
    let early = try offices.enrolled("540100", "先到"), late = try offices.enrolled("540100", "后到")
    for node in [early, late] { try await met(node, region) }
    let key = try NodeKey.generate()
    var log = ForkedLog(author: region, section: .notices)
    let trunk = try log.grow(after: log.grow(after: nil))
    let stated: [Statement] = [.certificate(try certificate("只在分支上", for: key).der)]
    var ends = [try log.append(after: trunk, [], statements: stated)]
    for _ in 0..<10 { ends.append(try log.grow(after: log.grow(after: trunk))) }
    let batches = ends.map { log.batch(after: nil, to: $0) }
    try early.take([batches[0]])
    for node in [early, late, region] { try node.take(batches.reversed()) }
    for node in [early, late, region] {
      #expect(try row(key.nodeID, at: node)?.name == "只在分支上", "\(node.facts.name)")
    }
    #expect(try region.ruleOnOwnLogs(keepingBranches: 2).logs == 1)
    let stranger = try offices.enrolled("540100", "新来")
    for node in [early, late, stranger] { try await met(node, region) }
    for node in [early, late, stranger, region] {
      #expect(try row(key.nodeID, at: node)?.name == "只在分支上", "\(node.facts.name)")
    }
    try expectSound(early, late, stranger, region)
  }

  /// Nobody was ever revoked: a certificate counts all the same once its issuer is known to have had the right.
  @Test func invariant1ACertificateCountsOnceItsIssuersDoes() async throws {
    let enroller = try offices.enrolled("540100", "拉萨市局"), witness = try offices.enrolled("540100", "见证")
    try await met(enroller, region)
    try await met(witness, region)
    let before = try arrivals(enroller)
    _ = try region.assign("拉萨市局", .init(mayEnrol: true))
    try await met(enroller, region)
    let county = try offices.enrolled("540102", "城关区局", by: enroller)
    let batches = try enroller.store.read { snapshot in
      try snapshot.outgoing(
        after: before, scope: { $0.section == .notices }, excluding: nil, held: HeldRanges(), limit: 1 << 20,
        signatureSpan: 0
      ).batches
    }.filter { $0.log.node == enroller.facts.node }
    try witness.take(batches)
    #expect(try row(county.facts.node, at: witness) == nil)
    try await met(witness, region)
    #expect(try row(county.facts.node, at: witness)?.name == "城关区局")
  }

  /// A branch that the region rules out is told from what a revocation takes out.
  @Test func aBranchThatIsRuledOutIsToldAsThat() async throws {
    let witness = try offices.enrolled("540100", "见证")
    try await met(witness, region)
    var log = ForkedLog(author: region, section: .notices)
    let trunk = try log.grow(after: nil)
    let ends = try (0..<10).map { _ in try log.grow(after: trunk) }
    for node in [region, witness] { try node.take(ends.map { log.batch(after: nil, to: $0) }) }
    #expect(try region.ruleOnOwnLogs(keepingBranches: 8).logs == 1)
    try await met(witness, region)
    let late = try log.grow(after: trunk)
    try witness.take([log.batch(after: nil, to: late)])
    for node in [region, witness] {
      let reasons = Set(try node.store.read { try $0.quarantine() }.map(\.reason))
      #expect(reasons == ["ruled-out"], "\(node.facts.name)")
    }
  }
}
