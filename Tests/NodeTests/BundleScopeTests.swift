import Foundation
import Ledger
import Replication
import Store
import TestSupport
import Testing
import Trust
import Wire

@testable import Node

/// Invariant 5 for a stick: what a maker had no right to write is set aside, whoever sealed it, and the rest goes in.
@Suite struct BundleScopeTests {
  /// The first change of a log, signed by the one that is to be its author.
  private func batch(_ title: String, in division: String, by author: LocalNode) throws -> Batch {
    let space = Space(division: try #require(DivisionCode(division)), section: .records)
    var head = LogHead(emptyLog: LogID(node: author.facts.node, space: space, epoch: 1))
    let mutation = Mutation(
      target: .id(RecordID(milliseconds: 1_756_700_000_000, random: (1, UInt64(title.utf8.count)))),
      creation: Creation(kind: KindName(lineage: "xz-quality-month", code: "training")),
      writes: [CellWrite(cell: 1, content: .register(.text(title)))])
    let (change, signature) = try head.append(
      ChangeContent(time: 1_756_700_000_000, mutations: [mutation]),
      seed: [UInt8](repeating: 7, count: 16), sign: { try author.identity.key.sign($0) })
    return Batch(
      log: change.log, startN: 0, startHash: .zero, bodies: [change.body],
      signatures: [Batch.HeadSignature(n: 1, signature: signature)])
  }

  @Test func invariant10NobodyPacksForWhoWasRevoked() throws {
    let offices = try TestOffices()
    let office = try offices.enrolled("540200", "日喀则市局")
    let folder = TemporaryFolder()
    let path = folder.path + "/包.tzb"
    func pack() throws {
      _ = try offices.region.makeBundle(for: office.facts.name, sinceLast: false, to: path)
    }
    try pack()
    try FileManager.default.removeItem(atPath: path)
    _ = try offices.region.revoke(office.facts.name, reason: "")
    let error = #expect(throws: NodeError.self) { try pack() }
    guard case .officeRevoked(office.facts.name, office.facts.node, true)? = error else {
      throw try #require(error)
    }
    #expect(!FileManager.default.fileExists(atPath: path))
    _ = try offices.region.reinstate(office.facts.name)
    try pack()
  }

  @Test func invariant5WhatABundleBringsFromOutsideItsMakersScopeIsSetAside() throws {
    let offices = try TestOffices()
    let region = offices.region
    let rogue = try offices.enrolled("540200", "日喀则市局")
    let cursor = ArrivalCursor(
      store: [UInt8](repeating: 9, count: 16), arrival: 0, running: [UInt8](repeating: 0, count: 16))
    let batches = [
      try batch("越界", in: "540600", by: rogue), try batch("自己的一场", in: "540200", by: rogue),
    ]
    let frame = Message.changes(ChangesFrame(batches: batches, through: cursor)).encoded()
    let sealed = try SealedFile(UInt32(frame.count).bigEndianBytes + frame, from: rogue, to: region)
    let folder = TemporaryFolder()
    let path = folder.path + "/包.tzb"
    try Data(sealed.bytes).write(to: URL(fileURLWithPath: path))
    for round in 0..<2 {
      let report = try region.merge([path], decide: nil, operatorName: "", progress: { _ in })
      let source = try #require(report.sources.first)
      #expect(source.error == nil && source.rejected == 1, "\(source)")
      #expect(source.refused.map(\.reason) == ["out-of-scope"], "\(source)")
      #expect(source.applied == (round == 0 ? 1 : 0), "\(source)")
      #expect(report.hasLeftOut)
      let status = try region.status(division: nil)
      #expect(status.quarantined == 1 && status.records == 1)
      #expect(try region.ids(titled: "越界").isEmpty && region.ids(titled: "自己的一场").count == 1)
      let told = try region.diagnose(repairs: false) { _, _ in }
      #expect(told.problems.isEmpty && told.quarantine.map(\.reason) == ["out-of-scope"])
    }
  }
}
