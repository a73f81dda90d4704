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

  @Test func invariant1TwoOfOneNameCutTheirLog() throws {
    let space = Space(division: DivisionCode("540100")!, section: .records)
    var head = LogHead(emptyLog: LogID(node: key.nodeID, space: space, epoch: 1))
    let first = try batch(&head, [ForkedLog.creation(record, "会")])
    var fork = head
    let one = try batch(&head, [ForkedLog.edit(.id(record), "甲")])
    let twin = try batch(&fork, [ForkedLog.edit(.id(record), "乙")], like: head.hash)
    let further = try batch(&fork, [ForkedLog.edit(.id(record), "丙")])
    let colleague = try NodeKey.generate()
    var own = LogHead(emptyLog: LogID(node: colleague.nodeID, space: space, epoch: 1))
    let start = own
    let content = ChangeContent(
      time: 9,
      mutations: [
        ForkedLog.edit(.id(record), "定", superseding: [Dot(change: one.end.ref, k: 1)])
      ])
    let (change, signature) = try own.append(content, seed: [UInt8](repeating: 7, count: 16)) {
      try colleague.sign($0)
    }
    let answer = VerifiedBatch(own: change, content: content, signature: signature, after: start)
    let folder = TemporaryFolder()
    var prints: Set<Hash256> = []
    for (number, order) in [
      [first, one, twin, further, answer], [first, answer, twin, one, further],
      [answer, first, twin, further, one],
    ].enumerated() {
      let node = try LocalNode.create(
        folder: folder.path + "/\(number)", division: "540100", name: "\(number)", isRegion: false)
      // Invariant 7: each of the two is told from the other when it comes again.
      for batch in order + order { try node.store.write { _ = try $0.append(batch, source: 9) } }
      #expect(try node.cuts() == [head.log: 1], "\(number)")
      let beyond = try #require(try node.store.read { try $0.cutLogs().first?.beyondCut })
      #expect(beyond.branches == 2 && beyond.changes == 3, "\(number)")
      prints.insert(try node.store.read { try $0.fingerprint { $0.section == .records } })
    }
    #expect(prints.count == 1)
  }
}
