import Foundation
import Testing

/// What a person can mistype: each mistake has its exit code and its error code, and changes nothing.
@Suite(.offPool) struct BadValueTests {
  @Test func prefixesThatFitSeveralRecordsOrNone() throws {
    let place = try Workplace()
    try Program.run("init", "--division", "540100", "--name", "拉萨市局", "--store", place["office"])
    let ids = try ["甲", "乙"].map { try place.add($0, to: "office") }
    // The first digits of an id are the time, which two records of one minute share.
    let shared = String(zip(ids[0], ids[1]).prefix { $0 == $1 }.map(\.0))
    try #require(shared.count >= 4)
    for command in [["show"], ["history"], ["delete"], ["edit"]] {
      let wish = command == ["edit"] ? ["--set", "title=丙"] : []
      let several = try Program(command + [shared] + wish + ["--store", place["office"]]).finish()
      #expect(several.exitCode == 65 && several.errorCode == "ambiguous-id", "\(command): \(several.err)")
      let none = try Program(command + ["ffffffff"] + wish + ["--store", place["office"]]).finish()
      #expect(none.exitCode == 66 && none.errorCode == "no-record", "\(command): \(none.err)")
      let short = try Program(command + ["01"] + wish + ["--store", place["office"]]).finish()
      #expect(short.exitCode == 64 && short.errorCode == "short-id", "\(command): \(short.err)")
    }
    #expect(try place.titles(in: "office") == ["乙", "甲"].sorted())
  }

  @Test func editsThatAreWrongChangeNothing() throws {
    let place = try Workplace()
    try Program.run("init", "--division", "540100", "--name", "拉萨市局", "--store", place["office"])
    let id = try place.add("原题", to: "office")
    let changes = try Program.run("status", "--store", place["office"]).object["changes"] as? Int
    let mistakes: [(Int32, [String])] = [
      (65, ["edit", id, "--set", "colour=red"]), (65, ["edit", id, "--set", "topic=astrology"]),
      (65, ["edit", id, "--set", "plan_items=99.9"]), (65, ["edit", id, "--set", "date=2025-02-30"]),
      (65, ["edit", id, "--set", "date=昨天"]), (65, ["edit", id, "--set", "title="]),
      (65, ["edit", id, "--unset", "organiser"]), (65, ["edit", id, "--increment", "title=1"]),
      (65, ["edit", id, "--increment", "participants=many"]), (65, ["edit", id, "--set", "fee_charged=一点"]),
      // One good wish beside a bad one does not go in alone.
      (65, ["edit", id, "--set", "title=新题", "--set", "date=no"]),
      (65, ["list", "--kind", "festival"]), (65, ["list", "--division", "999999"]),
      (65, ["list", "--from", "no-date"]), (65, ["list", "--where", "colour=red"]),
      (65, ["conflicts", "resolve", id, "title", "--take", "1"]), (65, ["restore", id]),
      (66, ["add", "training", "--from-json", "/nowhere.json"]), (64, ["edit"]), (64, ["no-such-command"]),
      (64, ["conflicts", "resolve", id, "title"]), (66, ["peer", "remove", "nobody"]),
    ]
    for (code, arguments) in mistakes {
      let result = try Program(arguments + ["--store", place["office"]]).finish()
      #expect(result.exitCode == code, "\(arguments): \(result.exitCode) \(result.err)")
      #expect(result.errorCode != nil, "\(arguments): \(result.err)")
    }
    let json = place["half.json"]
    try Data("{\"title\": \"半".utf8).write(to: URL(fileURLWithPath: json))
    let half = try Program.run("add", "training", "--from-json", json, "--store", place["office"])
    #expect(half.exitCode == 65, "\(half.err)")
    #expect(try Program.run("status", "--store", place["office"]).object["changes"] as? Int == changes)
    #expect(try place.titles(in: "office") == ["原题"])
  }

  @Test func whatLiesOutsideTheScopeIsRefusedByEveryCommandThatWrites() throws {
    let place = try Workplace()
    try Program.run("init", "--division", "540100", "--name", "拉萨市局", "--store", place["office"])
    let ledger = place["a.csv"]
    try Data("类别,标题,日期,计划条目,组织单位,培训主题\n培训,甲,2025-09-10,4.2,局,standards\n".utf8).write(
      to: URL(fileURLWithPath: ledger))
    let imported = try Program.run("import", ledger, "--division", "540600", "--store", place["office"])
    #expect(imported.exitCode == 77 && imported.errorCode == "outside-scope", "\(imported.err)")
    let invited = try Program.run(
      "office", "invite", "--division", "540600", "--name", "那曲市局", "--store", place["office"])
    #expect(invited.exitCode == 77, "\(invited.err)")
    for code in ["999999", "无此地"] {
      let nowhere = try Program.run("init", "--division", code, "--name", "何处", "--store", place["nowhere"])
      #expect(nowhere.exitCode == 65, "\(nowhere.err)")
      #expect(!FileManager.default.fileExists(atPath: place["nowhere"] + "/store.sqlite"))
    }
    let again = try Program.run("init", "--division", "540100", "--name", "又一次", "--store", place["office"])
    #expect(again.exitCode == 65 && again.errorCode == "store-exists", "\(again.err)")
    #expect(try Program.run("status", "--store", place["office"]).object["changes"] as? Int == 0)
  }
}
