import Foundation
import TestSupport
import Testing

/// What is exported and imported into an empty store is the same records, whatever the texts in them are.
@Suite(.offPool) struct RoundTripTests {
  /// What spreadsheets run or turn into numbers, what CSV has to quote, what a terminal or a font trips over, and
  /// what GB 18030 writes in four bytes.
  private static let hostile = [
    "=1+1", "=HYPERLINK(\"http://x\",\"y\")", "+86 891 6830000", "-5", "@SUM(A1)", "'=1", "'", "''",
    "'915400", "|calc",
    "a,b", "\"", "\"\"", "say \"no\", twice", "一行\n两行\r\n三行", "a\rb", "a\tb", ";;", "、，；", "a'b",
    "915400007355430817", "9154000073554E12", "12e5", "1E3", "007", "00", "0", "123456789012", "12345678901",
    "1,000.00",
    "\u{202e}gnp.exe", "\u{2066}x\u{2069}", "a\u{200b}b\u{200d}c", "👩‍👩‍👧 🇨🇳", "𠮷野家", "བཀྲ་ཤིས་བདེ་ལེགས།",
    "e\u{301}\u{323}",
    "\u{1b}[31mred", "\u{1}\u{7f}\u{9f}", "x\u{feff}y", "\u{2028}\u{e000}\u{fffd}", "id,kind", "NULL",
    "#REF!", "true",
    "{\"title\":1}", "\\n\\\"", "%00%s", "<script>alert(1)</script>",
  ]

  private let place: Workplace
  private let seed: UInt64 = 0x7a1_2a46

  init() throws {
    place = try Workplace()
    try Program.run("init", "--division", "540100", "--name", "拉萨市局", "--store", place["office"])
  }

  private func text(_ random: inout SeededRandom) -> String {
    let texts = RoundTripTests.hostile
    let first = texts.randomElement(using: &random)!
    return Bool.random(using: &random) ? first : first + texts.randomElement(using: &random)! + "尾"
  }

  private func record(_ number: Int, _ random: inout SeededRandom) -> [String: Any] {
    var fields: [String: Any] = [
      "title": text(&random), "date": "2025-09-\(String(10 + number % 20))", "plan_items": ["3.6", "4.1.d"],
      "organiser": text(&random), "place": text(&random), "notes": text(&random),
      "co_organisers": ["'甲局", "=乙局", "007"],
      "participants": Int.random(in: 0...1_000_000_000_000, using: &random),
      "voluntary": Bool.random(using: &random), "fee_charged": "0.10",
    ]
    switch number % 3 {
    case 0:
      fields.merge(
        [
          "channels": ["press", "wechat"],
          "people_reached": 7,
        ]
      ) { $1 }
      return ["kind": "publicity", "division": "540102", "fields": fields]
    case 1:
      fields.merge(
        [
          "operation": "kunlun", "case_number": "\(text(&random))\(number)", "violation": text(&random),
          "credit_code": ["915400007355430817", "91540000735548579F"].randomElement(using: &random)!,
          "penalty": ["fine", "warning"], "fine": "12000.00", "decision_date": "2025-09-12",
          "goods_value": "0.05",
        ]
      ) { $1 }
      return ["kind": "enforcement", "division": "540100", "fields": fields]
    default:
      fields.merge(["category": "brand", "body": text(&random), "recommended": true]) { $1 }
      return ["kind": "typical_case", "division": "540100", "fields": fields]
    }
  }

  /// All records of a store by id: what they say and where they belong.
  private func records(_ store: String) throws -> [String: NSDictionary] {
    var found: [String: NSDictionary] = [:]
    for object in try Program.run("list", "--store", place[store]).objects {
      let kept = object.filter { ["kind", "division", "fields", "marks", "deleted"].contains($0.key) }
      found[object["id"] as? String ?? "-"] = kept as NSDictionary
    }
    return found
  }

  private func fill(_ count: Int) throws {
    var random = SeededRandom(seed: seed)
    let lines = try (0..<count).map {
      try JSONSerialization.data(withJSONObject: record($0, &random), options: [.sortedKeys])
    }
    try Data(lines.joined(separator: [10])).write(to: URL(fileURLWithPath: place["made.jsonl"]))
    let made = try Program.run("import", place["made.jsonl"], "--store", place["office"])
    #expect(made.object["rejected"] as? Int == 0, "seed \(seed): \(made.err)")
  }

  @Test(arguments: [
    ["--format", "csv"], ["--format", "csv", "--encoding", "gb18030"], ["--format", "jsonl"],
    ["--format", "jsonl", "--encoding", "gb18030"], ["--format", "csv", "--sort", "title"],
  ]) func anEmptyStoreHoldsTheSameAfterwards(options: [String]) throws {
    try fill(150)
    let before = try records("office")
    #expect(before.count > 75)
    let file = place["导出"]
    let exported = try Program(["export", "-o", file, "--store", place["office"]] + options).finish()
    #expect(exported.object["exported"] as? Int == before.count, "\(exported.err)")
    try Program.run("init", "--division", "540100", "--name", "又一局", "--store", place["empty"])
    let imported = try Program.run("import", file, "--store", place["empty"])
    #expect(imported.exitCode == 0, "\(options): \(imported.err)")
    #expect(imported.object["imported"] as? Int == before.count)
    let after = try records("empty")
    #expect(Set(after.keys) == Set(before.keys))
    for (id, record) in before { #expect(after[id] == record, "seed \(seed), \(options), \(id)") }
    // And into the store that it came from, it adds and changes nothing.
    let again = try Program.run("import", file, "--store", place["office"])
    #expect(again.object["unchanged"] as? Int == before.count, "\(again.out)")
  }

  /// A spreadsheet opens the file and runs nothing, and turns no code into a number.
  @Test func noCellBeginsAFormulaOrLosesDigits() throws {
    try fill(150)
    let csv = try Program(["export", "--store", place["office"]], json: false).finish().out
    let numbers = try Regex("(0[0-9]+|[0-9]{12,}|[0-9]+[Ee][0-9]+)")
    for row in CSV.rows(csv).dropFirst() {
      for cell in row {
        #expect(!["=", "+", "-", "@", "\t", "\r"].contains(cell.prefix(1)), "\(cell)")
        #expect(cell.wholeMatch(of: numbers) == nil, "\(cell)")
      }
    }
    #expect(csv.contains(",'915400007355430817,") && csv.contains(",91540000735548579F,"))
  }

  @Test func whatHoldsNULIsRefused() throws {
    let line =
      #"{"kind":"training","title":"a\u0000b","date":"2025-09-10","plan_items":"4.2","organiser":"局"}"#
    try Data((line + "\n").utf8).write(to: URL(fileURLWithPath: place["nul.jsonl"]))
    let json = try Program.run("import", place["nul.jsonl"], "--lang", "en", "--store", place["office"])
    #expect(json.exitCode == 1 && json.err.contains("NUL"), "\(json.err)")
    try Data("类别,标题,日期,计划条目,组织单位\n培训,a\0b,2025-09-10,4.2,局\n".utf8).write(
      to: URL(fileURLWithPath: place["nul.csv"]))
    let csv = try Program.run("import", place["nul.csv"], "--store", place["office"])
    #expect(csv.exitCode == 65 && csv.errorCode == "unreadable-file", "\(csv.err)")
    #expect(try records("office").isEmpty)
  }

  @Test func listSearchAndExportSortByAField() throws {
    for (title, people) in [("电梯乙", 20), ("电梯甲", 3), ("电梯丙", 100)] {
      try Program.run(
        "add", "publicity", "--set", "title=\(title)", "--set", "date=2025-09-10", "--set", "plan_items=4.1",
        "--set",
        "organiser=局", "--set", "channels=press", "--set", "people_reached=\(people)", "--store",
        place["office"])
    }
    func order(_ arguments: String...) throws -> [Int?] {
      try Program(arguments + ["--sort", "people_reached", "--store", place["office"]]).finish().objects.map {
        ($0["fields"] as? [String: Any])?["people_reached"] as? Int
      }
    }
    #expect(try order("list") == [3, 20, 100])
    #expect(try order("search", "电梯") == [3, 20, 100])
    #expect(try order("search", "电梯", "--limit", "2") == [3, 20])
    #expect(try order("export", "--format", "jsonl") == [3, 20, 100])
    for command in [["list"], ["search", "电梯"], ["export"]] {
      let wrong = try Program(command + ["--sort", "colour", "--store", place["office"]]).finish()
      #expect(wrong.exitCode == 65 && wrong.errorCode == "unknown-field", "\(command): \(wrong.err)")
    }
  }
}

/// Rows of a CSV text by RFC 4180 alone: what a spreadsheet sees.
enum CSV {
  static func rows(_ text: String) -> [[String]] {
    var rows: [[String]] = [[""]]
    var isQuoted = false
    var scalars = text.unicodeScalars.drop { $0 == "\u{feff}" }
    while let scalar = scalars.popFirst() {
      let cell = rows[rows.count - 1].count - 1
      if isQuoted {
        if scalar != "\"" {
          rows[rows.count - 1][cell].unicodeScalars.append(scalar)
        } else if scalars.first == "\"" {
          rows[rows.count - 1][cell].unicodeScalars.append(scalars.removeFirst())
        } else {
          isQuoted = false
        }
      } else if scalar == "\"" {
        isQuoted = true
      } else if scalar == "," {
        rows[rows.count - 1].append("")
      } else if scalar == "\n" {
        rows.append([""])
      } else if scalar != "\r" {
        rows[rows.count - 1][cell].unicodeScalars.append(scalar)
      }
    }
    return rows.filter { $0 != [""] }
  }
}
