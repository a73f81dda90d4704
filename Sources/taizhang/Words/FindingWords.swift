import Campaign

/// What a check found, in words: field, value, rule, and what would be right.
enum FindingWords {
  /// - Parameter listing: whether to name the words that are taken, where it is one of them that is wanted.
  static func text(_ finding: Finding, _ w: Words, listing: Bool = true) -> String {
    var text = name(finding, w)
    if let value = finding.value, !value.isEmpty {
      text += (text.isEmpty || w.isChinese ? "" : " ") + w("“\(value)”", "\"\(value)\"")
    }
    text += (text.isEmpty ? "" : w("：", ": ")) + rule(finding.code, w)
    for fact in finding.facts {
      if case .allowed = fact, !listing { continue }
      text += Self.text(fact, w)
    }
    return text
  }

  /// The field by its label, with the code that a script would use.
  private static func name(_ finding: Finding, _ w: Words) -> String {
    guard let code = finding.field else { return "" }
    return finding.label.map { name(Finding.Named(code: code, label: $0), w) } ?? code
  }

  static func name(_ named: Finding.Named, _ w: Words) -> String {
    guard let label = named.label.text(in: w.labels), label != named.code else { return named.code }
    return w("\(label)（\(named.code)）", "\(label) (\(named.code))")
  }

  /// What is wrong, without the field and the value that it is about.
  static func rule(_ code: Finding.Code, _ w: Words) -> String {
    switch code {
    case .unknownKind: w("没有这个类别", "no such kind")
    case .unknownField: w("没有这个字段", "no such field")
    case .unknownDivision: w("没有这个行政区划", "no such division")
    case .retiredDivision: w("此区划已撤销", "a retired division")
    case .outsideScope: w("不在本单位的范围内", "outside this office's scope")
    case .notADate: w("不是日期", "not a date")
    case .noSuchDay: w("没有这一天", "no such day")
    case .ambiguous: w("有两种读法", "can be read two ways")
    case .outOfRange: w("超出范围", "out of range")
    case .notANumber: w("不是数", "not a number")
    case .notWhole: w("不是整数", "not a whole number")
    case .negative: w("不能是负数", "must not be negative")
    case .tooPrecise: w("小数位太多", "too many decimals")
    case .tooLarge: w("数太大", "too large")
    case .notAFlag: w("应为 是 或 否", "neither yes nor no")
    case .unknownCode: w("不在代码表里", "not in the code list")
    case .creditCodeLength: w("统一社会信用代码应为 18 位", "a credit code has 18 characters")
    case .creditCodeCharacter: w("统一社会信用代码里没有这个字符", "no character of a credit code")
    case .creditCodeCheckDigit: w("统一社会信用代码校验位不对", "wrong check digit")
    case .oldRegistrationNumber:
      w("这是旧的 15 位注册号，请填 18 位统一社会信用代码", "an old 15-digit registration number; give the credit code of 18")
    case .notARecord: w("不是记录编号", "not a record's id")
    case .nul: w("含有空字符（NUL）", "holds a NUL")
    case .tooLong: w("太长", "too long")
    case .notASet: w("只能有一个值，不能增减", "holds one value, not a set")
    case .notATally: w("不是累计数，不能增加", "no tally, which alone can be incremented")
    case .notSettable: w("不能这样填写", "cannot be set this way")
    case .partedElement:
      w("这一项里有分隔符（逗号、分号、顿号），会被当成几项", "an element holds a comma or semicolon: it would be read as several")
    case .givenTwice: w("给了两个不同的值", "given two different values")
    case .required: w("必填", "required")
    case .belowMinimum: w("低于下限", "below the least value")
    case .notGreater: w("不能大于", "must not be greater than")
    case .notBefore: w("不能早于", "must not be before")
    case .outsidePeriod: w("不在活动期间", "outside the campaign's period")
    case .defaultTaken: w("文件没有这一列", "the file has no such column")
    case .mark: w("已标记", "marked")
    case .likelyDuplicate: w("可能与已有记录是同一活动", "probably the same activity as another record")
    case .columnNotOfKind:
      w(
        "这个类别没有此字段，请清空此格，或删去、改名这一列",
        "its kind has no such field: empty the cell, or delete or rename the column")
    case .duplicateColumn: w("同一字段有两列", "two columns for one field")
    case .missingColumn: w("缺少必需的列", "a required column is missing")
    case .tooManyCells: w("单元格比表头多", "more cells than the header")
    case .kindMissing: w("没有类别", "no kind")
    case .textBehindQuote:
      w("右引号后面还有文字：引号要成对，文字里的引号写成两个", "text behind the closing quote: a quote within a text is written twice")
    case .repeatedRow:
      w(
        "与同一文件的另一行是同一条记录，内容却不同；若是两件事，请各写一个编号",
        "says something else of what another row is about; where they are two things, give each a number of its own"
      )
    case .recordOfOtherKind: w("这个编号的记录是另一类别的", "the record of this id is of another kind")
    case .recordElsewhere: w("这个编号的记录属于另一行政区划", "the record of this id is of another division")
    }
  }

  private static func text(_ fact: Finding.Fact, _ w: Words) -> String {
    switch fact {
    case .nearest(let word): w("；是不是“\(word)”？", "; did you mean \"\(word)\"?")
    case .allowed(let list): w("；可用：", "; one of: ") + choices(list, w)
    case .readings(let list): w("：", ": ") + list.joined(separator: w("或", " or "))
    case .rightDigit(let digit): w("，应为 \(digit)", ", should be \(digit)")
    case .other(let field, let value): " " + name(field, w) + w("（\(value)）", " (\(value))")
    case .range(let from, let to): w("；应在 \(from) 至 \(to)", "; expected \(from) to \(to)")
    case .successors(let list): w("；现为：", "; now: ") + list.joined(separator: ", ")
    case .scope(let division, let name, let own):
      w("：\(name)（\(division)），本单位是 \(own)", ": \(name) (\(division)), this office is of \(own)")
    case .limit(let limit): w("（限 \(limit)）", " (limit \(limit))")
    case .count(let count): w("（现有 \(count)）", " (\(count) given)")
    case .character(let character, let position):
      w("：第 \(position) 位“\(character)”", ": \"\(character)\" at \(position)")
    case .home(let division, let name):
      w(
        "：\(name)（\(division)）；要改行政区划，用 taizhang move",
        ": \(name) (\(division)); `taizhang move` gives it another one")
    case .row(let row): w("：第 \(row) 行", ": row \(row)")
    case .taken(let value): w("；取“\(value)”", "; taken as \"\(value)\"")
    case .mark(let name): w("（\(name)）", " (\(name))")
    case .records(let list): w("：", ": ") + list.joined(separator: ", ")
    case .headers(let list): w("：", ": ") + list.joined(separator: ", ")
    }
  }

  /// A long list is not worth a screen: its beginning, and how many there are.
  static func choices(_ list: [Finding.Named], _ w: Words) -> String {
    let shown = list.prefix(shownChoices).map { name($0, w) }.joined(separator: w("、", ", "))
    return list.count <= shownChoices ? shown : shown + w("…共 \(list.count) 个", ", … (\(list.count) in all)")
  }

  private static let shownChoices = 16
}
