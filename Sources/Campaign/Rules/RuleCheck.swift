import Ledger

/// Holds a record's values against its kind's rules: at entry, on import, and after every merge.
public enum RuleCheck {
  /// Whether a record bears any mark.
  public static func hasMarks(_ content: RecordContent, _ kind: Kind) -> Bool {
    kind.rules.contains { rule in
      if case .mark(_, let condition) = rule { return holds(condition, content, kind) }
      return false
    }
  }

  /// The names of the marks that a record bears.
  public static func marks(_ content: RecordContent, _ kind: Kind) -> [String] {
    var marks: [String] = []
    for rule in kind.rules {
      if case .mark(let name, let condition) = rule, holds(condition, content, kind), !marks.contains(name) {
        marks.append(name)
      }
    }
    return marks
  }

  /// The cells (numbers) whose writes an error of the rules rests on; empty where none breaks.
  public static func brokenCells(_ content: RecordContent, _ kind: Kind, _ pack: Pack) -> [UInt32] {
    var cells: Set<UInt32> = []
    for broken in broken(content, kind, pack) where broken.finding.severity == .error {
      for i in broken.fields { cells.insert(kind.cell(ofField: i)) }
    }
    return cells.sorted()
  }

  /// The errors of the rules that break, each with the cells (numbers) that it rests on.
  public static func errors(
    _ content: RecordContent, _ kind: Kind, _ pack: Pack
  ) -> [(finding: Finding, cells: [UInt32])] {
    broken(content, kind, pack).filter { $0.finding.severity == .error }.map { broken in
      (broken.finding, Set(broken.fields.map { kind.cell(ofField: $0) }).sorted())
    }
  }

  /// A finding and the fields (positions) that it comes from.
  struct Broken {
    var finding: Finding
    var fields: [Int]
  }

  static func broken(_ content: RecordContent, _ kind: Kind, _ pack: Pack) -> [Broken] {
    var all: [Broken] = []
    for (i, minimum) in kind.bounded {
      guard let finding = belowMinimum(i, minimum, content, kind) else { continue }
      all.append(Broken(finding: finding, fields: [i]))
    }
    for rule in kind.rules {
      let finding: Finding? =
        switch rule {
        case .notGreater(let a, let b): notGreater(a, b, content, kind, pack)
        case .notBefore(let a, let b): notBefore(a, b, content, kind)
        case .inPeriod(let i): outsidePeriod(i, content, kind, pack.info.period)
        case .unique, .uniquePerOffice: nil
        case .mark(let name, let condition): marked(name, condition, content, kind)
        }
      if let finding { all.append(Broken(finding: finding, fields: rule.fields)) }
    }
    return all
  }
}

extension RuleCheck {
  /// What must be the same in no two records: for each `unique` rule of the kind, the key of this one's
  /// values. Texts are the same where they differ in width, case or the shape of brackets alone.
  public struct UniqueKey: Hashable, Sendable {
    /// The rule's position in the kind's `rules`.
    public let rule: Int
    /// Whether only records of the same office clash.
    public let isPerOffice: Bool
    public let key: [UInt8]
  }

  public static func uniqueKeys(_ content: RecordContent, _ kind: Kind) -> [UniqueKey] {
    var keys: [UniqueKey] = []
    for (i, rule) in kind.rules.enumerated() {
      switch rule {
      // Nobody can tell whether two values are equal once they were erased.
      case .unique(let fields) where fields.allSatisfy({ content[field: $0]?.isErased == false }):
        keys.append(UniqueKey(rule: i, isPerOffice: false, key: content.foldedKey(of: fields)))
      case .uniquePerOffice(let fields) where fields.allSatisfy({ content[field: $0]?.isErased == false }):
        keys.append(UniqueKey(rule: i, isPerOffice: true, key: content.foldedKey(of: fields)))
      default: break
      }
    }
    return keys
  }
}

extension RuleCheck {
  /// A count is never below zero, an integer or decimal not below its minimum.
  private static func belowMinimum(
    _ i: Int, _ minimum: Int64, _ content: RecordContent, _ kind: Kind
  ) -> Finding? {
    guard let value = content[field: i], let number = value.number,
      ScaledNumber.compare(number, ScaledNumber(mantissa: minimum, scale: 0)) < 0
    else { return nil }
    return Finding(
      .belowMinimum, of: kind.fields[i], value: number.text, facts: [.limit(minimum)])
  }

  private static func notGreater(
    _ a: Int, _ b: Int, _ content: RecordContent, _ kind: Kind, _ pack: Pack
  ) -> Finding? {
    guard let left = content[field: a]?.number, let right = content[field: b]?.number,
      ScaledNumber.compare(left, right) > 0
    else { return nil }
    let display = DisplayForm(pack: pack, language: .code)
    return Finding(
      .notGreater, of: kind.fields[a], value: display.text(content[field: a], of: kind.fields[a]),
      facts: [
        .other(
          field: Finding.Named(kind.fields[b]), value: display.text(content[field: b], of: kind.fields[b]))
      ])
  }

  private static func notBefore(_ a: Int, _ b: Int, _ content: RecordContent, _ kind: Kind) -> Finding? {
    guard case .single(.date(let day)) = content[field: a],
      case .single(.date(let other)) = content[field: b],
      day < other
    else { return nil }
    return Finding(
      .notBefore, of: kind.fields[a], value: CivilDate(days: day).description,
      facts: [.other(field: Finding.Named(kind.fields[b]), value: CivilDate(days: other).description)])
  }

  private static func outsidePeriod(
    _ i: Int, _ content: RecordContent, _ kind: Kind, _ period: Period
  ) -> Finding? {
    guard case .single(.date(let day)) = content[field: i] else { return nil }
    let usual = period.usualDays
    guard !usual.contains(day) else { return nil }
    return Finding(
      .outsidePeriod, of: kind.fields[i], value: CivilDate(days: day).description,
      facts: [
        .range(
          from: CivilDate(days: usual.lowerBound).description,
          to: CivilDate(days: usual.upperBound).description)
      ])
  }

  private static func marked(
    _ name: String, _ condition: Condition, _ content: RecordContent, _ kind: Kind
  ) -> Finding? {
    guard holds(condition, content, kind) else { return nil }
    return Finding(.mark, of: kind.fields[condition.field], facts: [.mark(name)])
  }

  static func holds(_ condition: Condition, _ content: RecordContent, _ kind: Kind) -> Bool {
    guard let value = content.effective(field: condition.field, in: kind) else { return false }
    if case .set(let elements) = value {
      let contains = elements.contains(condition.value)
      return condition.comparison == .equal ? contains : condition.comparison == .notEqual && !contains
    }
    if let left = value.number, let right = FieldValue.single(condition.value).number {
      let order = ScaledNumber.compare(left, right)
      switch condition.comparison {
      case .equal: return order == 0
      case .notEqual: return order != 0
      case .less: return order < 0
      case .greater: return order > 0
      case .notGreater: return order <= 0
      case .notLess: return order >= 0
      }
    }
    let isEqual = value == .single(condition.value)
    return condition.comparison == .equal ? isEqual : condition.comparison == .notEqual && !isEqual
  }
}
