import Foundation
import Testing

/// What an import says of rows and files that did not go in.
@Suite(.offPool) struct ImportTellingTests {
  private static let header = "类别,标题,日期,计划条目,组织单位,培训主题,行政区划\n"

  private func row(_ title: String, _ division: String) -> String {
    "培训,\(title),2025-09-10,4.2,市场监管局,standards,\(division)\n"
  }

  private func write(_ text: String, _ name: String, _ place: Workplace) throws -> String {
    try Data(text.utf8).write(to: URL(fileURLWithPath: place[name]))
    return place[name]
  }

  private func office() throws -> Workplace {
    let place = try Workplace()
    try Program.run("init", "--division", "540100", "--name", "拉萨市局", "--store", place["office"])
    return place
  }

  /// Invariant 5: nothing is written outside the scope; a row that would is rejected and keeps no other from going in.
  @Test(arguments: [[], ["--dry-run"]])
  func invariant5ARowOutsideTheScopeIsRejectedAndTheOthersGoIn(_ options: [String]) throws {
    let place = try office()
    let file = try write(
      ImportTellingTests.header + row("一", "540102") + row("二", "那曲市") + row("三", ""), "a.csv", place)
    let result = try Program(
      ["import", file, "--rejects", place["r.csv"], "--lang", "zh", "--store", place["office"]] + options
    ).finish()
    #expect(result.exitCode == 1, "\(result.err)")
    #expect(result.object["imported"] as? Int == 2 && result.object["rejected"] as? Int == 1, "\(result.out)")
    #expect(try place.titles(in: "office") == (options.isEmpty ? ["一", "三"] : []))
    #expect(result.err.contains("第 3 行") && result.err.contains("那曲市（540600）"), "\(result.err)")
    #expect(result.err.contains(place["r.csv"]), "\(result.err)")
    let rejects = CSV.rows(try String(contentsOfFile: place["r.csv"], encoding: .utf8))
    #expect(rejects.count == 2 && Array(rejects[1].prefix(2)) == ["3", "division"], "\(rejects)")
  }

  /// The option is the person's own mistake.
  @Test func aDivisionOutsideTheScopeThatIsNamedForAllRowsIsRefused() throws {
    let place = try office()
    let file = try write(ImportTellingTests.header + row("一", ""), "a.csv", place)
    let result = try Program.run("import", file, "--division", "540600", "--store", place["office"])
    #expect(result.exitCode == 77 && result.errorCode == "outside-scope", "\(result.err)")
    #expect(try place.titles(in: "office") == [])
  }

  @Test func ofSeveralFilesEachIsNamed() throws {
    let place = try office()
    let good = try write(ImportTellingTests.header + row("一", ""), "good.csv", place)
    let bad = try write("甲,乙\n1,2\n", "bad.csv", place)
    let spoilt = try write(ImportTellingTests.header + row("", ""), "spoilt.csv", place)
    let result = try Program(
      ["import", good, bad, spoilt, "--lang", "zh", "--store", place["office"]], json: false
    ).finish()
    #expect(result.exitCode == 65, "\(result.err)")
    #expect(result.out.contains("新增 1"), "\(result.out)")
    #expect(result.err.components(separatedBy: "“甲”、“乙”").count == 2, "told once: \(result.err)")
    #expect(result.err.split(separator: "\n").suffix(2).first?.contains("\(bad)：表头") == true, "\(result.err)")
    for text in ["\(bad)：表头", "“甲”、“乙”", "taizhang plan show", "这个文件", "\(spoilt)，第 2 行", "--rejects"] {
      #expect(result.err.contains(text), "\(text): \(result.err)")
    }
    #expect(!result.err.contains("\(good)："), "\(result.err)")
  }

  @Test func aColumnThatTheKindHasNotIsSaidHowToMend() throws {
    let place = try office()
    let text =
      ImportTellingTests.header.replacing("\n", with: ",案号\n")
      + row("一", "").replacing("\n", with: ",7\n")
    let result = try Program(
      ["import", try write(text, "a.csv", place), "--lang", "zh", "--store", place["office"]]
    ).finish()
    #expect(result.exitCode == 1 && result.err.contains("删去、改名这一列"), "\(result.err)")
  }

  /// What is there to be typed is typed as it is told: records of one import begin alike.
  @Test func aRecordIsNamedAsItCanBeTyped() throws {
    let place = try office()
    let id = try place.add("会", to: "office")
    for values in [["place=礼堂"], ["notes=手填"]] {
      try place.run("edit", id, "--set", values[0], in: "office")
    }
    let text = "编号,类别,标题,日期,计划条目,组织单位,培训主题,地点\n\(id),培训,会,2025-09-10,4.2,市场监管局,standards,\n"
    let file = try write(text, "a.csv", place)
    let result = try Program(["import", file, "--lang", "zh", "--store", place["office"]], json: false)
      .finish()
    let command = "taizhang edit \(id) --unset place"
    #expect(result.err.contains(command), "\(result.err)")
    try place.run("edit", id, "--unset", "place", in: "office")
    #expect(try place.fields(id, in: "office")["place"] == nil)
  }
}
