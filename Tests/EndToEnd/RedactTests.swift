import Foundation
import Testing

/// Erasing a text for good, as people do it.
@Suite(.offPool) struct RedactTests {
  private let secret = "卓玛央宗身份信息"

  private func bytes(_ place: Workplace, _ store: String) -> Data {
    ["/store.sqlite", "/store.sqlite-wal"].reduce(into: Data()) { all, name in
      all += FileManager.default.contents(atPath: place[store] + name) ?? Data()
    }
  }

  @Test func aTextIsGoneAtTheRegionAndAtTheOfficeAndTheStoryIsTold() throws {
    let place = try Workplace()
    let (server, address) = try place.region()
    let id = try place.add(secret, to: "office")
    #expect(try Program.run("sync", address, "--store", place["office"]).exitCode == 0)
    let refused = try Program.run(
      "redact", id, "--field", "title", "--reason", "本人申请", "--store", place["office"])
    #expect(refused.exitCode == 77 && refused.errorCode == "may-not-redact", "\(refused.err)")
    let redacted = try Program.run(
      "redact", id, "--field", "标题", "--reason", "本人申请删除", "--operator", "次仁", "--store", place["region"])
    #expect(redacted.exitCode == 0, "\(redacted.err)")
    #expect(redacted.object["redacted"] as? [String] == ["title"])
    #expect((redacted.object["fields"] as? [String: Any])?["title"] == nil)
    #expect(try Program.run("sync", address, "--store", place["office"]).exitCode == 0)
    server.kill(SIGTERM)
    _ = server.finish()
    for store in ["region", "office"] {
      #expect(bytes(place, store).range(of: Data(secret.utf8)) == nil, "\(store)")
      let history = try Program.run("history", id, "--store", place[store]).objects
      let told = try #require(history.last { $0["redacted"] as? Bool == true })
      #expect(told["redacted"] as? Bool == true && told["reason"] as? String == "本人申请删除", "\(store)")
      #expect(told["field"] as? String == "title" && told["operator"] as? String == "次仁", "\(store)")
      #expect(history.first { $0["field"] as? String == "title" }?["to"] is NSNull, "\(store)")
      #expect(try Program.run("verify", "--store", place[store]).exitCode == 0, "\(store)")
      #expect(try Program.run("search", "卓玛", "--store", place[store]).objects.isEmpty, "\(store)")
      let shown = try Program(["show", id, "--store", place[store], "--lang", "zh"], json: false).finish()
      #expect(shown.out.contains("〔已抹除〕"), "\(shown.out)")
    }
    // A bundle and an export made from now on have nothing of it either.
    let export = try Program.run("export", "-o", place["out.csv"], "--store", place["region"])
    #expect(export.exitCode == 0, "\(export.err)")
    #expect(FileManager.default.contents(atPath: place["out.csv"])?.range(of: Data(secret.utf8)) == nil)
  }

  /// An edit made with no network, by an office that has not heard: said wherever it comes in at the region.
  @Test func aRedactedFieldThatHoldsSomethingAgainIsTold() throws {
    let place = try Workplace()
    let (server, address) = try place.region()
    let id = try place.add("标准宣贯会", to: "office")
    func run(_ arguments: String..., in store: String, json: Bool = true, exits code: Int32 = 0) throws
      -> Program.Result
    {
      let result = try Program(arguments + ["--store", place[store], "--lang", "zh"], json: json).finish()
      #expect(result.exitCode == code, "\(arguments) \(result.out) \(result.err)")
      return result
    }
    _ = try run("edit", id, "--set", "notes=旧备注", in: "office")
    _ = try run("sync", address, in: "office")
    _ = try run("edit", id, "--set", "notes=\(secret)", in: "office")
    // It does not go to the region by itself: by a stick.
    _ = try run("bundle", "create", "--for", "自治区局", "-o", place["a.tzb"], in: "office")
    _ = try run("redact", id, "--field", "notes", "--reason", "本人申请", in: "region")
    #expect((try run("status", in: "region").object["reappeared"] as? [Any])?.isEmpty == true)
    let merged = try run("merge", place["a.tzb"], "--report", place["a.html"], in: "region")
    let wanted = [["record": id, "field": "notes"]]
    #expect(merged.object["reappeared"] as? [[String: String]] == wanted, "\(merged.out)")
    #expect(merged.err.contains("已抹除的字段又有内容") && merged.err.contains("taizhang redact"), "\(merged.err)")
    let page = String(
      decoding: FileManager.default.contents(atPath: place["a.html"]) ?? Data(), as: UTF8.self)
    #expect(page.contains("已抹除的字段又有内容"))
    #expect(try run("status", in: "region").object["reappeared"] as? [[String: String]] == wanted)
    #expect(try run("status", in: "region", json: false).out.contains("已抹除的字段又有内容"))
    #expect(try run("show", id, in: "region").object["reappeared"] as? [String] == ["notes"])
    #expect(try run("show", id, in: "region", json: false).out.contains("抹除后又有内容"))
    #expect(try run("conflicts", in: "region").objects.map { $0["field"] as? String } == ["notes"])
    let history = try run("history", id, in: "region", json: false).out
    #expect(history.contains("把“备注”记为已抹除，当时没有看到“\(secret)”"), "\(history)")
    // The office is told of the conflict, and not asked to redact.
    _ = try run("sync", address, in: "office")
    #expect((try run("status", in: "office").object["reappeared"] as? [Any])?.isEmpty == true)
    // Over the network it is told too.
    _ = try run("edit", id, "--set", "place=旧地点", in: "office")
    _ = try run("sync", address, in: "office")
    _ = try run("edit", id, "--set", "place=\(secret)", in: "office")
    for field in ["notes", "place"] {
      _ = try run("redact", id, "--field", field, "--reason", "本人申请", in: "region")
    }
    #expect((try run("status", in: "region").object["reappeared"] as? [Any])?.isEmpty == true)
    _ = try run("sync", address, in: "office")
    let session = server.line {
      $0["reappeared"] as? [[String: String]] == [["record": id, "field": "place"]]
    }
    #expect(session?["event"] as? String == "session")
    server.kill(SIGTERM)
    _ = server.finish()
  }

  @Test func whatCannotBeRedactedIsRefusedByName() throws {
    let place = try Workplace()
    try Program.run("init", "--division", "540000", "--name", "自治区局", "--region", "--store", place["region"])
    let id = try place.add(secret, to: "region")
    func redact(_ id: String, _ field: String, _ reason: String) throws -> Program.Result {
      try Program.run("redact", id, "--field", field, "--reason", reason, "--store", place["region"])
    }
    let date = try redact(id, "date", "本人申请")
    #expect(date.exitCode == 65 && date.errorCode == "not-erasable", "\(date.err)")
    let unknown = try redact(id, "titel", "本人申请")
    #expect(unknown.exitCode == 65 && unknown.err.contains("title"), "\(unknown.err)")
    #expect(try redact("ffffffff", "title", "本人申请").exitCode == 66)
    #expect(try redact(id, "title", " ").exitCode == 64)
    let before = try Program.run("status", "--store", place["region"]).object["changes"] as? Int
    // An empty field: nothing is to do.
    #expect(try redact(id, "place", "本人申请").exitCode == 0)
    #expect(try Program.run("status", "--store", place["region"]).object["changes"] as? Int == before)
  }

  /// What an export of a redacted record makes is that record, without what was erased.
  @Test(arguments: ["csv", "jsonl"]) func anExportOfARedactedRecordIsImported(format: String) throws {
    let place = try Workplace()
    for store in ["region", "fresh"] {
      try Program.run("init", "--division", "540000", "--name", "自治区局", "--region", "--store", place[store])
    }
    func run(_ arguments: String..., in store: String = "region") throws -> Program.Result {
      let result = try Program(arguments + ["--store", place[store], "--lang", "zh"]).finish()
      #expect(result.exitCode == 0, "\(arguments) \(result.err)")
      return result
    }
    let id = try place.add(secret, to: "region")
    _ = try run("edit", id, "--set", "co_organisers=卓玛", "--set", "notes=卓玛的电话")
    for field in ["title", "co_organisers", "notes"] {
      _ = try run("redact", id, "--field", field, "--reason", "本人申请")
    }
    _ = try run("edit", id, "--add", "co_organisers=乙局")
    let file = place["out.\(format)"]
    _ = try run("export", "--format", format, "-o", file)
    let text = String(decoding: try #require(FileManager.default.contents(atPath: file)), as: UTF8.self)
    #expect(!text.contains(";乙局") && text.contains("乙局"), "\(text)")
    for (counts, store) in [(["imported", "unchanged"], "fresh"), (["unchanged", "unchanged"], "region")] {
      for (index, count) in counts.enumerated() {
        let report = try run("import", file, in: store)
        #expect(report.object[count] as? Int == 1, "\(store) \(report.out) \(report.err)")
        if index == 0 { #expect(report.err.contains("2 个已抹除的值"), "\(report.err)") }
      }
    }
    let fields = try #require(try run("show", id, in: "fresh").object["fields"] as? [String: Any])
    #expect(
      fields["title"] == nil && fields["notes"] == nil && fields["co_organisers"] as? [String] == ["乙局"])
    #expect(fields["organiser"] as? String == "市场监管局")
    let kept = try run("show", id).object["redacted"] as? [String]
    #expect(Set(kept ?? []) == ["title", "co_organisers", "notes"])
  }
}
