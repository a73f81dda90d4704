import Campaign
import Foundation
import Ledger
import Store
import TestSupport
import Testing
import Trust

@testable import Node

/// An office is left less than it had, and keeps its store: what it wrote outside of that counts as far as whoever
/// narrowed it holds it, and nothing else of it is lost.
@Suite struct NarrowingTests {
  private let offices: TestOffices
  private var region: LocalNode { offices.region }

  init() throws { offices = try TestOffices() }

  private func records(_ node: LocalNode) throws -> Int { try node.store.read { try $0.recordCount() } }

  private func reasons(_ node: LocalNode) throws -> [String] {
    try node.store.read { try $0.quarantine() }.map(\.reason)
  }

  private func narrow(_ name: String, mayEnrol: Bool? = nil) throws {
    #expect(try region.assign(name, .init(reach: .nothing, mayEnrol: mayEnrol)).isNew)
  }

  /// Nobody sits before an office that serves: its log has to say it.
  @Test func whoServesSaysThatItsScopeIsNarrower() async throws {
    let office = try offices.enrolled("540100", "拉萨市局")
    _ = try await sync(office, region)
    try narrow("拉萨市局")
    func told() async throws -> [String] {
      try await serving(office) { address in
        let report = await region.sync(with: (label: "拉萨市局", address: address))
        #expect(report.error == nil, "\(String(describing: report.error))")
      }.told
    }
    let first = try await told()
    #expect(first.count { $0.hasPrefix("narrowed") } == 1, "\(first)")
    #expect(first.contains { $0.hasPrefix("narrowed") && $0.contains("540102") })
    #expect(try certifiedScope(office).covered.map(\.description) == ["540100"])
    #expect(try await !told().contains { $0.hasPrefix("narrowed") })
  }

  @Test func whatItWroteElsewhereCountsAsFarAsItIsHeldAndItGoesOnWithItsStore() async throws {
    let office = try offices.enrolled("540100", "拉萨市局")
    let county = try offices.enrolled("540102", "城关区局")
    let kept = try office.addTraining("区里的", division: "540102")
    let own = try office.addTraining("市里的")
    try await met(office, region)
    try await met(county, region)
    // Seen by the county's office, and not by the region.
    let late = try office.addTraining("区里晚录的", division: "540102")
    _ = try office.edit(kept, operations: [.set("place", to: "晚改的")], operatorName: "")
    try await met(county, office)
    #expect(try records(county) == 2)
    try narrow("拉萨市局")
    let inScope = try office.addTraining("市里晚录的")
    try await met(county, region)
    #expect(try records(county) == 1 && reasons(county) == ["narrowed"])
    let log = try #require(try office.store.read { try $0.meta(.epoch) })
    let (told, _) = try await met(office, region)
    #expect(told.converged)
    #expect(try certifiedScope(office).covered.map(\.description) == ["540100"])
    let (after, _) = try await met(office, region)
    #expect(after.converged && after.refused == 0)
    // No new store, no new logs: what it may write goes on where it was.
    #expect(try office.store.read { try $0.meta(.epoch) } == log)
    for node in [region, office] {
      #expect(try node.ids(titled: "区里的") == [kept] && node.ids(titled: "市里的") == [own])
      #expect(try node.ids(titled: "市里晚录的") == [inScope])
      // What it made there comes along, under another id; what it changed there does not count.
      let heirs = try node.ids(titled: "区里晚录的")
      #expect(heirs.count == 1 && heirs != [late])
      #expect(try node.field(kept, "place") == nil)
      #expect(try reasons(node) == ["narrowed"], "\(node.facts.name)")
    }
    #expect(try county.ids(titled: "区里晚录的").isEmpty)
    #expect(throws: NodeError.self) { try office.addTraining("还要录", division: "540102") }
    #expect(throws: NodeError.self) {
      try office.edit(kept, operations: [.set("place", to: "别处")], operatorName: "")
    }
    _ = try county.edit(kept, operations: [.set("place", to: "区里")], operatorName: "")
    try await met(county, region)
    try await met(office, region)
    // It keeps what it held, and gets nothing new from there.
    #expect(try office.field(kept, "place") == nil && region.field(kept, "place") == .single(.text("区里")))
    try expectAgreement(region, county, within: office)
    try expectAgreement(region, within: county)
    #expect(try region.store.read { try $0.office(office.facts.node)?.isRevoked } == false)
  }

  /// Two offices with equal scopes have equal fingerprints, whatever one of them held before.
  @Test func invariant1TheFingerprintIsOverWhatIsLeft() async throws {
    let office = try offices.enrolled("540100", "拉萨市局")
    let alone = try offices.join(offices.office("540100", "拉萨市局科室"), by: region, only: true)
    try office.addTraining("区里的", division: "540102")
    try office.addTraining("市里的")
    try await met(office, region)
    try narrow("拉萨市局")
    for node in [office, alone, office, alone] { try await met(node, region) }
    #expect(try certifiedScope(alone).covered == certifiedScope(office).covered)
    #expect(try alone.status(division: nil).fingerprint == office.status(division: nil).fingerprint)
    #expect(try records(office) == 2 && records(alone) == 1)
  }

  @Test func invariant10AStaleCertificateReadsNoMoreThanWhatIsLeft() async throws {
    let office = try offices.enrolled("540100", "拉萨市局")
    let county = try offices.enrolled("540102", "城关区局")
    try await met(office, region)
    try narrow("拉萨市局")
    try county.addTraining("以后的")
    try await met(county, region)
    // It has not heard of it, and shows what it has.
    let (own, _) = try await met(office, region)
    #expect(own.converged, "\(own)")
    #expect(try records(office) == 0)
    // Nor from somebody who has heard of it elsewhere, where it comes back with the old one.
    let old = try #require(
      try region.store.read { try $0.statedCertificates() }.map { try Certificate(der: $0.der) }.first {
        $0.nodeID == office.facts.node && $0.office?.scope.covered.count ?? 0 > 1
      })
    let root = try #require(region.identity.authority)
    let shown = try TrustedChain.check(PresentedChain([old]), root: root)
    let authority = try county.store.read { try Authority($0, identity: county.identity) }
    let reads = authority.reading(by: shown.leaf)
    #expect(!reads(Space(division: DivisionCode("540102")!, section: .records)))
    #expect(reads(Space(division: DivisionCode("540000")!, section: .notices)))
    _ = try county.store.write { try county.keepShown(OfficeRow(old, issuer: nil, under: root), in: $0) }
    #expect(try county.store.read { try $0.office(office.facts.node) }?.fingerprint != old.fingerprint)
  }

  @Test func whoEnrolsNoMoreKeepsWhomItHadEnrolled() async throws {
    let lhasa = try offices.enrolled("540100", "拉萨市局", mayEnrol: true)
    let first = try offices.enrolled("540121", "林周县局", by: lhasa)
    try await met(lhasa, region)
    let kept = try first.addTraining("县里的")
    try await met(first, region)
    let second = try offices.enrolled("540121", "林周县局二号", by: lhasa)
    try second.addTraining("不算的")
    try await met(first, second)
    #expect(try records(first) == 2)
    let assigned = try region.assign("拉萨市局", .init(mayEnrol: false))
    #expect(assigned.mayEnrolNoMore && assigned.dropped.isEmpty && assigned.certified == ["林周县局"])
    #expect(await refusal { _ = try await sync(second, region) } == "issuer-revoked")
    let (own, _) = try await met(first, region)
    #expect(own.converged && first.identity.chain.count == 1)
    #expect(try records(first) == 1 && first.ids(titled: "县里的") == [kept])
    // It hears of it, and its word counts no more; what it writes does.
    try await met(lhasa, region)
    #expect(throws: NodeError.self) {
      try lhasa.invite(division: "540102", name: "城关区局", days: 7, only: false, mayEnrol: false)
    }
    try lhasa.addTraining("市里的")
    let (later, _) = try await met(lhasa, region)
    #expect(later.converged)
    #expect(try region.ids(titled: "市里的").count == 1)
    #expect(try region.enrolmentLosses().allSatisfy { $0 == (second.facts.node, .fallen) })
    // Whom it enrolled later is enrolled anew, with the store and the key that it has.
    let again = try offices.join(second, by: region)
    let (joined, _) = try await met(again, region)
    #expect(joined.converged)
    #expect(try region.ids(titled: "不算的").count == 1)
    for node in [lhasa, first, again] { try await met(node, region) }
    try expectAgreement(first, again, lhasa, within: region)
  }

  /// Its chain with the former certificate is shown by those who have not heard of it.
  @Test func whomItHadEnrolledShowsTheOldChainAndIsHeard() async throws {
    let lhasa = try offices.enrolled("540100", "拉萨市局", mayEnrol: true)
    let first = try offices.enrolled("540121", "林周县局", by: lhasa)
    let other = try offices.enrolled("540121", "林周统计局", by: lhasa)
    try await met(lhasa, region)
    _ = try region.assign("拉萨市局", .init(reach: .nothing, mayEnrol: false))
    try await met(other, region)
    try first.addTraining("县里的")
    #expect(first.identity.chain.count == 2 && other.identity.chain.count == 1)
    let (own, _) = try await met(first, other)
    #expect(own.converged)
    #expect(try records(other) == 1)
    // A store that comes later and hears of all at once.
    let late = try offices.enrolled("540121", "林周县局三号")
    try await met(late, other)
    try await met(late, region)
    #expect(try records(late) == 1)
    try await met(other, region)
    try expectAgreement(late, other, within: region)
  }

  @Test func whatItSaysOfOthersAfterwardsCountsNoMore() async throws {
    let lhasa = try offices.enrolled("540100", "拉萨市局", mayEnrol: true)
    let first = try offices.enrolled("540121", "林周县局", by: lhasa)
    let second = try offices.enrolled("540121", "林周统计局", by: lhasa)
    _ = try lhasa.revoke("林周县局", reason: "")
    try await met(lhasa, region)
    _ = try region.assign("拉萨市局", .init(mayEnrol: false))
    _ = try lhasa.revoke("林周统计局", reason: "")
    _ = try lhasa.reinstate("林周县局")
    try await met(lhasa, region)
    for node in [region, lhasa] {
      func isRevoked(_ office: LocalNode) throws -> Bool? {
        try node.store.read { try $0.office(office.facts.node)?.isRevoked }
      }
      #expect(try isRevoked(first) == true && isRevoked(second) == false, "\(node.facts.name)")
    }
  }

  @Test func itIsGivenBackWhatItHadAndWhatItWroteMeanwhileCounts() async throws {
    let office = try offices.enrolled("540100", "拉萨市局")
    let county = try offices.enrolled("540102", "城关区局")
    try office.addTraining("先", division: "540102")
    try await met(office, region)
    try office.addTraining("后", division: "540102")
    try narrow("拉萨市局")
    try await met(office, region)
    try await met(office, region)
    try await met(county, region)
    let heir = try #require(try region.ids(titled: "后").first)
    #expect(try records(region) == 2 && records(office) == 2 && records(county) == 1)
    _ = try region.assign("拉萨市局", .init(reach: .allBelow))
    for node in [office, office, county] { try await met(node, region) }
    // What was set aside counts, also that it was made anew elsewhere.
    for node in [region, office] {
      #expect(try records(node) == 2 && node.ids(titled: "后") == [heir], "\(node.facts.name)")
    }
    for node in [region, office, county] { #expect(try reasons(node) == [], "\(node.facts.name)") }
    let third = try office.addTraining("再后", division: "540102")
    try await met(office, region)
    #expect(try region.ids(titled: "再后") == [third])
    try await met(county, region)
    try expectAgreement(region, county, within: office)
    // Between the two: part of it comes back, and part does not.
    try narrow("拉萨市局")
    _ = try region.assign("拉萨市局", .init(division: "540102"))
    for _ in 0..<2 { try await met(office, region) }
    #expect(try certifiedScope(office).division.description == "540102")
    try office.addTraining("区里再录", division: "540102")
    #expect(throws: NodeError.self) { try office.addTraining("市里再录", division: "540100") }
    try await met(office, region)
    try await met(county, region)
    try expectAgreement(region, county, within: office)
  }

  /// It wrote notices where it now stands below: of these too only what is honoured counts, at its own store as well.
  @Test func whoComesToStandLowerReadsWhatItOnceWrote() async throws {
    let office = try offices.enrolled("540100", "拉萨市局")
    func note(_ title: String) throws {
      _ = try office.add(
        kind: "training", division: "540100", isNotice: true,
        operations: [
          .set("title", to: title), .set("date", to: "2025-09-10"), .set("plan_items", to: "4.2"),
          .set("organiser", to: "市场监管局"), .set("topic", to: "standards"),
        ], operatorName: "")
    }
    try note("先")
    try await met(office, region)
    try note("后")
    _ = try region.assign("拉萨市局", .init(division: "540102"))
    try await met(office, region)
    let (own, _) = try await met(office, region)
    #expect(own.converged)
    for node in [office, region] {
      let places = try ["先", "后"].map { title in
        try node.ids(titled: title).map { id in
          try node.store.read { try $0.record(prefix: id).space.division.description }
        }
      }
      #expect(places == [["540100"], ["540102"]], "\(node.facts.name)")
    }
    try expectAgreement(region, within: office)
  }

  /// What nobody has ever been given is made anew where the office now is.
  @Test func whatNobodyHasComesAlong() async throws {
    let office = try offices.enrolled("540100", "拉萨市局")
    try await met(office, region)
    try office.addTraining("没送过的", division: "540102")
    try narrow("拉萨市局")
    // By a stick: it hears of it before it hands that in.
    let stick = region.store.folder + "/../调整.tzb"
    _ = try region.makeBundle(for: "拉萨市局", sinceLast: false, to: stick)
    let report = try office.merge([stick], decide: nil, operatorName: "", progress: { _ in })
    #expect(report.scopeChange?.isNarrower == true)
    #expect(try office.ids(titled: "没送过的").count == 1)
    let (own, _) = try await met(office, region)
    #expect(own.converged)
    #expect(try region.ids(titled: "没送过的").count == 1)
    try expectAgreement(region, within: office)
  }

  /// Its first change ever in a division is an edit of another's record, and had not arrived: others judge that it does not
  /// count, and so does its own store, which says so; once the scope is given back it counts everywhere.
  @Test(arguments: [false, true]) func invariant5AnEditThatNobodyHadHeardOfCountsNoMoreAtItsAuthorEither(
    byStick: Bool
  ) async throws {
    let office = try offices.enrolled("540100", "拉萨市局")
    let county = try offices.enrolled("540102", "城关区局")
    let id = try county.addTraining("会")
    for node in [county, office] { try await met(node, region) }
    _ = try office.edit(id, operations: [.set("title", to: "改")], operatorName: "")
    _ = try office.addTraining("没送过的", division: "540102")
    try narrow("拉萨市局")
    if byStick {
      let stick = region.store.folder + "/../调整.tzb"
      _ = try region.makeBundle(for: "拉萨市局", sinceLast: false, to: stick)
      let report = try office.merge([stick], decide: nil, operatorName: "", progress: { _ in })
      #expect(report.scopeChange?.isNarrower == true)
    } else {
      try await met(office, region)
    }
    #expect(try office.field(id, "title") == .single(.text("会")))
    #expect(try office.status(division: nil).quarantined > 0)
    #expect(try office.status(division: nil).unplaced.isEmpty)
    for _ in 0..<2 { for node in [office, county] { try await met(node, region) } }
    for node in [office, region, county] {
      #expect(try node.field(id, "title") == .single(.text("会")), "\(node.facts.name)")
    }
    // What it had made there came along.
    #expect(try region.ids(titled: "没送过的").count == 1)
    try expectAgreement(region, within: office)
    _ = try region.assign("拉萨市局", .init(reach: .allBelow))
    for _ in 0..<2 { for node in [office, county] { try await met(node, region) } }
    for node in [office, region, county] {
      #expect(try node.field(id, "title") == .single(.text("改")), "\(node.facts.name)")
    }
    #expect(try office.status(division: nil).unsent == 0)
    try expectAgreement(region, county, within: office)
  }

  /// What is judged anew under the wider scope is signed for: it does not stand as not handed in.
  @Test func whatItIsGivenBackIsSignedFor() async throws {
    let office = try offices.enrolled("540100", "拉萨市局")
    let county = try offices.enrolled("540102", "城关区局")
    let id = try county.addTraining("会")
    for node in [county, office] { try await met(node, region) }
    _ = try office.edit(id, operations: [.set("title", to: "改")], operatorName: "")
    try narrow("拉萨市局")
    try await met(office, region)
    _ = try region.assign("拉萨市局", .init(reach: .allBelow))
    for _ in 0..<3 { try await met(office, region) }
    #expect(try office.field(id, "title") == .single(.text("改")))
    #expect(try office.status(division: nil).unsent == 0)
  }

  /// More large texts stand beside each other than one change can hold: the record stays, and the store opens.
  @Test func whatIsTooMuchForOneChangeIsLeftWhereItIs() async throws {
    let office = try offices.enrolled("540100", "拉萨市局")
    let counties = try (1...3).map { try offices.enrolled("540102", "城关\($0)") }
    for node in counties + [office] { try await met(node, region) }
    try await met(office, region)
    let id = try office.addTraining("会", division: "540102")
    for node in counties { try await met(node, office) }
    for (number, node) in ([office] + counties).enumerated() {
      let text = String(repeating: "\(number)", count: 250 << 10)
      _ = try node.edit(id, operations: [.set("notes", to: text)], operatorName: "")
    }
    for node in counties { try await met(node, office) }
    try narrow("拉萨市局")
    let stick = region.store.folder + "/../调整.tzb"
    _ = try region.makeBundle(for: "拉萨市局", sinceLast: false, to: stick)
    let report = try office.merge([stick], decide: nil, operatorName: "", progress: { _ in })
    #expect(report.scopeChange?.isNarrower == true)
    let opened = try LocalNode(opening: office.store.folder)
    #expect(opened.isPlaced)
    #expect(try opened.status(division: nil).quarantined > 0)
    #expect(try opened.verify().problems.isEmpty)
  }

  /// A whole word that comes with the narrowing names nothing of what the office may not read any more: nothing was lost.
  @Test func aNarrowingByAStickIsNoLoss() async throws {
    let office = try offices.enrolled("540100", "拉萨市局")
    try office.addTraining("送过的", division: "540102")
    for _ in 0..<2 { try await met(office, region) }
    let stick = region.store.folder + "/../调整.tzb"
    for path in [stick + "0", stick] {
      if path == stick { try narrow("拉萨市局") }
      _ = try region.makeBundle(for: "拉萨市局", sinceLast: false, to: path)
      let report = try office.merge([path], decide: nil, operatorName: "", progress: { _ in })
      #expect(report.sources.map(\.takenBack.changes) == [0], "\(path)")
    }
  }
}
