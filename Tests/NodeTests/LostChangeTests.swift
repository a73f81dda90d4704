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

/// A write that names what will never come: what stands beside it must not stay unseen for ever.
@Suite struct LostChangeTests {
  private let offices: TestOffices
  private var region: LocalNode { offices.region }

  init() throws { offices = try TestOffices() }

  private func set(_ node: LocalNode, _ id: String, _ text: String) throws {
    _ = try node.edit(id, operations: [.set("place", to: text)], operatorName: "")
  }

  private func conflicts(_ node: LocalNode) throws -> [String] {
    #expect(try node.verify().problems == [])
    return try node.conflicts(RecordFilter()).map(\.field)
  }

  /// A thief's value is corrected by who saw it; the thief is revoked before that value, so that nobody takes it. Two
  /// who write apart afterwards are in conflict, at every store: at the one that had taken the thief's value, and at
  /// those that never do.
  @Test func invariant3TwoValuesAreAConflictAlsoBesideWhatWasRevoked() async throws {
    let stolen = try offices.enrolled("540100", "遗失")
    let witness = try offices.enrolled("540100", "见证")
    let writer = try offices.enrolled("540100", "拉萨市局")
    let id = try stolen.addTraining("会")
    _ = try await sync(stolen, region)
    _ = try await sync(writer, region)
    _ = try await sync(witness, region)
    // The region has heard nothing of this: it revokes what came after.
    try set(stolen, id, "盗")
    _ = try await sync(stolen, witness)
    try set(witness, id, "更正")
    _ = try region.revoke(stolen.facts.node.description, reason: "遗失")
    _ = try await sync(witness, region)
    try set(writer, id, "另")
    _ = try await sync(writer, region)
    _ = try await sync(witness, region)
    for node in [region, witness, writer] {
      #expect(try conflicts(node) == ["place"], "\(node.facts.name)")
      let view = try node.store.read { try $0.record(prefix: id) }
      #expect(!view.isIncomplete)
    }
    _ = try region.resolve(id, field: "place", .value("定"), operatorName: "")
    _ = try await sync(witness, region)
    #expect(try conflicts(witness).isEmpty && conflicts(region).isEmpty)
    // Two who write apart later are in conflict as well.
    try set(witness, id, "甲")
    try set(region, id, "乙")
    _ = try await sync(witness, region)
    #expect(try conflicts(region) == ["place"] && conflicts(witness) == ["place"])
    // What may come again is waited for again.
    _ = try region.reinstate(stolen.facts.node.description)
    #expect(try region.verify().problems == [])
    _ = try await sync(witness, region)
    _ = try await sync(stolen, region)
    _ = try await sync(witness, region)
    #expect(try region.fingerprint(of: "540100") == witness.fingerprint(of: "540100"))
    #expect(try conflicts(region) == ["place"] && conflicts(witness) == ["place"])
  }

  /// A cloned disk: its log goes on in two ways, and the revocation honours one. What only somebody far away has of the
  /// other one comes no more to who holds the head that is honoured; to who does not, once it has come.
  @Test func invariant3TwoValuesAreAConflictAlsoBesideABranchThatWasLeftOut() async throws {
    let cloned = try offices.enrolled("540100", "克隆")
    let witness = try offices.enrolled("540100", "见证")
    let writer = try offices.enrolled("540100", "拉萨市局")
    let late = try offices.enrolled("540100", "后到")
    let id = try cloned.addTraining("会")
    let node = cloned.facts.node
    let trunk = try batches(cloned, of: node)
    let fork = try #require(
      try cloned.store.read { try $0.heads(of: node) }.first { $0.log.space.section == .records })
    for office in [cloned, writer, witness] { _ = try await sync(office, region) }
    var head = fork
    let (change, signature) = try head.append(
      ChangeContent(time: 1, mutations: [ForkedLog.edit(.id(#require(RecordID(id))), "克隆的")]),
      seed: [UInt8](repeating: 7, count: 16), sign: { try cloned.identity.key.sign($0) })
    let side = Batch(
      log: fork.log, startN: fork.n, startHash: fork.hash, bodies: [change.body],
      signatures: [Batch.HeadSignature(n: change.n, signature: signature)])
    #expect(try witness.take([side]).new == 1)
    _ = try witness.edit(id, operations: [.set("title", to: "更正")], operatorName: "")
    for place in ["甲", "乙", "丙"] { try set(cloned, id, place) }
    _ = try await sync(cloned, region)
    _ = try region.revoke(node.description, reason: "克隆")
    _ = try await sync(witness, region)
    _ = try writer.edit(id, operations: [.set("title", to: "另")], operatorName: "")
    _ = try await sync(writer, region)
    _ = try await sync(witness, region)
    for office in [region, witness, writer] {
      #expect(try conflicts(office) == ["title"], "\(office.facts.name)")
    }
    // The head that is honoured comes last.
    try late.take(try batches(region, of: region.facts.node, in: .notices))
    try late.take(trunk)
    try late.take(try batches(region, of: witness.facts.node) + batches(region, of: writer.facts.node))
    #expect(try conflicts(late).isEmpty)
    try late.take(try batches(region, of: node))
    #expect(try conflicts(late) == ["title"])
  }

  private func batches(_ holder: LocalNode, of node: NodeID, in section: Space.Section = .records) throws
    -> [Batch]
  {
    try holder.store.read { snapshot in
      try snapshot.outgoing(
        after: 0, scope: { $0.section == section }, excluding: nil, held: HeldRanges(), limit: 1 << 20
      ).batches
    }.filter { $0.log.node == node }
  }

  /// What was only not handed on yet opens no conflict.
  @Test func aMiddleEditOnItsWayOpensNone() async throws {
    let writer = try offices.enrolled("540100", "拉萨市局")
    let witness = try offices.enrolled("540100", "见证")
    let id = try writer.addTraining("会")
    _ = try await sync(writer, region)
    _ = try await sync(witness, region)
    try set(writer, id, "甲")
    _ = try await sync(writer, witness)
    try set(witness, id, "乙")
    // The correction alone: a stick may bring one log and not the other.
    let batches = try witness.store.read { snapshot in
      try snapshot.outgoing(
        after: 0, scope: { $0.section == .records }, excluding: nil, held: HeldRanges(), limit: 1 << 20
      ).batches
    }.filter { $0.log.node == witness.facts.node }
    try region.take(batches)
    let view = try region.store.read { try $0.record(prefix: id) }
    #expect(view.isIncomplete && view.incomplete == ["place"])
    #expect(try region.status(division: nil).incomplete == 1)
    #expect(try conflicts(region).isEmpty)
    _ = try await sync(writer, region)
    #expect(try conflicts(region).isEmpty)
    #expect(try region.field(id, "place") == .single(.text("乙")))
    #expect(try region.status(division: nil).incomplete == 0)
  }
}
