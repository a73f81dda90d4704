import Campaign
import Node

/// Why a file cannot be taken as a ledger, in words.
enum ImportWords {
  static func text(_ problem: NodeError.ImportProblem, _ w: Words) -> String {
    switch problem {
    case .empty: w("文件是空的。", "The file is empty.")
    case .encoding: w("文件编码不对。", "The file's encoding is not what was said, or it is no text.")
    case .noKnownHeader: w("表头没有一列认识。", "No column of the header is known.")
    case .noKindColumn:
      w("没有类别列，也没有用 --kind 指明类别。", "There is no column for the kind, and --kind names none.")
    case .missingColumns(let list):
      w("缺少必需的列：", "Required columns are missing: ")
        + list.map { FindingWords.name($0, w) }.joined(separator: w("、", ", "))
    case .duplicateColumns(let findings):
      findings.map { FindingWords.text($0, w) }.joined(separator: w("；", "; "))
    case .rowTooLong: w("一行超过 8 MiB，不是台账。", "A row is longer than 8 MiB: this is no ledger.")
    case .notJSON(let line): w("第 \(line) 行不是 JSON 对象。", "Line \(line) is not a JSON object.")
    }
  }
}
