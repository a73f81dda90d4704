import Campaign
import Foundation
import Ledger
import TestSupport
import Testing
import Trust

@testable import Node
@testable import Store

/// A region certifies itself: what it is cut off at, whoever opens it next makes good.
@Suite struct OwnCertificateTests {
  private let folder = TemporaryFolder()

  private func isStated(_ node: LocalNode) throws -> Bool {
    let own = try #require(node.identity.chain.first)
    return try node.store.read {
      try $0.states(certificate: own.der) && $0.office(node.facts.node)?.fingerprint == own.fingerprint
    }
  }

  /// The new certificate was written, and then the store was busy.
  @Test func aRenewalThatWasCutOffIsStatedWhenTheStoreIsOpened() async throws {
    let offices = try TestOffices()
    let region = offices.region
    let lhasa = try offices.enrolled("540100", "拉萨市局")
    let own = try #require(region.identity.chain.first), office = try #require(own.office)
    let renewed = try region.issuer().issue(
      Office(name: office.name, id: office.id, scope: office.scope, rights: office.rights),
      key: region.identity.key.publicKey, from: own.notBefore, to: own.notAfter + 86_400,
      serial: region.surroundings.random(16))
    try Identity.write(try renewed.pem, region.store.folder, "node.crt")
    let opened = try LocalNode(opening: region.store.folder)
    #expect(try opened.identity.chain.first?.der == renewed.der && isStated(opened))
    let changes = try opened.store.read { try $0.changeCount() }
    _ = try LocalNode(opening: region.store.folder)
    #expect(try opened.store.read { try $0.changeCount() } == changes)
    // Its offices take what it writes under it.
    try opened.addTraining("换证之后", division: "540100")
    let outcome = try await sync(lhasa, opened)
    #expect(outcome.a.refused == 0 && outcome.a.received > 1)
    #expect(try lhasa.ids(titled: "换证之后").count == 1)
    #expect(try lhasa.verify().problems == [] && opened.verify().problems == [])
  }

  /// Founding a region is cut off before its first change: the pack that its offices do not have is issued all the same.
  @Test func aRegionThatWasCutOffAtItsFoundingIsFounded() throws {
    try FileManager.default.createDirectory(atPath: folder.path, withIntermediateDirectories: true)
    let text = String(decoding: BuiltInPack.yaml, as: UTF8.self).replacingOccurrences(
      of: "      - {number: 23, code: hours,",
      with: "      - {number: 71, code: venue, label: Venue, type: text}\n      - {number: 23, code: hours,")
    let plan = try folder.file(text)
    let pack = try PackReader.read(Array(text.utf8))
    let place = folder.path + "/region"
    let store = try Store(creating: place)
    let key = try NodeKey.generate()
    try Identity.write(key.pem, place, "node.key")
    let division = try #require(DivisionCode("540000"))
    try store.write { commit in
      for (name, value) in [
        (MetaName.storeID, Surroundings.system.random(16)), (.epoch, Surroundings.system.random(8)),
        (.node, key.nodeID.bytes), (.officeName, Array("自治区".utf8)), (.division, division.utf8),
      ] { try commit.setMeta(name, value) }
      try commit.setPack(pack, text: Array(text.utf8))
    }
    try LocalNode.foundRegion(
      folder: place, key: key, name: "自治区", division: division, pack: pack, .system)
    let founded = try LocalNode(opening: place)
    let whole = try LocalNode.create(
      folder: folder.path + "/whole", division: "540000", name: "自治区", isRegion: true, plan: plan)
    for node in [founded, whole] {
      #expect(try isStated(node) && node.facts.isRegion)
      #expect(try node.store.read { try $0.changeCount() } == 1)
      #expect(try node.store.read { try $0.meta(.packIssued) } != nil)
      #expect(try node.store.read { try $0.meta(.isRegion) } != nil)
      #expect(try node.verify().problems == [])
    }
  }
}
