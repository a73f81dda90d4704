import Foundation
import Testing

/// Photos and scans through the real program: attached, sent, got back, erased.
@Suite(.offPool) struct AttachmentTests {
  private func bytes(_ path: String) -> Data? { FileManager.default.contents(atPath: path) }

  private func photo(_ place: Workplace, _ name: String, bytes: Int) throws -> String {
    try Data((0..<bytes).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 9) }).write(
      to: URL(fileURLWithPath: place[name]))
    return place[name]
  }

  @Test func aPhotoReachesTheRegionAndIsErasedEverywhere() throws {
    let place = try Workplace()
    let (server, address) = try place.region()
    defer {
      server.kill(SIGTERM)
      _ = server.finish()
    }
    let (office, region) = (place["office"], place["region"])
    let id = try place.add("宣贯会", to: "office")
    let file = try photo(place, "现场.jpg", bytes: 900_000)
    let attached = try Program.run("attach", id, file, "--operator", "扎西", "--store", office)
    #expect(attached.exitCode == 0, "\(attached.err)")
    #expect(attached.object["name"] as? String == "现场.jpg" && attached.object["here"] as? Bool == true)
    #expect(attached.object["bytes"] as? Int == 900_000)
    #expect(Set(attached.object.keys).isSuperset(of: ["name", "sha256", "bytes", "here"]))
    let shown = try Program.run("show", id, "--store", office).object["fields"] as? [String: Any]
    #expect(shown?["attachments"] as? [String] == ["现场.jpg"])
    let line = try Program.run("history", id, "--store", office).objects.last
    #expect(line?["field"] as? String == "attachments" && line?["operator"] as? String == "扎西")

    let synced = try Program.run("sync", address, "--store", office)
    #expect(synced.exitCode == 0 && synced.object["converged"] as? Bool == true, "\(synced.err)")
    #expect(synced.object["bytes_sent"] as? Int ?? 0 > 900_000)
    #expect(try Program.run("status", "--store", region).object["attachments_missing"] as? Int == 0)
    let got = try Program.run("attachment", "get", id, "现场.jpg", "-o", place["got.jpg"], "--store", region)
    #expect(got.exitCode == 0, "\(got.err)")
    #expect(bytes(place["got.jpg"]) == bytes(file))

    let refused = try Program.run("attachment", "erase", id, "现场.jpg", "--reason", "x", "--store", office)
    #expect(refused.exitCode == 77 && refused.errorCode == "no-right", "\(refused.err)")
    let erased = try Program.run("attachment", "erase", id, "现场.jpg", "--reason", "含个人信息", "--store", region)
    #expect(erased.exitCode == 0 && erased.object["erased"] as? Bool == true, "\(erased.err)")
    #expect(try Program.run("sync", address, "--store", office).exitCode == 0)
    for store in [office, region] {
      let gone = try Program.run("attachment", "get", id, "现场.jpg", "-o", place["x"], "--store", store)
      #expect(gone.exitCode == 66 && gone.errorCode == "attachment-erased", "\(gone.err)")
      #expect(try Program.run("attachment", "list", id, "--store", store).object["here"] as? Bool == false)
      #expect(try Program.run("verify", "--store", store).exitCode == 0)
      let told = try #require(try Program.run("history", id, "--store", store).objects.last)
      #expect(told["redacted"] as? Bool == true && told["reason"] as? String == "含个人信息", "\(told)")
      #expect(told["field"] as? String == "attachments" && told["from"] as? String == "现场.jpg", "\(told)")
      #expect(told["office"] as? String == "自治区局", "\(told)")
      let words = try Program(["history", id, "--store", store, "--lang", "zh"], json: false).finish().out
      #expect(words.contains("自治区局抹除了附件“现场.jpg”的内容，理由：含个人信息"), "\(words)")
    }
    #expect(!FileManager.default.fileExists(atPath: place["x"]))
  }

  @Test func whatAnOfficeLacksIsFetchedWhenAskedForOverALinkThatIsCut() throws {
    let place = try Workplace()
    let (server, address) = try place.region()
    defer {
      server.kill(SIGTERM)
      _ = server.finish()
    }
    let id = try place.add("宣贯会", to: "region")
    let moved = try Program.run(
      "add", "training", "--division", "540100", "--set", "title=甲", "--set", "date=2025-09-10",
      "--set", "plan_items=4.2", "--set", "organiser=局", "--set", "topic=standards", "--store",
      place["region"])
    let record = try #require(moved.object["id"] as? String)
    #expect(id != record)
    let file = try photo(place, "a.pdf", bytes: 4_000_000)
    try Program.run("attach", record, file, "--store", place["region"])
    let synced = try Program.run("sync", address, "--store", place["office"])
    #expect(synced.exitCode == 0, "\(synced.err)")
    let missing = try Program.run(
      "attachment", "get", record, "a.pdf", "-o", place["x"], "--store", place["office"])
    #expect(missing.exitCode == 66 && missing.errorCode == "attachment-not-here", "\(missing.err)")
    let listed = try Program.run("attachment", "list", record, "--store", place["office"]).object
    #expect(listed["here"] as? Bool == false && listed["held_by"] as? [String] == ["自治区局"])
    // A request and its acknowledgements take some hundred bytes of the dialler's: it is cut within the transfer.
    let proxy = try CuttingProxy(to: address, cutAfter: 1900)
    let cut = try Program.run("sync", proxy.address, "--attachments", "--store", place["office"])
    proxy.close()
    #expect(cut.exitCode == 69 && cut.errorCode == "link-lost", "\(cut.out) \(cut.err)")
    // What the records did stands: they were through before the first piece.
    #expect(cut.object["converged"] as? Bool == true && cut.object["error"] is [String: Any], "\(cut.out)")
    let region = try #require(
      (try Program.run("status", "--store", place["office"]).object["peers"] as? [[String: Any]])?.first)
    #expect(region["last_sync"] as? String != nil && region["last_error"] as? String == "link-lost")
    let again = try Program.run("sync", address, "--attachments", "--store", place["office"])
    #expect(again.exitCode == 0, "\(again.err)")
    #expect(again.object["bytes_received"] as? Int ?? 0 < 4_000_000, "what came whole is not sent again")
    #expect(
      try Program.run("attachment", "get", record, "a.pdf", "-o", place["got"], "--store", place["office"])
        .exitCode == 0)
    #expect(bytes(place["got"]) == bytes(file))
  }

  /// With several peers records go first: the photos of one keep nobody's records back.
  @Test func recordsGoToAllPeersBeforeTheFirstPhoto() throws {
    let place = try Workplace()
    let (region, address) = try place.region()
    try place.join("second", division: "540100", name: "拉萨市局二号", at: address)
    let (second, other) = try place.serve("second")
    try Program.run("peer", "add", other, "--store", place["office"])
    let id = try place.add("甲", to: "office")
    try Program.run("attach", id, try photo(place, "a.jpg", bytes: 800_000), "--store", place["office"])
    let synced = try Program.run("sync", "--store", place["office"])
    #expect(synced.exitCode == 0, "\(synced.err)")
    // One line a peer, that of the region with the photo's bytes.
    let lines = Dictionary(
      synced.objects.map { ($0["peer"] as? String ?? "", $0) }, uniquingKeysWith: { first, _ in first })
    #expect(synced.objects.count == 2 && lines.count == 2, "\(synced.out)")
    #expect(lines.values.allSatisfy { $0["converged"] as? Bool == true && $0["error"] is NSNull })
    #expect(lines["自治区局"]?["sent"] as? Int ?? 0 > 0)
    #expect(lines["自治区局"]?["bytes_sent"] as? Int ?? 0 > 800_000)
    // At the region: a session of records, and then one for the photo.
    func session() -> Int? {
      region.line { $0["event"] as? String == "session" && $0["peer"] as? String == "拉萨市局" }?[
        "bytes_received"]
        as? Int
    }
    #expect(session() ?? .max < 100_000)
    #expect(session() ?? 0 > 800_000)
    #expect(try place.titles(in: "second") == ["甲"])
    let kept = try Program.run("attachment", "list", id, "--store", place["office"]).object
    #expect(kept["here"] as? Bool == true && kept["seen_at"] as? [String] == ["自治区局"])
    for server in [region, second] {
      server.kill(SIGTERM)
      _ = server.finish()
    }
  }

  /// A prefecture that passes on what its counties have: `serve --attachments`.
  @Test func aRegionGetsACountysPhotoByThePrefecture() throws {
    let place = try Workplace()
    let (region, address) = try place.region()
    let (hub, hubAddress) = try place.serve("office", "--attachments")
    // The county is enrolled with the region and never speaks to it again.
    try place.join("county", division: "540121", name: "林周县局", at: address)
    let id = try place.add("甲", to: "county")
    let file = try photo(place, "a.jpg", bytes: 600_000)
    try Program.run("attach", id, file, "--store", place["county"])
    #expect(try Program.run("sync", hubAddress, "--store", place["county"]).exitCode == 0)
    #expect(try Program.run("sync", address, "--store", place["office"]).exitCode == 0)
    let got = try Program.run(
      "attachment", "get", id, "a.jpg", "-o", place["got"], "--store", place["region"])
    #expect(got.exitCode == 0 && bytes(place["got"]) == bytes(file), "\(got.err)")
    for server in [region, hub] {
      server.kill(SIGTERM)
      _ = server.finish()
    }
  }

  /// A link that stays open carries what is attached meanwhile, and says so.
  @Test func whatIsAttachedWhileALinkIsOpenGoesOut() throws {
    let place = try Workplace()
    let (server, address) = try place.region()
    defer {
      server.kill(SIGTERM)
      _ = server.finish()
    }
    let id = try place.add("甲", to: "office")
    let watch = try Program(["sync", address, "--watch", "--store", place["office"]])
    #expect(watch.line { $0["converged"] as? Bool == true } != nil)
    let file = try photo(place, "a.jpg", bytes: 600_000)
    try Program.run("attach", id, file, "--store", place["office"])
    #expect(watch.line { ($0["bytes_sent"] as? Int ?? 0) > 500_000 } != nil, "\(watch.errorText)")
    #expect(
      try Program.run("attachment", "list", id, "--store", place["region"]).object["here"] as? Bool == true)
    watch.kill(SIGTERM)
    #expect(watch.finish().exitCode == 0)
  }

  @Test func namesThatWouldLeadElsewhereLeadNowhere() throws {
    let place = try Workplace()
    let office = place["office"]
    try Program.run("init", "--division", "540100", "--name", "拉萨市局", "--store", office)
    let id = try place.add("甲", to: "office")
    let file = try photo(place, "a.jpg", bytes: 10)
    for (given, name) in [
      ("../../../etc/cron.d/x", "x"), ("..\\..\\boot.ini", "boot.ini"), ("\u{202e}gpj.a", "gpj.a"),
    ] {
      let attached = try Program.run("attach", id, file, "--name", given, "--store", office)
      #expect(attached.object["name"] as? String == name, "\(attached.out) \(attached.err)")
      let got = try Program.run("attachment", "get", id, name, "-o", place["out"], "--store", office)
      #expect(got.exitCode == 0, "\(got.err)")
    }
    for given in ["..", "/", ""] {
      let refused = try Program.run("attach", id, file, "--name", given, "--store", office)
      #expect(refused.exitCode == 65 && refused.errorCode == "bad-name", "\(given) \(refused.err)")
    }
    let inside = try FileManager.default.contentsOfDirectory(atPath: place.path).sorted()
    #expect(inside == ["a.jpg", "office", "out"])
  }

  @Test func whatIsWrongWithAFileIsSaidAndTheOthersAreAttached() throws {
    let place = try Workplace()
    let office = place["office"]
    try Program.run("init", "--division", "540100", "--name", "拉萨市局", "--store", office)
    let id = try place.add("甲", to: "office")
    let good = try photo(place, "good.jpg", bytes: 10)
    let other = try photo(
      place, "other/../good2.jpg".replacingOccurrences(of: "other/../", with: ""), bytes: 11)
    _ = FileManager.default.createFile(atPath: place["huge"], contents: nil)
    truncate(place["huge"], off_t(33 << 20))
    let both = try Program.run("attach", id, place["none"], good, place["huge"], "--store", office)
    #expect(both.exitCode == 66 && both.objects.map { $0["name"] as? String } == ["good.jpg"], "\(both.err)")
    let huge = try Program.run("attach", id, place["huge"], "--store", office)
    #expect(huge.exitCode == 65 && huge.errorCode == "attachment-too-large", "\(huge.err)")
    #expect(try Program.run("attach", id, good, other, "--name", "x", "--store", office).exitCode == 64)
    #expect(try Program.run("attach", id, "--store", office).exitCode == 64)
    #expect(try Program.run("attach", "ffff", good, "--store", office).exitCode == 66)
    let unknown = try Program.run("attachment", "get", id, "none", "-o", place["x"], "--store", office)
    #expect(unknown.exitCode == 66 && unknown.errorCode == "no-attachment", "\(unknown.err)")
    try Program.run("attach", id, other, "--name", "good.jpg", "--store", office)
    let two = try Program.run("attachment", "get", id, "good.jpg", "-o", place["x"], "--store", office)
    #expect(two.exitCode == 65 && two.errorCode == "ambiguous-attachment", "\(two.err)")
    let hash = try Program.run("attachment", "list", id, "--store", office).object["sha256"] as? String ?? ""
    let byHash = try Program.run(
      "attachment", "get", id, String(hash.prefix(8)), "-o", place["x"], "--store", office)
    #expect(byHash.exitCode == 0, "\(byHash.err)")
    // A record's own JSON, attachments and all, makes a record again.
    let json = try Program.run("show", id, "--store", office).out
    try Data(json.utf8).write(to: URL(fileURLWithPath: place["r.json"]))
    let again = try Program.run("add", "training", "--from-json", place["r.json"], "--store", office)
    #expect(again.exitCode == 0, "\(again.err)")
  }

  @Test(.enabled(if: TinyDisk.isPossible, "only who may mount can make a disk that is full"))
  func aFullDiskIsSaidAndLeavesNoHalfFile() throws {
    let place = try Workplace()
    let disk = try TinyDisk(at: place["disk"], megabytes: 3)
    let office = disk.path + "/office"
    try Program.run("init", "--division", "540100", "--name", "拉萨市局", "--store", office)
    let id = try #require(
      try Program.run(
        "add", "training", "--set", "title=甲", "--set", "date=2025-09-10", "--set", "plan_items=4.2", "--set",
        "organiser=局", "--set", "topic=standards", "--store", office
      ).object["id"] as? String)
    let large = try photo(place, "a.jpg", bytes: 4_000_000)
    let full = try Program.run("attach", id, large, "--store", office)
    #expect(full.exitCode == 74 && full.errorCode == "disk-full", "\(full.err)")
    #expect(try Program.run("attachment", "list", id, "--store", office).out.isEmpty)
    let left =
      FileManager.default.enumerator(atPath: office + "/attachments")?.compactMap { $0 as? String } ?? []
    #expect(left.filter { $0.count > 10 }.isEmpty, "\(left)")
    let small = try photo(place, "b.jpg", bytes: 1000)
    #expect(try Program.run("attach", id, small, "--store", office).exitCode == 0)
    #expect(try Program.run("verify", "--store", office).exitCode == 0)
  }

  /// What is fetched leaves records their room: the sync says so, and has done its part.
  @Test(.enabled(if: TinyDisk.isPossible, "only who may mount can make a disk that is nearly full"))
  func photosLeaveTheDiskTheRoomThatRecordsNeed() throws {
    let place = try Workplace()
    let (server, address) = try place.region()
    defer {
      server.kill(SIGTERM)
      _ = server.finish()
    }
    let disk = try TinyDisk(at: place["disk"], megabytes: 16)
    try place.join("disk/office", division: "540100", name: "拉萨市局二号", at: address)
    let id = try place.add("甲", to: "office")
    for (name, bytes) in [("a.jpg", 30_000_000), ("b.jpg", 1_000_000)] {
      try Program.run("attach", id, try photo(place, name, bytes: bytes), "--store", place["office"])
    }
    #expect(try Program.run("sync", address, "--store", place["office"]).exitCode == 0)
    let office = disk.path + "/office"
    let low = try Program.run("sync", address, "--attachments", "--store", office)
    #expect(low.exitCode == 74 && low.errorCode == "disk-low", "\(low.out) \(low.err)")
    #expect(low.object["converged"] as? Bool == true && low.object["received"] as? Int ?? 0 > 0)
    let kept = try Program.run("attachment", "list", id, "--store", office).objects
    #expect(kept.map { $0["here"] as? Bool } == [false, true], "\(kept)")
    #expect(try Program.run("verify", "--store", office).exitCode == 0)
  }

  /// Nobody is asked whether to erase what there is not.
  @Test func aNameThatThereIsNotIsNotAskedAbout() throws {
    let place = try Workplace()
    let (server, _) = try place.region()
    server.end()
    let id = try place.add("会", to: "region")
    for (call, code) in [([id, "无.jpg"], Int32(66)), (["ffff", "无.jpg"], 66)] {
      let terminal = try Terminal(
        ["attachment", "redact"] + call
          + ["--to", "新.jpg", "--reason", "文件名含姓名", "--lang", "zh", "--store", place["region"]],
        showsOutput: true)
      #expect(terminal.finish() == code, "\(terminal.shown)")
      #expect(!terminal.shown.contains("[y/N]"), "\(terminal.shown)")
    }
  }
}
