import Foundation
import Testing

/// Rows that did not go in come back under their own headings, and what a file leaves open is told.
@Suite(.offPool) struct RejectsFileTests {
  private func office() throws -> Workplace {
    let place = try Workplace()
    try Program.run("init", "--division", "540100", "--name", "拉萨市局", "--store", place["office"])
    return place
  }

  private func write(_ place: Workplace, _ name: String, _ text: String) throws -> String {
    try Data(text.utf8).write(to: URL(fileURLWithPath: place[name]))
    return place[name]
  }

  /// The rows of a CSV without quoted cells, by their headings.
  private func rows(_ path: String) throws -> [[String: String]] {
    let text = try String(contentsOfFile: path, encoding: .utf8)
    let lines = text.split(separator: "\r\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
    let header = try #require(lines.first)
    #expect(lines.allSatisfy { $0.count == header.count }, "\(text)")
    return lines.dropFirst().map { Dictionary(zip(header, $0), uniquingKeysWith: { a, _ in a }) }
  }

  @Test func rowsOfSeveralFilesStandUnderTheirOwnHeadings() throws {
    let place = try office()
    let a = try write(
      place, "a.csv", "类别,标题,日期,计划条目,组织单位,培训主题\n培训,甲,九月某日,4.2,局,standards\n培训,甲二,2025-09-01,4.2,局,standards\n"
    )
    let b = try write(
      place, "b.csv", "地点,date,title,kind,plan_items,organiser,topic\n礼堂,昨天,乙,training,4.2,局,standards\n")
    // It fails whole after rows that would have been rejected: none of them is.
    let broken = try write(
      place, "broken.csv",
      "类别,标题,日期,计划条目,组织单位\n" + String(repeating: "典型案例,丙,坏,4.2,局\n", count: 600))
    let result = try Program.run(
      "import", a, broken, b, "--rejects", place["r.csv"], "--store", place["office"])
    #expect(result.exitCode == 65, "\(result.err)")
    #expect(result.object["imported"] as? Int == 1 && result.object["rejected"] as? Int == 2, "\(result.err)")
    let rejected = try rows(place["r.csv"])
    #expect(rejected.map { $0["标题"] } == ["甲", "乙"] && rejected.map { $0["地点"] } == ["", "礼堂"])
    #expect(rejected.map { $0["日期"] } == ["九月某日", "昨天"] && rejected.map { $0["file"] } == [a, b])
    #expect(rejected.map { $0["row"] } == ["2", "2"] && rejected.map { $0["column"] } == ["date", "date"])
    // What may have been mended since stays where not all is taken in: a wrong name, a trial.
    let kept = try Data(contentsOf: URL(fileURLWithPath: place["r.csv"]))
    for arguments in [[place["none.csv"]], [place["r.csv"], "--dry-run"]] {
      let words = ["import"] + arguments + ["--rejects", place["r.csv"], "--store", place["office"]]
      _ = try Program(words).finish()
      #expect(try Data(contentsOf: URL(fileURLWithPath: place["r.csv"])) == kept, "\(arguments)")
    }
    // Mended, all of them come in from that one file; then there is nothing left to reject, nor a list of it.
    let text = try String(contentsOfFile: place["r.csv"], encoding: .utf8)
      .replacingOccurrences(of: "九月某日", with: "2025-09-02").replacingOccurrences(of: "昨天", with: "2025-09-03")
    let mended = try write(place, "mended.csv", text)
    let again = try Program.run(
      "import", mended, "--rejects", place["r.csv"], "--store", place["office"])
    #expect(again.exitCode == 0 && again.object["imported"] as? Int == 2, "\(again.err)")
    #expect(!FileManager.default.fileExists(atPath: place["r.csv"]))
    let left = try FileManager.default.contentsOfDirectory(atPath: place.path)
    #expect(!left.contains { $0.hasSuffix(".part") || $0.hasSuffix(".new") }, "\(left)")
    #expect(try place.titles(in: "office") == ["乙", "甲", "甲二"])
    // Somebody else's file of that name stays.
    let other = try write(place, "other.csv", "不是退回表\n")
    #expect(
      try Program.run("import", mended, "--rejects", other, "--store", place["office"]).exitCode == 0)
    #expect(FileManager.default.fileExists(atPath: other))
  }

  /// A ledger does not give way to the list of its own rejected rows; such a list may, mended or not.
  @Test func aLedgerIsNotReplacedByItsRejectedRows() throws {
    let place = try office()
    let text = "类别,标题,日期,计划条目,组织单位\n培训,甲,2025-09-01,4.2,局\n培训,乙,昨天,4.2,局\n"
    let ledger = try write(place, "a.csv", text)
    try FileManager.default.createSymbolicLink(atPath: place["same.csv"], withDestinationPath: ledger)
    for list in [ledger, place["same.csv"]] {
      let result = try Program.run("import", ledger, "--rejects", list, "--store", place["office"])
      #expect(result.exitCode == 64, "\(result.err)")
    }
    #expect(try String(contentsOfFile: ledger, encoding: .utf8) == text)
    #expect(try place.titles(in: "office") == [])
    let list = place["r.csv"]
    #expect(try Program.run("import", ledger, "--rejects", list, "--store", place["office"]).exitCode == 1)
    let again = try Program.run("import", list, "--rejects", list, "--store", place["office"])
    #expect(again.exitCode == 1 && again.object["rejected"] as? Int == 1, "\(again.err)")
    #expect(try rows(list).map { $0["标题"] } == ["乙"])
  }

  @Test func whatTheFileLeavesOpenIsTold() throws {
    let place = try office()
    let ledger = try write(
      place, "old.csv", "类别,标题,日期,计划条目,组织单位\n培训,甲,2025-09-01,4.2,局\n培训,乙,2020-01-01,4.2,局\n")
    let result = try Program(
      ["import", ledger, "--lang", "zh", "--store", place["office"]], json: false
    ).finish()
    #expect(result.exitCode == 0, "\(result.err)")
    #expect(
      result.err.contains("培训主题（topic）：文件没有这一列；取“other”") || result.err.contains("取“其他”"), "\(result.err)")
    #expect(result.err.contains("1 行的日期不在活动期间"), "\(result.err)")
    let quiet = try Program(
      ["import", ledger, "--quiet", "--lang", "zh", "--store", place["office"]], json: false
    ).finish()
    #expect(quiet.err.isEmpty, "\(quiet.err)")
  }

  @Test func aRecordsJSONSaysItsKindAndDivision() throws {
    let place = try office()
    func add(_ json: String, _ more: String...) throws -> Program.Result {
      let file = try write(place, "record.json", json)
      return try Program(["add", "training", "--from-json", file, "--store", place["office"]] + more).finish()
    }
    let fields = #""标题":"会","date":"2025-09-10","plan_items":["4.2"],"组织单位":"局","topic":"standards""#
    let flat = try add(#"{"编号":"7","类别":"培训","行政区划":"城关区","# + fields + "}")
    #expect(flat.object["division"] as? String == "540102", "\(flat.err)")
    let shape = try add(
      #"{"id":"x","kind":"training","division":"540103","conflicts":[],"fields":{"# + fields + "}}")
    #expect(shape.object["division"] as? String == "540103", "\(shape.err)")
    let named = try add(#"{"division":"540103","# + fields + "}", "--division", "540102")
    #expect(named.object["division"] as? String == "540102", "\(named.err)")
    let other = try add(#"{"kind":"publicity","# + fields + "}")
    #expect(other.exitCode == 65 && other.errorCode == "other-kind", "\(other.err)")
    let nested = try add(#"{"place":{"a":1},"# + fields + "}")
    #expect(nested.exitCode == 65 && nested.errorCode == "unreadable-file", "\(nested.err)")
    let lines = try write(place, "lines.jsonl", #"{"kind":"training","place":{"a":1},"# + fields + "}\n")
    let imported = try Program.run("import", lines, "--store", place["office"])
    #expect(imported.exitCode == 65 && imported.errorCode == "unreadable-file", "\(imported.err)")
  }

  /// A list that could not be put in its place is not said to be there, and leaves nothing behind.
  @Test func aListThatCannotBeWrittenIsToldAsThat() throws {
    let place = try office()
    let ledger = try write(
      place, "a.csv", "类别,标题,日期,计划条目,组织单位,培训主题\n培训,甲,昨天,4.2,局,standards\n培训,乙,2025-09-01,4.2,局,standards\n")
    try FileManager.default.createDirectory(atPath: place["r.csv"], withIntermediateDirectories: true)
    for files in [[ledger], [ledger, place["none.csv"]]] {
      let result = try Program(
        ["import"] + files + ["--rejects", place["r.csv"], "--lang", "zh", "--store", place["office"]],
        json: false
      ).finish()
      #expect(result.exitCode == (files.count == 1 ? 74 : 66), "\(result.err)")
      #expect(result.out.contains("退回 1"), "\(result.out)")
      #expect(!result.err.contains("退回的行在") && result.err.contains(place["r.csv"]), "\(result.err)")
    }
    let left = try FileManager.default.contentsOfDirectory(atPath: place.path)
    #expect(!left.contains { $0.hasSuffix(".part") || $0.hasSuffix(".new") }, "\(left)")
  }
}
