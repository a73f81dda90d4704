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

/// Swift Testing has a type of that name as well.
private typealias RecordAttachment = Ledger.Attachment

/// Photos and scans of a record, from one store to another.
@Suite struct AttachmentTests {
  private let offices: TestOffices
  private let region: LocalNode
  private let office: LocalNode
  private let folder = TemporaryFolder()

  init() throws {
    offices = try TestOffices()
    region = offices.region
    office = try offices.enrolled("540100", "拉萨市局")
  }

  private func file(_ name: String, bytes: Int, seed: UInt64 = 1) throws -> String {
    let path = folder.path + "/" + name
    try Data(TestContent.bytes(bytes, seed: seed)).write(to: URL(fileURLWithPath: path))
    return path
  }

  private func attachments(_ node: LocalNode, _ id: String) throws -> [AttachmentView] {
    try node.store.read { try $0.attachments(of: try $0.record(prefix: id)) }
  }

  /// A conversation of two nodes by hand, cut where `cut` says: told of every frame, by whom.
  @discardableResult
  private func converse(
    _ dialler: LocalNode, _ listener: LocalNode, wish: AttachmentWish = .byRule,
    replacing: @escaping @Sendable (Message) -> Message? = { $0 }
  ) async throws -> (a: SessionSummary, b: SessionSummary) {
    let (linkA, linkB) = QueueLink.pair()
    let peerB = try TrustedPeer(chain: listener.identity.chain.map(\.der), node: dialler)
    let peerA = try TrustedPeer(chain: dialler.identity.chain.map(\.der), node: listener)
    async let left: SessionSummary = {
      var driver = try SessionDriver(
        dialler, link: linkA, peer: peerB, isInitiator: true, wish: wish)
      defer { linkA.close() }
      return try await driver.run()
    }()
    async let right: SessionSummary = {
      var driver = try SessionDriver(
        listener, link: TamperingLink(link: linkB, replacing: replacing), peer: peerA, isInitiator: false)
      defer { linkB.close() }
      return try await driver.run()
    }()
    return try await (left, right)
  }

  @Test func aRegionFetchesAllAfterTheRecordsAndAnOfficeOnlyWhenTold() async throws {
    let id = try office.addTraining("宣贯会")
    let photo = try file("现场.jpg", bytes: 700_000)
    let attached = try office.attach(id, files: [photo], operatorName: "扎西")
    #expect(attached.failures.isEmpty && attached.attached.map(\.attachment.name) == ["现场.jpg"])
    let first = try await converse(office, region)
    #expect(first.a.converged && first.b.attachmentsReceived == 1 && first.a.attachmentsSent == 1)
    #expect(try attachments(region, id).map(\.isHere) == [true])
    #expect(
      try region.attachmentContent(id, name: "现场.jpg").bytes
        == Array(try Data(contentsOf: URL(fileURLWithPath: photo))))

    // The other way round: what the region attached is missing at the office until it is asked for.
    _ = try region.attach(id, files: [try file("批复.pdf", bytes: 10, seed: 2)], operatorName: "")
    let second = try await converse(office, region)
    #expect(second.a.converged && second.a.attachmentsReceived == 0)
    #expect(try office.status(division: nil).attachmentsMissing == 1)
    let view = try #require(try attachments(office, id).first { $0.attachment.name == "批复.pdf" })
    #expect(!view.isHere)
    #expect(try office.store.read { try AttachmentWhereabouts(of: office, $0).holders(of: view) } == ["自治区"])
    #expect(throws: AttachmentError.notHere(name: "批复.pdf", holders: ["自治区"], known: ["自治区"])) {
      try office.attachmentContent(id, name: "批复.pdf")
    }
    let third = try await converse(office, region, wish: .insistent)
    #expect(third.a.attachmentsReceived == 1)
    #expect(try office.status(division: nil).attachmentsMissing == 0)
    for node in [office, region] { #expect(try node.verify().problems.isEmpty) }
    #expect(try office.fingerprint(of: "540100") == region.fingerprint(of: "540100"))
  }

  @Test func equalContentsAreKeptOnceAndAttachedOnce() async throws {
    let (a, b) = (try office.addTraining("甲"), try office.addTraining("乙"))
    let photo = try file("现场.jpg", bytes: 300_000)
    for id in [a, b, a] { _ = try office.attach(id, files: [photo], operatorName: "") }
    #expect(try office.store.read { try $0.changeCount() } == 4)
    _ = try office.attach(a, files: [photo], name: "另名.jpg", operatorName: "")
    let summary = try await converse(office, region)
    #expect(summary.b.attachmentsReceived == 1)
    for node in [office, region] {
      #expect(try attachments(node, a).map(\.isHere) == [true, true])
      #expect(try attachments(node, b).map(\.isHere) == [true])
      #expect(try node.contentFiles.count == 1)
    }
    let removed = try office.detach(a, name: "另名.jpg", operatorName: "")
    #expect(removed.attachment.name == "另名.jpg")
    #expect(try attachments(office, a).map(\.attachment.name) == ["现场.jpg"])
    #expect(throws: AttachmentError.self) { try office.detach(a, name: "另名.jpg", operatorName: "") }
  }

  /// A broken transfer goes on at the last whole piece, also where what is here of it was spoilt.
  @Test(arguments: [false, true])
  func aTransferThatBrokeOffGoesOn(isSpoilt: Bool) async throws {
    let id = try office.addTraining("甲")
    let photo = try file("现场.jpg", bytes: 5 * Limits.chunkBytes + 17)
    let content = try #require(try office.attach(id, files: [photo], operatorName: "").attached.first)
      .attachment
    // Two whole pieces and a bit, as a cut leaves them.
    let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: photo)))
    do {
      let part = try #require(try region.store.contents.partial(content.content, byteCount: bytes.count))
      try part.write(Array(bytes[..<(2 * Limits.chunkBytes + 5)]), at: 0)
      if isSpoilt { try part.write([bytes[7] ^ 1], at: 7) }
      #expect(part.resumesAt == 2 * Limits.chunkBytes)
      #expect(try region.store.contents.partial(content.content, byteCount: bytes.count) == nil)
    }
    let summary = try await converse(office, region)
    #expect(summary.b.attachmentsReceived == 1)
    let rest = bytes.count - 2 * Limits.chunkBytes
    #expect(summary.b.attachments.bytes == (isSpoilt ? rest + bytes.count : rest))
    #expect(try region.attachmentContent(id, name: "现场.jpg").bytes == bytes)
  }

  @Test func aContentThatIsNotWhatItsHashSaysIsThrownAway() async throws {
    let id = try region.addTraining("甲", division: "540100")
    let photo = try file("现场.jpg", bytes: 300_000)
    _ = try region.attach(id, files: [photo], operatorName: "")
    let summary = try await converse(office, region, wish: .insistent) { message in
      guard case .attachmentChunk(var chunk) = message, chunk.offset == 0 else { return message }
      chunk.data[100] ^= 1
      return .attachmentChunk(chunk)
    }
    #expect(summary.a.attachmentsRefused == 1 && summary.a.attachmentsReceived == 0 && summary.a.converged)
    #expect(try office.contentFiles.isEmpty)
    #expect(try office.status(division: nil).attachmentsMissing == 1)
    #expect(try await converse(office, region, wish: .insistent).a.attachmentsReceived == 1)
  }

  @Test func aPieceThatNobodyAskedForEndsTheSessionAndLeavesTheRecords() async throws {
    let id = try region.addTraining("甲", division: "540100")
    _ = try region.attach(id, files: [try file("a", bytes: 600_000)], operatorName: "")
    await #expect(throws: (any Error).self) {
      try await converse(office, region, wish: .insistent) { message in
        guard case .attachmentChunk(var chunk) = message else { return message }
        chunk.offset += 1
        return .attachmentChunk(chunk)
      }
    }
    #expect(try office.field(id, "title") != nil)
    #expect(try await converse(office, region, wish: .insistent).a.attachmentsReceived == 1)
  }

  /// What a peer has not got is not asked for again at every sync, until somebody insists.
  @Test func aPeerThatHasNotGotItIsNotAskedAtEverySync() async throws {
    let id = try office.addTraining("甲")
    let one = try #require(
      try office.attach(id, files: [try file("a", bytes: 5)], operatorName: "").attached.first)
    try office.store.contents.remove(one.attachment.content)
    let first = try await converse(office, region)
    #expect(first.b.attachmentsAbsent == 1 && first.a.converged)
    // The office has noticed it too: it lost what it attached.
    #expect(try office.status(division: nil).attachmentsMissing == 1)
    let second = try await converse(office, region)
    #expect(second.b.attachmentsAbsent == 0)
    #expect(try await converse(region, office, wish: .insistent).a.attachmentsAbsent == 1)
    // Attached again it is no change, and here.
    let count = try office.store.read { try $0.changeCount() }
    _ = try office.attach(id, files: [try file("a", bytes: 5)], operatorName: "")
    #expect(try office.store.read { try $0.changeCount() } == count)
    #expect(try await converse(region, office, wish: .insistent).a.attachmentsReceived == 1)
  }

  @Test func aDamagedFileIsFoundAndFetchedAnew() async throws {
    let id = try office.addTraining("甲")
    _ = try office.attach(id, files: [try file("a", bytes: 5000)], operatorName: "")
    try await converse(office, region)
    let path = try #require(try region.contentFiles.first)
    var bytes = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
    bytes[44] ^= 4
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    #expect(try region.verify().problems.map(\.problem) == ["attachment-damaged"])
    #expect(throws: StoreError.self) { try region.attachmentContent(id, name: "a") }
    #expect(try region.status(division: nil).attachmentsMissing == 1)
    #expect(try await converse(office, region).b.attachmentsReceived == 1)
    #expect(try region.verify().problems.isEmpty)
    try FileManager.default.removeItem(atPath: path)
    #expect(try region.verify().problems.map(\.problem) == ["attachment-lost"])
  }

  @Test func aBackupHasTheRecordsAndAnOfficeGetsItsOwnFilesBack() async throws {
    let id = try office.addTraining("甲")
    _ = try office.attach(id, files: [try file("a", bytes: 5000)], operatorName: "")
    try await converse(office, region)
    _ = try office.backup(to: folder.path + "/b")
    let restored = try LocalNode.restore(backup: folder.path + "/b", into: folder.path + "/restored")
    #expect(try restored.status(division: nil).attachmentsMissing == 1)
    #expect(try await converse(restored, region).a.attachmentsReceived == 1)
    #expect(try restored.attachmentContent(id, name: "a").bytes.count == 5000)
  }

  /// Where a record goes its attachments go: here at once, elsewhere when they are fetched for the new place.
  @Test func aRecordThatIsMovedTakesItsAttachmentsAlong() async throws {
    let id = try office.addTraining("甲")
    _ = try office.attach(id, files: [try file("a", bytes: 5000)], operatorName: "")
    try await converse(office, region)
    let moved = try office.move(id, division: "540102", operatorName: "").view.id.description
    #expect(try attachments(office, moved).map(\.isHere) == [true])
    #expect(try await converse(office, region).b.attachmentsReceived == 1)
    #expect(try region.attachmentContent(moved, name: "a").bytes.count == 5000)
    for node in [office, region] {
      #expect(try node.status(division: nil).attachmentsMissing == 0)
      #expect(try node.contentFiles.count == 1 && node.verify().problems.isEmpty)
    }
  }

  /// What had come of a content that no record has any more does not stay for ever.
  @Test func whatCameOfAnUnwantedContentGoes() async throws {
    let id = try office.addTraining("甲")
    let one = try #require(
      try office.attach(id, files: [try file("a", bytes: 600_000)], operatorName: "").attached.first
    ).attachment
    try await converse(office, region)
    for content in [one.content, Hash256(hashing: [1])] {
      try #require(try office.store.contents.partial(content, byteCount: 5)).write([1], at: 0)
    }
    try office.store.contents.remove(one.content)
    try #require(try office.store.contents.partial(one.content, byteCount: 5)).write([1], at: 0)
    #expect(try await converse(office, region, wish: .insistent).a.attachmentsReceived == 1)
    let left = try FileManager.default.contentsOfDirectory(
      atPath: office.store.folder + "/attachments/partial")
    #expect(left.isEmpty)
  }

  @Test func aRecordThatIsDeletedHasNothingMissing() async throws {
    let id = try office.addTraining("甲")
    _ = try office.attach(id, files: [try file("a", bytes: 5)], operatorName: "")
    _ = try office.delete(id, operatorName: "")
    #expect(try await converse(office, region).b.attachmentsReceived == 0)
    #expect(try region.status(division: nil).attachmentsMissing == 0)
    _ = try office.restore(id, operatorName: "")
    #expect(try await converse(office, region).b.attachmentsReceived == 1)
  }

  @Test func nothingIsLeftOfFilesThatCannotBeAttached() throws {
    let id = try office.addTraining("甲")
    let large = try file("large", bytes: RecordAttachment.maxByteCount + 1)
    let outcome = try office.attach(
      id, files: [large, folder.path, folder.path + "/none", "/dev/null"], operatorName: "")
    #expect(outcome.attached.isEmpty)
    #expect(
      outcome.failures.first?.error as? AttachmentError
        == .tooLarge(path: large, limit: RecordAttachment.maxByteCount, kind: nil))
    #expect(outcome.failures[1].error as? AttachmentError == .notAFile(path: folder.path))
    #expect(outcome.failures.count == 4)
    _ = try office.delete(id, operatorName: "")
    #expect(throws: NodeError.self) { try office.attach(id, files: [large], operatorName: "") }
    #expect(try office.contentFiles.isEmpty)
  }

  /// A pack's limit is for who attaches: what others have attached is fetched as before.
  @Test func aPackMayAllowLess() async throws {
    let id = try office.addTraining("甲")
    let large = try file("large", bytes: 1025)
    _ = try office.attach(id, files: [large], operatorName: "")
    let plan = try file("plan.yaml", bytes: 0)
    try Data(
      String(decoding: BuiltInPack.yaml, as: UTF8.self).replacingOccurrences(
        of: "label: [附件, Attachments], type: attachments}",
        with: "label: [附件, Attachments], type: attachments, max_kib: 1}"
      ).utf8
    ).write(to: URL(fileURLWithPath: plan))
    _ = try region.importPlan(plan)
    #expect(String(decoding: try region.planText(), as: UTF8.self).contains("max_kib: 1}"))
    let (_, theirs) = try await converse(office, region)
    #expect(theirs.attachmentsReceived == 1)
    let outcome = try office.attach(
      id, files: [try file("larger", bytes: 1025, seed: 3), try file("fits", bytes: 1024)], operatorName: "")
    #expect(outcome.attached.map(\.attachment.name) == ["fits"])
    #expect(
      outcome.failures.first?.error as? AttachmentError
        == .tooLarge(path: folder.path + "/larger", limit: 1024, kind: "training"))
  }

  @Test(arguments: [
    ("../../etc/passwd", "passwd"), ("C:\\temp\\照片.jpg", "照片.jpg"), ("/a/b/", "b"),
    ("\u{202e}gpj.exe", "gpj.exe"),
    ("a\u{0}\n\u{1b}[2Jb", "a[2Jb"), ("  x  ", "x"), ("e\u{301}.pdf", "e\u{301}.pdf"),
  ])
  func aNameIsNeverAPlace(_ given: String, _ name: String) {
    #expect(AttachmentName.cleaned(given)?.utf8.elementsEqual(name.utf8) == true)
  }

  @Test func aNameIsSomethingAndNotTooLong() throws {
    for given in ["", "/", "..", ".", "\u{202e}", "a/..", "\\"] {
      #expect(AttachmentName.cleaned(given) == nil, "\(given.debugDescription)")
    }
    let long = try #require(AttachmentName.cleaned(String(repeating: "照", count: 200) + ".jpeg"))
    #expect(long.utf8.count <= 255 && long.utf8.count > 250 && long.hasSuffix("照.jpeg"))
  }
}

/// A link on which what one side says is altered.
struct TamperingLink: FrameLink {
  let link: QueueLink
  let replacing: @Sendable (Message) -> Message?

  func send(_ frames: [(type: UInt8, payload: [UInt8])]) async throws {
    for frame in frames {
      let message = try Message(type: frame.type, payload: frame.payload)
      if let other = replacing(message) { try await link.send([(other.type, other.encoded())]) }
    }
  }

  func receive() async throws -> (type: UInt8, payload: [UInt8])? { try await link.receive() }
}

extension LocalNode {
  /// The files of whole contents.
  var contentFiles: [String] {
    get throws {
      let folder = store.folder + "/attachments"
      let names = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
      return names.filter { $0.contains("/") && !$0.hasPrefix("partial/") }.map { folder + "/" + $0 }
    }
  }
}
