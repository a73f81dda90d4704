import Foundation
import Testing

/// A store is its owner's alone: the files' modes as they are made, told and mended.
@Suite(.offPool) struct ModesTests {
  private func mode(_ path: String) -> Int? {
    (try? FileManager.default.attributesOfItem(atPath: path))?[.posixPermissions] as? Int
  }

  private func set(_ mode: Int, _ path: String) throws {
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
  }

  @Test func whatIsMadeIsTheOwnersAlone() throws {
    let place = try Workplace()
    let (server, _) = try place.region()
    defer { server.kill(SIGTERM) }
    // While it serves, what SQLite keeps beside the file is there too.
    for name in ["", "/store.sqlite-wal", "/store.sqlite-shm", "/store.sqlite", "/identity"] {
      let wanted = name.hasPrefix("/store") ? 0o600 : 0o700
      #expect(mode(place["region"] + name) == wanted, "\(name)")
    }
    try Program.run("backup", place["b"], "--store", place["office"])
    try set(0o755, place["b"])
    try Program.run("restore-backup", place["b"], "--store", place["restored"])
    #expect(mode(place["restored"]) == 0o700 && mode(place["restored"] + "/store.sqlite") == 0o600)
    // A folder that was there keeps its mode.
    try FileManager.default.createDirectory(atPath: place["own"], withIntermediateDirectories: false)
    try set(0o750, place["own"])
    try Program.run("init", "--division", "540100", "--name", "局", "--store", place["own"])
    #expect(mode(place["own"]) == 0o750 && mode(place["own"] + "/store.sqlite") == 0o600)
  }

  @Test func whatIsOpenIsToldAndMended() throws {
    let place = try Workplace()
    let store = place["office"]
    try Program.run("init", "--division", "540100", "--name", "拉萨市局", "--store", store)
    try set(0o644, store + "/store.sqlite")
    try set(0o755, store + "/identity")
    func problems(_ result: Program.Result, _ key: String) -> Set<String> {
      Set((result.object[key] as? [[String: Any]] ?? []).compactMap { $0["problem"] as? String })
    }
    let found = try Program.run("doctor", "--store", store)
    #expect(
      found.exitCode == 1 && problems(found, "problems") == ["open-store", "open-folder"], "\(found.out)")
    let mended = try Program.run("doctor", "--repair", "--store", store)
    #expect(mended.exitCode == 0 && problems(mended, "repaired") == ["open-store", "open-folder"])
    #expect(mode(store + "/store.sqlite") == 0o600 && mode(store + "/identity") == 0o700)
    #expect(try Program.run("doctor", "--store", store).exitCode == 0)
  }

  /// What is repaired is listed, with what is to be done next.
  @Test func aRepairThatGivesContentsUpSaysHowTheyComeBack() throws {
    let place = try Workplace()
    let store = place["office"]
    try Program.run("init", "--division", "540100", "--name", "拉萨市局", "--store", store)
    let id = try place.add("会", to: "office")
    var digests: [String] = []
    for (name, text) in [("甲.jpg", "一"), ("乙.jpg", "二")] {
      try Data(text.utf8).write(to: URL(fileURLWithPath: place[name]))
      let attached = try Program.run("attach", id, place[name], "--store", store)
      digests.append(try #require(attached.object["sha256"] as? String))
    }
    let files = digests.map { store + "/attachments/\($0.prefix(2))/\($0.dropFirst(2))" }
    try Data("三".utf8).write(to: URL(fileURLWithPath: files[0]))
    try FileManager.default.removeItem(atPath: files[1])
    for command in ["verify", "doctor"] {
      let found = try Program([command, "--lang", "zh", "--store", store], json: false).finish()
      #expect(found.exitCode == 1, "\(command)")
      #expect(found.out.contains("附件文件丢失") && found.out.contains("附件文件损坏"), "\(found.out)")
    }
    let mended = try Program(["doctor", "--repair", "--lang", "zh", "--store", store], json: false).finish()
    #expect(mended.exitCode == 0 && !mended.out.contains("没有问题"), "\(mended.out)")
    for digest in digests { #expect(mended.out.contains(digest), "\(mended.out)") }
    #expect(mended.err.contains("2 个附件") && mended.err.contains("sync --attachments"), "\(mended.err)")
  }
}
