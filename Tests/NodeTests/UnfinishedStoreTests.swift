import Foundation
import TestSupport
import Testing

@testable import Node
@testable import Store

/// A store whose making was cut off is nobody's, and is in nobody's way.
@Suite struct UnfinishedStoreTests {
  private let folder = TemporaryFolder()
  private var place: String { folder.path + "/store" }
  private var mark: String { place + "/" + UnfinishedStore.markName }

  /// What is there when the power goes right before the store says whose it is.
  private func cutOff() throws {
    _ = try UnfinishedStore(in: place)
    try Store(creating: place).close()
    try Identity.write("a key that nobody ever used", place, "node.key")
    try Identity.write("the same of a CA", place, "ca.key")
  }

  private func create() throws -> LocalNode {
    try LocalNode.create(folder: place, division: "540100", name: "拉萨市局", isRegion: false)
  }

  @Test func itIsNoStoreAndCanBeBegunAgain() throws {
    try cutOff()
    #expect(throws: StoreError.noStore(path: place)) { try LocalNode(opening: place) }
    #expect(throws: StoreError.noStore(path: place)) { try Store(reading: place) }
    let node = try create()
    #expect(try node.verify().problems == [])
    #expect(try Identity.read(place, "ca.key") == nil)
    #expect(!FileManager.default.fileExists(atPath: mark))
    try node.addTraining("可以录入")
  }

  @Test func aBackupIsRestoredThere() throws {
    let offices = try TestOffices()
    let office = try offices.office("540100", "拉萨市局")
    _ = try office.backup(to: folder.path + "/b")
    try cutOff()
    let restored = try LocalNode.restore(backup: folder.path + "/b", into: place)
    #expect(restored.facts.node == office.facts.node)
    #expect(!FileManager.default.fileExists(atPath: mark))
  }

  /// A disk may forget that the mark was taken away.
  @Test func aStoreThatSaysWhoseItIsIsFinishedWhateverStandsBesideIt() throws {
    let node = try create()
    let key = try Identity.read(place, "node.key")
    #expect(FileManager.default.createFile(atPath: mark, contents: nil))
    #expect(throws: StoreError.alreadyExists(path: place)) { try create() }
    #expect(try LocalNode(opening: place).facts.node == node.facts.node)
    #expect(try Identity.read(place, "node.key") == key)
    #expect(!UnfinishedStore.isMarked(place))
  }

  /// A mark from long ago, and then a disk that loses the store itself: the keys may be the only ones of an office.
  @Test func invariant2NoMarkDestroysKeys() throws {
    try create().store.close()
    let key = try Identity.read(place, "node.key")
    for name in ["", "-wal", "-shm"] { unlink(place + "/" + Store.fileName + name) }
    #expect(FileManager.default.createFile(atPath: mark, contents: nil))
    _ = try create()
    #expect(try Identity.read(place, "node.key") != key)
    #expect(try Identity.read(place, "node.key.former1") == key)
  }

  /// A private key that nobody knows of is one that nobody deletes.
  @Test func keysThatWerePutAsideAreTold() throws {
    try cutOff()
    let node = try create()
    let names = ["identity/ca.key.former1", "identity/node.key.former1"]
    #expect(node.formerKeys == names)
    #expect(try node.diagnose(repairs: false).formerKeys == names)
    #expect(try node.verify().problems.isEmpty)
    #expect(chmod(place + "/" + names[1], 0o644) == 0)
    let found = try node.diagnose(repairs: false).problems
    #expect(found.map(\.log) == [names[1]] && found.map(\.problem) == ["open-key"])
    #expect(try node.diagnose(repairs: true).problems.isEmpty)
    var facts = stat()
    #expect(stat(place + "/" + names[1], &facts) == 0 && facts.st_mode & 0o777 == 0o600)
    // What merely is called like one is somebody else's.
    try Data().write(to: URL(fileURLWithPath: place + "/identity/node.key.former"))
    #expect(node.formerKeys == names)
  }

  /// A disk may have lost a store's bytes and kept the keys, which may be the only ones.
  @Test func withoutTheMarkNothingIsTakenAway() throws {
    _ = try create()
    let key = try Identity.read(place, "node.key")
    for file in StoreFiles.all(place + "/" + Store.fileName) { unlink(file) }
    #expect(FileManager.default.createFile(atPath: place + "/" + Store.fileName, contents: nil))
    #expect(throws: StoreError.alreadyExists(path: place)) { try create() }
    #expect(try Identity.read(place, "node.key") == key)
  }

  @Test func ofTwoWhoMakeOneTheSecondIsToldToWait() throws {
    let first = try UnfinishedStore(in: place)
    #expect(throws: StoreError.busy) { try create() }
    withExtendedLifetime(first) {}
  }

  @Test func whoIsToldToWaitLeavesNothingOpen() throws {
    let first = try UnfinishedStore(in: place)
    let inode = try #require(FileManager.default.attributesOfItem(atPath: place)[.systemFileNumber] as? Int)
    func descriptors() -> Int {
      (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd"))?.count { name in
        var facts = stat()
        return Int32(name).map { fstat($0, &facts) == 0 && Int(facts.st_ino) == inode } ?? false
      } ?? 0
    }
    for _ in 0..<3 { #expect(throws: StoreError.busy) { try UnfinishedStore(in: place) } }
    #expect(descriptors() == 1)
    withExtendedLifetime(first) {}
  }
}
