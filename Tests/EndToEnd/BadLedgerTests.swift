import Foundation
import TestSupport
import Testing

/// Files that people take for ledgers: a clear error, and nothing half imported.
@Suite(.offPool) struct BadLedgerTests {
  private let place: Workplace
  private let header = "类别,标题,日期,计划条目,组织单位,培训主题,地点,备注\n"
  private let good = "培训,好,2025-09-10,4.2,局,standards,广场,\n"

  init() throws {
    place = try Workplace()
    try Program.run("init", "--division", "540100", "--name", "拉萨市局", "--store", place["office"])
  }

  private func expectRefused(
    _ bytes: some Sequence<UInt8>, _ options: [String] = [], saying words: String,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    try Data(bytes).write(to: URL(fileURLWithPath: place["ledger"]))
    let call = [
      "import", place["ledger"], "--rejects", place["rejects"], "--lang", "en", "--store", place["office"],
    ]
    let result = try Program(call + options).finish()
    #expect(result.exitCode == 65 && result.errorCode == "unreadable-file", sourceLocation: sourceLocation)
    #expect(result.err.contains(words), "\(result.err)", sourceLocation: sourceLocation)
    #expect(!FileManager.default.fileExists(atPath: place["rejects"]), sourceLocation: sourceLocation)
    let changes = try Program.run("status", "--store", place["office"]).object["changes"] as? Int
    #expect(changes == 0, sourceLocation: sourceLocation)
  }

  @Test func filesThatAreNoText() throws {
    let text = header + good
    let program = try #require(FileManager.default.contents(atPath: Program.path)).prefix(200_000)
    try expectRefused(program, saying: "encoding")
    let photo: [UInt8] = [0xff, 0xd8, 0xff, 0xe0, 0x10, 0x4a, 0x46, 0x49, 0x46, 0x01, 0xff, 0xdb, 0x90, 0x0a]
    try expectRefused(photo, saying: "encoding")
    let sheet = Data(base64Encoded: "UEsDBBQAAAAIAAAAIQD/////AAAAAAAAAAATAAAAW0NvbnRlbnRfVHlwZXNdLnhtbA==")!
    try expectRefused(sheet, saying: "encoding")
    for order in [String.Encoding.utf16LittleEndian, .utf16BigEndian, .utf16] {
      try expectRefused(try #require(text.data(using: order)), saying: "encoding")
    }
    try expectRefused(Array(text.utf8) + [0xff], saying: "encoding")
    try expectRefused(Array((header + "培训,一\0二,2025-09-10,4.2,局,,,\n").utf8), saying: "encoding")
    // Good rows before the fault do not go in alone.
    try expectRefused(Array((header + String(repeating: good, count: 5000)).utf8) + [0], saying: "encoding")
  }

  /// A pipe is read once, and a ledger is gone through before anything goes in: it is refused, and nobody waits for it.
  @Test func whatIsNoFile() throws {
    try #require(mkfifo(place["ledger"], 0o600) == 0)
    for path in [place["ledger"], "/dev/null"] {
      let result = try Program.run("import", path, "--lang", "zh", "--store", place["office"])
      #expect(result.exitCode == 65 && result.errorCode == "not-a-file", "\(result.err)")
      #expect(result.err.contains("\(path) 不是普通文件"), "\(result.err)")
    }
  }

  @Test func anEncodingThatItIsNot() throws {
    let text = header + good
    try Data(text.utf8).write(to: URL(fileURLWithPath: place["utf8.csv"]))
    let iconv = try ChildProcess.run(
      "/usr/bin/iconv", ["-f", "UTF-8", "-t", "GB18030", "-o", place["gb.csv"], place["utf8.csv"]])
    try #require(iconv.status == 0)
    let bytes = try #require(FileManager.default.contents(atPath: place["gb.csv"]))
    try expectRefused(bytes, ["--encoding", "utf-8"], saying: "encoding")
    let told = try Program.run(
      "import", place["gb.csv"], "--encoding", "gb18030", "--dry-run", "--store", place["office"])
    #expect(told.object["imported"] as? Int == 1, "\(told.err)")
    let found = try Program.run("import", place["gb.csv"], "--store", place["office"])
    #expect(found.object["imported"] as? Int == 1, "\(found.err)")
  }

  @Test func headersThatSayNothing() throws {
    try expectRefused(Array("甲,乙\n1,2\n".utf8), saying: "No column of the header is known")
    try expectRefused(Array(good.utf8), saying: "No column of the header is known")
    try expectRefused(Array("\n\n\n".utf8), saying: "empty")
    try expectRefused(Array("标题,日期\n会,2025-09-10\n".utf8), saying: "--kind")
    try expectRefused(Array("类别,标题,title\n培训,a,b\n".utf8), saying: "two columns for one field")
    try expectRefused(Array("类别,标题,日期,计划条目\n培训,会,2025-09-10,4.2\n".utf8), saying: "Organiser (organiser)")
    try expectRefused(Array("{\"title\":\"a\"}\n{\"title\":\n".utf8), saying: "Line 2")
  }

  /// A row with a cell too many is none that can be trusted; one that ends early lacks what it lacks.
  @Test func rowsWithTooManyOrTooFewCells() throws {
    let text =
      header + good + "培训,多,2025-09-10,4.2,局,standards,广场,记,又一格\n" + "培训,少,2025-09-10\n"
      + "培训,短,2025-09-10,4.2,局,standards\n" + "培训,空尾,2025-09-10,4.2,局,standards,广场,,,,\n"
    try Data(text.utf8).write(to: URL(fileURLWithPath: place["a.csv"]))
    let result = try Program.run(
      "import", place["a.csv"], "--rejects", place["bad.csv"], "--lang", "en", "--store", place["office"])
    #expect(result.exitCode == 1 && result.object["rejected"] as? Int == 2, "\(result.err)")
    #expect(result.err.contains("Row 3: more cells than the header"), "\(result.err)")
    #expect(result.err.contains("Row 4: Plan items (plan_items): required"), "\(result.err)")
    #expect(try place.titles(in: "office") == ["好", "短", "空尾"].sorted())
    let rejects = CSV.rows(try String(contentsOfFile: place["bad.csv"], encoding: .utf8))
    #expect(rejects.dropFirst().map { $0[0] } == ["3", "4"])
    #expect(rejects[1].last == "又一格")
  }

  /// The row's end never comes: the file is given up after 8 MiB of it.
  @Test func aCellOfAHundredMegabytes() throws {
    let path = place["huge.csv"]
    _ = FileManager.default.createFile(atPath: path, contents: Data((header + good + "培训,\"").utf8))
    let handle = try #require(FileHandle(forWritingAtPath: path))
    try handle.seekToEnd()
    let piece = Data(repeating: UInt8(ascii: "a"), count: 10_000_000)
    for _ in 0..<10 { try handle.write(contentsOf: piece) }
    try handle.write(contentsOf: Data("\",2025-09-10,4.2,局,standards,,\n".utf8))
    try handle.close()
    let result = try Program.run("import", path, "--lang", "en", "--store", place["office"])
    #expect(result.exitCode == 65 && result.errorCode == "unreadable-file", "\(result.err)")
    #expect(result.err.contains("8 MiB"), "\(result.err)")
    #expect(try Program.run("status", "--store", place["office"]).object["changes"] as? Int == 0)
  }
}
