import Foundation
import TestSupport
import Testing

/// `doctor` as people run it: what is found, what is mended, what stays, each with its exit code.
@Suite(.offPool) struct DoctorCommandTests {
  @Test func whatIsFoundIsMendedAndSaid() throws {
    let place = try Workplace()
    let store = place["office"]
    try Program.run("init", "--division", "540100", "--name", "拉萨市局", "--store", store)
    let id = try place.add("会", to: "office")
    let whole = try Program.run("doctor", "--store", store)
    #expect(whole.exitCode == 0 && whole.object["ok"] as? Bool == true, "\(whole.err)")
    let print = try Program.run("status", "--store", store).object["fingerprint"] as? String
    try ChildProcess.sqlite(store + "/store.sqlite", "DELETE FROM records")
    for command in ["doctor", "verify"] {
      let found = try Program.run(command, "--store", store)
      #expect(found.exitCode == 1 && found.object["ok"] as? Bool == false, "\(command): \(found.err)")
      #expect((found.object["problems"] as? [[String: Any]])?.isEmpty == false)
    }
    let mended = try Program.run("doctor", "--repair", "--store", store)
    #expect(mended.exitCode == 0 && mended.object["ok"] as? Bool == true, "\(mended.out)")
    #expect((mended.object["problems"] as? [Any])?.isEmpty == true)
    #expect((mended.object["repaired"] as? [[String: Any]])?.isEmpty == false)
    #expect(try Program.run("status", "--store", store).object["fingerprint"] as? String == print)
    #expect(try Program.run("show", id, "--store", store).exitCode == 0)
  }

  /// A damaged log stays damaged; what is sound of the store can be merged into another.
  @Test func fromADamagedStoreTheRestIsSaved() throws {
    let place = try Workplace()
    let (server, address) = try place.region()
    defer { server.kill(SIGTERM) }
    try place.add("一", to: "office")
    try Program.run("backup", place["early"], "--store", place["office"])
    try place.add("二", to: "office")
    try place.add("三", to: "office")
    try ChildProcess.sqlite(
      place["office"] + "/store.sqlite",
      "UPDATE changes SET body = x'00' WHERE arrival = (SELECT max(arrival) FROM changes)")
    let found = try Program(["doctor", "--repair", "--lang", "zh", "--store", place["office"]], json: false)
      .finish()
    #expect(found.exitCode == 1 && found.err.contains("restore-backup"), "\(found.err)")
    try Program.run("restore-backup", place["early"], "--store", place["restored"])
    let merged = try Program.run("merge", place["office"], "--store", place["restored"])
    #expect(merged.exitCode == 1, "\(merged.out)")
    #expect(try place.titles(in: "restored") == ["一", "二"])
    #expect(try Program.run("verify", "--store", place["restored"]).exitCode == 0)
    let synced = try Program.run("sync", address, "--store", place["restored"])
    #expect(synced.exitCode == 0, "\(synced.err)")
  }

  /// Where the making of a store was cut off its keys are put aside, and whoever makes one there is told so.
  @Test func keysThatWerePutAsideAreTold() throws {
    let place = try Workplace()
    let store = place["office"]
    func make() throws -> Program.Result {
      try Program.run("init", "--division", "540100", "--name", "拉萨市局", "--store", store)
    }
    let first = try make()
    #expect(first.exitCode == 0 && !first.err.contains("former"), "\(first.err)")
    for name in ["", "-wal", "-shm"] {
      try? FileManager.default.removeItem(atPath: store + "/store.sqlite" + name)
    }
    #expect(FileManager.default.createFile(atPath: store + "/store.sqlite.new", contents: nil))
    let again = try make()
    #expect(again.exitCode == 0 && again.err.contains("identity/node.key.former1"), "\(again.err)")
    let looked = try Program.run("doctor", "--store", store)
    #expect(
      looked.exitCode == 0 && looked.object["former_keys"] as? [String] == ["identity/node.key.former1"])
    #expect(looked.err.contains("identity/node.key.former1"), "\(looked.err)")
  }
}
