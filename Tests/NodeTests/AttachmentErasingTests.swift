import Foundation
import Ledger
import Store
import TestSupport
import Testing

@testable import Node

/// Swift Testing has a type of that name as well.
private typealias RecordAttachment = Ledger.Attachment

/// What an erasure reaches: records that are moved, what records had once, what they call it.
@Suite struct AttachmentErasingTests {
  private let offices: TestOffices
  private let region: LocalNode
  private let lhasa: LocalNode
  private let folder = TemporaryFolder()

  init() throws {
    offices = try TestOffices()
    region = offices.region
    lhasa = try offices.enrolled("540100", "拉萨市局")
  }

  private func attach(_ text: String, as name: String? = nil, to id: String, by node: LocalNode) throws {
    let outcome = try node.attach(id, files: [try folder.file(text)], name: name ?? text, operatorName: "")
    #expect(outcome.failures.isEmpty)
  }

  private func attachments(_ node: LocalNode, _ id: String) throws -> [AttachmentView] {
    try node.store.read { try $0.attachments(of: try $0.record(prefix: id)) }
  }

  /// Nothing of it is left anywhere, and every record that names it says so.
  private func expectErased(_ ids: [String]) throws {
    for node in [lhasa, region] {
      #expect(try node.contentFiles.isEmpty && node.verify().problems.isEmpty)
      #expect(try node.status(division: nil).attachmentsMissing == 0)
      for id in ids {
        let views = try attachments(node, id)
        #expect(views.map(\.erasure) == ["x"] && views.map(\.isHere) == [false], "\(id)")
      }
    }
  }

  @Test func anErasureReachesWhereTheRecordWasMovedTo() async throws {
    let id = try lhasa.addTraining("甲")
    try attach("personal", to: id, by: lhasa)
    _ = try await sync(lhasa, region)
    let moved = try lhasa.move(id, division: "540102", operatorName: "").view.id.description
    _ = try await sync(lhasa, region)
    #expect(try region.contentFiles.count == 1)
    _ = try region.eraseAttachment(moved, name: "personal", reason: "x", operatorName: "")
    _ = try await sync(lhasa, region)
    for node in [lhasa, region] {
      #expect(try node.contentFiles.isEmpty && node.verify().problems.isEmpty)
      for one in [id, moved] {
        #expect(
          try node.store.read { try $0.attachments(of: try $0.record(prefix: one)) }.map(\.erasure) == ["x"])
      }
    }
  }

  @Test func aRecordThatIsMovedAfterwardsTakesTheErasureAlong() async throws {
    let id = try lhasa.addTraining("甲")
    try attach("personal", to: id, by: lhasa)
    try await sync(lhasa, region)
    _ = try region.eraseAttachment(id, name: "personal", reason: "x", operatorName: "")
    try await sync(lhasa, region)
    let moved = try lhasa.move(id, division: "540102", operatorName: "").view.id.description
    try await sync(lhasa, region)
    try expectErased([id, moved])
  }

  /// The word reaches who moved the record after it did, and the record after who gave the word.
  @Test func aMoveByWhoHadNotHeardOfItBringsNothingBack() async throws {
    let id = try lhasa.addTraining("甲")
    try attach("personal", to: id, by: lhasa)
    try await sync(lhasa, region)
    _ = try region.eraseAttachment(id, name: "personal", reason: "x", operatorName: "")
    let moved = try lhasa.move(id, division: "540102", operatorName: "").view.id.description
    #expect(try attachments(lhasa, moved).map(\.isHere) == [true])
    let (mine, theirs) = try await sync(lhasa, region)
    #expect(mine.converged && mine.attachmentsSent == 0 && theirs.attachmentsReceived == 0)
    try expectErased([id, moved])
  }

  @Test func whatARecordHasNoMoreIsErasedToo() async throws {
    let id = try lhasa.addTraining("甲")
    try attach("first", as: "身份证.jpg", to: id, by: lhasa)
    _ = try lhasa.detach(id, name: "身份证.jpg", operatorName: "")
    try attach("second", as: "身份证.jpg", to: id, by: lhasa)
    try attach("other", as: "现场.jpg", to: id, by: lhasa)
    try await sync(lhasa, region)
    #expect(try lhasa.contentFiles.count == 3)
    let former = try region.store.read { try $0.formerAttachments(of: try $0.record(prefix: id)) }
    #expect(former.map(\.attachment.content) == [Hash256(hashing: Array("first".utf8))])
    #expect(former.map(\.isRemoved) == [true])
    let erased = try region.eraseAttachment(id, name: "身份证.jpg", reason: "x", operatorName: "")
    #expect(erased.views.map(\.isRemoved) == [false, true] && erased.views.allSatisfy { $0.erasure == "x" })
    try await sync(lhasa, region)
    for node in [lhasa, region] {
      #expect(try node.contentFiles.count == 1 && node.verify().problems.isEmpty)
      #expect(try node.attachmentContent(id, name: "现场.jpg").bytes == Array("other".utf8))
    }
  }

  /// It was taken off before the region ever had it: nobody but its author has the file.
  @Test func whatWasTakenOffAndMovedAwayFromIsErasedByItsHash() async throws {
    let id = try lhasa.addTraining("甲")
    try attach("personal", to: id, by: lhasa)
    _ = try lhasa.detach(id, name: "personal", operatorName: "")
    let moved = try lhasa.move(id, division: "540102", operatorName: "").view.id.description
    try await sync(lhasa, region)
    #expect(try region.contentFiles.isEmpty && lhasa.contentFiles.count == 1)
    let digits = String(Hash256(hashing: Array("personal".utf8)).description.prefix(8))
    _ = try region.eraseAttachment(moved, name: digits, reason: "x", operatorName: "")
    try await sync(lhasa, region)
    #expect(try lhasa.contentFiles.isEmpty && lhasa.verify().problems.isEmpty)
    #expect(throws: AttachmentError.self) {
      try region.eraseAttachment(moved, name: "none", reason: "x", operatorName: "")
    }
  }

  // MARK: names

  @Test func whatIsToldOfANameIsOfThoseVeryBytes() throws {
    let id = try lhasa.addTraining("甲")
    try attach("photo", as: "张三.jpg", to: id, by: lhasa)
    try attach("other", as: "e\u{301}.jpg", to: id, by: lhasa)
    let path = FileManager.default.temporaryDirectory.path + "/\(UUID()).tzb"
    defer { try? FileManager.default.removeItem(atPath: path) }
    _ = try lhasa.makeBundle(for: nil, sinceLast: false, to: path)
    try region.apply(bundle: path)
    let done = try region.redactAttachmentName(
      id, name: "张三.jpg", to: "\u{e9}.jpg", reason: "x", operatorName: "")
    #expect(done.views.map(\.attachment.content) == [Hash256(hashing: Array("photo".utf8))])
  }

  @Test func aNameIsErasedAndTheContentStays() async throws {
    let id = try lhasa.addTraining("甲")
    try attach("photo", as: "张三身份证.jpg", to: id, by: lhasa)
    try await sync(lhasa, region)
    let moved = try lhasa.move(id, division: "540102", operatorName: "").view.id.description
    try await sync(lhasa, region)
    #expect(throws: NodeError.self) {
      try lhasa.redactAttachmentName(
        moved, name: "张三身份证.jpg", to: "身份证.jpg", reason: "x", operatorName: "")
    }
    #expect(throws: AttachmentError.badName("../")) {
      try region.redactAttachmentName(moved, name: "张三身份证.jpg", to: "../", reason: "x", operatorName: "")
    }
    #expect(throws: AttachmentError.unknown(name: "李四.jpg", record: RecordID(moved)!)) {
      try region.redactAttachmentName(moved, name: "李四.jpg", to: "身份证.jpg", reason: "x", operatorName: "")
    }
    let done = try region.redactAttachmentName(
      moved, name: "张三身份证.jpg", to: "身份证.jpg", reason: "x", operatorName: "")
    #expect(done.views.map(\.attachment.name) == ["身份证.jpg"] && done.views.map(\.isHere) == [true])
    try await sync(lhasa, region)
    for node in [lhasa, region] {
      #expect(try attachments(node, moved).map(\.attachment.name) == ["身份证.jpg"])
      #expect(try node.attachmentContent(moved, name: "身份证.jpg").bytes == Array("photo".utf8))
      #expect(try node.verify().problems.isEmpty)
      _ = try node.store.scrub()
      let file = try Data(contentsOf: URL(fileURLWithPath: node.store.folder + "/store.sqlite"))
      #expect(file.range(of: Data("张三".utf8)) == nil)
    }
    #expect(try lhasa.fingerprint(of: "540100") == region.fingerprint(of: "540100"))
  }
}
