import Campaign
import Foundation
import GRDB
import Ledger
import TestSupport
import Testing

@testable import Node
@testable import Store

/// A file with flipped bits in it: it is told what is wrong, and mended where nothing of the logs is lost.
@Suite struct DamagedFileTests {
  private let folder = TemporaryFolder()
  private let offices: TestOffices
  private let node: LocalNode

  init() throws {
    offices = try TestOffices()
    node = try offices.enrolled("540100", "拉萨市局")
    let first = try node.addTraining("一")
    let second = try node.addTraining("二")
    _ = try node.edit(first, operations: [.set("title", to: "三")], operatorName: "")
    _ = try node.pair(first, second, .link, operatorName: "")
  }

  private func harm(_ folder: String, _ sql: String) throws {
    let file = try DatabaseQueue(path: folder + "/store.sqlite")
    try file.writeWithoutTransaction { try $0.execute(sql: sql) }
    try file.close()
  }

  /// As a flipped bit in a row's header does it, which no constraint sees.
  private func harmUnchecked(_ folder: String, table: String, _ sql: String) throws {
    try harm(
      folder,
      """
      PRAGMA writable_schema = ON;
      UPDATE sqlite_schema SET sql = replace(sql, 'NOT NULL', 'DEFAULT 7') WHERE name = '\(table)';
      PRAGMA writable_schema = RESET;
      \(sql);
      PRAGMA writable_schema = ON;
      UPDATE sqlite_schema SET sql = replace(sql, 'DEFAULT 7', 'NOT NULL') WHERE name = '\(table)';
      """)
  }

  /// What is derived is made anew, whatever stands in its columns.
  @Test(arguments: [
    ("records", "UPDATE records SET flags = NULL WHERE key = 1"),
    ("records", "UPDATE records SET id = 7 WHERE key = 1"),
    ("records", "UPDATE records SET origin = 'x', position = -1 WHERE key = 2"),
    ("states", "UPDATE states SET state = NULL"), ("touches", "UPDATE OR REPLACE touches SET arrival = 'x'"),
    ("pairs", "UPDATE OR REPLACE pairs SET cell = -1"),
    ("statements", "INSERT INTO statements(arrival, position, type, payload) VALUES (1, 9, -1, NULL)"),
  ])
  func whatIsDerivedIsMadeAnewWhateverStandsThere(table: String, sql: String) throws {
    let print = try node.fingerprint(of: "540100")
    try harmUnchecked(node.store.folder, table: table, sql)
    let opened = try LocalNode(opening: node.store.folder)
    #expect(try opened.verify().problems.contains { $0.isOfFile && $0.detail?.hasPrefix(table) == true })
    #expect(try opened.diagnose(repairs: false).problems.contains { $0.isOfFile })
    let mended = try opened.diagnose(repairs: true)
    #expect(mended.problems == [] && !mended.repaired.isEmpty, "\(mended.problems)")
    #expect(try opened.fingerprint(of: "540100") == print)
  }

  /// Invariant 6: of what the logs consist of nothing is guessed: it is told, and stays.
  @Test(arguments: [
    ("changes", "UPDATE changes SET n = NULL WHERE arrival = 2"),
    ("changes", "UPDATE changes SET n = -2 WHERE arrival = 2"),
    ("changes", "UPDATE changes SET hash = NULL, body = 5 WHERE arrival = 2"),
    ("branches", "UPDATE branches SET base_n = 'x'"), ("branches", "UPDATE branches SET n = -1"),
    ("spaces", "UPDATE spaces SET section = 999"), ("offices", "UPDATE offices SET rank = NULL"),
  ])
  func invariant6WhatTheLogsConsistOfIsToldAndStays(table: String, sql: String) throws {
    try harmUnchecked(node.store.folder, table: table, sql)
    // What opens a store may need just this: the one that is open goes on.
    for repairs in [false, true] {
      let diagnosis = try node.diagnose(repairs: repairs)
      #expect(
        diagnosis.problems.contains { $0.isOfFile && $0.detail?.hasPrefix(table) == true }, "\(diagnosis)")
    }
  }

  /// Pages that no table uses are no loss: the file is made anew from its tables.
  @Test func pagesBesideTheTablesAreMadeAnew() throws {
    let path = node.store.folder + "/store.sqlite"
    let print = try node.fingerprint(of: "540100")
    try harm(
      node.store.folder,
      "CREATE TABLE gone(x); INSERT INTO gone VALUES (zeroblob(90000)); DROP TABLE gone; PRAGMA wal_checkpoint(TRUNCATE)"
    )
    node.store.close()
    // Where the header counts the pages in no use.
    let file = try #require(FileHandle(forUpdatingAtPath: path))
    try file.seek(toOffset: 36)
    try file.write(contentsOf: Data([0, 0, 0, 3]))
    try file.close()
    let opened = try LocalNode(opening: node.store.folder)
    #expect(try opened.diagnose(repairs: false).problems.contains { $0.isOfFile })
    let mended = try opened.diagnose(repairs: true)
    #expect(mended.problems == [] && !mended.repaired.isEmpty, "\(mended.problems)")
    #expect(try opened.fingerprint(of: "540100") == print)
  }

  /// Invariant 6: a signature that is none is no missing one.
  @Test func invariant6ASignatureOfAnotherLengthIsBad() throws {
    try harm(node.store.folder, "UPDATE changes SET signature = zeroblob(63) WHERE arrival = 2")
    let found = try node.verify().problems
    #expect(found.contains { $0.problem == "bad-signature" && $0.isOfLogs }, "\(found)")
  }

  /// Invariant 6: that somebody signed for a head is his word, and nobody else's.
  @Test(arguments: [
    "UPDATE receipts SET n = n + 5", "UPDATE receipts SET hash = zeroblob(32)", "DELETE FROM receipt_texts",
    "UPDATE receipt_texts SET bytes = CAST(zeroblob(64) || substr(bytes, 65) AS BLOB)",
  ])
  func invariant6ReceiptsAreHeldAgainstWhatWasSigned(sql: String) async throws {
    _ = try await sync(node, offices.region)
    #expect(try node.status(division: nil).unsent == 0)
    #expect(try node.verify().problems == [])
    try harm(node.store.folder, sql)
    #expect(try node.verify().problems.map(\.problem).contains("receipt-mismatch"))
    #expect(try node.diagnose(repairs: true).problems == [])
    #expect(try node.status(division: nil).unsent > 0)
    _ = try await sync(node, offices.region)
    #expect(try node.status(division: nil).unsent == 0)
    #expect(try node.verify().problems == [])
  }

  /// What a redaction names and was put back is erased again; who ordered it is not forgotten.
  @Test func whatIsErasedIsErasedAgainByWhoeverOrderedIt() async throws {
    let id = try node.addTraining("身份信息")
    let arrival = try node.store.read { try $0.ownCursor().arrival }
    let body = try node.store.read {
      try Data.fetchOne($0.db, sql: "SELECT body FROM changes WHERE arrival = ?", arguments: [arrival])
    }
    _ = try await sync(node, offices.region)
    _ = try offices.region.redact(id, field: "title", reason: "本人申请", operatorName: "次仁")
    _ = try await sync(node, offices.region)
    #expect(try node.store.read { try $0.redactions() }.map(\.operatorName) == ["次仁"])
    let bytes = try #require(body).map { String(format: "%02x", $0) }.joined()
    try harm(node.store.folder, "UPDATE changes SET body = x'\(bytes)' WHERE arrival = \(arrival)")
    #expect(try node.verify().problems.map(\.problem).contains("not-erased"))
    let mended = try node.diagnose(repairs: true)
    #expect(mended.problems == [] && mended.repaired.contains { $0.problem == "not-erased" }, "\(mended)")
    #expect(try node.store.read { try $0.redactions() }.map(\.operatorName) == ["次仁"])
    // Whoever ordered it may not any more; and doctor asks him nothing.
    try harm(node.store.folder, "UPDATE offices SET rights = 0")
    try node.store.write { try $0.rebuild() }
    #expect(try node.store.read { try $0.redactions() }.map(\.operatorName) == ["次仁"])
  }

  /// A store of an older step whose states `doctor` makes anew is opened all the same.
  @Test func anOlderStoreWithAStateThatCannotBeReadIsOpened() throws {
    let folder = node.store.folder
    let print = try node.fingerprint(of: "540100")
    try OlderStore.putBack(folder, to: 3)
    try harm(folder, "UPDATE records SET state = x'00' WHERE state NOT NULL")
    let opened = try LocalNode(opening: folder)
    #expect(try !opened.verify().problems.isEmpty)
    #expect(try opened.diagnose(repairs: true).problems == [])
    #expect(try opened.fingerprint(of: "540100") == print)
  }

  /// Which contents are here is known from the files as well.
  @Test func attachmentsThatAreCopiedBackAreHere() async throws {
    try FileManager.default.createDirectory(atPath: folder.path, withIntermediateDirectories: true)
    let id = try node.addTraining("有照片")
    let photo = try folder.file("照片")
    _ = try node.attach(id, files: [photo], name: "照片.jpg", operatorName: "")
    _ = try node.backup(to: folder.path + "/b")
    let restored = try LocalNode.restore(backup: folder.path + "/b", into: folder.path + "/restored")
    #expect(try restored.store.read { try $0.missingContents() }.count == 1)
    try FileManager.default.copyItem(
      atPath: node.store.folder + "/attachments", toPath: restored.store.folder + "/attachments")
    #expect(try restored.diagnose(repairs: true).problems == [])
    #expect(try restored.store.read { try $0.missingContents() }.isEmpty)
    #expect(try restored.attachmentContent(id, name: "照片.jpg").bytes == Array("照片".utf8))
    // What is noted of them is made anew as well.
    try harm(restored.store.folder, "DELETE FROM contents; DELETE FROM missing")
    #expect(try restored.verify().problems.map(\.problem).contains("attachment-mismatch"))
    #expect(try restored.diagnose(repairs: true).problems == [])
    #expect(try restored.store.read { try $0.missingContents() }.isEmpty)
    #expect(try restored.attachmentContent(id, name: "照片.jpg").bytes == Array("照片".utf8))
  }

  /// A pack that another version of the program compiled is compiled anew once, and not at every command.
  @Test func aPackOfAnotherFormIsCompiledOnce() throws {
    let pack = try node.store.read { try $0.pack() }
    try harm(node.store.folder, "UPDATE meta SET value = x'01' || substr(value, 2) WHERE name = 'pack'")
    let opened = try LocalNode(opening: node.store.folder)
    let form = try opened.store.read { try $0.meta(.pack) }?.first
    #expect(form == PackCodec.form)
    #expect(try opened.store.read { try $0.pack() } == pack)
  }
}
