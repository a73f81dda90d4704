import Campaign
import Foundation
import Ledger
import Replication
import Store
import TestSupport
import Testing
import Trust

@testable import Node

/// A store whose file was written over by an older one in its place (a virtual machine's snapshot, say): nothing
/// tells at once, and its log forks.
@Suite struct SetBackTests {
  private let offices: TestOffices
  private let region: LocalNode
  private let computer: Computer

  init() throws {
    offices = try TestOffices()
    region = offices.region
    computer = Computer(try offices.enrolled("540100", "拉萨市局"))
  }

  private func names(_ node: LocalNode) throws -> (epoch: [UInt8]?, store: [UInt8]?) {
    try node.store.read { (try $0.meta(.epoch), try $0.meta(.storeID)) }
  }

  private func retitle(_ node: LocalNode, _ id: String, _ title: String) throws {
    _ = try node.edit(id, operations: [.set("title", to: title)], operatorName: "")
  }

  private func unsent(_ node: LocalNode) throws -> Int {
    try node.store.read { try $0.unsentCount(node: node.facts.node, coveredBy: [region.facts.node]) }
  }

  /// A record, and two values of its title on two branches of one log; the second is not synced yet.
  private func fork() async throws -> String {
    let id = try computer.node().addTraining("原题")
    _ = try await sync(computer.node(), region)
    let data = try computer.saved()
    try retitle(computer.node(), id, "甲")
    _ = try await sync(computer.node(), region)
    try computer.setBack(to: data)
    try retitle(computer.node(), id, "乙")
    return id
  }

  private func expectAlike(_ nodes: [LocalNode]) throws {
    for node in nodes {
      #expect(try node.fingerprint(of: "540100") == region.fingerprint(of: "540100"))
      let problems = try node.verify().problems
      #expect(problems.isEmpty, "\(node.facts.name): \(problems)")
    }
  }

  /// Invariants 3 and 4: both values are kept, and what a person says of them ends the conflict.
  @Test func invariant4WhatIsDecidedAfterAForkIsDecided() async throws {
    let id = try await fork()
    let before = try names(computer.node())
    let (own, _) = try await sync(computer.node(), region)
    #expect(own.converged && own.wasSetBack)
    let node = try computer.node()
    #expect(try names(node).epoch != before.epoch && names(node).store != before.store)
    for holder in [node, region] {
      let open = try holder.conflicts(RecordFilter())
      #expect(open.map(\.field) == ["title"] && open.first?.candidates.count == 2)
    }
    _ = try node.resolve(id, field: "title", .value("定"), operatorName: "")
    let (next, _) = try await sync(node, region)
    #expect(next.converged && !next.wasSetBack)
    for holder in [node, region] {
      #expect(try holder.conflicts(RecordFilter()).isEmpty)
      #expect(try holder.field(id, "title") == .single(.text("定")))
    }
    try expectAlike([node, region])
    #expect(try unsent(node) == 0)
  }

  @Test func aRecordOfBothBranchesIsDeletedEverywhere() async throws {
    let id = try await fork()
    _ = try await sync(computer.node(), region)
    _ = try computer.node().delete(id, operatorName: "")
    let (own, _) = try await sync(computer.node(), region)
    #expect(own.converged)
    #expect(try region.store.read { try $0.record(prefix: id).existence } == .deleted)
    #expect(try region.store.read { try $0.quarantine() }.isEmpty)
    try expectAlike([computer.node(), region])
  }

  /// Nothing was written since: its own history comes back, and it may not be all of it.
  @Test func whoGetsMoreOfItsOwnLogBackWritesAnother() async throws {
    let id = try computer.node().addTraining("原题")
    _ = try await sync(computer.node(), region)
    let data = try computer.saved()
    try retitle(computer.node(), id, "甲")
    _ = try await sync(computer.node(), region)
    try computer.setBack(to: data)
    let before = try names(computer.node())
    let (own, _) = try await sync(computer.node(), region)
    #expect(own.received == 1 && own.converged && own.wasSetBack)
    #expect(try computer.node().field(id, "title") == .single(.text("甲")))
    #expect(try names(computer.node()).epoch != before.epoch)
    let (quiet, _) = try await sync(computer.node(), region)
    #expect(quiet.received == 0 && quiet.sent == 0 && quiet.converged && !quiet.wasSetBack)
  }

  /// Who holds both branches says so, and asks a receipt for each: it names one log twice.
  @Test func aLogWithTwoHeadsIsAskedForAndSignedFor() async throws {
    _ = try await fork()
    let colleague = try offices.enrolled("540100", "拉萨市局二号")
    // The colleague hears of the second branch first, and of the other from the region.
    _ = try await sync(computer.node(), colleague)
    _ = try await sync(computer.node(), region)
    _ = try await sync(computer.node(), colleague)
    let asked = try colleague.store.read { snapshot in
      try snapshot.unreceipted(by: region.facts.node, excluding: -1, scope: { _ in true }, limit: 256)
    }
    #expect(Dictionary(grouping: asked, by: \.log).values.contains { $0.count == 2 })
    let (own, theirs) = try await sync(colleague, region)
    #expect(own.converged && theirs.converged)
    let signed = try colleague.store.read { try $0.receiptLines() }.filter {
      $0.signer == region.facts.node && $0.head.log.node == computer.nodeID
    }
    #expect(Dictionary(grouping: signed, by: \.head.log).values.contains { $0.count == 2 })
    try expectAlike([colleague, region])
  }

  /// The region believes that the office holds what once came from it, and leaves that out. The office does not.
  @Test func whatItHadRelayedComesBackToWhoLostIt() async throws {
    let colleague = try offices.enrolled("540100", "拉萨市局二号")
    _ = try await sync(computer.node(), region)
    _ = try await sync(colleague, computer.node())
    let data = try computer.saved()
    let id = try colleague.addTraining("原题")
    _ = try await sync(colleague, computer.node())
    _ = try await sync(computer.node(), region)
    try computer.setBack(to: data)
    try retitle(colleague, id, "新题")
    _ = try await sync(colleague, region)
    let (own, theirs) = try await sync(computer.node(), region)
    #expect(own.converged && theirs.converged)
    #expect(try computer.node().field(id, "title") == .single(.text("新题")))
    try expectAlike([computer.node(), colleague])
    // Its cursor was kept in the end: nothing is read twice.
    let (quiet, _) = try await sync(computer.node(), region)
    #expect(quiet.received == 0 && quiet.sent == 0 && quiet.converged)
  }

  /// A long branch that was signed for says nothing of a short one.
  @Test func whatIsUnsentIsCountedBranchByBranch() async throws {
    try computer.node().addTraining("一")
    _ = try await sync(computer.node(), region)
    let data = try computer.saved()
    for number in 0..<5 { try computer.node().addTraining("甲\(number)") }
    _ = try await sync(computer.node(), region)
    try computer.setBack(to: data)
    try computer.node().addTraining("乙")
    #expect(try unsent(computer.node()) == 1)
    _ = try await sync(computer.node(), region)
    #expect(try unsent(computer.node()) == 0)
    for number in 1...2 {
      try computer.node().addTraining("丙\(number)")
      #expect(try unsent(computer.node()) == number)
    }
    try expectAlike([region])
  }
}
