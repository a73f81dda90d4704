import Campaign
import Foundation
import Ledger
import Store
import TestSupport
import Testing

@testable import Node

/// The computer that certified an office is lost: nothing goes to it any more, and what it held has arrived nowhere.
@Suite struct ReplacedEnrollerTests {
  private let folder = TemporaryFolder()
  private let offices: TestOffices
  private var region: LocalNode { offices.region }

  init() throws { offices = try TestOffices() }

  private func bundle(_ node: LocalNode, for name: String?) throws -> NodeID {
    try node.makeBundle(for: name, sinceLast: false, to: folder.path + "/a.tzb").manifest.recipient
  }

  @Test func invariant10NoBundleIsSealedToARevokedOffice() async throws {
    let old = try offices.enrolled("540100", "拉萨市局")
    let file = folder.path + "/a.tzb"
    #expect(try bundle(region, for: "拉萨市局") == old.facts.node)
    try FileManager.default.removeItem(atPath: file)
    _ = try region.revoke("拉萨市局", reason: "遗失")
    for name in ["拉萨市局", String(old.facts.node.description.prefix(8))] {
      #expect {
        _ = try bundle(region, for: name)
      } throws: { error in
        if case NodeError.officeRevoked("拉萨市局", old.facts.node, true) = error { true } else { false }
      }
    }
    #expect(!FileManager.default.fileExists(atPath: file))
    // The computer that took its place is called by the same name.
    let new = try offices.join(
      LocalNode.create(folder: folder.path + "/新机", division: "540100", name: "拉萨市局", isRegion: false),
      by: region)
    #expect(try bundle(region, for: "拉萨市局") == new.facts.node)
  }

  /// A county's prefecture gets another computer, and the county is certified by that.
  @Test func whatTheFormerEnrollerHoldsHasNotArrived() async throws {
    let old = try offices.enrolled("540100", "拉萨市局", mayEnrol: true)
    _ = try await sync(old, region)
    let county = try offices.enrolled("540102", "城关区局", by: old)
    _ = try county.addTraining("会")
    _ = try await sync(county, old)
    #expect(try county.status(division: nil).unsent == 0)
    #expect(try bundle(county, for: nil) == old.facts.node)
    // It is lost before it has passed anything on.
    _ = try region.revoke(old.facts.node.description, reason: "遗失")
    let new = try offices.join(
      LocalNode.create(folder: folder.path + "/新机", division: "540100", name: "拉萨市局", isRegion: false),
      by: region, mayEnrol: true)
    _ = try await sync(new, region)
    let again = try offices.join(county, by: new)
    #expect(try bundle(again, for: nil) == new.facts.node)
    // It hears of the loss by a stick.
    _ = try await sync(new, region)
    _ = try bundle(region, for: "城关区局")
    _ = try again.merge([folder.path + "/a.tzb"], decide: nil, operatorName: "", progress: { _ in })
    #expect(try again.status(division: nil).unsent > 0)
    _ = try await sync(again, new)
    #expect(try again.status(division: nil).unsent == 0)
  }

  /// An office that has only sticks has been in touch by one; a call that broke off at once has brought nothing.
  @Test func whoHasOnlySticksHasBeenInTouch() async throws {
    let office = try offices.enrolled("540100", "拉萨市局")
    func seen() throws -> Int64? { try region.store.read { try $0.office(office.facts.node)?.lastSeen } }
    _ = try office.addTraining("会")
    _ = try bundle(office, for: nil)
    #expect(try seen() == nil)
    let key = try region.store.write { try $0.peer(node: office.facts.node, name: nil).key }
    try region.store.write {
      try $0.noteSession(peer: key, at: 5, isWhole: false, drift: nil, unreceived: nil)
    }
    #expect(try seen() == nil)
    _ = try region.merge([folder.path + "/a.tzb"], decide: nil, operatorName: "", progress: { _ in })
    #expect(try seen() != nil)
  }
}
