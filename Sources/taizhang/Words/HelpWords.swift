import ArgumentParser

/// Help in both languages, side by side where a command or an option is defined, so that neither is forgotten.
extension String {
  static func words(_ chinese: String, _ english: String) -> String { Words.ofThisRun(chinese, english) }

  /// What stands below a command's help: calls that work, and before them what has to be said of the command
  /// beyond its one line.
  static func examples(_ calls: String..., note: String = "") -> String {
    ((note.isEmpty ? [] : [note]) + calls.map { exampleLead + $0 }).joined(separator: "\n")
  }

  static var exampleLead: String { words("例：", "Example: ") }
}

extension ArgumentHelp {
  /// - Parameter value: what the option or argument takes.
  static func words(_ chinese: String, _ english: String, _ value: ValueName? = nil) -> ArgumentHelp {
    ArgumentHelp(Words.ofThisRun(chinese, english), valueName: value?.text(Words.ofThisRun))
  }
}

/// What options and arguments take, as help calls it: `--store <folder>`.
enum ValueName {
  case addition, address, assignment, day, division, encoding, field, file, folder, format, id, item, kind,
    language, name, number, office, other, peer, person, reason, rule, shell, source, text, token, value

  func text(_ w: Words) -> String {
    switch self {
    case .addition: w("字段=数", "FIELD=N")
    case .address: w("地址", "address")
    case .assignment: w("字段=值", "FIELD=VALUE")
    case .day: w("日期", "day")
    case .division: w("行政区划", "division")
    case .encoding: w("编码", "encoding")
    case .field: w("字段", "field")
    case .file: w("文件", "file")
    case .folder: w("目录", "folder")
    case .format: w("格式", "format")
    case .id: w("编号", "id")
    case .item: w("计划条目", "item")
    case .kind: w("类别", "kind")
    case .language: w("语言", "language")
    case .name: w("名称", "name")
    case .number: w("数", "number")
    case .office: w("单位", "office")
    case .other: w("另一编号", "other id")
    case .peer: w("对端", "peer")
    case .person: w("姓名", "name")
    case .reason: w("理由", "reason")
    case .rule: w("办法", "how")
    case .shell: "shell"
    case .source: w("来源", "source")
    case .text: w("词", "text")
    case .token: w("邀请码", "token")
    case .value: w("值", "value")
    }
  }
}
