import Foundation
import GRDB
import Ledger
import TestSupport
import Testing
import Wire

@testable import Node
@testable import Store

/// Photos and scans on a stick.
@Suite struct BundledAttachmentTests {
  private let offices: TestOffices
  private let region: LocalNode
  private let office: LocalNode
  private let folder = TemporaryFolder()

  init() throws {
    offices = try TestOffices()
    region = offices.region
    office = try offices.enrolled("540100", "拉萨市局")
  }

  private func attach(_ bytes: Int, to id: String, seed: UInt64, by node: LocalNode? = nil) throws -> [UInt8]
  {
    let content = TestContent.bytes(bytes, seed: seed)
    let path = folder.path + "/\(seed).jpg"
    try Data(content).write(to: URL(fileURLWithPath: path))
    let outcome = try (node ?? office).attach(id, files: [path], operatorName: "")
    #expect(outcome.failures.isEmpty)
    return content
  }

  private func bundle(
    _ attachments: Bool, sinceLast: Bool = false, to name: String? = nil, by node: LocalNode? = nil
  )
    throws -> String
  {
    let path = folder.path + "/\(UUID()).tzb"
    _ = try (node ?? office).makeBundle(for: name, sinceLast: sinceLast, attachments: attachments, to: path)
    return path
  }

  private func size(_ path: String) throws -> Int {
    try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
  }

  @Test func aStickCarriesThemWhenAskedTo() async throws {
    let id = try office.addTraining("甲")
    let photo = try attach(700_000, to: id, seed: 1)
    _ = try attach(0, to: id, seed: 2)
    let without = try bundle(false)
    #expect(try size(without) < 100_000)
    try region.apply(bundle: without)
    #expect(try region.status(division: nil).attachmentsMissing == 2)
    let with = try bundle(true)
    for _ in 0..<2 { try region.apply(bundle: with) }
    #expect(try region.status(division: nil).attachmentsMissing == 0)
    #expect(try region.attachmentContent(id, name: "1.jpg").bytes == photo)
    #expect(try region.attachmentContent(id, name: "2.jpg").bytes.isEmpty)
    #expect(try region.verify().problems.isEmpty)
    // What the recipient has signed for is not carried again.
    let (mine, _) = try await sync(office, region)
    #expect(mine.converged)
    #expect(try size(bundle(true, sinceLast: true)) < 100_000)
  }

  @Test func invariant10AStickCarriesNothingFromOutsideTheRecipientsScope() throws {
    let other = try offices.enrolled("540500", "山南市局")
    let id = try region.addTraining("甲", division: "540100")
    _ = try attach(700_000, to: id, seed: 1, by: region)
    #expect(try size(bundle(true, to: "山南市局", by: region)) < 100_000)
    let mine = try bundle(true, to: "拉萨市局", by: region)
    #expect(try size(mine) > 700_000)
    #expect(throws: BundleFault.self) { try other.apply(bundle: mine) }
    try office.apply(bundle: mine)
    #expect(try office.status(division: nil).attachmentsMissing == 0)
  }

  @Test func anErasureThatAStickBringsIsDone() throws {
    let id = try office.addTraining("甲")
    _ = try attach(1000, to: id, seed: 1)
    try region.apply(bundle: try bundle(true))
    _ = try region.eraseAttachment(id, name: "1.jpg", reason: "x", operatorName: "")
    // A stick of before does not bring it back.
    try region.apply(bundle: try bundle(true))
    #expect(try region.contentFiles.isEmpty)
    try office.apply(bundle: try bundle(true, to: "拉萨市局", by: region))
    #expect(try office.contentFiles.isEmpty)
    #expect(
      try office.store.read { try $0.attachments(of: try $0.record(prefix: id)) }.map(\.erasure) == ["x"])
  }

  /// A receipt is for the record: it says nothing of the file.
  @Test func whatWasSignedForAndNeverFetchedIsCarried() async throws {
    let id = try office.addTraining("甲")
    let photo = try attach(1000, to: id, seed: 1)
    try await sync(office, region, defersAttachments: true)
    try region.apply(bundle: try bundle(true, sinceLast: true))
    #expect(try region.attachmentContent(id, name: "1.jpg").bytes == photo)
  }

  @Test func oneFileThatIsDamagedKeepsNoOtherOut() throws {
    let id = try office.addTraining("甲")
    for seed in 1...3 { _ = try attach(1000, to: id, seed: UInt64(seed)) }
    let files = try office.contentFiles
    try Data(count: 1000).write(to: URL(fileURLWithPath: files[0]))
    try FileManager.default.removeItem(atPath: files[1])
    try FileManager.default.createDirectory(atPath: files[1], withIntermediateDirectories: false)
    let path = folder.path + "/b.tzb"
    #expect(
      try office.makeBundle(for: nil, sinceLast: false, attachments: true, to: path).attachmentsUnread == 2)
    #expect(try region.apply(bundle: path).unwritten == 0)
    #expect(try region.contentFiles.count == 1 && region.status(division: nil).attachmentsMissing == 2)
  }

  @Test func whatCannotBeWrittenKeepsNoRecordOut() throws {
    let id = try office.addTraining("甲")
    let photo = try attach(1000, to: id, seed: 1)
    let path = try bundle(true)
    // A session is at it.
    var held = try region.store.contents.partial(Hash256(hashing: photo), byteCount: 1000)
    #expect(held != nil)
    #expect(try region.apply(bundle: path).unwritten == 1)
    #expect(try region.field(id, "title") != nil)
    held = nil
    let other = try office.addTraining("乙")
    let blocked = region.store.folder + "/attachments/partial"
    try FileManager.default.removeItem(atPath: blocked)
    try Data().write(to: URL(fileURLWithPath: blocked))
    #expect(try region.apply(bundle: try bundle(true)).unwritten == 1)
    #expect(try region.field(other, "title") != nil)
    try FileManager.default.removeItem(atPath: blocked)
    #expect(try region.apply(bundle: try bundle(true)).unwritten == 0)
    #expect(try region.status(division: nil).attachmentsMissing == 0)
  }

  /// Nothing is left out in silence.
  @Test func aRecordThatCannotBeReadIsTold() throws {
    let id = try office.addTraining("甲")
    _ = try attach(1000, to: id, seed: 1)
    try office.store.write { try $0.db.execute(sql: "UPDATE states SET state = x'ff'") }
    #expect(throws: StoreError.self) { try bundle(true) }
  }

  @Test func aStickThatIsDamagedLeavesNothing() throws {
    let id = try office.addTraining("甲")
    _ = try attach(700_000, to: id, seed: 1)
    let path = try bundle(true)
    var bytes = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
    bytes[bytes.count - 90_000] ^= 1
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    #expect(throws: BundleFault.altered) { try region.apply(bundle: path) }
    #expect(try region.contentFiles.isEmpty)
    #expect(throws: StoreError.self) { try region.store.read { try $0.record(prefix: id) } }
  }

  @Test func piecesThatDoNotFollowEachOtherAreRefused() throws {
    let space = Space(division: DivisionCode("540100")!, section: .records)
    let request = AttachmentRequest(
      space: space, record: RecordID(high: 1, low: 2), content: Hash256(hashing: [1]), offset: 0)
    func chunk(_ content: UInt8, _ offset: UInt64) -> Message {
      .attachmentChunk(AttachmentChunk(content: Hash256(hashing: [content]), offset: offset, data: [1]))
    }
    var later = request
    later.offset = 5
    let odd: [[Message]] = [
      [chunk(1, 0)], [.attachmentRequest(later)], [.attachmentRequest(request), chunk(2, 0)],
      [.attachmentRequest(request), chunk(1, 1)], [.acknowledge(frames: 0)],
    ]
    for messages in odd {
      #expect(throws: BundleFault.altered) {
        try region.store.write { commit in
          var bundled = BundledAttachments(region.store.contents)
          for message in messages { try bundled.take(message, mayRead: { _ in true }, in: commit) }
        }
      }
    }
  }
}
