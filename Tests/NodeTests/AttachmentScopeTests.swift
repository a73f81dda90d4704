import Foundation
import GRDB
import Ledger
import Replication
import TestSupport
import Testing
import Trust
import Wire

@testable import Node
@testable import Store

/// Swift Testing has a type of that name as well.
private typealias RecordAttachment = Ledger.Attachment

/// Who gets an attachment, and who does not any more.
@Suite struct AttachmentScopeTests {
  private let offices: TestOffices
  private let region: LocalNode
  private let lhasa: LocalNode
  private let shannan: LocalNode
  private let folder = TemporaryFolder()

  init() throws {
    offices = try TestOffices()
    region = offices.region
    lhasa = try offices.enrolled("540100", "拉萨市局")
    shannan = try offices.enrolled("540500", "山南市局")
  }

  private func file(_ name: String, _ text: String) throws -> String {
    let path = folder.path + "/" + name
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    return path
  }

  private func attach(_ text: String, to id: String, by node: LocalNode) throws -> RecordAttachment {
    try #require(try node.attach(id, files: [try file("a", text)], operatorName: "").attached.first)
      .attachment
  }

  private func port(_ node: LocalNode, to peer: LocalNode) throws -> StorePort {
    let trusted = try TrustedPeer(chain: peer.identity.chain.map(\.der), node: node)
    return try StorePort(node, peer: trusted, isInitiator: false)
  }

  /// What a node answers a peer that asks for a content by a record.
  private func answer(
    _ node: LocalNode, to peer: LocalNode, _ content: Hash256, of id: String, in division: String,
    offset: UInt64 = 0
  ) throws -> [UInt8]? {
    let space = Space(division: DivisionCode(division)!, section: .records)
    let request = AttachmentRequest(space: space, record: RecordID(id)!, content: content, offset: offset)
    guard case .chunkRead(_, let data)? = try port(node, to: peer).perform(.readChunk(request)) else {
      Issue.record("no answer")
      return nil
    }
    return data
  }

  @Test func invariant10AnAttachmentIsGivenOnlyByARecordInScopeThatHasIt() async throws {
    let (a, b) = (try lhasa.addTraining("甲"), try shannan.addTraining("乙"))
    let content = try attach("secret", to: a, by: lhasa).content
    _ = try await sync(lhasa, region)
    _ = try await sync(shannan, region)
    #expect(try answer(region, to: lhasa, content, of: a, in: "540100") == Array("secret".utf8))
    // By another office's record, by an own record that has it not, by a record of another division.
    #expect(try answer(region, to: shannan, content, of: a, in: "540100") == nil)
    #expect(try answer(region, to: shannan, content, of: b, in: "540500") == nil)
    #expect(try answer(region, to: shannan, content, of: a, in: "540500") == nil)
    #expect(try answer(region, to: lhasa, content, of: a, in: "540100", offset: 7) == nil)
    _ = try lhasa.detach(a, name: "a", operatorName: "")
    _ = try await sync(lhasa, region)
    #expect(try answer(region, to: lhasa, content, of: a, in: "540100") == nil)
  }

  /// Who knows a content's hash and writes it into a record of his own gets nothing for it: the content counts as here
  /// only for the division that it was handed in for.
  @Test func invariant10AHashIsNoKey() async throws {
    let (a, b) = (try lhasa.addTraining("甲"), try shannan.addTraining("乙"))
    let attachment = try attach("secret", to: a, by: lhasa)
    _ = try await sync(lhasa, region)
    try shannan.store.write { commit in
      let view = try commit.snapshot.record(prefix: b)
      try shannan.append(
        to: view.space, operatorName: "",
        mutations: [
          Mutation(
            target: .id(view.id),
            writes: [CellWrite(cell: RecordAttachment.cell, content: .elements([attachment.value]))])
        ], in: commit)
    }
    let (mine, _) = try await sync(shannan, region)
    #expect(mine.converged)
    #expect(
      try region.store.read { try $0.attachments(of: try $0.record(prefix: b)) }.map(\.isHere) == [false])
    #expect(try answer(region, to: shannan, attachment.content, of: b, in: "540500") == nil)
    #expect(try answer(region, to: lhasa, attachment.content, of: a, in: "540100") != nil)
  }

  @Test func anErasedContentIsNowhereAndNeverComesBack() async throws {
    let id = try lhasa.addTraining("甲")
    let content = try attach("personal", to: id, by: lhasa).content
    _ = try await sync(lhasa, region)
    #expect(throws: AttachmentError.mayNotErase) {
      try lhasa.eraseAttachment(id, name: "a", reason: "x", operatorName: "")
    }
    #expect(throws: AttachmentError.noReason) {
      try region.eraseAttachment(id, name: "a", reason: " ", operatorName: "")
    }
    let erased = try region.eraseAttachment(id, name: "a", reason: "含个人信息", operatorName: "")
    #expect(erased.views.map(\.erasure) == ["含个人信息"] && erased.views.map(\.isHere) == [false])
    #expect(try region.contentFiles.isEmpty && !lhasa.contentFiles.isEmpty)
    _ = try await sync(lhasa, region)
    for node in [lhasa, region] {
      #expect(try node.contentFiles.isEmpty)
      #expect(try node.status(division: nil).attachmentsMissing == 0)
      #expect(
        try node.store.read { try $0.attachments(of: try $0.record(prefix: id)) }.map(\.erasure) == ["含个人信息"])
      #expect(try node.verify().problems.isEmpty)
    }
    let again = try lhasa.attach(id, files: [try file("a", "personal")], operatorName: "")
    #expect(again.failures.first?.error as? AttachmentError == .erased(name: "a", reason: "含个人信息"))
    #expect(try lhasa.contentFiles.isEmpty)
    #expect(try answer(region, to: lhasa, content, of: id, in: "540100") == nil)
  }

  /// The word comes before the record: the content is never asked for.
  @Test func anErasureIsHeardBeforeTheRecordThatItIsAbout() async throws {
    let other = try offices.join(try offices.office("540100", "拉萨二号机"), by: region)
    let id = try lhasa.addTraining("甲")
    _ = try attach("personal", to: id, by: lhasa)
    _ = try await sync(lhasa, region)
    _ = try region.eraseAttachment(id, name: "a", reason: "x", operatorName: "")
    let space = Space(division: DivisionCode("540100")!, section: .records)
    let record = RecordID(id)!
    // The first computer's record reaches the second one behind the region's word.
    let statement = AttachmentErasure(
      space: space, record: record, content: Hash256(hashing: Array("personal".utf8)), reason: "x")
    let division = [DivisionCode("540100")!]
    #expect(try other.store.write { try $0.erase(statement, in: division) })
    #expect(try !other.store.write { try $0.erase(statement, in: division) })
    let (_, mine) = try await sync(lhasa, other)
    #expect(mine.converged && mine.attachmentsReceived == 0)
    #expect(try other.status(division: nil).attachmentsMissing == 0)
    #expect(
      try other.store.read { try $0.attachments(of: try $0.record(prefix: id)) }.map(\.erasure) == ["x"])
  }

  /// A content that is to be nowhere is nowhere, whichever record has it.
  @Test func anErasureHoldsWhereverTheContentIsNamed() async throws {
    let (a, b) = (try lhasa.addTraining("甲"), try shannan.addTraining("乙"))
    let content = try attach("shared", to: a, by: lhasa).content
    _ = try attach("shared", to: b, by: shannan)
    try await sync(lhasa, region)
    try await sync(shannan, region)
    let erased = try region.eraseAttachment(a, name: "a", reason: "x", operatorName: "")
    #expect(erased.others.map(\.description) == [b])
    // One that comes later as well.
    let c = try lhasa.addTraining("丙")
    _ = try attach("shared", to: c, by: lhasa)
    for office in [lhasa, shannan] { try await sync(office, region) }
    for node in [lhasa, shannan, region] {
      #expect(try node.contentFiles.isEmpty && node.status(division: nil).attachmentsMissing == 0)
      #expect(try node.verify().problems.isEmpty)
    }
    for id in [a, b, c] {
      #expect(
        try region.store.read { try $0.attachments(of: try $0.record(prefix: id)) }.map(\.erasure) == ["x"])
    }
    #expect(try answer(region, to: shannan, content, of: b, in: "540500") == nil)
  }

  /// Somebody without the right to erase says it all the same: it is kept and relayed, and nobody does it.
  @Test func anErasureByWhoMayNotIsNotHeard() async throws {
    let id = try lhasa.addTraining("甲")
    let content = try attach("a", to: id, by: lhasa).content
    let space = Space(division: DivisionCode("540100")!, section: .records)
    try lhasa.store.write { commit in
      try lhasa.append(
        to: Space(division: DivisionCode("540100")!, section: .notices), operatorName: "",
        statements: [
          .erasure(AttachmentErasure(space: space, record: RecordID(id)!, content: content, reason: "x"))
        ],
        in: commit)
    }
    let (_, mine) = try await sync(lhasa, region)
    #expect(mine.converged && mine.attachmentsReceived == 1)
    #expect(try region.attachmentContent(id, name: "a").bytes == [97])
  }

  /// A store of the step before holds what a newer office attached in its states alone.
  @Test func anOlderStoreIsBroughtForwardWithWhatItsRecordsHave() throws {
    let id = try lhasa.addTraining("甲")
    _ = try attach("a", to: id, by: lhasa)
    let path = lhasa.store.folder
    let step = try #require(Schema.steps.firstIndex(of: Schema.attachments))
    let copy = folder.path + "/older"
    try FileManager.default.createDirectory(atPath: copy, withIntermediateDirectories: true)
    _ = try lhasa.backup(to: folder.path + "/b")
    let older = try LocalNode.restore(backup: folder.path + "/b", into: copy).store.folder
    try DatabaseQueue(path: older + "/store.sqlite").writeWithoutTransaction { db in
      for table in [
        "attachments", "contents", "erased", "missing", "asked", "holders", "complete", "unwanted", "losses",
        "listings",
      ] {
        try db.execute(sql: "DROP TABLE \(table)")
      }
      try db.execute(
        sql:
          "DROP INDEX records_reappeared; ALTER TABLE offices DROP COLUMN office_id; DROP TABLE standing; PRAGMA user_version = \(step)"
      )
    }
    let node = try LocalNode(opening: older)
    #expect(try node.status(division: nil).attachmentsMissing == 1)
    #expect(try node.verify().problems.isEmpty)
    #expect(FileManager.default.fileExists(atPath: path))
  }
}
