import Campaign
import Foundation
import Ledger
import Replication
import Store
import TestSupport
import Testing
import Trust
import Wire

@testable import Node

/// What counts is a function of what is held: certificates, revocations and what they bear on come in any order.
@Suite struct ArrivalOrderTests {
  /// What a node itself wrote, log by log, each in batches of a change.
  private func ownLogs(_ node: LocalNode) throws -> [[Batch]] {
    try node.store.read { snapshot in
      var logs: [LogID: [Batch]] = [:]
      var from: Int64 = 0
      while true {
        let next = try snapshot.outgoing(
          after: from, scope: { _ in true }, excluding: nil, held: HeldRanges(), limit: 1)
        for batch in next.batches where batch.log.node == node.facts.node {
          logs[batch.log, default: []].append(batch)
        }
        from = next.through.arrival
        if next.isLast { return Array(logs.values) }
      }
    }
  }

  private func take(_ batch: Batch, into node: LocalNode) throws {
    let cursor = ArrivalCursor(
      store: [UInt8](repeating: 9, count: 16), arrival: 0, running: [UInt8](repeating: 0, count: 16))
    try node.store.write { commit in
      var authority = try Authority(commit.snapshot, identity: node.identity)
      let scope = node.scope(try commit.pack())
      var intake = Intake(node: node, source: 9)
      _ = try intake.take(
        ChangesFrame(batches: [batch], through: cursor), mayRead: scope.mayRead, authority: &authority,
        in: commit)
    }
  }

  @Test func revocationsAndCertificatesGiveOneAnswerInAnyOrder() async throws {
    let offices = try TestOffices()
    let region = offices.region
    let lhasa = try offices.enrolled("540100", "拉萨市局", mayEnrol: true)
    let kept = try offices.enrolled("540121", "林周县局", by: lhasa)
    let cut = try offices.enrolled("540122", "当雄县局", by: lhasa)
    let edited = try kept.addTraining("一")
    try cut.addTraining("二")
    for office in [lhasa, kept, cut] { _ = try await sync(office, region) }
    let late = try offices.enrolled("540121", "林周县局二号", by: lhasa)
    try late.addTraining("三")
    _ = try await sync(kept, late)
    _ = try kept.edit(edited, operations: [.set("title", to: "一改")], operatorName: "")
    _ = try cut.addTraining("四")
    // Of the enroller's revocation the region has not heard, so it falls with the enroller.
    _ = try lhasa.revoke("林周县局", reason: "")
    let witnesses = try (0..<8).map { try offices.enrolled("540100", "见证\($0)") }
    _ = try region.revoke("拉萨市局", reason: "")
    _ = try region.revoke("当雄县局", reason: "")
    let logs = try [region, lhasa, kept, cut, late].flatMap { try ownLogs($0) }
    var prints: Set<Hash256> = []
    for (seed, witness) in witnesses.enumerated() {
      var random = SeededRandom(seed: UInt64(seed))
      var left = logs.filter { !$0.isEmpty }
      while let index = left.indices.randomElement(using: &random) {
        try take(left[index].removeFirst(), into: witness)
        if left[index].isEmpty { left.remove(at: index) }
      }
      // The first two, and the edit of an office that stays: not the late one's, and not what came after.
      #expect(try witness.store.read { try $0.recordCount() } == 2, "seed \(seed)")
      #expect(try witness.field(edited, "title") == .single(.text("一改")), "seed \(seed)")
      #expect(try witness.verify().problems.isEmpty, "seed \(seed)")
      prints.insert(try witness.fingerprint(of: "540100"))
    }
    #expect(prints.count == 1)
  }
}
