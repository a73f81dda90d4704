import Campaign
import Foundation
import GRDB
import Ledger
import TestSupport
import Testing
import Wire

@testable import Node
@testable import Store

/// Stores that somebody made to be merged: nothing in them decides, runs, loops or takes memory.
@Suite struct CraftedStoreTests {
  private let folder = TemporaryFolder()
  private let offices: TestOffices
  private let office: LocalNode
  private static let header = "类别,标题,日期,计划条目,组织单位,培训主题,地点\n"

  init() throws {
    offices = try TestOffices()
    office = try offices.enrolled("540100", "拉萨市局")
    try FileManager.default.createDirectory(atPath: folder.path, withIntermediateDirectories: true)
  }

  private func row(_ title: String, _ place: String) -> String {
    "培训,\(title),2025-09-10,4.2,市场监管局,standards,\(place)\n"
  }

  private func take(_ rows: String, _ node: LocalNode) throws -> LocalNode.ImportReport {
    try node.importFile(
      folder.file(CraftedStoreTests.header + rows), LocalNode.ImportOptions(),
      LocalNode.ImportListener(rejected: { _ in }))
  }

  private func merge(_ node: LocalNode, _ path: String) throws -> LocalNode.MergeSource {
    try #require(
      try node.merge([path], decide: nil, operatorName: "", progress: { _ in }).sources.first)
  }

  /// A backup of the office with something done to it.
  private func crafted(_ sql: String...) throws -> String {
    let path = folder.path + "/\(UUID()).db"
    _ = try office.backup(to: path, progressed: { _, _ in })
    let file = try DatabaseQueue(path: path)
    try file.writeWithoutTransaction { for statement in sql { try $0.execute(sql: statement) } }
    try file.close()
    return path
  }

  // MARK: restoring

  /// What would run when the backup is written to, or be computed when it is read, is not let in.
  @Test(arguments: [
    "CREATE TRIGGER evil AFTER UPDATE ON meta BEGIN DELETE FROM changes; END",
    "CREATE VIEW evil AS SELECT * FROM changes",
    "CREATE TABLE evil(a, b AS (a || 'x'))",
    "CREATE INDEX evil ON meta(hex(value))",
    "CREATE INDEX evil ON meta(name) WHERE length(hex(value)) > 0",
  ]) func aBackupThatComputesAnythingIsNotRestored(sql: String) throws {
    let target = folder.path + "/restored-\(UUID())"
    let path = try crafted(sql)
    do {
      _ = try LocalNode.restore(backup: path, into: target)
      Issue.record("it was restored")
    } catch NodeError.backupRefused {}
    #expect(!Store.exists(in: target))
    #expect(try LocalNode.restore(backup: crafted(), into: target).facts.name == "拉萨市局")
  }

  // MARK: imports

  private func restored(_ name: String) throws -> LocalNode {
    _ = try office.backup(to: folder.path + "/b")
    return try LocalNode.restore(backup: folder.path + "/b", into: folder.path + "/" + name)
  }

  /// What a row is told from others by is made anew from its record, so that no row is led to another's.
  @Test func aCraftedStoreLeadsNoRowToAnotherRecord() throws {
    let restored = try restored("restored")
    #expect(try take(row("一", "甲") + row("二", "乙"), office).imported == 2)
    let first = try #require(try office.ids(titled: "一").first)
    let path = try crafted(
      "CREATE TEMP TABLE swapped AS SELECT * FROM imported", "DELETE FROM imported",
      "INSERT INTO imported SELECT a.space, a.identity, b.record, b.content, b.places FROM swapped a JOIN swapped b ON a.record <> b.record"
    )
    let source = try merge(restored, path)
    #expect(source.importsLeft == 2 && source.error == nil)
    #expect(try take(row("二", "丙"), restored).updated == 0)
    #expect(try restored.field(first, "title") == .single(.text("一")))
    #expect(try restored.field(first, "place") == .single(.text("甲")))
  }

  /// What was entered by hand is not told as imported, so that the ledger would take it back.
  @Test func aCraftedStoreMakesNoImportOfAnEdit() throws {
    let restored = try restored("restored")
    #expect(try take(row("一", "甲"), office).imported == 1)
    let id = try #require(try office.ids(titled: "一").first)
    _ = try office.edit(id, operations: [.set("place", to: "丙")], operatorName: "")
    let edit = try office.store.read { try $0.ownCursor().arrival }
    let path = try crafted(
      "UPDATE imported SET places = CAST(places || x'\(String(format: "%02x", edit))00' AS BLOB)")
    #expect(try merge(restored, path).importsLeft == 0)
    #expect(try take(row("一", "甲"), restored).imported == 0)
    #expect(try restored.field(id, "place") == .single(.text("丙")))
  }

  /// Also of a merge that was ended on the way: what has come in lasts, and is known as imported.
  @Test func whatCameInBeforeTheEndIsKnownAsImported() throws {
    let restored = try restored("restored")
    #expect(try take(row("一", "甲"), office).imported == 1)
    let stop = StopSignal()
    let merged = try restored.merge(
      [office.store.folder], decide: nil, operatorName: "", until: stop,
      progressed: { _, step, _, _ in if step == .changes { stop.fire() } }, progress: { _ in })
    #expect(merged.isInterrupted && merged.sources[0].applied > 0)
    _ = try take(row("一", "甲"), restored)
    #expect(try restored.store.read { try $0.recordCount() } == 1)
  }

  /// That it cannot be read what was imported is told.
  @Test func importsThatCannotBeReadAreTold() throws {
    let restored = try restored("restored")
    #expect(try take(row("一", "甲"), office).imported == 1)
    let path = try crafted()
    let page = try DatabaseQueue(path: path).read { db in
      try #require(try Int.fetchOne(db, sql: "SELECT rootpage FROM sqlite_schema WHERE name = 'imported'"))
    }
    var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    bytes[(page - 1) * 4096] = 0xff
    try bytes.write(to: URL(fileURLWithPath: path))
    let source = try merge(restored, path)
    #expect(source.importsUnread && source.hasLeftOut)
    #expect(try restored.store.read { try $0.recordCount() } == 1)
  }

  // MARK: what tables it has

  /// Invariant 8: a file that says it is a store of some step has that step's tables, and nothing else is read.
  @Test(arguments: [
    "CREATE TABLE odd(x)", "DROP TABLE imported", "ALTER TABLE changes ADD COLUMN x",
    "DROP TABLE imported; CREATE TABLE imported(x)", "DROP INDEX changes_by_number",
    "ALTER TABLE branches RENAME COLUMN n TO m", "PRAGMA user_version = 12",
    "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, 'n INTEGER NOT NULL', 'n') WHERE name = 'changes'",
  ])
  func invariant8OtherTablesAreRefused(sql: String) throws {
    try office.addTraining("一")
    let path = try crafted(sql)
    guard case NodeError.backupRefused(path)? = try merge(offices.region, path).error else {
      Issue.record("\(sql)")
      return
    }
  }

  /// Invariant 8: of an older step's store, too, no row is read whose values are none that its columns may hold.
  @Test(arguments: FrozenStore.all.filter { $0.step < Schema.current })
  func invariant8MisfitsOfAnOlderStepEndNothing(frozen: FrozenStore) throws {
    for (number, sql) in [
      "UPDATE branches SET n = 'x', base_n = -9", "UPDATE branches SET n = NULL", "UPDATE changes SET n = -1",
      "UPDATE changes SET hash = x'00'", "UPDATE changes SET body = 7, signature = 'x'",
      "UPDATE spaces SET section = 9, division = x'ff'", "UPDATE records SET origin = 'x', flags = 'y'",
      "UPDATE conflicts SET reason = 999, field = 7", "UPDATE meta SET value = x''",
      "UPDATE branches SET base = key, base_n = 9223372036854775807",
    ].enumerated() {
      let place = folder.path + "/\(frozen.step)-\(number)"
      try frozen.put(store: place)
      let file = try DatabaseQueue(path: place + "/" + Store.fileName)
      try file.writeWithoutTransaction { db in
        try db.execute(sql: "PRAGMA ignore_check_constraints = ON")
        try db.execute(sql: sql.replacingOccurrences(of: "UPDATE ", with: "UPDATE OR IGNORE "))
      }
      try file.close()
      let source = try merge(offices.region, place)
      #expect(source.applied == 0, "\(sql): \(source)")
    }
  }

  // MARK: what runs, loops or grows

  /// Invariant 8: what would be computed where it is read is refused, whatever it would come to.
  @Test(arguments: [
    "ALTER TABLE changes ADD COLUMN x AS (zeroblob(700000000))",
    "CREATE INDEX odd ON changes(abs(n))", "CREATE VIEW odd AS SELECT 1",
    "CREATE INDEX odd ON changes(n) WHERE length(hex(zeroblob(n))) > 0",
    "CREATE TRIGGER odd AFTER DELETE ON identity BEGIN DELETE FROM changes; END",
    "PRAGMA writable_schema = ON; INSERT INTO sqlite_schema(type, name, tbl_name, rootpage, sql) VALUES ('table', 'odd', 'odd', 0, 'CREATE VIRTUAL TABLE odd USING fts5(x)')",
  ])
  func invariant8WhatComputesItsRowsIsRefused(sql: String) throws {
    try office.addTraining("一")
    let path = try crafted(sql)
    let source = try merge(offices.region, path)
    guard case NodeError.backupRefused(path)? = source.error else {
      Issue.record("\(sql): \(String(describing: source.error))")
      return
    }
    #expect(source.applied == 0)
  }

  /// Invariant 8: a body as long as no change may be is not read, and ends its branch.
  @Test func invariant8ABodyOfAnyLengthEndsItsBranch() throws {
    try office.addTraining("一")
    let edit = try office.store.read { try $0.ownCursor().arrival }
    try office.addTraining("二")
    let path = try crafted("UPDATE changes SET body = zeroblob(80000000) WHERE arrival = \(edit)")
    let source = try merge(offices.region, path)
    #expect(source.leftOut >= 2 && source.error == nil, "\(source)")
  }

  /// Invariant 8: without signatures no more is gathered than a signature may stand for.
  @Test func invariant8WhatNobodySignedIsNotGathered() throws {
    for number in 0..<40 { try office.addTraining("第\(number)") }
    let path = try crafted(
      "UPDATE changes SET signature = NULL, body = zeroblob(400000) WHERE arrival > 3")
    let read = folder.path + "/read"
    try FileManager.default.createDirectory(atPath: read, withIntermediateDirectories: false)
    try Store.copy(file: path, into: read)
    try Store.disarm(copyIn: read)
    let copy = try Store(openingCopy: read)
    defer { copy.close() }
    try copy.read { snapshot in
      var gaps: OutgoingGaps? = OutgoingGaps()
      let next = try snapshot.outgoing(
        after: 0, scope: { _ in true }, excluding: nil, held: HeldRanges(), limit: 512 << 10,
        signatureSpan: 0, gaps: &gaps)
      let bytes = next.batches.reduce(0) { $0 + $1.bodies.reduce(0) { $0 + $1.count } }
      #expect(bytes < 3 << 20, "\(bytes)")
      #expect(gaps?.leftOut ?? 0 > 30)
    }
    #expect(try merge(offices.region, path).error == nil)
  }

  /// Invariant 8: branches that leave one another lead to no beginning, and to no end of looking for it.
  @Test(.timeLimit(.minutes(5))) func invariant8BranchesInARingAreDamage() throws {
    try office.addTraining("一")
    try office.addTraining("二")
    let file = try DatabaseQueue(path: office.store.folder + "/" + Store.fileName)
    try file.write { db in
      try db.execute(sql: "DELETE FROM changes WHERE n = 1; UPDATE branches SET base = key")
    }
    try file.close()
    let path = office.store.folder
    try Store(opening: path).read { snapshot in
      _ = #expect(throws: StoreError.self) {
        _ = try snapshot.outgoing(
          after: 0, scope: { _ in true }, excluding: nil, held: HeldRanges(), limit: 512 << 10)
      }
    }
    #expect(try merge(offices.region, path).applied == 0)
  }

  /// Invariant 8: numbers that no change has end nothing.
  @Test(arguments: [
    "UPDATE OR IGNORE changes SET n = 0", "UPDATE OR IGNORE changes SET n = 9223372036854775807",
    "UPDATE OR IGNORE changes SET n = -1",
  ])
  func invariant8NumbersThatNoChangeHasEndNothing(sql: String) throws {
    try office.addTraining("一")
    try office.addTraining("二")
    #expect(try merge(offices.region, crafted(sql)).applied <= 2)
  }

  // MARK: counting

  /// Refused changes are counted each, also where they came before: they are not here.
  @Test func whatIsRefusedIsNotHereAlready() throws {
    let stranger = try offices.office("540600", "那曲市局")
    for number in 0..<3 { try stranger.addTraining("第\(number)") }
    for round in 0..<2 {
      let source = try merge(offices.region, stranger.store.folder)
      #expect(source.changes == 3 && source.rejected == 3, "round \(round): \(source)")
      #expect(source.already == 0 && source.applied == 0)
    }
    try office.addTraining("一")
    let first = try merge(offices.region, office.store.folder)
    let again = try merge(offices.region, office.store.folder)
    #expect(first.changes == again.changes && again.already == again.changes && again.applied == 0)
    #expect(first.applied + first.already == first.changes)
  }

  /// How many changes a bundle has is counted, and its maker's word held against it.
  @Test func aBundleThatSaysAnotherNumberIsAltered() throws {
    try office.addTraining("一")
    let next = try office.store.read {
      try $0.outgoing(
        after: 0, scope: { $0.section == .records }, excluding: nil, held: HeldRanges(), limit: 512 << 10)
    }
    let frame = Message.changes(ChangesFrame(batches: next.batches, through: next.through)).encoded()
    let body = UInt32(frame.count).bigEndianBytes + frame
    for (said, isTrue) in [(0, false), (2, false), (Int.max, false), (1, true)] {
      let file = try SealedFile(body, from: office, to: offices.region) { $0.changes = said }
      let other = folder.path + "/b.tzb"
      try Data(file.bytes).write(to: URL(fileURLWithPath: other))
      let source = try merge(offices.region, other)
      #expect((source.error as? BundleFault == .altered) == !isTrue, "\(said): \(source)")
    }
  }
}
