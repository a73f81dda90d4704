import Campaign
import Foundation
import GRDB
import Ledger
import TestSupport
import Testing

@testable import Node
@testable import Store

/// What the store looks up of attachments, and what of it is written.
@Suite struct AttachmentTableTests {
  private let offices: TestOffices
  private let lhasa: LocalNode
  private let folder = TemporaryFolder()

  init() throws {
    offices = try TestOffices()
    lhasa = try offices.enrolled("540100", "拉萨市局")
  }

  private func files(_ count: Int) throws -> [String] {
    try (0..<count).map { try folder.file("file \($0)") }
  }

  /// However many contents there are, one is looked up space by space.
  @Test func aContentIsFoundWithoutGoingThroughAll() throws {
    let plan = try lhasa.store.read { snapshot in
      try Row.fetchAll(
        snapshot.db,
        sql: "EXPLAIN QUERY PLAN SELECT EXISTS (SELECT 1 FROM \(AttachmentTable.bySpaces) AND NOT c.here)",
        arguments: [Data(count: 32)]
      ).map { $0["detail"] as String }
    }
    #expect(plan.contains { $0.hasPrefix("SEARCH c USING PRIMARY KEY") }, "\(plan)")
    #expect(!plan.contains { $0.hasPrefix("SCAN c") }, "\(plan)")
  }

  @Test func anEditWritesNothingOfAttachmentsThatStay() throws {
    let id = try lhasa.addTraining("甲")
    let all = try files(20)
    _ = try lhasa.attach(id, files: Array(all.prefix(19)), operatorName: "")
    try lhasa.store.write { commit in
      try commit.db.execute(
        sql: """
          CREATE TEMP TABLE written(name TEXT);
          CREATE TEMP TRIGGER added AFTER INSERT ON main.attachments BEGIN INSERT INTO written VALUES (new.name); END;
          CREATE TEMP TRIGGER taken AFTER DELETE ON main.attachments BEGIN INSERT INTO written VALUES (old.name); END;
          """)
    }
    func written() throws -> [String] {
      try lhasa.store.write { try String.fetchAll($0.db, sql: "SELECT name FROM temp.written") }
    }
    _ = try lhasa.edit(id, operations: [.set("title", to: "乙")], operatorName: "")
    #expect(try written().isEmpty)
    _ = try lhasa.attach(id, files: [all[19]], name: "new", operatorName: "")
    #expect(try written() == ["new"])
    _ = try lhasa.detach(id, name: "new", operatorName: "")
    #expect(try written() == ["new", "new"] && lhasa.verify().problems.isEmpty)
  }

  @Test func aFileThatIsNamedTwiceIsAttachedOnce() throws {
    let id = try lhasa.addTraining("甲")
    let file = try folder.file("photo")
    let outcome = try lhasa.attach(id, files: [file, file], operatorName: "")
    #expect(outcome.attached.count == 1 && outcome.failures.isEmpty)
    let writes = try lhasa.store.read { snapshot in
      try snapshot.record(prefix: id).state.cell(Ledger.Attachment.cell, .set)?.writes.count
    }
    #expect(writes == 1)
  }

  /// What no record wants is not missing, and goes when all is made anew.
  @Test func whatNoRecordWantsIsNotMissing() throws {
    let id = try lhasa.addTraining("甲")
    let file = try folder.file("photo")
    let content = try #require(try lhasa.attach(id, files: [file], operatorName: "").attached.first)
      .attachment.content
    try lhasa.store.write { commit in
      try commit.noteMissing(content)
      try commit.db.execute(
        sql: "INSERT INTO contents(space, content, here) SELECT space, zeroblob(32), 0 FROM contents")
    }
    #expect(try lhasa.status(division: nil).attachmentsMissing == 1)
    try lhasa.store.write { try $0.rebuild() }
    let left = try lhasa.store.read { snapshot in
      try Data.fetchAll(snapshot.db, sql: "SELECT content FROM contents WHERE NOT here")
    }
    #expect(left == [content.data])
    // Of divisions that are not looked at nothing counts.
    #expect(try lhasa.store.read { try $0.missingAttachmentCount { _ in false } } == 0)
  }

  // MARK: files

  @Test func aFileThatIsBeingFilledStays() throws {
    let contents = lhasa.store.contents
    let bytes = Array("photo".utf8)
    let part = try #require(try contents.partial(Hash256(hashing: bytes), byteCount: bytes.count))
    try part.write(bytes, at: 0)
    try #require(try contents.partial(Hash256(hashing: [1]), byteCount: 5)).write([1], at: 0)
    try contents.removePartials { _ in false }
    let left = try FileManager.default.contentsOfDirectory(
      atPath: lhasa.store.folder + "/attachments/partial")
    #expect(left == [Hash256(hashing: bytes).description])
    #expect(try part.finish())
  }

  /// It is moved by its name, which may mean another file by then.
  @Test func anotherFileOfThatNameIsNotTakenForIt() throws {
    let contents = lhasa.store.contents
    let content = Hash256(hashing: [1])
    let part = try #require(try contents.partial(content, byteCount: 1))
    try part.write([1], at: 0)
    let path = lhasa.store.folder + "/attachments/partial/\(content)"
    try FileManager.default.removeItem(atPath: path)
    try Data([2]).write(to: URL(fileURLWithPath: path))
    #expect(throws: StoreError.busy) { try part.finish() }
    #expect(contents.byteCount(content) == nil)
  }

  @Test func aFileThatCannotBeReadIsAnErrorAndNoHash() throws {
    let descriptor = open(folder.path, O_RDONLY)
    defer { close(descriptor) }
    #expect(throws: StoreError.file(path: "x", errno: EISDIR)) {
      try ContentFiles.digest(of: descriptor, upTo: 5, "x")
    }
  }
}
