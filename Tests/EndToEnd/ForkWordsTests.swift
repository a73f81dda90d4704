import Foundation
import Testing

/// A forked log is reported in words that a clerk understands, with what lies on either branch.
@Suite(.serialized, .offPool) struct ForkWordsTests {
  private let place: Workplace

  init() throws { place = try Workplace() }

  private func text(_ arguments: [String], _ language: String, _ store: String) throws -> Program.Result {
    try Program(arguments + ["--lang", language, "--store", place[store]], json: false).finish()
  }

  /// A record that is edited before and after the office's computer was set back.
  private func forked() throws -> (server: Program, shared: String) {
    let (server, _) = try place.region()
    let shared = try place.add("原题", to: "office")
    #expect(try Program.run("sync", "--store", place["office"]).exitCode == 0)
    let files = StoreFiles(place["office"])
    let data = files.saved()
    try place.add("甲会", to: "office")
    try Program.run("edit", shared, "--set", "title=甲题", "--store", place["office"])
    #expect(try Program.run("sync", "--store", place["office"]).exitCode == 0)
    try files.putBack(data)
    try place.add("乙会", to: "office")
    try Program.run("edit", shared, "--set", "title=乙题", "--store", place["office"])
    return (server, shared)
  }

  @Test func aForkIsToldWithWhatLiesOnEitherBranch() throws {
    let (server, _) = try forked()
    let synced = try text(["sync"], "zh", "office")
    #expect(synced.exitCode == 0 && synced.err.contains("taizhang forks"), "\(synced.err)")
    for store in ["office", "region"] {
      let status = try Program.run("status", "--store", place[store]).object
      #expect(status["forked_logs"] as? Int == 1)
      let fork = try #require((status["forks"] as? [[String: Any]])?.first)
      #expect(fork["office"] as? String == "拉萨市局" && fork["division"] as? String == "540100")
      #expect(fork["seq"] as? Int == 1 && fork["since"] is String && fork["counts"] as? Bool == true)
      #expect(fork["conflicted"] as? Int == 1)
      let branches = try #require(fork["branches"] as? [[String: Any]])
      #expect(
        branches.map { $0["changes"] as? Int } == [2, 2] && branches.map { $0["records"] as? Int } == [2, 2])
      let named = branches.map {
        ($0["named"] as? [[String: Any]] ?? []).compactMap { $0["heading"] as? String }
      }
      #expect(named.map(\.first) == ["甲会", "乙会"])
      #expect(try Program.run("forks", "--store", place[store]).objects.count == 1)

      let chinese = try text(["status"], "zh", store).out
      for part in [
        "拉萨市局", "第 1 个变更", "分为 2 支", "第 1 支：变更 2 个", "“甲会”", "第 2 支", "“乙会”", "各支都已保留并计入",
        "1 条记录", "taizhang conflicts",
      ] { #expect(chinese.contains(part), "\(part) in \(chinese)") }
      let english = try text(["forks"], "en", store).out
      for part in [
        "2 branches after change 1", "branch 1: 2 changes", "2 records", "\"甲会\"", "All branches are kept",
      ] {
        #expect(english.contains(part), "\(part) in \(english)")
      }
      // It is no damage, and not passed over.
      for command in ["verify", "doctor"] {
        let result = try text([command], "en", store)
        #expect(result.exitCode == 0 && result.err.contains("1 log with several branches"), "\(result.err)")
      }
    }
    server.kill(SIGTERM)
    _ = server.finish()
  }

  /// The merge of a bundle says so too, and its account shows the branches.
  @Test func aMergeTellsOfAFork() throws {
    let (server, _) = try forked()
    server.kill(SIGTERM)
    _ = server.finish()
    try Program.run("bundle", "create", "-o", place["b.tzb"], "--store", place["office"])
    for (suffix, isDryRun) in [("json", true), ("txt", false)] {
      let arguments =
        ["merge", place["b.tzb"], "--report", place["r." + suffix]] + (isDryRun ? ["--dry-run"] : [])
      let merged = try text(arguments, "zh", "region")
      #expect(merged.exitCode == 0 && merged.err.contains("1 个日志多了分支"), "\(merged.err)")
    }
    let json = try #require(FileManager.default.contents(atPath: place["r.json"]))
    let account = try #require(try JSONSerialization.jsonObject(with: json) as? [String: Any])
    #expect(account["forked_logs"] as? Int == 1 && (account["forks"] as? [Any])?.count == 1)
    let page = String(decoding: FileManager.default.contents(atPath: place["r.txt"]) ?? Data(), as: UTF8.self)
    #expect(page.contains("分叉的日志") && page.contains("“乙会”"))
  }

  @Test func aStoreWithoutForksSaysNothingOfThem() throws {
    let (server, _) = try place.region()
    try place.add("一", to: "office")
    let synced = try text(["sync"], "en", "office")
    #expect(synced.exitCode == 0 && !synced.err.contains("branch"))
    let status = try Program.run("status", "--store", place["office"]).object
    #expect(status["forked_logs"] as? Int == 0 && (status["forks"] as? [Any])?.isEmpty == true)
    #expect(status["copied"] is NSNull)
    #expect(try Program.run("forks", "--store", place["office"]).out.isEmpty)
    #expect(try !text(["verify"], "en", "office").err.contains("branch"))
    server.kill(SIGTERM)
    _ = server.finish()
  }
}
