import Campaign
import Foundation
import Ledger
import Store
import Testing
import Trust

@testable import Node

/// What a revocation honours stays valid everywhere; what lies beyond is taken out everywhere, and shown.
@Suite struct RevocationTests {
  private func quarantined(_ node: LocalNode) throws -> [QuarantineLine] {
    try node.store.read { try $0.quarantine() }
  }

  private func records(_ node: LocalNode) throws -> Int { try node.store.read { try $0.recordCount() } }

  private func title(_ node: LocalNode, _ id: String) throws -> String? {
    guard case .single(.text(let text))? = try node.field(id, "title") else { return nil }
    return text
  }

  private func expectSound(_ nodes: LocalNode...) throws {
    for node in nodes {
      let problems = try node.verify().problems
      #expect(problems.isEmpty, "\(node.facts.name): \(problems)")
    }
  }

  /// A stolen computer went on writing, and a colleague's took that in before anybody knew.
  @Test func whatWasTakenInBeyondTheHonouredHeadIsTakenOut() async throws {
    let offices = try TestOffices()
    let region = offices.region
    let office = try offices.enrolled("540100", "拉萨市局")
    let stolen = try offices.enrolled("540100", "拉萨市局二号")
    let id = try stolen.addTraining("原题")
    _ = try await sync(stolen, region)
    _ = try stolen.edit(id, operations: [.set("title", to: "盗改")], operatorName: "")
    try stolen.addTraining("盗录")
    _ = try await sync(office, stolen)
    #expect(try records(office) == 2 && title(office, id) == "盗改")
    _ = try region.revoke("拉萨市局二号", reason: "遗失")
    let (own, _) = try await sync(office, region)
    #expect(own.converged)
    #expect(try records(office) == 1 && title(office, id) == "原题")
    #expect(try office.fingerprint(of: "540100") == region.fingerprint(of: "540100"))
    #expect(try quarantined(office).map(\.reason) == ["revoked"])
    #expect(try quarantined(office).map(\.n) == [2])
    try expectSound(office, region)
    // The record goes on from what counts.
    _ = try office.edit(id, operations: [.set("title", to: "新题")], operatorName: "")
    _ = try await sync(office, region)
    #expect(try title(region, id) == "新题")
    #expect(try office.fingerprint(of: "540100") == region.fingerprint(of: "540100"))
    #expect(await refusal { _ = try await sync(stolen, region) } == "revoked")
  }

  /// Whoever hears of the revocation first, and of what it honours only then.
  @Test func whatIsHonouredIsTakenInAfterTheRevocationToo() async throws {
    let offices = try TestOffices()
    let region = offices.region
    let stolen = try offices.enrolled("540100", "拉萨市局二号")
    let id = try stolen.addTraining("原题")
    _ = try await sync(stolen, region)
    _ = try region.revoke("拉萨市局二号", reason: "遗失")
    let late = try offices.enrolled("540100", "拉萨市局")
    let (own, _) = try await sync(late, region)
    #expect(own.converged && own.refused == 0)
    #expect(try title(late, id) == "原题")
    try expectSound(late, region)
  }

  /// What a revoked node signs later is refused by who has heard of it, whoever brings it.
  @Test func whatLiesBeyondIsRefusedAndShown() async throws {
    let offices = try TestOffices()
    let region = offices.region
    let office = try offices.enrolled("540100", "拉萨市局")
    let stolen = try offices.enrolled("540100", "拉萨市局二号")
    try stolen.addTraining("一")
    _ = try await sync(stolen, region)
    try stolen.addTraining("二")
    _ = try await sync(office, stolen)
    _ = try region.revoke("拉萨市局二号", reason: "")
    let stick = region.store.folder + "/../二.tzb"
    _ = try office.makeBundle(for: nil, sinceLast: false, to: stick)
    let report = try region.merge([stick], decide: nil, operatorName: "", progress: { _ in })
    #expect(report.sources.map(\.rejected) == [1])
    #expect(try records(region) == 1)
    #expect(try quarantined(region).map(\.reason) == ["revoked"])
    try expectSound(region)
  }

  /// A log that goes on after a part of it was refused is refused further, and ends no session.
  @Test func whatFollowsARefusedChangeStopsItsOwnLogOnly() async throws {
    let offices = try TestOffices()
    let region = offices.region
    let office = try offices.enrolled("540100", "拉萨市局")
    let stolen = try offices.enrolled("540100", "拉萨市局二号")
    try stolen.addTraining("一")
    _ = try await sync(stolen, region)
    _ = try region.revoke("拉萨市局二号", reason: "")
    let stick = region.store.folder + "/../二.tzb"
    for number in 2...3 {
      try stolen.addTraining("第\(number)场")
      _ = try await sync(office, stolen)
      try office.addTraining("同事的\(number)")
      _ = try office.makeBundle(for: nil, sinceLast: true, to: stick)
      let report = try region.merge([stick], decide: nil, operatorName: "", progress: { _ in })
      #expect(report.sources.allSatisfy { $0.error == nil && $0.rejected > 0 }, "\(report)")
    }
    #expect(try records(region) == 3)
    try stolen.addTraining("第四场")
    _ = try await sync(office, stolen)
    try office.addTraining("同事的4")
    let (own, _) = try await sync(office, region)
    #expect(own.converged)
    #expect(try records(region) == 4 && records(office) == 4)
    try expectSound(office, region)
  }

  /// An enroller is revoked: whom it enrolled while it was honoured stays, whom it enrolled later does not count.
  @Test func aCertificateCountsInTheHonouredPartOfItsIssuersNotices() async throws {
    let offices = try TestOffices()
    let region = offices.region
    let lhasa = try offices.enrolled("540100", "拉萨市局", mayEnrol: true)
    let first = try offices.enrolled("540121", "林周县局", by: lhasa)
    _ = try await sync(lhasa, region)
    let kept = try first.addTraining("县里的")
    _ = try await sync(first, region)
    // Enrolled by the stolen computer, unseen by the region; a colleague takes its records in.
    let second = try offices.enrolled("540121", "林周县局二号", by: lhasa)
    try second.addTraining("不算的")
    _ = try await sync(first, second)
    #expect(try records(first) == 2)
    _ = try region.revoke("拉萨市局", reason: "遗失")
    #expect(await refusal { _ = try await sync(second, region) } == "issuer-revoked")
    let (own, _) = try await sync(first, region)
    #expect(own.converged)
    #expect(try records(first) == 1 && title(first, kept) == "县里的")
    #expect(try title(region, kept) == "县里的")
    #expect(try quarantined(first).map(\.reason).contains("unknown-author"))
    #expect(try first.fingerprint(of: "540121") == region.fingerprint(of: "540121"))
    try expectSound(first, region)
    // The region certifies that computer itself: what it wrote counts again, also where it was taken out.
    let again = try offices.join(second, by: region)
    _ = try await sync(first, region)
    #expect(try records(first) == 2)
    _ = try await sync(again, region)
    _ = try await sync(first, region)
    #expect(try records(region) == 2)
    #expect(try first.fingerprint(of: "540121") == region.fingerprint(of: "540121"))
    try expectSound(first, region)
  }

  /// Two offices above revoke the same computer, each by what it has seen.
  @Test(arguments: [true, false])
  func ofTwoRevocationsTheLowerHeadHolds(regionFirst: Bool) async throws {
    let offices = try TestOffices()
    let region = offices.region
    let lhasa = try offices.enrolled("540100", "拉萨市局", mayEnrol: true)
    let county = try offices.enrolled("540121", "林周县局", by: lhasa)
    try county.addTraining("一")
    _ = try await sync(county, lhasa)
    _ = try await sync(lhasa, region)
    try county.addTraining("二")
    _ = try await sync(county, lhasa)
    try county.addTraining("三")
    let witness = try offices.enrolled("540121", "林周县局二号", by: lhasa)
    _ = try await sync(county, witness)
    #expect(try records(witness) == 3)
    if regionFirst {
      _ = try region.revoke("林周县局", reason: "")
      _ = try await sync(witness, region)
      #expect(try records(witness) == 1)
      _ = try lhasa.revoke("林周县局", reason: "")
      _ = try await sync(witness, lhasa)
    } else {
      _ = try lhasa.revoke("林周县局", reason: "")
      _ = try await sync(witness, lhasa)
      #expect(try records(witness) == 2)
      _ = try region.revoke("林周县局", reason: "")
      _ = try await sync(witness, region)
    }
    _ = try await sync(lhasa, region)
    for node in [witness, lhasa, region] {
      #expect(try records(node) == 1)
      #expect(try node.fingerprint(of: "540121") == region.fingerprint(of: "540121"))
    }
    try expectSound(witness, lhasa, region)
  }

  @Test func nobodyRevokesWhoStandsAboveOrBeside() async throws {
    let offices = try TestOffices()
    let region = offices.region
    let lhasa = try offices.enrolled("540100", "拉萨市局", mayEnrol: true)
    _ = try offices.enrolled("540100", "拉萨市局二号", mayEnrol: true)
    _ = try await sync(lhasa, region)
    for name in ["自治区", "拉萨市局二号", "拉萨市局"] {
      do {
        _ = try lhasa.revoke(name, reason: "")
        Issue.record("\(name) was revoked")
      } catch NodeError.mayNotRevoke {
        continue
      }
    }
    // Said all the same, with a key that holds: nobody heeds it.
    let id = try region.add(
      kind: "training", division: "540100", isNotice: false,
      operations: [
        .set("title", to: "区里的"), .set("date", to: "2025-09-10"), .set("plan_items", to: "4.2"),
        .set("organiser", to: "市场监管局"), .set("topic", to: "standards"),
      ], operatorName: ""
    ).view.id.description
    _ = try await sync(lhasa, region)
    try lhasa.store.write { commit in
      try lhasa.append(
        to: Space(division: lhasa.facts.division, section: .notices), operatorName: "",
        statements: [.revocation(Revocation(node: region.facts.node, honoured: [], reason: ""))], in: commit)
    }
    _ = try await sync(lhasa, region)
    let witness = try offices.enrolled("540100", "拉萨市局三号")
    _ = try await sync(witness, region)
    #expect(try title(witness, id) == "区里的")
    #expect(try quarantined(witness).isEmpty)
  }
}
