import Campaign

/// What is wrong with a campaign pack, in words.
enum PlanWords {
  static func text(_ problems: [PackProblem], _ w: Words) -> String {
    let shown = problems.prefix(shownProblems).map { problem in
      w("第 \(problem.line) 行：", "line \(problem.line): ") + text(problem.reason, w)
    }
    let more = problems.count - shown.count
    return shown.joined(separator: w("；", "; "))
      + (more > 0 ? w("…共 \(problems.count) 处", "; … \(problems.count) in all") : "")
  }

  private static let shownProblems = 10

  private static func text(_ reason: PackProblem.Reason, _ w: Words) -> String {
    switch reason {
    case .syntax(let words): w("不是 YAML：", "not YAML: ") + words
    case .notText: w("不是 UTF-8 文本", "not text in UTF-8")
    case .tooLarge(let limit): w("超过 \(limit) 字节", "larger than \(limit) bytes")
    case .tooDeep(let limit): w("嵌套超过 \(limit) 层", "nested deeper than \(limit)")
    case .tooMany(let thing, let limit):
      w("\(name(thing, w))超过 \(limit) 个", "more than \(limit) of \(name(thing, w))")
    case .unsupportedFormat(let format): w("方案格式 \(format) 本程序不认识", "format \(format) is not known here")
    case .missing(let key): w("缺少 \(key)", "\(key) is missing")
    case .notA(let expected, ""): w("文件不是\(chinese(expected))", "the file is no \(expected)")
    case .notA(let expected, let key): w("\(key) 不是\(chinese(expected))", "\(key) is no \(expected)")
    case .unknownKey(let key, let nearest): w("没有键 \(key)", "no such key: \(key)") + guess(nearest, w)
    case .unknownType(let type): w("没有类型 \(type)", "no such type: \(type)")
    case .unknownRule(let rule): w("没有规则 \(rule)", "no such rule: \(rule)")
    case .unknownReference(let thing, let text, let nearest):
      w("没有\(name(thing, w)) \(text)", "no such \(name(thing, w)): \(text)") + guess(nearest, w)
    case .duplicate(let thing, let text): w("\(name(thing, w)) \(text) 重复", "\(name(thing, w)) \(text) twice")
    case .circular(let thing, let text):
      w("\(name(thing, w)) \(text) 循环引用自己", "\(name(thing, w)) \(text) leads back to itself")
    case .illegalName(let thing, let text):
      w(
        "\(name(thing, w))“\(text)”只能用字母、数字、_ - .",
        "\(name(thing, w)) \"\(text)\": letters, digits, _ - . only")
    case .numberOutOfRange(let text, let limit):
      w("\(text) 应在 1 至 \(limit)", "\(text) is not within 1 to \(limit)")
    case .retiredNumber(let number): w("编号 \(number) 已停用", "number \(number) is retired")
    case .notAValue(let field, let code):
      w(
        "\(field) 的默认值无效：\(FindingWords.rule(code, w))",
        "the default of \(field) is no value of it: \(FindingWords.rule(code, w))")
    case .ruleMismatch(let rule): w("规则 \(rule) 与字段类型不符", "the rule \(rule) does not fit its fields")
    case .roleMismatch(let role, let field):
      w("字段 \(field) 不能作 \(role)", "the field \(field) cannot be the \(role)")
    case .separatorInLabel(let label):
      w("标签“\(label)”含有分隔号", "the label \"\(label)\" holds a sign that parts elements")
    case .retiredParent(let code): w("上级区划 \(code) 已撤销", "its parent \(code) is retired")
    case .retiredSuccessor(let code): w("接替区划 \(code) 已撤销", "its successor \(code) is retired")
    }
  }

  /// What a key should hold; forms that are written out stand as they are.
  private static func chinese(_ expected: String) -> String {
    switch expected {
    case "text": "文本"
    case "number": "数"
    case "flag": "是或否"
    case "date": "日期"
    case "period": "期间"
    case "list": "列表"
    case "map": "键值表"
    case "label": "名称"
    case "rule": "规则"
    case "single": "单个值"
    case "two fields": "两个字段"
    default: " \(expected)"
    }
  }

  private static func guess(_ nearest: String?, _ w: Words) -> String {
    nearest.map { w("；是不是 \($0)？", "; did you mean \($0)?") } ?? ""
  }

  private static func name(_ thing: PackProblem.Thing, _ w: Words) -> String {
    switch thing {
    case .kind: w("类别", "kind")
    case .field: w("字段", "field")
    case .group: w("字段组", "group")
    case .number: w("编号", "number")
    case .list: w("代码表", "list")
    case .code: w("代码", "code")
    case .item: w("计划条目", "item")
    case .division: w("行政区划", "division")
    case .level: w("级别", "level")
    case .mark: w("标记", "mark")
    case .header: w("列名", "header")
    case .key: w("键", "key")
    case .role: w("角色", "role")
    }
  }

  // MARK: packs that cannot follow the one in force

  static func text(_ problems: [CompatibilityProblem], _ w: Words) -> String {
    problems.prefix(shownProblems).map { problem in
      (problem.kind.map { $0 + w("：", ": ") } ?? "") + text(problem.reason, w)
    }.joined(separator: w("；", "; "))
  }

  private static func text(_ reason: CompatibilityProblem.Reason, _ w: Words) -> String {
    switch reason {
    case .otherLineage(let from, let to):
      w("是另一项活动（\(to)，现为 \(from)），而库里已有记录", "another campaign (\(to), not \(from)), and there are records")
    case .kindMissing: w("缺少这个类别", "the kind is missing")
    case .newMeaning(let number, let was, let now):
      w("编号 \(number) 原为 \(was)，不能改作 \(now)", "number \(number) was \(was) and cannot become \(now)")
    case .renumbered(let code, let from, let to):
      w("\(code) 的编号不能由 \(from) 改为 \(to)", "\(code) cannot go from number \(from) to \(to)")
    case .notRetired(let number, let was):
      w(
        "编号 \(number)（\(was)）不再使用，须列入 retired_numbers",
        "number \(number) (\(was)) fell away: list it in retired_numbers")
    }
  }
}
