import Foundation
import TestSupport
import Testing

/// Stores that cannot be used, and disks that are full: each has its code, and nothing is half-written.
@Suite(.offPool) struct BadStoreTests {
  @Test func aStoreOfANewerVersionIsRefusedByReadersAndWriters() throws {
    let place = try Workplace()
    try Program.run("init", "--division", "540100", "--name", "拉萨市局", "--store", place["office"])
    try ChildProcess.sqlite(place["office"] + "/store.sqlite", "PRAGMA user_version = 9999")
    for arguments in [["list"], ["status"], ["sync", "127.0.0.1:1"], ["verify"], ["delete", "0000dead"]] {
      let result = try Program(arguments + ["--store", place["office"]]).finish()
      #expect(result.exitCode == 65, "\(arguments): \(result.err)")
      #expect(result.errorCode == "newer-store", "\(arguments): \(result.err)")
    }
  }

  @Test func aFolderThatIsNoStoreIsRefused() throws {
    let place = try Workplace()
    try FileManager.default.createDirectory(atPath: place["empty"], withIntermediateDirectories: true)
    let empty = try Program.run("list", "--store", place["empty"])
    #expect(empty.exitCode == 66 && empty.errorCode == "no-store")
    for (name, bytes) in [("text", Array("不是数据库，只是一段足够长的文字。".utf8)), ("nothing", [])] {
      try FileManager.default.createDirectory(atPath: place[name], withIntermediateDirectories: true)
      try Data(bytes).write(to: URL(fileURLWithPath: place[name] + "/store.sqlite"))
      for command in ["list", "status"] {
        let result = try Program.run(command, "--store", place[name])
        #expect(result.exitCode == 65, "\(name) \(command): \(result.err)")
        #expect(result.errorCode == "not-a-store", "\(name) \(command): \(result.err)")
      }
      #expect(FileManager.default.contents(atPath: place[name] + "/store.sqlite").map(Array.init) == bytes)
    }
    // Another program's database is not touched either.
    try FileManager.default.createDirectory(atPath: place["foreign"], withIntermediateDirectories: true)
    try ChildProcess.sqlite(place["foreign"] + "/store.sqlite", "CREATE TABLE theirs(x)")
    let foreign = try Program.run("status", "--store", place["foreign"])
    #expect(foreign.exitCode == 65 && foreign.errorCode == "not-a-store", "\(foreign.err)")
  }

  @Test func aStoreWithoutItsKeySaysSo() throws {
    let place = try Workplace()
    try Program.run("init", "--division", "540100", "--name", "拉萨市局", "--store", place["office"])
    try FileManager.default.removeItem(atPath: place["office"] + "/identity/node.key")
    let result = try Program.run("sync", "127.0.0.1:1", "--store", place["office"])
    #expect(result.exitCode == 65 && result.errorCode == "identity", "\(result.err)")
  }

  /// A disk of 3 MB that fills up in the middle of an import: all of it or nothing.
  @Test(.enabled(if: TinyDisk.isPossible, "only who may mount can make a disk that is full"))
  func aFullDiskIsSaidAndTheStoreStaysWhole() throws {
    let place = try Workplace()
    let disk = try TinyDisk(at: place["disk"], megabytes: 3)
    let store = disk.path + "/office"
    try Program.run("init", "--division", "540100", "--name", "拉萨市局", "--store", store)
    let ledger = try place.ledger("big.csv", rows: 20_000)
    let result = try Program.run("import", ledger, "--store", store)
    #expect(result.exitCode == 74, "\(result.err)")
    #expect(result.errorCode == "disk-full", "\(result.err)")
    #expect(try Program.run("status", "--store", store).object["records"] as? Int == 0)
    #expect(try Program.run("verify", "--store", store).exitCode == 0)
    // And with a small ledger everything is as before.
    #expect(try Program.run("import", place.ledger("small.csv", rows: 3), "--store", store).exitCode == 0)
    #expect(try Program.run("status", "--store", store).object["records"] as? Int == 3)
  }
}

extension BadStoreTests {
  /// What is written out onto a full disk is told by the same code, and leaves no half file.
  @Test(.enabled(if: TinyDisk.isPossible, "only who may mount can make a disk that is full"))
  func aFullStickIsSaidAndHoldsNoHalfFile() throws {
    let place = try Workplace()
    let store = place["office"]
    try Program.run("init", "--division", "540100", "--name", "拉萨市局", "--store", store)
    try Program.run("import", try place.ledger("big.csv", rows: 20_000, noise: true), "--store", store)
    let stick = try TinyDisk(at: place["stick"], megabytes: 1)
    for call in [["backup", stick.path + "/b"], ["export", "-o", stick.path + "/e.csv"]] {
      let result = try Program(call + ["--store", store]).finish()
      #expect(result.exitCode == 74 && result.errorCode != nil, "\(call): \(result.err)")
      #expect(try FileManager.default.contentsOfDirectory(atPath: stick.path).isEmpty, "\(call)")
    }
  }
}

/// A file system in memory of a few megabytes.
final class TinyDisk {
  let path: String

  static let isPossible: Bool = {
    guard geteuid() == 0 else { return false }
    let path = NSTemporaryDirectory() + "/taizhang-mount-\(UUID())"
    guard (try? TinyDisk(at: path, megabytes: 1)) != nil else { return false }
    try? FileManager.default.removeItem(atPath: path)
    return true
  }()

  init(at path: String, megabytes: Int) throws {
    self.path = path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    guard mount("tmpfs", path, "tmpfs", 0, "size=\(megabytes)m") == 0 else { throw POSIXError(.EPERM) }
  }

  deinit { umount2(path, Int32(MNT_DETACH)) }
}
