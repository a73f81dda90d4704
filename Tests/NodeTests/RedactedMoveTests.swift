import Campaign
import Foundation
import Ledger
import Store
import TestSupport
import Testing
import Trust

@testable import Node

/// What was moved, or made anew in another division, was written twice: it is erased in both places.
@Suite struct RedactedMoveTests: RedactionScene {
  let offices: TestOffices
  let lhasa: LocalNode

  init() throws {
    offices = try TestOffices()
    lhasa = try offices.enrolled("540100", "拉萨市局")
  }

  /// What was moved was written twice.
  @Test(arguments: [true, false]) func aMovedRecordIsRedactedWithTheOneItWasMovedFrom(byTheNewOne: Bool)
    async throws
  {
    let old = try offices.region.addTraining(secret, division: "540200")
    let moved = try offices.region.move(old, division: "540100", operatorName: "")
    let new = moved.view.id.description
    try redact(byTheNewOne ? new : old)
    #expect(try erased(offices.region, new) == ["title"])
    try expectNothingLeft(offices.region, secret, new)
    _ = try await sync(lhasa, offices.region)
    #expect(try erased(lhasa, new) == ["title"])
    try expectNothingLeft(lhasa, secret, new)
  }

  /// What an office wrote before it joined elsewhere is only there, and no redaction can name it.
  @Test func aRecordOfBeforeJoiningIsRedactedWithTheOneInItsPlace() async throws {
    let office = try offices.office("540102", "新局")
    let old = try office.addTraining(secret)
    _ = try office.edit(old, operations: [.set("place", to: "城区广场")], operatorName: "")
    let joined = try offices.join(office, by: offices.region, into: "540600")
    _ = try await sync(joined, offices.region)
    try redact(try #require(try joined.ids(titled: secret).first))
    _ = try await sync(joined, offices.region)
    #expect(try erased(joined, old) == ["title"])
    #expect(try joined.field(old, "place") == .single(.text("城区广场")))
    try expectNothingLeft(joined, secret, old)
    try expectNothingLeft(offices.region, secret, old)
    // What is derived is made anew without it.
    #expect(try joined.diagnose(repairs: true).problems.isEmpty)
    #expect(try erased(joined, old) == ["title"])
    try expectNothingLeft(joined, secret, old)
    #expect(try await sync(joined, offices.region).a.converged)
  }

  // MARK: made anew by itself

  /// A record with the text that its office has not handed in when its scope is narrowed.
  private func recorded() throws -> (office: LocalNode, id: String) {
    let office = try offices.enrolled("540102", "城关区局")
    let id = try office.addTraining("会")
    _ = try office.edit(id, operations: [.set("notes", to: secret)], operatorName: "")
    return (office, id)
  }

  private func assign(_ division: String, _ reach: LocalNode.Assignment.Reach) throws {
    _ = try offices.region.assign("城关区局", .init(division: division, reach: reach))
  }

  private func setAsideBodies(_ node: LocalNode) throws -> Int {
    let space = Space(division: DivisionCode("540100")!, section: .records)
    return try node.store.read { try $0.refusedStretches(in: space).count }
  }

  /// Made anew by itself, twice, and redacted in between: the copy that nobody else has seen goes on without the text, and the one
  /// between them, which counts nowhere, holds it no more, at its author nor set aside.
  @Test func whatIsMadeAnewByItselfLeavesARedactedTextBehind() async throws {
    let (office, old) = try recorded()
    try assign("540100", .nothing)
    try await met(office, offices.region)
    try assign("540102", .allBelow)
    try redact(old, "notes")
    for _ in 0..<3 { try await met(office, offices.region) }
    for node in [office, offices.region] {
      let ids = try node.ids(titled: "会")
      #expect(!ids.isEmpty)
      for id in ids { #expect(try node.field(id, "notes") == .single(.erased), "\(node.facts.name) \(id)") }
      try expectNothingLeft(node, secret, old)
      #expect(try setAsideBodies(node) == 0)
    }
    try await expectWholeAgain(office)
  }

  /// Given the other division too, what was erased there is taken in as that, and what is written behind it.
  private func expectWholeAgain(_ office: LocalNode) async throws {
    try assign("540100", .allBelow)
    for _ in 0..<4 { try await met(office, offices.region) }
    let later = try office.addTraining("后来", division: "540100")
    for _ in 0..<2 { try await met(office, offices.region) }
    #expect(try offices.region.ids(titled: "后来") == [later])
    try expectAgreement(offices.region, within: office)
    #expect(try offices.region.store.read { try $0.quarantine() }.isEmpty)
    for node in [office, offices.region] { try expectNothingLeft(node, secret, later) }
  }

  /// The region may never see the copy in between: its author erases it all the same, and where it comes to count it is taken in.
  @Test func aCopyThatOnlyItsAuthorHasIsErasedThere() async throws {
    let (office, old) = try recorded()
    let neighbour = try offices.enrolled("540102", "城关统计局")
    try assign("540100", .nothing)
    try await met(neighbour, offices.region)
    for _ in 0..<2 { try await met(office, neighbour) }
    #expect(try certifiedScope(office).division.description == "540100")
    try assign("540102", .allBelow)
    for _ in 0..<3 {
      try await met(neighbour, offices.region)
      try await met(office, neighbour)
    }
    try await met(neighbour, offices.region)
    #expect(try certifiedScope(office).division.description == "540102")
    try redact(try #require(try offices.region.ids(titled: "会").first), "notes")
    #expect(try setAsideBodies(offices.region) == 0)
    for _ in 0..<2 {
      try await met(neighbour, offices.region)
      try await met(office, neighbour)
    }
    for node in [office, neighbour, offices.region] { try expectNothingLeft(node, secret, old) }
    try await expectWholeAgain(office)
  }

  /// What stands at the end is what people see and redact: what it was made from goes with it, though what was between them does
  /// not count; and a copy that comes after the redaction of what it was made from is told.
  @Test(arguments: [true, false]) func whatDoesNotCountBetweenTwoBreaksNoChain(isLate: Bool) async throws {
    let (office, old) = try recorded()
    try assign("540100", .nothing)
    try await met(office, offices.region)
    try assign("540102", .allBelow)
    try await met(office, offices.region)
    if isLate { try redact(old, "notes") }
    for _ in 0..<2 { try await met(office, offices.region) }
    let new = try #require(
      try offices.region.ids(titled: "会").first {
        try offices.region.field($0, "notes") == .single(.text(secret))
      })
    #expect(new != old)
    #expect(try reappeared(offices.region, new) == (isLate ? ["notes"] : []))
    #expect(try offices.region.reappeared().map(\.view.id.description) == (isLate ? [new] : []))
    try redact(new, "notes")
    for _ in 0..<2 { try await met(office, offices.region) }
    for node in [office, offices.region] {
      try expectNothingLeft(node, secret, old)
      #expect(try setAsideBodies(node) == 0)
    }
    try await expectWholeAgain(office)
  }

  /// Of an office that was revoked a move is set aside, at whoever takes its store in: what it copied of an erased text is named,
  /// and nothing that was written anew before by who had heard.
  @Test(arguments: [false, true]) func whatARevokedOfficeCopiedIsErasedToo(hadHeard: Bool) async throws {
    let (office, old) = try recorded()
    for node in [office, lhasa] { try await met(node, offices.region) }
    try redact(old, "notes")
    if hadHeard {
      try await met(office, offices.region)
      _ = try office.edit(old, operations: [.set("notes", to: "新内容")], operatorName: "")
      for node in [office, lhasa] { try await met(node, offices.region) }
    }
    _ = try lhasa.move(old, division: "540100", operatorName: "")
    _ = try offices.region.revoke("拉萨市局", reason: "试验")
    let report = try offices.region.merge(
      [lhasa.store.folder], decide: nil, operatorName: "", progress: { _ in })
    #expect(report.sources.first?.rejected ?? 0 > 0)
    let named = try offices.region.store.read { try $0.redactions() }.map(\.redaction)
    #expect(named.contains { $0.space.division.description == "540100" } == !hadHeard)
    #expect(try (setAsideBodies(offices.region) == 0) == !hadHeard)
  }
}
