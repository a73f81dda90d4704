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

/// A store that was restored from an old backup holds less than it has signed for: those who kept its receipts notice,
/// offer again what it lost, and both sides say so.
@Suite struct LossTests {
  private let offices: TestOffices
  private let region: LocalNode
  private let lhasa: LocalNode
  private let folder = TemporaryFolder()

  init() throws {
    offices = try TestOffices()
    region = offices.region
    lhasa = try offices.enrolled("540100", "拉萨市局")
  }

  private func restored(_ node: LocalNode, after body: () async throws -> Void) async throws -> LocalNode {
    let name = folder.path + "/" + node.facts.name
    _ = try node.backup(to: name)
    try await body()
    return try LocalNode.restore(backup: name, into: name + "-restored")
  }

  private func restoration(_ node: LocalNode) throws -> LocalNode.Restoration {
    try #require(try node.status(division: nil).restoration)
  }

  private func expectAlike(_ one: LocalNode, _ other: LocalNode) throws {
    #expect(try one.fingerprint(of: "540100") == other.fingerprint(of: "540100"))
    for node in [one, other] { #expect(try node.verify().problems.isEmpty) }
  }

  /// Invariant 2: what a region has signed for comes back to it by itself, and it knows of whom it has not heard.
  @Test func invariant2ARestoredRegionGetsBackWhatItHadSignedFor() async throws {
    let shigatse = try offices.enrolled("540200", "日喀则市局")
    try lhasa.addTraining("备份之前")
    _ = try await sync(lhasa, region)
    let back = try await restored(region) {
      for title in ["备份之后", "又一场"] { try lhasa.addTraining(title) }
      let other = try shigatse.addTraining("日喀则")
      _ = try shigatse.edit(other, operations: [.set("title", to: "改")], operatorName: "")
      for node in [lhasa, shigatse] { _ = try await sync(node, region) }
    }
    #expect(try region.status(division: nil).restoration == nil)
    var account = try restoration(back)
    #expect(account.account == LossAccount(back: 0, out: 0) && account.isOpen)
    #expect(account.awaited == ["拉萨市局", "日喀则市局"].sorted())

    let (own, _) = try await sync(lhasa, back)
    #expect(own.converged && own.sentAgain == 2)
    account = try restoration(back)
    #expect(account.account == LossAccount(back: 2, out: 0) && account.awaited == ["日喀则市局"])
    let (other, _) = try await sync(shigatse, back)
    #expect(other.converged && other.sentAgain == 2)
    account = try restoration(back)
    #expect(account.account == LossAccount(back: 4, out: 0) && !account.isOpen)
    try expectAlike(lhasa, back)
    let (quiet, _) = try await sync(lhasa, back)
    #expect(quiet.converged && quiet.sent == 0 && quiet.sentAgain == 0)
    // What is new since is no loss.
    try lhasa.addTraining("新录入")
    let (new, _) = try await sync(lhasa, back)
    #expect(new.sent == 1 && new.sentAgain == 0)
  }

  /// A county that never spoke with the region hands in by its prefecture: with that it has been in touch. One that did is
  /// waited for, for what it gave the region itself may lie nowhere else.
  @Test func anOfficeBehindAHubIsHeardOfByIt() async throws {
    let hub = try offices.enrolled("540300", "昌都市局", mayEnrol: true)
    let behind = try offices.enrolled("540302", "卡若区局", by: hub)
    let both = try offices.enrolled("540321", "江达县局", by: hub)
    for (node, peer) in [(hub, region), (behind, hub), (hub, region)] { _ = try await sync(node, peer) }
    for node in [lhasa, both] { _ = try await sync(node, region) }
    let back = try await restored(region) {
      try behind.addTraining("备份之后")
      _ = try await sync(behind, hub)
      _ = try await sync(hub, region)
    }
    #expect(try restoration(back).awaited == ["拉萨市局", "昌都市局", "卡若区局", "江达县局"].sorted())
    for node in [hub, lhasa] { _ = try await sync(node, back) }
    #expect(try restoration(back).awaited == ["江达县局"])
    #expect(try restoration(back).account.back > 0 && restoration(back).account.out == 0)
    _ = try await sync(both, back)
    #expect(try !restoration(back).isOpen)
  }

  /// What was announced and has not come yet stands in `status` as still out.
  @Test func whatHasNotComeIsStillOut() async throws {
    try lhasa.addTraining("一")
    _ = try await sync(lhasa, region)
    let back = try await restored(region) {
      for number in 0..<5 { try lhasa.addTraining("之后\(number)") }
      _ = try await sync(lhasa, region)
    }
    let theirs = try StorePort(
      back, peer: TrustedPeer(chain: lhasa.identity.chain.map(\.der), node: back), isInitiator: false)
    let mine = try StorePort(
      lhasa, peer: TrustedPeer(chain: back.identity.chain.map(\.der), node: lhasa), isInitiator: true)
    guard case .planned(let plan)? = try mine.perform(.plan(theirs.hello(watches: false))) else {
      Issue.record("nothing was planned")
      return
    }
    #expect(!plan.offer.receipts.isEmpty && !plan.offer.ranges.isEmpty)
    // Receipts that are not its own, or that somebody made up, say nothing.
    let signed = plan.offer.receipts[0]
    var altered = signed
    altered[70] ^= 1
    let heads = try Receipt(encoded: signed).heads
    let foreign = try Receipt(signer: lhasa.facts.node, time: 1, heads: heads) {
      try lhasa.identity.key.sign($0)
    }
    let madeUp = try Receipt(signer: back.facts.node, time: 1, heads: heads) {
      try lhasa.identity.key.sign($0)
    }
    _ = try theirs.perform(.noteLosses([altered, foreign.encoded, madeUp.encoded, [1, 2, 3]]))
    #expect(try restoration(back).account == LossAccount(back: 0, out: 0))
    _ = try theirs.perform(.noteLosses(plan.offer.receipts))
    // The link ends here.
    #expect(try restoration(back).account == LossAccount(back: 0, out: 5))
    let (own, _) = try await sync(lhasa, back)
    #expect(own.converged && own.sentAgain == 5)
    #expect(try restoration(back).account == LossAccount(back: 5, out: 0))
    try expectAlike(lhasa, back)
  }

  /// What it signed for may lie far behind other things that it lacks; and heads may be exchanged first.
  @Test func receiptsGoAlongHoweverFarBehindTheyLie() async throws {
    _ = try await sync(lhasa, region)
    let back = try await restored(region) {
      let notes = String(repeating: "长", count: 20_000)
      for number in 0..<10 {
        let id = try region.addTraining("自治区\(number)", division: "540100")
        _ = try region.edit(id, operations: [.set("notes", to: notes)], operatorName: "")
      }
      _ = try await sync(lhasa, region)
      try lhasa.addTraining("之后")
      _ = try await sync(lhasa, region)
    }
    let theirs = try StorePort(
      back, peer: TrustedPeer(chain: lhasa.identity.chain.map(\.der), node: back), isInitiator: false)
    func offer(_ effect: Session.Effect, _ port: StorePort) throws -> Offer? {
      guard case .planned(let plan)? = try port.perform(effect) else { return nil }
      return plan.offer
    }
    func port() throws -> StorePort {
      try StorePort(
        lhasa, peer: TrustedPeer(chain: back.identity.chain.map(\.der), node: lhasa), isInitiator: true)
    }
    let first = try lhasa.store.read { snapshot in
      try snapshot.outgoing(
        after: theirs.hello(watches: false).cursor?.arrival ?? 0, scope: { _ in true }, excluding: nil,
        held: HeldRanges(), signedFor: snapshot.receiptedRanges(by: back.facts.node), limit: Limits.offerBytes
      )
    }
    #expect(!first.isLast && first.signedForCount == 0)
    let planned = try #require(try offer(.plan(theirs.hello(watches: false)), port()))
    #expect(!planned.receipts.isEmpty)
    let byHeads = try #require(try offer(.planByHeads, port()))
    #expect(!byHeads.receipts.isEmpty)
    let (own, _) = try await sync(lhasa, back)
    #expect(own.converged && own.sentAgain == 1)
    #expect(try restoration(back).account == LossAccount(back: 1, out: 0))
    try expectAlike(lhasa, back)
  }

  /// A hub that was set back in its place learns of it by its own receipts, and writes under another epoch.
  @Test func aHubThatWasSetBackLearnsOfItByItsReceipts() async throws {
    let hub = Computer(try offices.enrolled("540100", "拉萨市局二号", mayEnrol: true))
    let county = try offices.enrolled("540121", "林周县局", by: hub.node())
    try county.addTraining("一")
    _ = try await sync(county, hub.node())
    let data = try hub.saved()
    for title in ["二", "三"] { try county.addTraining(title) }
    _ = try await sync(county, hub.node())
    try hub.setBack(to: data)
    let before = try hub.node().store.read { try ($0.meta(.storeID), $0.meta(.epoch)) }
    let (own, theirs) = try await sync(county, hub.node())
    #expect(own.converged && own.sentAgain == 2 && theirs.wasSetBack)
    let after = try hub.node().store.read { try ($0.meta(.storeID), $0.meta(.epoch)) }
    #expect(before.0 != after.0 && before.1 != after.1)
    #expect(try restoration(hub.node()).account == LossAccount(back: 2, out: 0))
    let (quiet, _) = try await sync(county, hub.node())
    #expect(quiet.converged && quiet.sentAgain == 0)
    #expect(try county.fingerprint(of: "540121") == hub.node().fingerprint(of: "540121"))
  }

  /// Who got something by another way has not lost it, nor has one to whom the sender is another store by now.
  @Test func whatIsHeldIsNotSentAgain() async throws {
    _ = try await sync(lhasa, region)
    try lhasa.addTraining("在优盘上")
    let stick = folder.path + "/a.tzb"
    _ = try lhasa.makeBundle(for: region.facts.node.description, sinceLast: false, to: stick)
    _ = try region.merge([stick], decide: nil, operatorName: "", progress: { _ in })
    for _ in 0..<2 {
      let (own, theirs) = try await sync(lhasa, region)
      #expect(own.converged && own.sentAgain == 0 && !theirs.wasSetBack)
    }
    let moved = folder.path + "/moved"
    try FileManager.default.copyItem(atPath: lhasa.store.folder, toPath: moved)
    let copy = try LocalNode(opening: moved)
    let (own, theirs) = try await sync(copy, region)
    #expect(own.converged && own.sent == 0 && own.sentAgain == 0 && theirs.regained == 0)
    #expect(try region.status(division: nil).restoration == nil)
  }

  /// Invariant 3: an office that was restored and went on at once loses neither what it wrote before nor since.
  @Test func invariant3ARestoredOfficeThatWentOnLosesNothing() async throws {
    let id = try lhasa.addTraining("原题")
    _ = try await sync(lhasa, region)
    let back = try await restored(lhasa) {
      _ = try lhasa.edit(id, operations: [.set("title", to: "备份之后")], operatorName: "")
      try lhasa.addTraining("备份之后又一场")
      _ = try await sync(lhasa, region)
    }
    _ = try back.edit(id, operations: [.set("title", to: "恢复之后")], operatorName: "")
    try back.addTraining("恢复之后又一场")
    let (own, _) = try await sync(back, region)
    #expect(own.converged && own.regained == 2 && own.sent == 2 && own.sentAgain == 0, "\(own)")
    for node in [back, region] {
      #expect(try node.store.read { try $0.recordCount() } == 3)
      let open = try node.conflicts(RecordFilter())
      #expect(open.map(\.field) == ["title"] && open.first?.candidates.count == 2)
    }
    try expectAlike(back, region)
    let (quiet, _) = try await sync(back, region)
    #expect(quiet.regained == 0 && quiet.sent == 0)
  }

  /// Two processes of one store sign one log, one after the other: it does not fork.
  @Test func twoProcessesOfOneStoreWriteOneLog() async throws {
    let second = try LocalNode(opening: lhasa.store.folder)
    await withThrowingTaskGroup(of: Void.self) { group in
      for node in [lhasa, second] {
        group.addTask { for number in 0..<25 { try node.addTraining("\(number)") } }
      }
    }
    let heads = try lhasa.store.read { try $0.heads(of: lhasa.facts.node) }.filter {
      $0.log.space.section == .records
    }
    #expect(heads.map(\.n) == [50])
    #expect(try lhasa.verify().problems.isEmpty)
    let (own, _) = try await sync(second, region)
    #expect(own.converged && own.sent == 50 && !own.wasSetBack && own.regained == 0)
  }
}
