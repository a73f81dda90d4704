import Campaign
import Foundation
import GRDB
import Ledger
import TestSupport
import Testing

@testable import Node
@testable import Store

/// A backup and the way back: what lies in the way is neither taken for the store's nor written over.
@Suite struct RestoringTests {
  private let folder = TemporaryFolder()
  private let files = FileManager.default

  private func backedUp() throws -> (node: LocalNode, path: String, id: String) {
    try files.createDirectory(atPath: folder.path, withIntermediateDirectories: true)
    let node = try LocalNode.create(
      folder: folder.path + "/region", division: "540000", name: "自治区", isRegion: true)
    let id = try node.addTraining("备份之前")
    let path = folder.path + "/台账.backup"
    _ = try node.backup(to: path)
    return (node, path, id)
  }

  private func content(_ path: String) -> Data? { files.contents(atPath: path) }

  /// Keys whose store is gone are nobody's to write over: the region's CA may have no other.
  @Test func aNewStoreLeavesTheKeysThatAreThere() throws {
    let (node, _, _) = try backedUp()
    let folder = node.store.folder
    for suffix in ["", "-wal", "-shm"] { try? files.removeItem(atPath: folder + "/store.sqlite" + suffix) }
    let before = ["node.key", "ca.key"].map { content(Identity.path(folder, $0)) }
    #expect {
      _ = try LocalNode.create(folder: folder, division: "540000", name: "自治区", isRegion: true)
    } throws: { error in
      if case NodeError.otherIdentity = error { true } else { false }
    }
    #expect(["node.key", "ca.key"].map { content(Identity.path(folder, $0)) } == before)
    #expect(!files.fileExists(atPath: folder + "/store.sqlite"))
  }

  /// Invariant 2: SQLite takes a log of writes that lies beside a file for that file's own.
  @Test(arguments: ["-wal", "-shm", "-journal"])
  func invariant2WhatIsLeftOfAnotherStoreIsNotReplayed(suffix: String) throws {
    let (node, path, id) = try backedUp()
    _ = try node.edit(id, operations: [.set("title", to: "备份之后")], operatorName: "")
    let place = node.store.folder + "/store.sqlite"
    let left = place + suffix
    if !files.fileExists(atPath: left) { try Data("left".utf8).write(to: URL(fileURLWithPath: left)) }
    for other in ["", "-wal", "-shm", "-journal"] where other != suffix {
      try? files.removeItem(atPath: place + other)
    }
    let before = content(left)
    #expect(throws: StoreError.leftBeside(path: left)) {
      try LocalNode.restore(backup: path, into: node.store.folder)
    }
    #expect(throws: StoreError.leftBeside(path: left)) { try Store(creating: node.store.folder) }
    #expect(content(left) == before && !files.fileExists(atPath: place))
    try files.removeItem(atPath: left)
    let restored = try LocalNode.restore(backup: path, into: node.store.folder)
    #expect(try restored.field(id, "title") == .single(.text("备份之前")))
    #expect(try restored.verify().problems == [])
  }

  /// The store takes its place last: what was cut off before is done again, and no other node's key is lost by it.
  @Test func aRestoreThatWasCutOffIsDoneAgain() throws {
    let (node, path, id) = try backedUp()
    let half = folder.path + "/half"
    try files.createDirectory(atPath: half, withIntermediateDirectories: true)
    // A folder that cannot be replaced by a file.
    try files.createDirectory(atPath: half + "/identity/node.crt/x", withIntermediateDirectories: true)
    #expect(throws: NodeError.self) { try LocalNode.restore(backup: path, into: half) }
    #expect(try files.contentsOfDirectory(atPath: half) == ["identity"])
    try files.removeItem(atPath: half + "/identity/node.crt")
    // A run that a power cut ended leaves such files as well.
    for suffix in ["", "-journal", "-wal"] {
      try Data("half".utf8).write(to: URL(fileURLWithPath: half + "/store.sqlite.part" + suffix))
    }
    let restored = try LocalNode.restore(backup: path, into: half)
    #expect(try restored.field(id, "title") == .single(.text("备份之前")))
    #expect(restored.facts.isRegion && restored.facts.node == node.facts.node)
    let names = try files.contentsOfDirectory(atPath: half)
    #expect(!names.contains { $0.contains(".part") }, "\(names)")
  }

  @Test func anotherNodesKeyIsNotOverwritten() throws {
    let (_, path, _) = try backedUp()
    let other = try LocalNode.create(
      folder: folder.path + "/other", division: "540100", name: "别的局", isRegion: false)
    let key = other.store.folder + "/identity/node.key"
    let before = content(key)
    for suffix in ["", "-wal", "-shm"] {
      try? files.removeItem(atPath: other.store.folder + "/store.sqlite" + suffix)
    }
    #expect {
      try LocalNode.restore(backup: path, into: other.store.folder)
    } throws: { error in
      if case NodeError.otherIdentity(path: key) = error { return true }
      return false
    }
    #expect(content(key) == before)
    #expect(try files.contentsOfDirectory(atPath: other.store.folder) == ["identity"])
  }

  @Test func aBackupNeverTakesThePlaceOfTheStoreOrOfSomebodysFile() throws {
    let (node, _, id) = try backedUp()
    let own = node.store.folder
    for name in [
      "store.sqlite", "store.sqlite-wal", "identity/node.key", "identity/neu", "attachments/ab/neu",
    ] {
      let before = content(own + "/" + name)
      #expect(throws: StoreError.ownFile(path: own + "/" + name)) { try node.backup(to: own + "/" + name) }
      #expect(content(own + "/" + name) == before, "\(name)")
    }
    let mine = folder.path + "/b.part"
    try Data("我的".utf8).write(to: URL(fileURLWithPath: mine))
    _ = try node.backup(to: folder.path + "/b")
    #expect(content(mine) == Data("我的".utf8))
    #expect(try node.field(id, "title") != nil)
  }

  /// What was erased may lie in pages that are in no use any more, where another process kept the file from being made
  /// anew.
  @Test func aBackupHoldsNothingOfWhatWasErased() throws {
    let (node, path, _) = try backedUp()
    let secret = Data("身份证号五四零一零零".utf8)
    let file = try DatabaseQueue(path: node.store.folder + "/store.sqlite")
    try file.write { db in
      try db.execute(sql: "CREATE TABLE gone(text BLOB)")
      for _ in 0..<200 {
        try db.execute(sql: "INSERT INTO gone VALUES (?)", arguments: [secret + Data(count: 500)])
      }
    }
    try file.write { db in
      try db.execute(
        sql: "DROP TABLE gone; INSERT INTO meta(name, value) VALUES ('unscrubbed', x'0000000000000001')")
    }
    try file.close()
    let store = try Store(opening: node.store.folder)
    #expect(content(node.store.folder + "/store.sqlite-wal")?.range(of: secret) != nil)
    try store.backup(to: path, files: ["node.key": [1]])
    let written = try #require(content(path))
    #expect(written.range(of: secret) == nil)
    let copy = try DatabaseQueue(path: path)
    #expect(try copy.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM identity") } == 1)
    #expect(
      try copy.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM meta WHERE name = 'unscrubbed'") } == 0)
  }

  /// A CA's key that cannot be read is not one that is absent: the region would be one no more.
  @Test func anIdentityFileThatCannotBeReadIsNotPassedOver() throws {
    let (node, path, _) = try backedUp()
    let key = node.store.folder + "/identity/ca.key"
    try files.removeItem(atPath: key)
    try files.createDirectory(atPath: key, withIntermediateDirectories: false)
    func isSaid(_ error: any Error) -> Bool {
      if case NodeError.file(path: key, errno: EISDIR) = error { return true }
      return false
    }
    #expect { try LocalNode(opening: node.store.folder) } throws: { isSaid($0) }
    #expect { try node.backup(to: path) } throws: { isSaid($0) }
  }
}
