import Foundation
import Ledger
import Store
import TestSupport
import Testing
import Trust
import Wire

@testable import Node

/// A sealed bundle of each format, with the recipient's key: made once, for sealing and signing draw numbers, and
/// opened here as another implementation would.
@Suite struct BundleVectorTests {
  private static let photo: [UInt8] = Array("不是真的照片".utf8)
  private static let title = "标准宣贯会"
  /// All of it is of one moment, which lies within the certificates' dates.
  private static let surroundings = Surroundings(
    now: { 1_790_000_000_000 }, random: Surroundings.system.random)

  private struct Kept {
    var format: Int
    var file: [UInt8]
    var key: String
    /// The recipient's certificate, then the region's CA.
    var certificates: String

    var vector: [String: Any] {
      ["format": format, "file": file.hex, "recipient_key": key, "recipient_certificates": certificates]
    }

    init(_ vector: [String: Any]) throws {
      format = try #require(vector["format"] as? Int)
      file = try #require((vector["file"] as? String).flatMap { [UInt8](hex: $0) })
      key = try #require(vector["recipient_key"] as? String)
      certificates = try #require(vector["recipient_certificates"] as? String)
    }

    init(format: Int, file: [UInt8], of recipient: LocalNode) throws {
      self.format = format
      self.file = file
      key = try recipient.identity.key.pem
      certificates =
        try recipient.identity.chain[0].pem + (try #require(recipient.identity.authority).pem)
    }
  }

  private let folder = TemporaryFolder()

  private func kept() throws -> [Kept] {
    try VectorFile.kept("bundles")?.map { try Kept($0) } ?? made()
  }

  private func made() throws -> [Kept] {
    let offices = try TestOffices(BundleVectorTests.surroundings)
    let recipient = try offices.enrolled("540100", "拉萨市局")
    let maker = offices.region
    let id = try maker.addTraining(BundleVectorTests.title, division: "540100")
    let photo = folder.path + "/现场.jpg"
    try Data(BundleVectorTests.photo).write(to: URL(fileURLWithPath: photo))
    #expect(try maker.attach(id, files: [photo], operatorName: "").failures.isEmpty)
    return try [false, true].enumerated().map { index, attachments in
      let path = folder.path + "/made.tzb"
      _ = try maker.makeBundle(for: "拉萨市局", sinceLast: false, attachments: attachments, to: path)
      return try Kept(
        format: index + 1, file: Array(Data(contentsOf: URL(fileURLWithPath: path))), of: recipient)
    }
  }

  private func write(_ bytes: [UInt8]) throws -> String {
    let path = folder.path + "/\(UUID()).tzb"
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    return path
  }

  @Test func theBundlesAreOpenedAndHoldWhatTheVectorsSay() throws {
    let kept = try kept()
    #expect(kept.map(\.format) == [1, 2])
    try VectorFile.check("bundles", try kept.map { try $0.vector.merging(opened($0)) { $1 } })
  }

  /// What each step of SPEC.md, section 10, gives.
  private func opened(_ kept: Kept) throws -> [String: Any] {
    let reader = try BundleReader(write(kept.file))
    let head = reader.head
    let manifest = head.manifest
    #expect(Int(head.format) == kept.format)
    let own = try Certificate.all(pem: kept.certificates)
    let maker = try TrustedChain.check(
      PresentedChain(Certificate.all(pem: head.chain)), root: try #require(own.last))
    #expect(maker.leaf.nodeID == manifest.maker && own[0].nodeID == manifest.recipient)
    #expect(maker.leaf.publicKey.verify(head.signature, over: head.signed))
    try reader.checkContent()
    let contentKey = try SealedEnvelope.open(
      head.sealedKey, certificate: own[0], key: try NodeKey(pem: kept.key))
    var payloads: [[UInt8]] = []
    try reader.read(contentKey, progressed: { _, _ in }) { payloads.append($0) }
    return [
      "maker": manifest.maker.description, "maker_name": manifest.makerName,
      "recipient": manifest.recipient.description, "recipient_name": manifest.recipientName,
      "made_at": Int(manifest.madeAt), "changes": manifest.changes,
      "content": manifest.content.description, "manifest_signed": head.signed.hex,
      "signature": head.signature.bytes.hex, "sealed_key": head.sealedKey.hex,
      "content_key": contentKey.hex, "payloads": payloads.map(\.hex),
    ]
  }

  /// The recipient takes them in: the record of either, and the photo of the second.
  @Test func whoHasTheKeyTakesThemIn() throws {
    for kept in try kept() {
      let path = try write(kept.file)
      let node = try recipient(kept)
      let report = try node.merge([path], decide: nil, operatorName: "", progress: { _ in })
      let source = try #require(report.sources.first)
      #expect(source.error == nil && source.rejected == 0 && source.applied == source.changes, "\(source)")
      let id = try #require(try node.ids(titled: BundleVectorTests.title).first)
      if kept.format == 2 {
        #expect(try node.attachmentContent(id, name: "现场.jpg").bytes == BundleVectorTests.photo)
      } else {
        #expect(try node.status(division: nil).attachmentsMissing == 1)
      }
      #expect(try node.verify().problems.isEmpty)
    }
  }

  /// A store of the recipient's key, as it is when it has just joined.
  private func recipient(_ kept: Kept) throws -> LocalNode {
    let path = folder.path + "/\(UUID())"
    let made = try LocalNode.create(
      folder: path, division: "540100", name: "拉萨市局", isRegion: false,
      surroundings: BundleVectorTests.surroundings)
    try Identity.write(kept.key, path, "node.key")
    let node = try NodeKey(pem: kept.key).nodeID
    try made.store.write { try $0.setMeta(.node, node.bytes) }
    let keyed = try LocalNode(opening: path, surroundings: BundleVectorTests.surroundings)
    try keyed.accept(certificates: kept.certificates, authority: nil)
    return try LocalNode(opening: path, surroundings: BundleVectorTests.surroundings)
  }
}
