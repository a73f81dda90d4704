import Campaign
import Foundation
import GRDB
import Ledger
import Store
import TestSupport
import Testing

@testable import Node

@Suite struct StoreFileTests {
  /// Two commands at once never give two changes the same number, and both last.
  @Test func writersOfOneStoreTakeTurns() async throws {
    let offices = try TestOffices()
    let first = try offices.enrolled("540100", "拉萨市局")
    let second = try LocalNode(opening: first.store.folder)
    await withTaskGroup(of: Void.self) { group in
      for node in [first, second] {
        group.addTask { for number in 0..<25 { _ = try? node.addTraining("第\(number)") } }
      }
    }
    #expect(try first.store.read { try $0.recordCount() } == 50)
    #expect(try first.verify().problems.isEmpty)
  }

  @Test func aFileThatIsNoStoreIsRefused() throws {
    let folder = TemporaryFolder()
    try FileManager.default.createDirectory(atPath: folder.path, withIntermediateDirectories: true)
    try Data("no database at all, but long enough to be looked at".utf8).write(
      to: URL(fileURLWithPath: folder.path + "/store.sqlite"))
    #expect(throws: StoreError.notAStore(path: folder.path)) { try Store(opening: folder.path) }
    #expect(throws: StoreError.noStore(path: "/nowhere")) { try Store(opening: "/nowhere") }
  }

  /// Invariant 2: a backup alone makes a working store again, under an epoch of its own.
  @Test func invariant2ABackupRestoresEverything() throws {
    let offices = try TestOffices()
    let office = try offices.enrolled("540100", "拉萨市局")
    let id = try office.addTraining("备份之前")
    let folder = TemporaryFolder()
    try FileManager.default.createDirectory(atPath: folder.path, withIntermediateDirectories: true)
    _ = try office.backup(to: folder.path + "/b")
    let restored = try LocalNode.restore(backup: folder.path + "/b", into: folder.path + "/restored")
    #expect(try restored.field(id, "title") == .single(.text("备份之前")))
    #expect(try restored.fingerprint(of: "540100") == office.fingerprint(of: "540100"))
    try restored.addTraining("恢复之后")
    #expect(try restored.verify().problems.isEmpty)
    #expect(try restored.store.read { try $0.logCount() } == office.store.read { try $0.logCount() } + 1)
  }

  /// Invariant 6: a flipped bit anywhere in a body is found, and said where.
  @Test func invariant6VerifyFindsAFlippedBit() throws {
    let offices = try TestOffices()
    let office = try offices.enrolled("540100", "拉萨市局")
    try office.addTraining("不可改")
    let path = office.store.folder + "/store.sqlite"
    try DatabaseFile.flipLastBit(ofBodyAt: 1, in: path)
    let report = try office.verify()
    #expect(report.problems.contains { $0.n == 1 })
  }
}

/// Reaches past the store into its file, as a failing disk or an intruder would.
enum DatabaseFile {
  static func flipLastBit(ofBodyAt arrival: Int64, in path: String) throws {
    let queue = try DatabaseQueue(path: path)
    try queue.write { db in
      guard
        var body = try Data.fetchOne(
          db, sql: "SELECT body FROM changes WHERE arrival = ?", arguments: [arrival])
      else { return }
      body[body.count - 1] ^= 1
      try db.execute(sql: "UPDATE changes SET body = ? WHERE arrival = ?", arguments: [body, arrival])
    }
  }
}
