import Foundation
import Ledger
import Store
import Synchronization
import TestSupport
import Testing
import Trust

@testable import Node

/// What an office believes that the region holds is what the region said last, in the order in which it signed: whatever
/// its clock said, however often it was restored, in whichever order the receipts come, by whom.
@Suite struct ReceiptOrderTests {
  private static let day: Int64 = 86_400_000

  private final class Clock: Sendable {
    private let offset = Mutex<Int64>(0)
    func set(days: Int64) { offset.withLock { $0 = days * ReceiptOrderTests.day } }
    var surroundings: Surroundings {
      Surroundings(
        now: { Surroundings.system.now() + self.offset.withLock { $0 } }, random: Surroundings.system.random)
    }
  }

  /// One receipt on its way, and how much of the office's log it says.
  private struct Signed {
    enum Way {
      /// All that the region holds.
      case stick(String)
      /// Handed on by another office.
      case relay([UInt8])
    }
    var way: Way
    var n: UInt64
    var isWhole: Bool { if case .stick = way { true } else { false } }
  }

  /// The region, the office, what is on its way between them.
  private final class Post {
    let folder = TemporaryFolder()
    /// Its folders, with the keys, last as long as it does.
    private let offices: TestOffices
    let clock = Clock()
    let lhasa: LocalNode
    let other: LocalNode
    let log: LogID
    var region: LocalNode
    var backup: String?
    var signed: [Signed] = []
    /// Numbers of those that have come, in the order in which they were signed.
    var delivered: Set<Int> = []
    private var count = 0

    init() throws {
      offices = try TestOffices()
      lhasa = try offices.enrolled("540100", "拉萨市局")
      other = try offices.enrolled("540500", "山南市局")
      region = try LocalNode(opening: offices.region.store.folder, surroundings: clock.surroundings)
      try lhasa.addTraining("一")
      log = try #require(
        lhasa.store.read { try $0.heads(of: $0.meta(.node).flatMap { NodeID($0) }!) }
          .first { $0.log.space.section == .records }
      ).log
      try carryUp(isWhole: true)
    }

    private func path() -> String {
      count += 1
      return folder.path + "/\(count)"
    }

    @discardableResult
    func carry(_ path: String, to node: LocalNode) throws -> Int {
      let report = try node.merge([path], decide: nil, operatorName: "", progress: { _ in })
      let source = try #require(report.sources.first)
      #expect(source.error == nil)
      return source.takenBack.changes
    }

    func carryUp(isWhole: Bool) throws {
      let path = path()
      _ = try lhasa.makeBundle(for: region.facts.node.description, sinceLast: !isWhole, to: path)
      try carry(path, to: region)
    }

    var held: UInt64 {
      get throws { try region.store.read { try $0.heads(ofBranchesOf: log) }.first?.n ?? 0 }
    }
    var own: UInt64 { get throws { try lhasa.store.read { try $0.heads(ofBranchesOf: log) }.first?.n ?? 0 } }
    var believed: UInt64 {
      get throws {
        try lhasa.store.read { try $0.receiptLines(by: region.facts.node) }.filter { $0.log == log }
          .map(\.n).max() ?? 0
      }
    }

    func signStick() throws {
      let path = path()
      _ = try region.makeBundle(for: lhasa.facts.node.description, sinceLast: true, to: path)
      signed.append(Signed(way: .stick(path), n: try held))
    }

    func signAlone() throws {
      let head = try #require(region.store.read { try $0.heads(ofBranchesOf: log) }.first)
      let receipt = try region.store.write { commit in
        try region.receipt(for: [head], at: commit.nextSigning(now: region.surroundings.now()))
      }
      signed.append(Signed(way: .relay(receipt.encoded), n: head.n))
    }

    func deliver(_ number: Int) throws {
      switch signed[number].way {
      case .stick(let path): try carry(path, to: lhasa)
      case .relay(let bytes):
        let port = try StorePort(
          lhasa, peer: TrustedPeer(chain: other.identity.chain.map(\.der), node: lhasa), isInitiator: true)
        try port.keepReceipts([bytes])
      }
      delivered.insert(number)
    }

    /// What the region said by the last receipt that has come and names all, and since.
    var said: UInt64 {
      let whole = delivered.filter { signed[$0].isWhole }.max() ?? 0
      return delivered.filter { $0 >= whole }.map { signed[$0].n }.max() ?? 0
    }

    func saveBackup() throws {
      let path = path()
      _ = try region.backup(to: path)
      backup = path
    }

    /// Once: a second store out of one backup knows no more than the first one did.
    func restore() throws {
      guard let backup else { return }
      self.backup = nil
      region = try LocalNode.restore(backup: backup, into: path(), surroundings: clock.surroundings)
    }
  }

  /// Invariant 2: what the region lost is never believed to be there for good, and what it holds is in the end.
  @Test(arguments: 0..<12) func invariant2WhatWasSignedLastIsBelieved(seed: Int) throws {
    var random = SeededRandom(seed: UInt64(seed))
    let post = try Post()
    for step in 0..<60 {
      switch Int.random(in: 0..<17, using: &random) {
      case 0..<3: try post.lhasa.addTraining("记录\(step)")
      case 3..<5: try post.carryUp(isWhole: true)
      case 5..<7: post.clock.set(days: [-3650, -1, 0, 0, 1, 300].randomElement(using: &random)!)
      case 7..<9: try post.signStick()
      case 9..<11: try post.signAlone()
      case 11: try post.saveBackup()
      case 12..<14: try post.restore()
      default:
        guard !post.signed.isEmpty else { continue }
        try post.deliver(Int.random(in: 0..<post.signed.count, using: &random))
        #expect(try post.believed == post.said, "step \(step)")
      }
    }
    try post.signStick()
    for number in post.signed.indices.shuffled(using: &random) {
      try post.deliver(number)
      #expect(try post.believed == post.said, "receipt \(number)")
    }
    #expect(try post.believed == post.held)
    // What is not there is carried up unasked.
    try post.carryUp(isWhole: false)
    try post.signStick()
    try post.deliver(post.signed.count - 1)
    #expect(try post.held == post.own && post.believed == post.own)
    #expect(try post.lhasa.status(division: nil).unsent == 0)
  }

  /// Days by which the region's clock is off, before it is restored and after.
  private static let clocks = [(0, 0), (300, 0), (0, -3650), (300, -3650), (-3650, 0)]

  /// Invariant 2: what was signed before a restore does not count again once the region has said what it holds since.
  @Test(arguments: clocks, [false, true]) func invariant2WhatWasLostIsNotBelievedAgain(
    days: (before: Int, after: Int), isSeen: Bool
  ) throws {
    let post = try Post()
    try post.saveBackup()
    post.clock.set(days: Int64(days.before))
    try post.lhasa.addTraining("二")
    try post.carryUp(isWhole: true)
    try post.signStick()
    // A term that the backup does not know of.
    post.clock.set(days: Int64(days.before) - 2)
    try post.signAlone()
    if isSeen { for late in 0..<2 { try post.deliver(late) } }
    post.clock.set(days: Int64(days.after))
    try post.restore()
    try post.signStick()
    try post.deliver(2)
    #expect(try post.believed == 1)
    for late in 0..<2 {
      try post.deliver(late)
      #expect(try post.believed == 1)
    }
    #expect(try post.lhasa.status(division: nil).unsent > 0)
  }

  /// The word of a clock that was ahead shuts nothing out that was signed once it was right.
  @Test func aClockThatWasAheadShutsNothingOut() throws {
    let post = try Post()
    post.clock.set(days: 10)
    try post.signStick()
    post.clock.set(days: 0)
    try post.lhasa.addTraining("二")
    try post.carryUp(isWhole: true)
    try post.signAlone()
    try post.deliver(0)
    #expect(try post.believed == 1)
    try post.deliver(1)
    #expect(try post.believed == 2)
  }

  /// Nothing tells a second store out of one backup that there was a first: it hears of it by the next stick.
  @Test func whoWasRestoredTwiceIsHeardOnceItKnows() throws {
    let post = try Post()
    try post.saveBackup()
    let backup = post.backup
    try post.lhasa.addTraining("二")
    post.clock.set(days: 300)
    try post.restore()
    try post.carryUp(isWhole: true)
    try post.signStick()
    try post.deliver(0)
    #expect(try post.believed == 2)
    post.clock.set(days: 0)
    post.backup = backup
    try post.restore()
    try post.signStick()
    try post.deliver(1)
    #expect(try post.believed == 2)
    try post.carryUp(isWhole: false)
    try post.signStick()
    try post.deliver(2)
    #expect(try post.believed == 1 && post.held == 1)
    try post.carryUp(isWhole: false)
    try post.signStick()
    try post.deliver(3)
    #expect(try post.believed == 2 && post.held == 2)
  }

  /// A store that was set back in its place does not know of it, and its clock may be behind: it hears by the next stick
  /// what it signed, and is heard again.
  @Test func whoWasSetBackIsHeardOnceItKnows() throws {
    let offices = try TestOffices()
    let hub = Computer(try offices.enrolled("540100", "拉萨市局", mayEnrol: true))
    let county = try offices.enrolled("540121", "林周县局", by: hub.node())
    let folder = TemporaryFolder()
    var sticks = 0
    func carry(_ maker: LocalNode, _ taker: LocalNode) throws -> LocalNode.MergeSource {
      sticks += 1
      let path = folder.path + "/\(sticks)"
      _ = try maker.makeBundle(for: taker.facts.node.description, sinceLast: true, to: path)
      let report = try taker.merge([path], decide: nil, operatorName: "", progress: { _ in })
      return try #require(report.sources.first)
    }
    try county.addTraining("一")
    _ = try carry(county, hub.node())
    let saved = try hub.saved()
    try county.addTraining("二")
    _ = try carry(county, hub.node())
    _ = try carry(hub.node(), county)
    #expect(try county.status(division: nil).unsent == 0)
    try hub.setBack(to: saved)
    let clock = Clock()
    clock.set(days: -3650)
    let behind = try LocalNode(opening: hub.folder, surroundings: clock.surroundings)
    #expect(try carry(behind, county).takenBack.changes == 0)
    #expect(try carry(county, behind).wasSetBack)
    #expect(try carry(behind, county).takenBack.changes == 1)
    #expect(try county.status(division: nil).unsent == 1)
    _ = try carry(county, behind)
    _ = try carry(behind, county)
    #expect(try county.status(division: nil).unsent == 0)
    #expect(try behind.ids(titled: "二").count == 1)
  }

  /// It holds again what it lost, and has said so before an older stick comes that says the loss.
  @Test func whatIsSaidOnceMoreIsNotTakenBackByAnOlderWord() throws {
    let post = try Post()
    try post.signStick()
    try post.deliver(0)
    try post.saveBackup()
    for title in ["二", "三"] { try post.lhasa.addTraining(title) }
    try post.carryUp(isWhole: true)
    try post.signAlone()
    try post.deliver(1)
    let all = try post.believed
    try post.restore()
    try post.signStick()
    try post.carryUp(isWhole: true)
    try post.signAlone()
    try post.deliver(3)
    // The stick of before it was brought back.
    guard case .stick(let late) = post.signed[2].way else { return }
    #expect(try post.carry(late, to: post.lhasa) == 0)
    #expect(try post.believed == all && post.held == all)
  }

  /// So its signer can be shown what it signed last, though it says nothing that was not said before.
  @Test func whatIsSaidOnceMoreIsKeptAsTheLaterWord() throws {
    let post = try Post()
    try post.signStick()
    try post.deliver(0)
    let first = try post.lhasa.store.read { try $0.receiptLines(by: post.region.facts.node) }.map(\.at).max()
    post.clock.set(days: 1)
    try post.signStick()
    try post.deliver(1)
    let second = try post.lhasa.store.read { try $0.receiptLines(by: post.region.facts.node) }.map(\.at).max()
    #expect(try #require(second) > #require(first))
  }
}
