import Foundation
import TestSupport
import Testing

/// A disk without a free byte: what is on it can be read, and taken elsewhere.
@Suite(
  .serialized, .offPool, .enabled(if: TinyDisk.isPossible, "only who may mount can make a disk that is full"))
struct FullDiskTests {
  private let place: Workplace
  private let disk: TinyDisk

  init() throws {
    place = try Workplace()
    disk = try TinyDisk(at: place["disk"], megabytes: 2)
  }

  /// Takes all the room there is: a process that ends writes back what it found in the log of writes, and takes that file
  /// away.
  private func fill() throws {
    let file = open(disk.path + "/rest", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    try #require(file >= 0)
    defer { close(file) }
    for size in [4096, 1] {
      let bytes = [UInt8](repeating: 1, count: size)
      while write(file, bytes, size) > 0 {}
    }
  }

  private func run(_ arguments: String...) throws -> Program.Result {
    try Program(arguments + ["--store", disk.path + "/office"]).finish()
  }

  /// A store whose last changes are in the log of its writes alone, as a process leaves it that was killed.
  private func leave() throws -> (id: String, last: String) {
    let (server, _) = try place.region()
    server.kill(SIGTERM)
    let id = try place.add("第一场", to: "office")
    let (busy, _) = try place.serve("office")
    defer { busy.kill(SIGTERM) }
    let last = try place.add("最后一场", to: "office")
    try FileManager.default.createDirectory(
      atPath: disk.path + "/office", withIntermediateDirectories: true)
    for name in ["store.sqlite", "store.sqlite-wal", "identity"] {
      try FileManager.default.copyItem(
        atPath: place["office"] + "/" + name, toPath: disk.path + "/office/" + name)
    }
    return (id, last)
  }

  @Test func whatIsOnAFullDiskIsReadAndTakenElsewhere() throws {
    let (id, last) = try leave()
    for call in [
      ["list"], ["show", id], ["history", last], ["search", "最后"], ["status"], ["conflicts"], ["receipts"],
      ["quarantine"], ["peer", "list"], ["office", "list"], ["attachment", "list", id], ["plan", "show"],
      ["report", "summary"], ["report", "submissions"], ["duplicates"], ["forks"], ["verify"], ["doctor"],
      ["export", "--format", "jsonl"],
    ] {
      try fill()
      let result = try Program(call + ["--store", disk.path + "/office"]).finish()
      #expect(result.exitCode == 0 && result.err.contains("full"), "\(call): \(result.err)")
    }
    try fill()
    #expect(try run("list").objects.count == 2)
    try fill()
    let saved = try run("backup", place["saved"])
    #expect(saved.exitCode == 0, "\(saved.err)")
    try Program.run("restore-backup", place["saved"], "--store", place["again"])
    #expect(try place.titles(in: "again") == ["最后一场", "第一场"].sorted())
  }

  @Test func nothingIsWrittenAndAllIsThereOnceThereIsRoom() throws {
    let (id, last) = try leave()
    for call in [["edit", id, "--set", "notes=不行"], ["delete", last], ["sync"], ["doctor", "--repair"]] {
      try fill()
      let result = try Program(call + ["--store", disk.path + "/office"]).finish()
      #expect(result.exitCode == 74 && result.errorCode == "disk-full", "\(call): \(result.err)")
    }
    try FileManager.default.removeItem(atPath: disk.path + "/rest")
    #expect(try run("edit", id, "--set", "notes=行了").exitCode == 0)
    #expect(try run("verify").exitCode == 0)
    #expect(try place.titles(in: "disk/office") == ["最后一场", "第一场"].sorted())
  }
}
