import Foundation
import TestSupport
import Testing

/// A ledger with faults at places that are known: just these rows are rejected, and come in once they are mended.
@Suite(.offPool) struct RejectsTests {
  private static let seed: UInt64 = 2

  /// Spoils about every twentieth row.
  /// - Returns: the column that each spoilt row is rejected for, by its number in the file.
  private func spoil(_ ledger: inout ReportLedger) -> [String: String] {
    var random = SeededRandom(seed: RejectsTests.seed)
    var truth: [String: String] = [:]
    for index in ledger.rows.indices where Int.random(in: 0..<20, using: &random) == 0 {
      let isInspection = ledger.rows[index]["检查数"] != nil
      let faults =
        ["date", "title", "kind", "division", "plan_items"] + (isInspection ? ["failed", "credit_code"] : [])
      let fault = faults.randomElement(using: &random)!
      switch fault {
      case "date":
        ledger.rows[index]["日期"] = ["九月某日", "2025-09-31", "03/09/2025"].randomElement(using: &random)
      case "title": ledger.rows[index]["标题"] = "  "
      case "kind": ledger.rows[index]["类别"] = "不存在的类别"
      case "division": ledger.rows[index]["行政区划"] = "999999"
      case "plan_items": ledger.rows[index]["计划条目"] = "9.9"
      case "failed": ledger.rows[index]["不合格数"] = "\(Int(ledger.rows[index]["检查数"]!)! + 1)"
      default: ledger.rows[index]["统一社会信用代码"] = "91540000735548579E"
      }
      truth["\(index + 2)"] = fault
    }
    return truth
  }

  @Test func justTheFaultyRowsAreRejectedAndComeInOnceMended() throws {
    let place = try Workplace()
    let region = place["region"]
    try Program.run("init", "--division", "540000", "--name", "自治区局", "--region", "--store", region)
    func take(_ file: String, _ rejects: String) throws -> (code: Int32, counts: [Int?]) {
      let result = try Program.run("import", place[file], "--rejects", place[rejects], "--store", region)
      let counts = ["imported", "updated", "unchanged", "rejected"].map { result.object[$0] as? Int }
      return (result.exitCode, counts)
    }
    var ledger = ReportLedger(count: 2000, seed: RejectsTests.seed)
    let right = ledger
    let truth = spoil(&ledger)
    let good = ledger.rows.count - truth.count
    #expect(truth.count > 60 && Set(truth.values).count == 7, "\(truth)")
    try ledger.write(to: place["spoilt.csv"])
    let first = try take("spoilt.csv", "rejects.csv")
    #expect(first.code == 1 && first.counts == [good, 0, 0, truth.count], "\(first)")
    let again = try take("spoilt.csv", "again.csv")
    #expect(again.code == 1 && again.counts == [0, 0, good, truth.count], "\(again)")

    let rejects = CSV.rows(try String(contentsOfFile: place["rejects.csv"], encoding: .utf8))
    #expect(rejects[0] == ["row", "column", "reason"] + ReportLedger.columns)
    #expect(Dictionary(uniqueKeysWithValues: rejects.dropFirst().map { ($0[0], $0[1]) }) == truth)
    #expect(rejects.dropFirst().allSatisfy { !$0[2].isEmpty })
    // Mended in place, the file of rejects is a ledger like any other.
    let mended = rejects.dropFirst().map { cells in
      let row = right.rows[Int(cells[0])! - 2]
      return cells.prefix(3) + ReportLedger.columns.map { row[$0] ?? "" }
    }
    let text = ([rejects[0]] + mended.map(Array.init)).map { cells in
      cells.map { "\"" + $0.replacing("\"", with: "\"\"") + "\"" }.joined(separator: ",")
    }
    try Data(text.joined(separator: "\n").utf8).write(to: URL(fileURLWithPath: place["mended.csv"]))
    let last = try take("mended.csv", "none.csv")
    #expect(last.code == 0 && last.counts == [truth.count, 0, 0, 0], "\(last)")
    #expect(!FileManager.default.fileExists(atPath: place["none.csv"]))
    try right.write(to: place["right.csv"])
    #expect(try take("right.csv", "none.csv").counts == [0, 0, right.rows.count, 0])

    var changed = right
    changed.rows[7]["参与人数"] = "4242"
    try changed.write(to: place["changed.csv"])
    #expect(try take("changed.csv", "none.csv").counts == [0, 1, right.rows.count - 1, 0])
  }
}
