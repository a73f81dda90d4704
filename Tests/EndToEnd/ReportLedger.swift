import Foundation

/// A ledger of many kinds, drawn from a seed, and what has to come out of it: added up here from the rows
/// themselves, by other means than the program's.
struct ReportLedger {
  static let columns = [
    "类别", "行政区划", "标题", "日期", "计划条目", "组织单位", "参与人数", "企业名称", "统一社会信用代码", "检查对象",
    "检查数", "不合格数", "培训主题", "培训人数", "专项行动", "案号", "违法事实", "罚款金额", "投诉渠道", "投诉类别", "受理数",
    "办结数", "开放机构", "参观人数",
  ]
  var rows: [[String: String]] = []

  init(count: Int, seed: UInt64) {
    var state = seed
    func below(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    let divisions = ["540000", "540100", "540102", "540103", "540200", "540221", "540600", "540300"]
    for number in 0..<count {
      let kind = ["培训", "监督检查", "执法案件", "投诉举报", "开放日"][below(5)]
      var row = [
        "类别": kind, "行政区划": divisions[below(divisions.count)], "标题": "第\(number)项",
        "计划条目": ["3.1", "4.2", "4.2;4.2.a", "3.4;4.3"][below(4)],
        "组织单位": "局\(number)", "参与人数": "\(below(400))",
      ]
      let day = 1 + below(30)
      row["日期"] = "2025-09-\(day < 10 ? "0" : "")\(day)"
      switch kind {
      case "培训":
        row["培训主题"] = "standards"
        row["培训人数"] = "\(below(90))"
      case "监督检查":
        row["检查对象"] = "food"
        row["企业名称"] = "企业\(below(20))"
        row["检查数"] = "\(10 + below(40))"
        row["不合格数"] = "\(below(4))"
      case "执法案件":
        row["专项行动"] = "铁拳"
        row["企业名称"] = "企业\(below(20))"
        row["案号"] = "案\(number)"
        row["违法事实"] = "销售不合格产品"
        row["罚款金额"] = "\(below(9000)).\(10 + below(90))"
      case "投诉举报":
        row["投诉渠道"] = "12315"
        row["投诉类别"] = "quality"
        row["受理数"] = "\(20 + below(20))"
        row["办结数"] = "\(below(20))"
      default:
        row["开放机构"] = "检测中心"
        row["参观人数"] = "\(below(60))"
      }
      rows.append(row)
    }
  }

  func write(to path: String) throws {
    let lines = rows.map { row in ReportLedger.columns.map { row[$0] ?? "" }.joined(separator: ",") }
    let text = ([ReportLedger.columns.joined(separator: ",")] + lines).joined(separator: "\n") + "\n"
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
  }

  /// Those of a division or below it, within days of September.
  func rows(below prefix: String, days: ClosedRange<Int> = 1...30) -> [[String: String]] {
    rows.filter { row in
      row["行政区划"]!.hasPrefix(prefix) && days.contains(Int(row["日期"]!.suffix(2))!)
    }
  }

  static func sum(_ columns: [String], _ rows: [[String: String]]) -> Int {
    rows.reduce(0) { sum, row in sum + columns.reduce(0) { $0 + (Int(row[$1] ?? "") ?? 0) } }
  }

  /// With two decimals, by decimal arithmetic.
  static func money(_ column: String, _ rows: [[String: String]]) -> String {
    let sum = rows.reduce(Decimal(0)) { $0 + (Decimal(string: $1[column] ?? "") ?? 0) }
    let text = "\(sum)"
    let parts = text.split(separator: ".")
    let cents = parts.count > 1 ? String(parts[1]) : ""
    return "\(parts[0])." + cents + String(repeating: "0", count: 2 - cents.count)
  }

  static func count(_ column: String, _ rows: [[String: String]], separator: Character = ";") -> [String: Int]
  {
    var counts: [String: Int] = [:]
    for row in rows {
      for part in (row[column] ?? "").split(separator: separator) { counts[String(part), default: 0] += 1 }
    }
    return counts
  }
}
