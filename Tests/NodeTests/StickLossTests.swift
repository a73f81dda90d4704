import Campaign
import Foundation
import Ledger
import Store
import TestSupport
import Testing
import Trust

@testable import Node

/// What a store lost whose only way is a stick: it learns of it by the bundles of those who kept its receipts, and they by
/// its own.
@Suite struct StickLossTests {
  private let offices: TestOffices
  private let folder = TemporaryFolder()

  init() throws { offices = try TestOffices() }

  @discardableResult
  private func carry(
    from maker: LocalNode, to taker: LocalNode, isWhole: Bool = false
  ) throws -> (changes: Int, source: LocalNode.MergeSource) {
    let path = folder.path + "/\(UUID()).tzb"
    let made = try maker.makeBundle(for: taker.facts.node.description, sinceLast: !isWhole, to: path)
    let report = try taker.merge([path], decide: nil, operatorName: "", progress: { _ in })
    return (made.manifest.changes, try #require(report.sources.first))
  }

  private func restoration(_ node: LocalNode) throws -> LocalNode.Restoration {
    try #require(try node.status(division: nil).restoration)
  }

  private func titles(_ node: LocalNode, _ titles: String...) throws -> [String] {
    try titles.filter { try !node.ids(titled: $0).isEmpty }
  }

  /// Invariant 2: nobody has to be told, by sticks either. What the region wrote for all comes back to it as well.
  @Test func invariant2ARestoredRegionGetsBackWhatItLostBySticks() throws {
    let region = offices.region
    let lhasa = try offices.enrolled("540100", "拉萨市局")
    try lhasa.addTraining("备份之前")
    try carry(from: lhasa, to: region)
    try carry(from: region, to: lhasa)
    _ = try region.backup(to: folder.path + "/旧")
    try lhasa.addTraining("备份之后")
    try announce(region)
    try carry(from: lhasa, to: region)
    try carry(from: region, to: lhasa)
    #expect(try lhasa.status(division: nil).unsent == 0)
    let back = try LocalNode.restore(backup: folder.path + "/旧", into: folder.path + "/恢复")

    // What goes on from there cannot be taken in, but says what is lost.
    try lhasa.addTraining("又一场")
    let (changes, refused) = try carry(from: lhasa, to: back)
    #expect(changes == 1 && refused.applied == 0)
    guard case BundleFault.gap(afterRestore: true)? = refused.error else {
      Issue.record("\(String(describing: refused.error))")
      return
    }
    #expect(try restoration(back).account == LossAccount(back: 0, out: 1))
    #expect(try restoration(back).awaited == ["拉萨市局"])

    // A stick back tells the office, and its next one carries all of it.
    #expect(try carry(from: back, to: lhasa).source.takenBack.changes == 1)
    #expect(try lhasa.status(division: nil).unsent == 2)
    let (again, taken) = try carry(from: lhasa, to: back)
    #expect(again > 2 && !taken.hasLeftOut && !taken.wasSetBack && taken.regained > 0, "\(taken)")
    #expect(try titles(back, "备份之前", "备份之后", "又一场", "通知").count == 4)
    let account = try restoration(back)
    #expect(account.account == LossAccount(back: 1, out: 0) && !account.isOpen && account.cause == .backup)
    // It was all of it, and nothing is carried twice.
    #expect(try carry(from: back, to: lhasa).source.takenBack.changes == 0)
    #expect(try lhasa.status(division: nil).unsent == 0)
    #expect(try carry(from: lhasa, to: back).changes == 0)
    #expect(try lhasa.fingerprint(of: "540100") == back.fingerprint(of: "540100"))
    for node in [lhasa, back] { #expect(try node.verify().problems.isEmpty) }
  }

  /// Invariant 2: a backup may be restored more than once, each time without a word of what was signed since.
  @Test func invariant2ARegionThatIsRestoredTwiceFromOneBackupIsBelievedTwice() throws {
    let county = try offices.enrolled("540102", "城关区局")
    _ = try offices.region.backup(to: folder.path + "/旧")
    try county.addTraining("一")
    try carry(from: county, to: offices.region)
    try carry(from: offices.region, to: county)
    for round in 1...3 {
      let back = try LocalNode.restore(backup: folder.path + "/旧", into: folder.path + "/恢复\(round)")
      #expect(try carry(from: back, to: county).source.takenBack.changes == 1, "\(round)")
      #expect(try county.status(division: nil).unsent == 1)
      try carry(from: county, to: back)
      #expect(try carry(from: back, to: county).source.takenBack.changes == 0)
      #expect(try county.status(division: nil).unsent == 0)
    }
  }

  /// Invariant 2: an office that was set back to before its first entry has no head to name by which others could see what it
  /// lacks of its own.
  @Test func invariant2WhoHasNothingOfItsOwnLeftGetsItBackToo() throws {
    let region = offices.region
    let county = try offices.enrolled("540102", "城关区局")
    try announce(region)
    try carry(from: region, to: county)
    _ = try county.backup(to: folder.path + "/旧")
    try county.addTraining("一")
    try carry(from: county, to: region)
    let back = try LocalNode.restore(backup: folder.path + "/旧", into: folder.path + "/恢复")
    #expect(try carry(from: region, to: back).changes == 0)
    try carry(from: back, to: region)
    try carry(from: region, to: back)
    #expect(try titles(back, "一") == ["一"])
    try carry(from: back, to: region)
    #expect(try carry(from: region, to: back).changes == 0)
  }

  private func announce(_ region: LocalNode) throws {
    _ = try region.add(
      kind: "training", division: nil, isNotice: true,
      operations: [
        .set("title", to: "通知"), .set("date", to: "2025-09-10"), .set("plan_items", to: "4.2"),
        .set("organiser", to: "自治区局"), .set("topic", to: "standards"),
      ], operatorName: "")
  }

  /// What once came by stick is not carried back because there is a network since.
  @Test func whereNothingWasLostNothingIsCarriedBack() async throws {
    let lhasa = try offices.enrolled("540100", "拉萨市局")
    try announce(offices.region)
    try carry(from: offices.region, to: lhasa)
    try lhasa.addTraining("一")
    try carry(from: lhasa, to: offices.region)
    _ = try await sync(lhasa, offices.region)
    #expect(try carry(from: lhasa, to: offices.region).changes == 0)
  }

  /// A stick that was long on its way takes nothing back of what was signed for since.
  @Test func anOlderReceiptTakesNothingBack() throws {
    let region = offices.region
    let lhasa = try offices.enrolled("540100", "拉萨市局")
    try lhasa.addTraining("一")
    try carry(from: lhasa, to: region)
    let late = folder.path + "/late.tzb"
    _ = try region.makeBundle(for: "拉萨市局", sinceLast: true, to: late)
    try lhasa.addTraining("二")
    try carry(from: lhasa, to: region)
    try carry(from: region, to: lhasa)
    let report = try lhasa.merge([late], decide: nil, operatorName: "", progress: { _ in })
    #expect(report.sources.map(\.takenBack.changes) == [0])
    #expect(try lhasa.status(division: nil).unsent == 0)
  }

  /// What a peer hands back of an office's own logs that signs for once, and names it no more: it has its own.
  @Test func whatAPeerHandedBackIsNoLoss() async throws {
    let (hub, county) = try hub()
    _ = try await sync(county, hub.node())
    for title in ["一", "二"] {
      _ = try hub.node().add(
        kind: "training", division: "540121", isNotice: false,
        operations: [
          .set("title", to: title), .set("date", to: "2025-09-10"), .set("plan_items", to: "4.2"),
          .set("organiser", to: "局"), .set("topic", to: "standards"),
        ], operatorName: "")
      _ = try await sync(hub.node(), offices.region)
      _ = try await sync(county, offices.region)
      _ = try await sync(county, hub.node())
      let (changes, source) = try carry(from: hub.node(), to: county, isWhole: true)
      #expect(changes > 0 && source.takenBack.changes == 0 && source.error == nil)
      #expect(try carry(from: county, to: hub.node(), isWhole: true).source.takenBack.changes == 0)
      #expect(try carry(from: county, to: hub.node()).changes == 0)
    }
  }

  private func names(_ node: LocalNode) throws -> [[UInt8]?] {
    try node.store.read { [try $0.meta(.storeID), try $0.meta(.epoch)] }
  }

  private func hub() throws -> (hub: Computer, county: LocalNode) {
    let hub = Computer(try offices.enrolled("540100", "拉萨市局", mayEnrol: true))
    return (hub, try offices.enrolled("540121", "林周县局", by: hub.node()))
  }

  /// A hub that was set back to before the second of two records came, for which it had signed.
  private func hubSetBack() throws -> (hub: Computer, county: LocalNode) {
    let (hub, county) = try hub()
    try county.addTraining("一")
    try carry(from: county, to: hub.node())
    let data = try hub.saved()
    try county.addTraining("二")
    try carry(from: county, to: hub.node())
    try carry(from: hub.node(), to: county)
    try hub.setBack(to: data)
    return (hub, county)
  }

  /// Nothing else tells one that was set back in its place and hears of it by a stick.
  @Test func aHubThatWasSetBackLearnsOfItByAStick() throws {
    let (hub, county) = try hubSetBack()
    let before = try names(hub.node())
    let (_, source) = try carry(from: county, to: hub.node(), isWhole: true)
    #expect(source.wasSetBack && source.hasLost && !source.hasLeftOut)
    #expect(try names(hub.node()) != before)
    let account = try restoration(hub.node())
    #expect(account.account == LossAccount(back: 1, out: 0) && account.cause == .setBackOrCopied)
    #expect(try !carry(from: county, to: hub.node(), isWhole: true).source.hasLost)
  }

  /// Its word that it lost something comes first, and what it had signed for comes to it all the same: so it counts what came
  /// back.
  @Test func whatCameBackIsCountedWhicheverStickCameFirst() throws {
    let region = offices.region
    let lhasa = try offices.enrolled("540100", "拉萨市局")
    try lhasa.addTraining("一")
    try carry(from: lhasa, to: region)
    _ = try region.backup(to: folder.path + "/b")
    for title in ["二", "三"] { try lhasa.addTraining(title) }
    try carry(from: lhasa, to: region)
    try carry(from: region, to: lhasa)
    let back = try LocalNode.restore(backup: folder.path + "/b", into: folder.path + "/back")
    #expect(try carry(from: back, to: lhasa).source.takenBack.changes == 2)
    #expect(try carry(from: lhasa, to: back).changes == 2)
    #expect(try restoration(back).account == LossAccount(back: 2, out: 0))
    try carry(from: back, to: lhasa)
    #expect(try carry(from: lhasa, to: back).changes == 0)
    #expect(try restoration(back).account == LossAccount(back: 2, out: 0))
    for node in [back, lhasa] { #expect(try node.verify().problems == []) }
  }

  /// What the bundle goes on from is lost: nothing of it comes in, and what it shows is told all the same.
  @Test func aBundleThatCannotBeTakenInTellsOfTheFallToo() throws {
    let (hub, county) = try hubSetBack()
    try county.addTraining("三")
    let (_, source) = try carry(from: county, to: hub.node())
    guard case BundleFault.gap? = source.error else {
      Issue.record("\(String(describing: source.error))")
      return
    }
    #expect(source.wasSetBack && source.hasLost && source.applied == 0)
  }

  /// Nobody gives an office what it may read no more: it does not stay missing for good.
  @Test func whatIsOutOfTheScopeByNowIsNotAccountedFor() async throws {
    let (computer, county) = try hubSetBack()
    try county.addTraining("三")
    try carry(from: county, to: computer.node())
    let hub = try computer.node()
    #expect(try restoration(hub).account == LossAccount(back: 0, out: 1))
    #expect(try offices.region.assign("拉萨市局", .init(reach: .nothing)).isNew)
    _ = try await sync(hub, offices.region)
    hub.tidyUp()
    #expect(try certifiedScope(hub).covered.map(\.description) == ["540100"])
    #expect(try restoration(hub).account == LossAccount(back: 0, out: 0))
  }

  /// Another store out of the same backup was in use before: what that one signed for is no fall of this one's.
  @Test func aSecondRestoreFromOneBackupIsARestore() async throws {
    let region = offices.region
    let lhasa = try offices.enrolled("540100", "拉萨市局")
    try lhasa.addTraining("一")
    _ = try await sync(lhasa, region)
    _ = try region.backup(to: folder.path + "/b")
    for number in 1...2 {
      let back = try LocalNode.restore(backup: folder.path + "/b", into: folder.path + "/back\(number)")
      try lhasa.addTraining("恢复 \(number)")
      _ = try await sync(lhasa, back)
      try lhasa.addTraining("之后 \(number)")
      _ = try await sync(lhasa, back)
      #expect(try restoration(back).cause == .backup || number == 1)
      #expect(try lhasa.fingerprint(of: "540100") == back.fingerprint(of: "540100"))
    }
  }

  /// A store that is set back once more is told once more, and what came back the first time is not counted again.
  @Test func aSecondFallIsNoticedToo() async throws {
    let (hub, county) = try hub()
    func hand(_ title: String) async throws -> (a: SessionSummary, b: SessionSummary) {
      try county.addTraining(title)
      return try await sync(county, hub.node())
    }
    _ = try await hand("一")
    let first = try hub.saved()
    _ = try await hand("二")
    _ = try await hand("三")
    try hub.setBack(to: first)
    #expect(try await hand("四").b.wasSetBack)
    #expect(try restoration(hub.node()).account == LossAccount(back: 2, out: 0))
    let since = try restoration(hub.node()).since
    let second = try hub.saved()
    _ = try await hand("五")
    try hub.setBack(to: second)
    let before = try names(hub.node())
    let (_, theirs) = try await hand("六")
    #expect(theirs.wasSetBack && theirs.hasLost)
    let after = try names(hub.node())
    #expect(after[0] != before[0] && after[1] != before[1])
    let account = try restoration(hub.node())
    #expect(account.account == LossAccount(back: 1, out: 0) && account.since > since)
    #expect(try titles(hub.node(), "一", "二", "三", "四", "五", "六").count == 6)
    let (_, quiet) = try await hand("七")
    #expect(!quiet.wasSetBack && !quiet.hasLost)
  }

  /// A copy lacks what its original has signed for, and was not restored; the original cannot tell a copy from a fall, and
  /// takes another epoch once and not each time.
  @Test func aCopyIsNotToldThatItWasRestored() async throws {
    let (original, county) = try hub()
    try county.addTraining("一")
    _ = try await sync(county, original.node())
    let hub = try original.node()
    try FileManager.default.copyItem(atPath: hub.store.folder, toPath: folder.path + "/copy")
    let copy = try LocalNode(opening: folder.path + "/copy")
    let before = try names(copy)
    try county.addTraining("二")
    _ = try await sync(county, hub)
    let (own, theirs) = try await sync(county, copy)
    #expect(own.sentAgain == 1 && theirs.hasLost && !theirs.wasSetBack)
    #expect(try names(copy) == before)
    #expect(try restoration(copy).cause == .copy)
    #expect(try restoration(copy).account == LossAccount(back: 1, out: 0))

    try county.addTraining("三")
    _ = try await sync(county, copy)
    let (_, first) = try await sync(county, hub)
    #expect(first.hasLost && first.wasSetBack)
    #expect(try restoration(hub).cause == .setBackOrCopied)
    let epoch = try names(hub)
    try county.addTraining("四")
    _ = try await sync(county, copy)
    let (_, second) = try await sync(county, hub)
    #expect(second.hasLost && !second.wasSetBack)
    #expect(try names(hub) == epoch)
    #expect(try titles(hub, "一", "二", "三", "四").count == 4)
  }

  /// Two copies of one office, by sticks in turns that carry only what it has not signed for.
  @Test func twoCopiesServedInTurnsBothGetEverything() throws {
    let region = offices.region
    let lhasa = try offices.enrolled("540100", "拉萨市局")
    try carry(from: region, to: lhasa)
    let place = folder.path + "/副本"
    try FileManager.default.copyItem(atPath: lhasa.store.folder, toPath: place)
    let copy = try LocalNode(opening: place)
    var shares: [Int] = []
    for round in 1...7 {
      try region.addTraining("第\(round)场", division: "540100")
      for node in [copy, lhasa] {
        let (changes, source) = try carry(from: region, to: node)
        #expect(source.error == nil)
        shares.append(changes)
        try carry(from: node, to: region)
      }
    }
    for node in [copy, lhasa] {
      let held = try (1...7).filter { try !node.ids(titled: "第\($0)场").isEmpty }
      #expect(held.count >= 6, "\(held), \(shares)")
    }
    // With one of them alone it is as with every office before long.
    for _ in 0..<9 {
      try carry(from: region, to: lhasa)
      try carry(from: lhasa, to: region)
    }
    #expect(try carry(from: region, to: lhasa).changes == 0)
    #expect(try (1...7).allSatisfy { try !lhasa.ids(titled: "第\($0)场").isEmpty })
  }
}
