import Campaign
import Node

/// What a check found, in words: field, value, rule, and what would be right.
enum FindingWords {
  static func text(_ finding: Finding, _ w: Words) -> String {
    var text = ""
    if let field = finding.field { text += field }
    if let value = finding.value, !value.isEmpty {
      text += (text.isEmpty ? "" : " ") + w("“\(value)”", "\"\(value)\"")
    }
    text += (text.isEmpty ? "" : w("：", ": ")) + rule(finding, w)
    for fact in finding.facts { text += Self.text(fact, w) }
    return text
  }

  private static func rule(_ finding: Finding, _ w: Words) -> String {
    switch finding.code {
    case .unknownKind: w("没有这个类别", "no such kind")
    case .unknownField: w("没有这个字段", "no such field")
    case .unknownDivision: w("没有这个行政区划", "no such division")
    case .retiredDivision: w("此区划已撤销", "a retired division")
    case .notADate: w("不是日期", "not a date")
    case .noSuchDay: w("没有这一天", "no such day")
    case .ambiguous: w("有两种读法", "can be read two ways")
    case .outOfRange: w("超出范围", "out of range")
    case .notANumber: w("不是数", "not a number")
    case .notWhole: w("不是整数", "not a whole number")
    case .negative: w("不能是负数", "must not be negative")
    case .unknownCode: w("不在代码表里", "not in the code list")
    case .creditCodeCheckDigit: w("统一社会信用代码校验位不对", "wrong check digit")
    case .required: w("必填", "required")
    case .notGreater: w("不能大于", "must not be greater than")
    default: finding.code.rawValue
    }
  }

  private static func text(_ fact: Finding.Fact, _ w: Words) -> String {
    switch fact {
    case .nearest(let word): w("；是不是“\(word)”？", "; did you mean \"\(word)\"?")
    case .allowed(let list): w("；可用：", "; one of: ") + list.joined(separator: ", ")
    case .readings(let list): w("：", ": ") + list.joined(separator: w("或", " or "))
    case .rightDigit(let digit): w("，应为 \(digit)", ", should be \(digit)")
    case .other(let field, let value): " \(field) (\(value))"
    case .range(let from, let to): w("；应在 \(from) 至 \(to)", "; expected \(from) to \(to)")
    case .successors(let list): w("；现为：", "; now: ") + list.joined(separator: ", ")
    case .limit(let limit): " (\(limit))"
    case .count(let count): " (\(count))"
    case .character(let character, let position):
      w("：第 \(position) 位“\(character)”", ": \"\(character)\" at \(position)")
    case .taken(let value): w("；取“\(value)”", "; taken as \"\(value)\"")
    case .mark(let name): " [\(name)]"
    case .headers(let list): ": " + list.joined(separator: ", ")
    }
  }
}

enum ImportWords {
  static func text(_ problem: NodeError.ImportProblem, _ w: Words) -> String {
    switch problem {
    case .empty: w("文件是空的。", "The file is empty.")
    case .encoding: w("文件编码不对。", "The file's encoding is not what was said, or it is no text.")
    case .noKnownHeader: w("表头没有一列认识。", "No column of the header is known.")
    case .missingColumns(let list):
      w("缺少必需的列：", "Required columns are missing: ") + list.joined(separator: ", ")
    case .duplicateColumns(let list):
      w("同一字段有两列：", "Two columns for one field: ") + list.joined(separator: ", ")
    case .rowTooLong: w("一行超过 8 MiB，不是台账。", "A row is longer than 8 MiB: this is no ledger.")
    case .notJSON(let line): w("第 \(line) 行不是 JSON 对象。", "Line \(line) is not a JSON object.")
    }
  }
}
