import Campaign
import Ledger
import Node

/// Why a file cannot be taken as a ledger, in words.
enum ImportWords {
  /// What has to be said of a file that came in.
  ///
  /// - Parameter untold: rejected rows that were not told one by one.
  static func notes(_ report: LocalNode.ImportReport, untold: Int, _ w: Words) -> [String] {
    var notes = report.unknownColumns.map { w("未识别的列：", "Unknown column: ") + $0 }
    notes += report.attachmentColumns.map {
      w(
        "附件不随导入，未取：\($0)。照片和扫描件用 taizhang attach 添加。",
        "Attachments do not come in by a row: \($0) was passed over. Add photos and scans with `taizhang attach`."
      )
    }
    if untold > 0 { notes.insert(w("… 另有 \(untold) 行", "… and \(Words.counted(untold, "row")) more"), at: 0) }
    notes += report.defaulted.map { w("提醒：", "Warning: ") + FindingWords.text($0, w) }
    if report.redacted > 0 {
      notes.append(
        w(
          "提醒：文件里有 \(report.redacted) 个已抹除的值，没有取入；确要重新填写，用 taizhang edit。",
          "Warning: \(Words.counted(report.redacted, "value")) of the file redacted before and not taken in; to write one anew, use `taizhang edit`."
        ))
    }
    notes += kept(report, w)
    notes += blank(report, w)
    if report.outsidePeriod > 0 {
      notes.append(
        w(
          "提醒：\(report.outsidePeriod) 行的日期不在活动期间及其前后。",
          "Warning: \(Words.counted(report.outsidePeriod, "row")) dated outside the campaign's period and the days around it."
        ))
    }
    return notes
  }

  /// Which values stay as they were entered by hand.
  private static func kept(_ report: LocalNode.ImportReport, _ w: Words) -> [String] {
    var notes = report.keptValues.map { values in
      let fields = values.fields.map { FindingWords.name($0, w) }.joined(separator: w("、", ", "))
      // In full: what one import made begins alike, and it is there to be typed.
      let id = values.record.description
      if values.fields.first?.code == "deleted" {
        return w("提醒：记录 \(id) 已删除，这一行没有写入。", "Warning: record \(id) is deleted: this row was not written.")
      }
      return w(
        "提醒：记录 \(id) 的\(fields)在本机另有填写，没有按文件改：taizhang show \(id) 查看，要改用 taizhang edit。",
        "Warning: record \(id) was given another value here by hand in: \(fields). It stays; see `taizhang show \(id)`, and `taizhang edit` to change it."
      )
    }
    let untold = report.kept - report.keptValues.count
    if untold > 0 {
      notes.append(
        w("… 另有 \(untold) 行与本机填写的不一致", "… and \(untold) rows more with values that differ from those here"))
    }
    return notes
  }

  /// Which values stay although the row has none.
  private static func blank(_ report: LocalNode.ImportReport, _ w: Words) -> [String] {
    var notes = report.blankValues.map { values in
      let fields = values.fields.map { FindingWords.name($0, w) }.joined(separator: w("、", ", "))
      let command = "taizhang edit \(values.record)" + values.fields.map { " --unset \($0.code)" }.joined()
      return w(
        "提醒：记录 \(values.record) 的\(fields)有内容，文件里是空的，没有清空；要清空用 \(command)。",
        "Warning: record \(values.record) has a value where the file has none, in: \(fields). It stays; to clear it, use `\(command)`."
      )
    }
    let untold = report.blank - report.blankValues.count
    if untold > 0 {
      notes.append(
        w(
          "… 另有 \(untold) 行留空而记录有内容",
          "… and \(Words.counted(untold, "row")) more with nothing where the record has a value"))
    }
    return notes
  }

  /// What is to be done about rows that were rejected.
  /// - Parameter path: where they were written, if anywhere.
  static func mending(_ path: String?, _ w: Words) -> String {
    guard let path else {
      return w(
        "加 --rejects 文件 可把退回的行连同原因写出，改正后再导入。",
        "--rejects FILE writes the rejected rows with their reasons: mend them there and import that file.")
    }
    return SafeText.line(
      w(
        "退回的行在 \(path)：改正后运行 taizhang import \(path)。",
        "The rejected rows are in \(path): mend them and run `taizhang import \(path)`."))
  }

  /// What helps with it.
  static func hint(_ problem: NodeError.ImportProblem, _ w: Words) -> String {
    let outcome = w("这个文件里的什么也没有导入；", "Nothing of this file was imported; ")
    return switch problem {
    case .noKnownHeader, .missingColumns, .duplicateColumns, .noKindColumn:
      outcome
        + w(
          "用 taizhang plan show 查看类别和字段，列名写成代码或名称。",
          "`taizhang plan show` lists kinds and fields: a column is called by a code or a label.")
    case .encoding:
      outcome + w("用 --encoding 指明编码，或另存为 UTF-8。", "name the encoding with --encoding, or save it as UTF-8.")
    case .notJSON: outcome + w("JSON Lines 每行写一个 JSON 对象。", "JSON Lines has a JSON object on each line.")
    case .unclosedQuote:
      outcome + w("补上右引号；文字里的引号写成两个。", "close it; a quote within a text is written twice.")
    default: outcome + w("请检查文件。", "check it.")
    }
  }

  /// The first columns of a header, and how many there are.
  private static func list(_ columns: [String], _ w: Words) -> String {
    let named = columns.prefix(shownColumns).map { w("“\($0)”", "\"\($0)\"") }.joined(separator: w("、", ", "))
    return columns.count <= shownColumns
      ? named : named + w("…共 \(columns.count) 列", ", … (\(columns.count) in all)")
  }

  private static let shownColumns = 12

  static func text(_ problem: NodeError.ImportProblem, _ w: Words) -> String {
    switch problem {
    case .empty: w("文件是空的。", "The file is empty.")
    case .encoding: w("文件编码不对。", "The file's encoding is not what was said, or it is no text.")
    case .noKnownHeader(let columns):
      w(
        "表头里没有可识别的列，现有：\(list(columns, w))。",
        "No column of the header is known; there are: \(list(columns, w)).")
    case .noKindColumn:
      w("没有类别列，也没有用 --kind 指明类别。", "There is no column for the kind, and --kind names none.")
    case .missingColumns(let list):
      w("缺少必需的列：", "Required columns are missing: ")
        + list.map { FindingWords.name($0, w) }.joined(separator: w("、", ", "))
    case .duplicateColumns(let findings):
      findings.map { FindingWords.text($0, w) }.joined(separator: w("；", "; "))
    case .rowTooLong:
      w(
        "一行超过 8 MiB：不是台账，或有一个引号没有配对。",
        "A row is longer than 8 MiB: this is no ledger, or a quote in it is never closed.")
    case .unclosedQuote(let line):
      w(
        "第 \(line) 行有一个引号没有配对，其后的内容都会并成一格。",
        "Line \(line) has a quote that is never closed: all that follows would be one cell.")
    case .nestedValue(let line, let key):
      w("第 \(line) 行的 \(key) 是一个对象，没有这样的值。", "Line \(line): \(key) is an object, which no field holds.")
    case .notJSON(let line): w("第 \(line) 行不是 JSON 对象。", "Line \(line) is not a JSON object.")
    }
  }
}
