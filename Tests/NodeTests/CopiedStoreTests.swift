import Campaign
import Foundation
import Ledger
import Replication
import Store
import TestSupport
import Testing
import Trust

@testable import Node

/// A store folder that was copied (a cloned disk, `cp -r`): two stores of one author, and both are used.
@Suite struct CopiedStoreTests {
  private func copy(_ node: LocalNode, to name: String, in folder: TemporaryFolder) throws -> LocalNode {
    try FileManager.default.copyItem(atPath: node.store.folder, toPath: folder.path + "/" + name)
    return try LocalNode(opening: folder.path + "/" + name)
  }

  private func names(_ node: LocalNode) throws -> (epoch: [UInt8]?, store: [UInt8]?) {
    try node.store.read { (try $0.meta(.epoch), try $0.meta(.storeID)) }
  }

  @Test func aCopyTakesAnEpochAndAStoreIDOfItsOwn() throws {
    let offices = try TestOffices()
    let folder = TemporaryFolder()
    let original = try offices.enrolled("540100", "拉萨市局")
    let before = try names(original)
    let twin = try copy(original, to: "twin", in: folder)
    #expect(try names(twin).epoch != before.epoch && names(twin).store != before.store)
    // It stays what it became, and so does the original.
    let again = try LocalNode(opening: twin.store.folder)
    #expect(try names(again) == names(twin))
    #expect(try names(LocalNode(opening: original.store.folder)) == before)
  }

  /// Invariants 1, 3 and 6: both go on, both sync by turns, and nothing is lost or forked.
  @Test func invariant3ACopyAndItsOriginalBothGoOnAndConverge() async throws {
    let offices = try TestOffices()
    let region = offices.region
    let folder = TemporaryFolder()
    let original = try offices.enrolled("540100", "拉萨市局")
    let shared = try original.addTraining("复制之前")
    _ = try await sync(original, region)
    let twin = try copy(original, to: "twin", in: folder)
    for (node, title) in [(original, "原件录入"), (twin, "副本录入")] {
      try node.addTraining(title)
      _ = try node.edit(shared, operations: [.increment("participants", by: "5")], operatorName: "")
    }
    for node in [original, twin, original, twin] { _ = try await sync(node, region) }
    for node in [original, twin, region] {
      #expect(try node.fingerprint(of: "540100") == region.fingerprint(of: "540100"))
      #expect(try node.store.read { try $0.recordCount() } == 3)
      #expect(try node.field(shared, "participants") == .tally(10))
      #expect(try node.verify().problems.isEmpty)
    }
    // Who syncs on his own again has nothing to repeat.
    _ = try await sync(original, region)
    let (quiet, _) = try await sync(original, region)
    #expect(quiet.sent == 0 && quiet.received == 0 && quiet.converged)
  }

  /// A session of the copy that is cut short must not make the region forget what it still owes it.
  @Test func aCopyIsStillOwedWhatItsOriginalWroteAfterItHasSentItself() async throws {
    let offices = try TestOffices()
    let region = offices.region
    let folder = TemporaryFolder()
    let original = try offices.enrolled("540100", "拉萨市局")
    _ = try await sync(original, region)
    let twin = try copy(original, to: "twin", in: folder)
    try original.addTraining("原件录入")
    _ = try await sync(original, region)
    try twin.addTraining("副本录入")
    // The region takes the copy's change in, and the link ends before it has sent anything.
    let port = try StorePort(
      region, peer: TrustedPeer(chain: twin.identity.chain.map(\.der), node: region), isInitiator: false)
    let toRegion = try StorePort(
      twin, peer: TrustedPeer(chain: region.identity.chain.map(\.der), node: twin), isInitiator: true)
    _ = try toRegion.perform(.plan(port.hello(watches: false)))
    guard case .loaded(let loaded, _)? = try toRegion.perform(.load), let frame = loaded
    else {
      Issue.record("the copy has nothing to send")
      return
    }
    _ = try port.perform(.commit(frame))
    let (summary, _) = try await sync(twin, region)
    #expect(summary.received == 1 && summary.converged)
    #expect(try twin.store.read { try $0.recordCount() } == 2)
  }

  /// A store that was set back to a backup gets from its peers what it lacks of its own history.
  @Test func anOfficeThatWasRestoredTakesItsOwnHistoryBack() async throws {
    let offices = try TestOffices()
    let region = offices.region
    let folder = TemporaryFolder()
    let office = try offices.enrolled("540100", "拉萨市局")
    _ = try await sync(office, region)
    _ = try office.backup(to: folder.path + "/b")
    try office.addTraining("备份之后")
    _ = try await sync(office, region)
    let restored = try LocalNode.restore(backup: folder.path + "/b", into: folder.path + "/restored")
    #expect(try restored.store.read { try $0.recordCount() } == 0)
    let (summary, _) = try await sync(restored, region)
    #expect(summary.received == 1 && summary.converged)
    #expect(try restored.fingerprint(of: "540100") == region.fingerprint(of: "540100"))
  }
}
