import Campaign
import Foundation
import Ledger
import Store
import TestSupport
import Testing

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

  /// Made anew by itself, twice, and redacted in between: the copy that nobody else has seen goes on without the text.
  @Test func whatIsMadeAnewByItselfLeavesARedactedTextBehind() async throws {
    let office = try offices.enrolled("540102", "城关区局")
    let old = try office.addTraining("会")
    _ = try office.edit(old, operations: [.set("notes", to: secret)], operatorName: "")
    _ = try offices.region.assign("城关区局", .init(division: "540100", reach: .nothing))
    try await met(office, offices.region)
    _ = try offices.region.assign("城关区局", .init(division: "540102", reach: .allBelow))
    try redact(old, "notes")
    for _ in 0..<3 { try await met(office, offices.region) }
    for node in [office, offices.region] {
      let ids = try node.ids(titled: "会")
      #expect(!ids.isEmpty)
      for id in ids { #expect(try node.field(id, "notes") == .single(.erased), "\(node.facts.name) \(id)") }
    }
  }
}
