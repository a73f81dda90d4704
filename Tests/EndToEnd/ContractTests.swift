import Foundation
import Testing

/// What the command line promises to scripts, beyond what the other suites hold it to.
@Suite(.offPool) struct ContractTests {
  private func office() throws -> Workplace {
    let place = try Workplace()
    try Program.run("init", "--division", "540100", "--name", "拉萨市局", "--store", place["office"])
    return place
  }

  @Test func wildNumbersAndWordsAreUsage() throws {
    let place = try office()
    try Program.run("init", "--division", "540000", "--name", "区局", "--region", "--store", place["region"])
    let invite = ["office", "invite", "--division", "540100", "--name", "某局", "--store", place["region"]]
    let serve = ["serve", "--store", place["region"], "--listen"]
    let mine = ["--store", place["office"]]
    let calls: [[String]] = [
      ["list", "--limit=-1"] + mine, ["search", "局", "--limit=-1"] + mine,
      ["conflicts", "--limit=-1"] + mine,
      ["export", "--limit", "99999999999999999999"] + mine, ["export", "--encoding", "auto"] + mine,
      ["list", "--lang", "fr"] + mine, ["show", "0"] + mine, ["show", ""] + mine, ["receipts", "01a"] + mine,
      invite + ["--days=-1"], invite + ["--days", "9223372036854775807"],
      serve + ["nowhere"], serve + ["127.0.0.1:99999"], ["peer", "add", "h:0"] + mine,
      ["peer", "add", ":"] + mine, ["join", "nowhere", "--token", "tz1-x"] + mine,
      ["bundle", "create", "-o", place["b"], "--store", place["region"]],
    ]
    for call in calls {
      let result = try Program(call).finish()
      #expect(result.exitCode == 64, "\(call): \(result.exitCode) \(result.err)")
      #expect(result.errorCode != nil, "\(call): \(result.err)")
    }
    for call in [["init", "--division", "540100", "--store", place["none"]], invite] {
      let nameless = try Program(call + ["--name", "  "]).finish()
      #expect(nameless.exitCode == 65 && nameless.errorCode == "no-name", "\(call): \(nameless.err)")
    }
    #expect(!FileManager.default.fileExists(atPath: place["none"]))
  }

  @Test func aCommandThatDoesNotExistIsUsageAndTheHintStandsOnALineOfItsOwn() throws {
    for call in [["nothing"], ["help", "nothing"], ["office", "nothing"], ["help", "office", "nothing"]] {
      let result = try Program(call, json: false).finish()
      #expect(result.exitCode == 64, "\(call)")
      #expect(result.err.contains("\"nothing\""), "\(result.err)")
      #expect(result.err.split(separator: "\n").count == 2, "\(result.err)")
      #expect(try Program(call).finish().errorCode == "usage")
    }
    let missing = try Program(["show"], json: false).finish()
    #expect(missing.exitCode == 64)
    #expect(missing.err.split(separator: "\n").last == "See `taizhang help show`.", "\(missing.err)")
    // What stands behind -- is no option, of the errors either.
    let behind = try Program(["show", "--store", "/nowhere", "--", "--json"], json: false).finish()
    #expect(behind.exitCode == 66 && behind.errorCode == nil, "\(behind.err)")
  }

  @Test func severalPeersAndFilesAreAllDoneWhereOneFails() throws {
    let place = try Workplace()
    let (server, _) = try place.region()
    try place.add("甲", to: "office")
    let both = try Program.run("sync", "无此局", "自治区局", "--store", place["office"])
    #expect(both.exitCode == 66 && both.errorCode == "no-peer", "\(both.err)")
    #expect(both.objects.map { $0["converged"] as? Bool } == [false, true])
    #expect((both.objects.first?["error"] as? [String: Any])?["code"] as? String == "no-peer")
    server.kill(SIGTERM)
    _ = server.finish()

    let good = try place.ledger("good.csv", rows: 2)
    let imported = try Program.run("import", place["none.csv"], good, "--store", place["office"])
    #expect(imported.exitCode == 66 && imported.errorCode == "no-file", "\(imported.err)")
    #expect(imported.object["imported"] as? Int == 2)
    let merged = try Program.run("merge", place["none.tzb"], place["other.tzb"], "--store", place["region"])
    #expect(merged.exitCode == 66 && merged.errorCode == "no-file", "\(merged.err)")
    #expect(
      (merged.object["sources"] as? [[String: Any]])?.map { $0["reason"] as? String } == [
        "no-file", "no-file",
      ])
    let backup = try Program.run("restore-backup", place["none"], "--store", place["new"])
    #expect(backup.exitCode == 66 && backup.errorCode == "no-file", "\(backup.err)")
  }

  @Test func findingsNameFieldsByTheirLabels() throws {
    let place = try office()
    let id = try place.add("甲", to: "office")
    let words = [
      ("zh", "自愿参加（voluntary）“也许”：应为 是 或 否"), ("en", "Voluntary (voluntary) \"也许\": neither yes nor no"),
    ]
    for (language, message) in words {
      let result = try Program(
        ["edit", id, "--set", "voluntary=也许", "--lang", language, "--store", place["office"]], json: false
      ).finish()
      #expect(result.err.split(separator: "\n").first.map(String.init) == message)
    }
    let two = try Program(
      ["edit", id, "--set", "end_date=2025-09-01", "--lang=zh", "--store", place["office"]], json: false
    ).finish()
    #expect(two.err.hasPrefix("结束日期（end_date）“2025-09-01”：不能早于 日期（date）（2025-09-10）"), "\(two.err)")
  }

  @Test func aConditionWithoutAValueMeansThoseThatHaveNone() throws {
    let place = try office()
    let id = try place.add("甲", to: "office")
    try place.add("乙", to: "office")
    try Program.run("edit", id, "--set", "notes=附注", "--store", place["office"])
    let listed = try Program.run("list", "--where", "notes=", "--store", place["office"])
    #expect(listed.objects.count == 1 && listed.object["id"] as? String != id, "\(listed.err)")
    #expect(try Program.run("list", "--where", "标题=", "--store", place["office"]).objects.isEmpty)
  }

  @Test func historyTellsSetsAndTalliesAsTheyWereBeforeAndAfter() throws {
    let place = try office()
    let id = try place.add("甲", to: "office")
    try Program.run(
      "edit", id, "--add", "plan_items=4.1", "--increment", "trainees=3", "--store", place["office"])
    try Program.run("edit", id, "--increment", "trainees=2", "--store", place["office"])
    let lines = try Program.run("history", id, "--store", place["office"]).objects.suffix(3)
    #expect(lines.map { $0["field"] as? String } == ["plan_items", "trainees", "trainees"])
    #expect(
      lines.first?["from"] as? [String] == ["4.2"] && lines.first?["to"] as? [String] == ["4.1", "4.2"])
    #expect(lines.last?["from"] as? Int == 3 && lines.last?["to"] as? Int == 5)
  }

  @Test func aGroupIsSettledByAnObjectOfItsFields() throws {
    let place = try Workplace()
    let (server, address) = try place.region()
    let made = try Program.run(
      "add", "inspection", "--set", "title=检查", "--set", "date=2025-09-10", "--set", "plan_items=4.2",
      "--set",
      "organiser=局", "--set", "object=food", "--set", "checked=9", "--store", place["office"])
    let id = try #require(made.object["id"] as? String, "\(made.err)")
    try Program.run("sync", address, "--store", place["office"])
    for (store, checked) in [("office", 10), ("region", 11)] {
      try Program.run("edit", id, "--set", "checked=\(checked)", "--store", place[store])
    }
    try Program.run("sync", address, "--store", place["office"])
    let resolve = ["conflicts", "resolve", id, "result", "--store", place["region"], "--value"]
    let wrong = try Program(resolve + ["12"]).finish()
    #expect(wrong.exitCode == 65 && wrong.errorCode == "group-value", "\(wrong.err)")
    let right = try Program(resolve + [#"{"检查数":12,"failed":1}"#]).finish()
    let fields = right.object["fields"] as? [String: Any]
    #expect(fields?["checked"] as? Int == 12 && fields?["failed"] as? Int == 1, "\(right.err)")
    server.kill(SIGTERM)
    _ = server.finish()
  }
}
