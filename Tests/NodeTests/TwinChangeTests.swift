import Ledger
import Store
import TestSupport
import Testing
import Trust

@testable import Node

/// Two changes of one log with one number and one hash prefix, by which others name them. To make two takes 2^32 hashes,
/// which a hostile author has; here a change is handed to the store with a hash that is not its own.
@Suite struct TwinChangeTests {
  private let key: NodeKey
  private let record = RecordID(milliseconds: 1, random: (1, 1))

  init() throws { key = try NodeKey.generate() }

  private func batch(
    _ head: inout LogHead, _ mutations: [Mutation], like twin: Hash256? = nil
  ) throws -> VerifiedBatch {
    let start = head
    let content = ChangeContent(time: Int64(head.n) + 1, mutations: mutations)
    let (made, signature) = try head.append(content, seed: [UInt8](repeating: 7, count: 16)) {
      try key.sign($0)
    }
    guard let twin else {
      return VerifiedBatch(own: made, content: content, signature: signature, after: start)
    }
    let hash = Hash256(word0: twin.prefix, word1: 1, word2: 2, word3: 3)
    head = LogHead(log: made.log, n: made.n, hash: hash, time: made.time)
    let change = Change(log: made.log, n: made.n, hash: hash, time: made.time, body: made.body)
    return VerifiedBatch(own: change, content: content, signature: signature, after: start)
  }

  private struct Forked {
    var first: VerifiedBatch
    var one: VerifiedBatch
    var twin: VerifiedBatch
    /// Follows the twin.
    var further: VerifiedBatch
  }

  private func forked() throws -> Forked {
    let space = Space(division: DivisionCode("540100")!, section: .records)
    var head = LogHead(emptyLog: LogID(node: key.nodeID, space: space, epoch: 1))
    let first = try batch(&head, [ForkedLog.creation(record, "会")])
    var fork = head
    let one = try batch(&head, [ForkedLog.edit(.id(record), "甲")])
    let twin = try batch(&fork, [ForkedLog.edit(.id(record), "乙")], like: head.hash)
    let further = try batch(&fork, [ForkedLog.edit(.id(record), "丙")])
    return Forked(first: first, one: one, twin: twin, further: further)
  }

  private func node(_ folder: TemporaryFolder, _ name: Int) throws -> LocalNode {
    try LocalNode.create(
      folder: folder.path + "/\(name)", division: "540100", name: "\(name)", isRegion: false)
  }

  private func fingerprint(_ node: LocalNode) throws -> Hash256 {
    try node.store.read { try $0.fingerprint { $0.section == .records } }
  }

  @Test func invariant1TwoOfOneNameCutTheirLog() throws {
    let log = try forked()
    let colleague = try NodeKey.generate()
    var own = LogHead(
      emptyLog: LogID(node: colleague.nodeID, space: log.one.end.log.space, epoch: 1))
    let start = own
    let content = ChangeContent(
      time: 9,
      mutations: [
        ForkedLog.edit(.id(record), "定", superseding: [Dot(change: log.one.end.ref, k: 1)])
      ])
    let (change, signature) = try own.append(content, seed: [UInt8](repeating: 7, count: 16)) {
      try colleague.sign($0)
    }
    let answer = VerifiedBatch(own: change, content: content, signature: signature, after: start)
    let folder = TemporaryFolder()
    var prints: Set<Hash256> = []
    for (number, order) in [
      [log.first, log.one, log.twin, log.further, answer],
      [log.first, answer, log.twin, log.one, log.further],
      [answer, log.first, log.twin, log.further, log.one],
    ].enumerated() {
      let node = try node(folder, number)
      // Invariant 7: each of the two is told from the other when it comes again.
      for batch in order + order { try node.store.write { _ = try $0.append(batch, source: 9) } }
      #expect(try node.cuts() == [log.one.end.log: 1], "\(number)")
      let beyond = try #require(try node.store.read { try $0.cutLogs().first?.beyondCut })
      #expect(beyond.branches == 2 && beyond.changes == 3 && beyond.isAmbiguous, "\(number)")
      prints.insert(try fingerprint(node))
    }
    #expect(prints.count == 1)
  }

  /// What honours one of the two by its name honours both, whichever came first.
  @Test func invariant1WhatNamesOneOfThemNamesBoth() throws {
    let log = try forked()
    let honoured = Honoured.only([[log.one.end.log: [log.one.end.ref]]])
    let folder = TemporaryFolder()
    var prints: Set<Hash256> = []
    for (number, order) in [[log.one, log.twin, log.further], [log.twin, log.further, log.one]].enumerated() {
      let node = try node(folder, number)
      for batch in [log.first] + order { try node.store.write { _ = try $0.append(batch, source: 9) } }
      _ = try node.store.write {
        try $0.honour(honoured, of: log.one.end.log.node, reason: "revoked", at: 0)
      }
      #expect(try node.cuts() == [log.one.end.log: 1], "\(number)")
      prints.insert(try fingerprint(node))
    }
    #expect(prints.count == 1)
  }
}
