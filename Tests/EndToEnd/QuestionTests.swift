import Foundation
import Testing

/// `add` without values, on a terminal.
@Suite(.offPool) struct QuestionTests {
  private let place: Workplace

  init() throws {
    place = try Workplace()
    try Program.run("init", "--division", "540100", "--name", "拉萨市局", "--store", place["office"])
  }

  private func add(_ language: String = "zh") throws -> Terminal {
    try Terminal(["add", "培训", "--store", place["office"], "--lang", language])
  }

  private func records() throws -> [[String: Any]] {
    try Program.run("list", "--store", place["office"]).objects.compactMap { $0["fields"] as? [String: Any] }
  }

  @Test func aRecordIsAskedForFieldByFieldAndCheckedAsItGoes() throws {
    let terminal = try add()
    terminal.wait(for: "1/15  标题 *")
    terminal.type("", "宣贯会", "昨天", "2025年9月10日", "2025-09-01", "", "？", "4.2", "市场监管局")
    for text in ["标题（title）：必填", "“昨天”：不是日期", "→ 2025-09-10", "不能早于", "电梯安全宣传周", "6/15  联合单位"] {
      terminal.wait(for: text)
    }
    terminal.type("", "", "", "", "", "", "占星", "3", "", "", "")
    for text in ["3 标准", "“占星”：不在代码表里", "→ 标准", "15/15", "培训主题  标准", "保存吗？"] { terminal.wait(for: text) }
    #expect(try records().isEmpty)
    terminal.type("")
    #expect(terminal.finish() == 0, "\(terminal.shown)")
    let record = try #require(try records().first)
    #expect(record["title"] as? String == "宣贯会" && record["date"] as? String == "2025-09-10")
    #expect(record["end_date"] == nil && record["topic"] as? String == "standards")
  }

  @Test func onTheWayOneGoesBackAndAtTheEndOneChangesWhatIsWrong() throws {
    let terminal = try add("en")
    terminal.type(
      "Talk", "2025-09-10", "<", "2025-09-11", "", "4.2", "Office", "", "Hall", "", "", "", "", "3")
    terminal.wait(for: "Date * (as 2025-09-01) [2025-09-10]")
    terminal.endInput()
    terminal.wait(for: "Save?")
    terminal.type("Place", "-", "1", "A better title", "<", "7")
    for text in ["Place [Hall]", "Title * [Talk]", "15/15 Hours"] { terminal.wait(for: text) }
    terminal.wait(for: "Save?")
    terminal.type("nonsense", "yes")
    terminal.wait(for: "There is no field \"nonsense\"")
    #expect(terminal.finish() == 0, "\(terminal.shown)")
    let record = try #require(try records().first)
    #expect(record["title"] as? String == "A better title" && record["date"] as? String == "2025-09-11")
    #expect(record["place"] == nil && record["hours"] as? String == "7")
  }

  @Test(arguments: [SIGINT, SIGTERM, SIGHUP, SIGKILL]) func whatCutsTheQuestionsOffLosesNoAnswer(
    number: Int32
  ) throws {
    let first = try add()
    first.type("宣贯会", "2025-09-10", "", "4.2")
    first.wait(for: "5/15  组织单位")
    first.kill(number)
    #expect(first.finish() == -number)
    if number != SIGKILL { first.wait(for: "留作草稿") }
    #expect(try records().isEmpty)
    // Only the same form goes on from it.
    let other = try Terminal(["add", "宣传活动", "--store", place["office"], "--lang", "zh"])
    other.wait(for: "1/14  标题 *：")
    other.endInput()
    #expect(other.finish() == 65)

    let second = try add()
    second.wait(for: "草稿里有：标题、日期、计划条目")
    second.type("", "市场监管局")
    second.wait(for: "6/15")
    second.type("", "", "", "", "", "", "标准")
    second.endInput()
    second.wait(for: "标题      宣贯会")
    second.wait(for: "保存吗？")
    second.type("")
    #expect(second.finish() == 0, "\(second.shown)")
    #expect(try records().map { $0["organiser"] as? String } == ["市场监管局"])
    // What became a record is no draft any more.
    let third = try add()
    third.wait(for: "1/15")
    #expect(!third.shown.contains("草稿里有"))
    third.endInput()
    #expect(third.finish() == 65)
  }

  @Test func aRecordThatIsNotSavedStaysADraftUntilItIsThrownAway() throws {
    let first = try add()
    first.type("宣贯会", "2025-09-10", "", "4.2", "局", "", "", "", "", "", "", "1", "", "", "")
    first.wait(for: "保存吗？")
    first.type("n")
    #expect(first.finish() == 0)
    #expect(try records().isEmpty)
    // A terminal that is gone before it is said has thrown nothing away.
    let gone = try add()
    gone.wait(for: "接着填？")
    gone.endInput()
    _ = gone.finish()
    let second = try add()
    second.wait(for: "接着填？")
    second.type("n")
    second.wait(for: "1/15  标题 *：")
    second.kill(SIGKILL)
    _ = second.finish()
    let third = try add()
    third.wait(for: "1/15  标题 *：")
    #expect(!third.shown.contains("接着填？"), "\(third.shown)")
    third.endInput()
    #expect(third.finish() == 65)
  }

  @Test func whatLooksLikeTheSameActivityIsToldBeforeItIsSaved() throws {
    let id = try place.add("标准宣贯会", to: "office")
    try Program.run("edit", id, "--set", "place=礼堂", "--store", place["office"])
    let terminal = try add()
    terminal.type("标准宣贯会议", "2025-09-10", "", "4.2", "市场监管局", "", "礼堂", "", "", "", "", "3", "", "", "")
    terminal.wait(for: "可能与已有记录是同一活动：\(id) 标准宣贯会（拉萨市）")
    terminal.wait(for: "保存吗？")
    terminal.type("")
    #expect(terminal.finish() == 0)
    #expect(try records().count == 2)
  }

  @Test func theEndOfInputEndsTheQuestions() throws {
    let terminal = try add()
    terminal.type("宣贯会")
    terminal.wait(for: "2/15")
    terminal.endInput()
    #expect(terminal.finish() == 65, "\(terminal.shown)")
    #expect(terminal.shown.contains("日期（date）：必填"), "\(terminal.shown)")
    #expect(try records().isEmpty)
  }

  @Test func aTextMayComeFromAFileAndALineThatTheTerminalCutIsNotTaken() throws {
    try Data("第一段\n第二段".utf8).write(to: URL(fileURLWithPath: place["正文.txt"]))
    let terminal = try add()
    terminal.wait(for: "1/15")
    terminal.type(String(repeating: "长", count: 1500))
    terminal.wait(for: "一行只能收")
    terminal.type("宣\u{1b}[D贯会")
    terminal.wait(for: "控制键")
    terminal.type("@@拉萨", "2025-09-10", "", "4.2", "局", "", "", "@\(place["无此文件"])", "@\(place["正文.txt"])")
    terminal.wait(for: "读不出文字")
    terminal.wait(for: "9/15")
    terminal.type("", "", "", "1", "", "", "", "")
    #expect(terminal.finish() == 0, "\(terminal.shown)")
    let record = try #require(try records().first)
    #expect(record["title"] as? String == "@拉萨" && record["notes"] as? String == "第一段\n第二段")
  }
}
