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
      let told = try #require(history.last)
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
}
