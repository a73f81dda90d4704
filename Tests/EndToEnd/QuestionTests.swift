import Foundation
import Testing

/// `add` without values, on a terminal.
@Suite(.offPool) struct QuestionTests {
  /// Both ends of a new terminal: ours, and the program's.
  private func terminal() throws -> (main: Int32, side: Int32) {
    let main = open("/dev/ptmx", O_RDWR | O_NOCTTY)
    var unlocked: Int32 = 0
    var number: UInt32 = 0
    // TIOCSPTLCK and TIOCGPTN: what unlockpt and ptsname ask of Linux.
    try #require(
      main >= 0 && ioctl(main, 0x4004_5431, &unlocked) == 0 && ioctl(main, 0x8004_5430, &number) == 0)
    let side = open("/dev/pts/\(number)", O_RDWR | O_NOCTTY)
    try #require(side >= 0)
    return (main, side)
  }

  /// Runs `add` with a terminal on which these lines are typed, then Ctrl-D.
  private func add(_ lines: [String], in place: Workplace) throws -> (code: Int32, shown: String) {
    let (main, side) = try terminal()
    let handle = FileHandle(fileDescriptor: side, closeOnDealloc: false)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: Program.path)
    process.arguments = ["add", "培训", "--store", place["office"], "--lang", "zh"]
    process.standardInput = handle
    process.standardError = handle
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    close(side)
    let typed = Array((lines.joined(separator: "\n") + "\n\u{4}").utf8)
    #expect(write(main, typed, typed.count) == typed.count)
    var shown: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    // Reading fails once nobody has the terminal open any more.
    while case let count = read(main, &buffer, buffer.count), count > 0 { shown += buffer[..<count] }
    process.waitUntilExit()
    close(main)
    return (process.terminationStatus, String(decoding: shown, as: UTF8.self))
  }

  @Test func aRecordIsAskedForFieldByFieldAndCheckedAsItGoes() throws {
    let place = try Workplace()
    try Program.run("init", "--division", "540100", "--name", "拉萨市局", "--store", place["office"])
    let answers: [(field: String, answers: [String])] = [
      ("标题", ["", "宣贯会"]), ("日期", ["昨天", "2025年9月10日"]), ("结束日期", ["2025-09-01", ""]),
      ("计划条目", ["4.2"]), ("组织单位", ["市场监管局"]),
    ]
    let pack = try Program.run("plan", "show", "--lang", "zh", "--store", place["office"]).object
    let kinds = try #require(pack["kinds"] as? [[String: Any]])
    let training = try #require(kinds.first { $0["code"] as? String == "training" })
    let fields = try #require(training["fields"] as? [[String: Any]]).filter {
      $0["code"] as? String != "attachments"
    }
    let lines = fields.flatMap { field -> [String] in
      if field["code"] as? String == "topic" { return ["标准"] }
      return answers.first { $0.field == field["label"] as? String }?.answers ?? [""]
    }
    let (code, shown) = try add(lines, in: place)
    #expect(code == 0, "\(shown)")
    for text in ["标题（title） *：", "标题（title）：必填", "“昨天”：不是日期", "不能早于", "可用：", "标准（standards）"] {
      #expect(shown.contains(text), "\(text) in \(shown)")
    }
    let record = try Program.run("list", "--store", place["office"]).object["fields"] as? [String: Any]
    #expect(record?["title"] as? String == "宣贯会" && record?["date"] as? String == "2025-09-10")
    #expect(record?["end_date"] == nil && record?["topic"] as? String == "standards")
  }

  @Test func theEndOfInputEndsTheQuestions() throws {
    let place = try Workplace()
    try Program.run("init", "--division", "540100", "--name", "拉萨市局", "--store", place["office"])
    let (code, shown) = try add(["宣贯会"], in: place)
    #expect(code == 65, "\(shown)")
    #expect(shown.contains("日期（date）：必填"), "\(shown)")
    #expect(try place.titles(in: "office").isEmpty)
  }
}
