import Foundation
import Testing

/// A bundle of what the recipient has not signed for, and the recipient was restored from an old backup.
@Suite(.serialized, .offPool) struct RestoredRecipientTests {
  @Test func aBundleBeyondWhatWasLostSaysWhatToDoAndThatWorks() throws {
    let place = try Workplace()
    let (server, _) = try place.region()
    try place.add("备份之前", to: "office")
    func sync() throws { #expect(try Program.run("sync", "--store", place["office"]).exitCode == 0) }
    try sync()
    try Program.run("backup", place["old"], "--store", place["region"])
    try place.add("备份之后", to: "office")
    try sync()
    server.kill(SIGTERM)
    _ = server.finish()
    let restored = try Program.run("restore-backup", place["old"], "--store", place["again"])
    #expect(restored.exitCode == 0)
    try place.add("又一条", to: "office")
    func bundle(_ options: String...) throws -> Int? {
      try Program(["bundle", "create", "-o", place["b.tzb"], "--store", place["office"]] + options).finish()
        .object["changes"] as? Int
    }
    #expect(try bundle("--since-last") == 1)
    let refused = try Program.run("merge", place["b.tzb"], "--lang", "zh", "--store", place["again"])
    #expect(refused.exitCode == 1)
    let source = (refused.object["sources"] as? [[String: Any]])?.first
    #expect(source?["reason"] as? String == "bundle-gap")
    // The hint is what helps here: there is no earlier bundle that would.
    #expect(refused.err.contains("从备份恢复") && refused.err.contains("不带 --since-last"), "\(refused.err)")
    #expect(try place.titles(in: "again") == ["备份之前"])
    // It has told what is lost, and a stick back tells the office.
    func standing() throws -> [String: Any]? { try place.status("again")["restored"] as? [String: Any] }
    #expect(try standing()?["out"] as? Int == 1)
    try place.run("bundle", "create", "--for", "拉萨市局", "--since-last", "-o", place["back.tzb"], in: "again")
    let told = try place.run("merge", place["back.tzb"], "--lang", "zh", in: "office")
    let back = (told.object["sources"] as? [[String: Any]])?.first
    #expect(back?["taken_back"] as? Int == 1 && told.err.contains("重新计为未送达"), "\(told.err)")
    #expect(try place.status("office")["unsent"] as? Int == 2)
    #expect(try bundle("--since-last") ?? 0 >= 2)
    let merged = try Program.run("merge", place["b.tzb"], "--store", place["again"])
    #expect(merged.exitCode == 0, "\(merged.err)")
    #expect(try place.titles(in: "again") == ["备份之前", "备份之后", "又一条"].sorted())
    let account = try #require(try standing())
    #expect(account["back"] as? Int == 1 && account["out"] as? Int == 0)
    #expect((account["awaited"] as? [String])?.isEmpty == true)
    // From then on what it has not signed for suffices again.
    try place.add("再一条", to: "office")
    _ = try bundle("--since-last")
    #expect(try Program.run("merge", place["b.tzb"], "--store", place["again"]).exitCode == 0)
    #expect(try place.titles(in: "again").count == 4)
    #expect(try Program.run("verify", "--store", place["again"]).exitCode == 0)
  }
}
