import Foundation
import GRDB
import Ledger
import TestSupport
import Testing
import Trust
import Wire

@testable import Node
@testable import Store

/// Swift Testing has a type of that name as well.
private typealias RecordAttachment = Ledger.Attachment

/// What goes wrong with one attachment stops nothing else.
@Suite struct AttachmentFaultTests {
  private let offices: TestOffices
  private let region: LocalNode
  private let lhasa: LocalNode
  private let folder = TemporaryFolder()

  init() throws {
    offices = try TestOffices()
    region = offices.region
    lhasa = try offices.enrolled("540100", "拉萨市局")
  }

  private func attach(_ text: String, to id: String, by node: LocalNode) throws -> RecordAttachment {
    let file = folder.path + "/\(text)"
    try Data(text.utf8).write(to: URL(fileURLWithPath: file))
    return try #require(try node.attach(id, files: [file], operatorName: "").attached.first).attachment
  }

  /// Has a record hold what somebody says of attachments, true or not.
  private func write(_ attachments: [RecordAttachment], to id: String, by node: LocalNode) throws {
    try node.store.write { commit in
      let view = try commit.snapshot.record(prefix: id)
      try node.append(
        to: view.space, operatorName: "",
        mutations: [
          Mutation(
            target: .id(view.id),
            writes: [
              CellWrite(cell: RecordAttachment.cell, content: .elements(attachments.map(\.value)))
            ])
        ], in: commit)
    }
  }

  private func isHere(_ node: LocalNode, _ id: String) throws -> [Bool] {
    try node.store.read { try $0.attachments(of: try $0.record(prefix: id)) }.map(\.isHere)
  }

  @Test func aFileThatCannotBeRemovedStopsNoSession() async throws {
    let id = try lhasa.addTraining("甲")
    _ = try attach("personal", to: id, by: lhasa)
    _ = try await sync(lhasa, region)
    let path = try #require(try lhasa.contentFiles.first)
    try FileManager.default.removeItem(atPath: path)
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    _ = try region.eraseAttachment(id, name: "personal", reason: "x", operatorName: "")
    for _ in 0..<2 { #expect(try await sync(lhasa, region).a.converged) }
    #expect(try lhasa.store.read { try $0.unwantedContents().count } == 1)
    try FileManager.default.removeItem(atPath: path)
    try Data("personal".utf8).write(to: URL(fileURLWithPath: path))
    #expect(try lhasa.verify().problems.map(\.problem) == ["attachment-left"])
    #expect(try await sync(lhasa, region).a.converged)
    #expect(try lhasa.contentFiles.isEmpty && lhasa.verify().problems.isEmpty)
  }

  @Test func oneThatCannotBeWrittenStopsNoSession() async throws {
    let id = try lhasa.addTraining("甲")
    for text in ["a", "b"] { _ = try attach(text, to: id, by: lhasa) }
    try FileManager.default.createDirectory(
      atPath: region.store.folder + "/attachments", withIntermediateDirectories: true)
    let blocked = region.store.folder + "/attachments/partial"
    try Data().write(to: URL(fileURLWithPath: blocked))
    let (_, summary) = try await sync(lhasa, region)
    #expect(summary.converged && summary.attachmentsReceived == 0 && summary.attachmentsUnwritten == 2)
    #expect(try region.field(id, "title") != nil)
    try FileManager.default.removeItem(atPath: blocked)
    #expect(try await sync(lhasa, region).b.attachmentsReceived == 2)
  }

  /// The files of what was damaged and lost are fetched anew once a repair has found it.
  @Test func aRepairCountsWhatIsDamagedAsMissing() async throws {
    let id = try lhasa.addTraining("甲")
    for text in ["a", "b", "c"] { _ = try attach(text, to: id, by: lhasa) }
    _ = try await sync(lhasa, region)
    let files = try region.contentFiles
    try Data("x".utf8).write(to: URL(fileURLWithPath: files[0]))
    try FileManager.default.removeItem(atPath: files[1])
    let found = try region.diagnose(repairs: true)
    #expect(Set(found.repaired.map(\.problem)) == ["attachment-damaged", "attachment-lost"])
    #expect(found.problems.isEmpty)
    #expect(try region.status(division: nil).attachmentsMissing == 2)
    #expect(try await sync(lhasa, region).b.attachmentsReceived == 2)
    #expect(try region.verify().problems.isEmpty)
  }

  @Test func aRecordIsNotMovedWithoutItsAttachments() async throws {
    let id = try region.addTraining("甲", division: "540100")
    _ = try attach("a", to: id, by: region)
    _ = try await sync(lhasa, region)
    #expect(throws: AttachmentError.notHereToMove(record: RecordID(id)!, names: ["a"])) {
      try lhasa.move(id, division: "540102", operatorName: "")
    }
    let moved = try region.move(id, division: "540102", operatorName: "").view.id.description
    _ = try await sync(lhasa, region)
    #expect(try isHere(region, moved) == [true])
  }

  /// Who moves or restores a record of somebody else's hands nothing in by it.
  @Test func invariant10AHashIsNoKeyThoughAnotherWritesTheRecordAnew() async throws {
    let shannan = try offices.enrolled("540500", "山南市局")
    let (a, b) = (try lhasa.addTraining("甲"), try shannan.addTraining("乙"))
    let attachment = try attach("secret", to: a, by: lhasa)
    _ = try await sync(lhasa, region)
    try write([attachment], to: b, by: shannan)
    _ = try await sync(shannan, region)
    #expect(throws: AttachmentError.self) { try region.move(b, division: "540521", operatorName: "") }
    _ = try region.delete(b, operatorName: "")
    _ = try region.restore(b, operatorName: "")
    #expect(try isHere(region, b) == [false])
  }

  /// A record may say several lengths of one content; anybody may have written that.
  @Test func aBundleIsReadWhateverARecordSaysOfLengths() throws {
    let id = try lhasa.addTraining("甲")
    let one = try attach(String(repeating: "a", count: 200), to: id, by: lhasa)
    let two = try attach("b", to: id, by: lhasa)
    let space = Space(division: DivisionCode("540100")!, section: .records)
    for count in [5, 3000] {
      var lie = one
      lie.byteCount = count
      lie.name = "\(count)"
      try write([lie], to: id, by: lhasa)
    }
    var wrong = two
    wrong.content = Hash256(hashing: Array("elsewhere".utf8))
    wrong.name = "c"
    try write([wrong], to: id, by: lhasa)
    let path = folder.path + "/b.tzb"
    _ = try lhasa.makeBundle(for: nil, sinceLast: false, attachments: true, to: path)
    try region.apply(bundle: path)
    #expect(try region.attachmentContent(id, name: "b").bytes == [98])
    #expect(try region.store.read { try $0.isHere(one.content, in: space) })
    // Longer than the record says.
    try region.store.write { commit in
      var bundled = BundledAttachments(region.store.contents)
      let request = AttachmentRequest(space: space, record: RecordID(id)!, content: wrong.content, offset: 0)
      let chunk = AttachmentChunk(content: wrong.content, offset: 0, data: Array("elsewhere".utf8))
      for message in [
        Message.attachmentRequest(request), .attachmentChunk(chunk), .attachmentRequest(request),
      ] {
        try bundled.take(message, mayRead: { _ in true }, in: commit)
      }
      try bundled.end(in: commit)
      #expect(bundled.kept.isEmpty)
    }
  }

  /// SQLite's text ends before a U+0000: two names that differ behind it were one, and the second one stopped every sync.
  @Test func aNameWithANullByteStopsNobody() async throws {
    let id = try lhasa.addTraining("甲")
    let one = try attach("a", to: id, by: lhasa)
    try write(
      ["x\0a", "x\0b"].map { RecordAttachment(content: one.content, byteCount: 1, name: $0) }, to: id,
      by: lhasa)
    try lhasa.store.write { commit in
      try lhasa.append(
        to: Space(division: DivisionCode("540100")!, section: .records), operatorName: "",
        mutations: [
          Mutation(
            target: .id(RecordID(milliseconds: 1, random: (2, 3))),
            creation: Creation(kind: KindName(lineage: "quality-month", code: "train\0ing")), writes: [])
        ], in: commit)
    }
    #expect(try await sync(lhasa, region).a.converged)
    for node in [lhasa, region] {
      #expect(try isHere(node, id) == [true] && node.verify().problems.isEmpty)
    }
  }

  // MARK: erasing

  /// Whether an erasure counts is asked whenever what is known of the right to it has changed: of the statements.
  @Test func erasuresFollowFromWhatNoticesSay() async throws {
    let id = try lhasa.addTraining("甲")
    _ = try attach("personal", to: id, by: lhasa)
    _ = try await sync(lhasa, region)
    _ = try region.eraseAttachment(id, name: "personal", reason: "x", operatorName: "")
    _ = try await sync(lhasa, region)
    // As where the certificate with the right came behind the notice.
    try lhasa.store.write { commit in
      try commit.db.execute(sql: "DELETE FROM erased; UPDATE attachments SET erased = 0")
    }
    _ = try lhasa.diagnose(repairs: true)
    #expect(
      try lhasa.store.read { try $0.attachments(of: try $0.record(prefix: id)) }.map(\.erasure) == ["x"])
    #expect(try lhasa.status(division: nil).attachmentsMissing == 0)
  }

  // MARK: files of records that are not held

  /// The folder of attachments outlived the records: they come back later, and with them what they have.
  @Test func aRepairKeepsFilesOfRecordsThatAreYetToComeBack() async throws {
    let backup = folder.path + "/b"
    _ = try await sync(lhasa, region)
    _ = try lhasa.backup(to: backup)
    let id = try lhasa.addTraining("甲")
    _ = try attach("photo", to: id, by: lhasa)
    _ = try await sync(lhasa, region)
    let again = try LocalNode.restore(backup: backup, into: folder.path + "/again")
    try FileManager.default.copyItem(
      atPath: lhasa.store.folder + "/attachments", toPath: again.store.folder + "/attachments")
    for _ in 0..<2 {
      let diagnosis = try again.diagnose(repairs: true)
      #expect(diagnosis.problems.isEmpty && diagnosis.unclaimed == [Hash256(hashing: Array("photo".utf8))])
    }
    _ = try await sync(again, region)
    _ = try again.diagnose(repairs: true)
    #expect(try isHere(again, id) == [true])
    #expect(try again.diagnose(repairs: false).unclaimed.isEmpty)
  }

  /// A folder that is put back brings nothing back that was erased.
  @Test func aRepairRemovesWhatWasErasedAndPutBack() async throws {
    let id = try lhasa.addTraining("甲")
    _ = try attach("personal", to: id, by: lhasa)
    let kept = folder.path + "/attachments"
    try FileManager.default.copyItem(atPath: lhasa.store.folder + "/attachments", toPath: kept)
    _ = try await sync(lhasa, region)
    _ = try region.eraseAttachment(id, name: "personal", reason: "x", operatorName: "")
    _ = try await sync(lhasa, region)
    #expect(try lhasa.contentFiles.isEmpty)
    try FileManager.default.removeItem(atPath: lhasa.store.folder + "/attachments")
    try FileManager.default.copyItem(atPath: kept, toPath: lhasa.store.folder + "/attachments")
    #expect(try lhasa.diagnose(repairs: false).problems.map(\.problem) == ["attachment-left"])
    #expect(try lhasa.diagnose(repairs: true).problems.isEmpty)
    #expect(try lhasa.contentFiles.isEmpty)
  }

  /// An office that may erase in its own division alone.
  private func eraser(_ division: String) throws -> LocalNode {
    let office = try offices.office(division, "城关区局")
    let pack = try region.store.read { try $0.pack() }
    let scope = LocalNode.scope(of: DivisionCode(division)!, only: false, in: pack)
    let certificate = try region.store.write { [region] commit in
      try region.issue(
        Office(name: "城关区局", id: "a", scope: scope, rights: .redact), to: office.identity.key.publicKey,
        after: nil, in: commit)
    }
    let root = try #require(region.identity.authority)
    try office.accept(certificates: certificate.pem + root.pem, authority: nil)
    return try LocalNode(opening: office.store.folder)
  }

  /// The same photo was erased in one division and is another's as well, whose record has yet to come back: its file may
  /// be the only one.
  @Test func anErasureElsewhereTakesNoFileOfARecordThatIsYetToComeBack() async throws {
    let backup = folder.path + "/b"
    _ = try await sync(lhasa, region)
    _ = try lhasa.backup(to: backup)
    let eraser = try eraser("540102")
    let erased = try eraser.addTraining("甲")
    _ = try attach("photo", to: erased, by: eraser)
    let kept = try lhasa.addTraining("乙", division: "540121")
    let photo = try attach("photo", to: kept, by: lhasa).content
    _ = try await sync(lhasa, region)
    _ = try eraser.eraseAttachment(erased, name: "photo", reason: "x", operatorName: "")
    let again = try LocalNode.restore(backup: backup, into: folder.path + "/again")
    try FileManager.default.copyItem(
      atPath: lhasa.store.folder + "/attachments", toPath: again.store.folder + "/attachments")
    _ = try await sync(eraser, again)
    #expect(try again.store.read { try $0.isErased(photo, in: [DivisionCode("540102")!]) })
    for repairs in [false, true, true] {
      let diagnosis = try again.diagnose(repairs: repairs)
      #expect(diagnosis.problems.isEmpty && diagnosis.unclaimed == [photo])
    }
    _ = try await sync(again, region)
    _ = try again.diagnose(repairs: true)
    #expect(try isHere(again, kept) == [true])
    #expect(try again.diagnose(repairs: false).unclaimed.isEmpty)
  }
}
