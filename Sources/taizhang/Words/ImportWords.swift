import Campaign
import Node

/// Why a file cannot be taken as a ledger, in words.
enum ImportWords {
  /// What has to be said of a file that came in.
  ///
  /// - Parameter untold: rejected rows that were not told one by one.
  static func notes(_ report: LocalNode.ImportReport, untold: Int, _ w: Words) -> [String] {
    var notes = report.unknownColumns.map { w("未识别的列：", "Unknown column: ") + $0 }
    if untold > 0 { notes.insert(w("… 另有 \(untold) 行", "… and \(untold) rows more"), at: 0) }
    notes += report.defaulted.map { w("提醒：", "Warning: ") + FindingWords.text($0, w) }
    if report.redacted > 0 {
      notes.append(
        w(
          "提醒：文件里有 \(report.redacted) 个已抹除的值，没有取入；确要重新填写，用 taizhang edit。",
          "Warning: \(report.redacted) values of the file were redacted and not taken in; to write one anew, use `taizhang edit`."
        ))
    }
    if report.outsidePeriod > 0 {
      notes.append(
        w(
          "提醒：\(report.outsidePeriod) 行的日期不在活动期间及其前后。",
          "Warning: \(report.outsidePeriod) rows are dated outside the campaign's period and the days around it."
        ))
    }
    return notes
  }

  static func text(_ problem: NodeError.ImportProblem, _ w: Words) -> String {
    switch problem {
    case .empty: w("文件是空的。", "The file is empty.")
    case .encoding: w("文件编码不对。", "The file's encoding is not what was said, or it is no text.")
    case .noKnownHeader: w("表头里没有可识别的列。", "No column of the header is known.")
    case .noKindColumn:
      w("没有类别列，也没有用 --kind 指明类别。", "There is no column for the kind, and --kind names none.")
    case .missingColumns(let list):
      w("缺少必需的列：", "Required columns are missing: ")
        + list.map { FindingWords.name($0, w) }.joined(separator: w("、", ", "))
    case .duplicateColumns(let findings):
      findings.map { FindingWords.text($0, w) }.joined(separator: w("；", "; "))
    case .rowTooLong: w("一行超过 8 MiB，不是台账。", "A row is longer than 8 MiB: this is no ledger.")
    case .nestedValue(let line, let key):
      w("第 \(line) 行的 \(key) 是一个对象，没有这样的值。", "Line \(line): \(key) is an object, which no field holds.")
    case .notJSON(let line): w("第 \(line) 行不是 JSON 对象。", "Line \(line) is not a JSON object.")
    }
  }
}
