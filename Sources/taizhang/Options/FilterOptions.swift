import ArgumentParser
import Campaign
import Ledger
import Node
import Store

/// Which records: the filters that `list`, `search`, `export` and `conflicts` share.
struct FilterOptions: ParsableArguments {
  static let title = String.words("筛选", "Filters")

  @Option(help: .words("仅限此类别：代码或名称。", "Only this kind: code or label.", .kind)) var kind: String?
  @Option(help: .words("仅限此行政区划及其下级。", "Only this division and all below it.", .division)) var division:
    String?
  @Option(help: .words("仅限此计划条目及其下级条目。", "Only this plan item and those below it.", .item)) var item: String?
  @Option(help: .words("自此日起。", "From this day on.", .day)) var from: String?
  @Option(help: .words("至此日止，含当日。", "Until this day, included.", .day)) var to: String?
  @Option(
    name: .customLong("where"),
    help: .words(
      "仅限字段为此值的记录；“字段=”指没有值；可重复，须全部符合。",
      "Only records where this holds, FIELD= for no value; may be repeated.", .assignment))
  var conditions: [String] = []
  @Flag(help: .words("仅限有待裁定冲突的记录。", "Only records with an open conflict.")) var conflicted = false
  @Flag(help: .words("仅限已删除的记录。", "Only deleted records.")) var deleted = false
  @Flag(help: .words("仅限有标记的记录。", "Only marked records.")) var marked = false
  @Option(help: .words("最多几条。", "At most so many.", .number)) var limit: Int?

  func filter(_ pack: Pack) throws -> RecordFilter {
    var filter = RecordFilter()
    if let kind { filter.kind = try pack.resolveKind(kind).mapError { NodeError.unknownKind($0) }.get().code }
    if let division {
      let code = try pack.divisions.resolve(division).mapError { NodeError.unknownDivision($0) }.get().code
      filter.divisions = Set(pack.divisions.subtree(of: code))
    }
    if let item {
      guard let found = pack.item(item) else {
        throw OptionError("--item", [try FilterCheck.noItem(item, pack)])
      }
      filter.item = found.code
    }
    filter.from = try from.map { try FilterCheck.day($0, "--from", pack) }
    filter.to = try to.map { try FilterCheck.day($0, "--to", pack) }
    filter.isConflicted = conflicted
    filter.isDeleted = deleted
    filter.isMarked = marked
    if let limit, limit < 0 {
      throw UsageError(chinese: "--limit 不能是负数。", english: "--limit must not be negative.")
    }
    filter.limit = limit
    if !conditions.isEmpty { filter.matches = try FilterCheck.matches(conditions, kind: filter.kind, pack) }
    return filter
  }
}

/// Values of filters, held against the pack like values that are entered.
enum FilterCheck {
  /// A throw-away edit of one field: what it comes to is the value in its one form.
  ///
  /// - Parameter option: the one that the field or the value was given with.
  /// - Throws: `OptionError` with what is wrong with it.
  static func value(_ field: String, _ text: String, _ option: String, _ kind: Kind, _ pack: Pack) throws
    -> RecordContent
  {
    do {
      return try CheckedEdit(
        EditDraft(
          kind: kind, operations: [.set(field, to: text)], current: RecordContent(kind: kind), mode: .edit),
        pack: pack
      ).content
    } catch {
      throw OptionError(option, error.findings)
    }
  }

  static func day(_ text: String, _ option: String, _ pack: Pack) throws -> Int32 {
    for kind in pack.kinds {
      guard let field = kind.fields.first(where: { $0.type == .date }) else { continue }
      let content: RecordContent
      do {
        content = try value(field.code, text, option, kind, pack)
      } catch let error as OptionError {
        throw error.ofNoField
      }
      if case .single(.date(let days))? = content[field.code, in: kind] { return days }
    }
    throw UsageError(chinese: "“\(text)”不是日期。", english: "\"\(text)\" is not a date.")
  }

  static func noItem(_ text: String, _ pack: Pack) throws -> Finding {
    for kind in pack.kinds {
      for field in kind.fields where field.form == .set {
        guard case .code(let list) = field.type, pack.lists[list].name == Pack.itemList else { continue }
        do {
          _ = try value(field.code, text, "--item", kind, pack)
        } catch let error as OptionError {
          if let finding = error.ofNoField.findings.first { return finding }
        }
      }
    }
    throw UsageError(chinese: "没有计划条目“\(text)”。", english: "There is no item \"\(text)\".")
  }

  static func matches(_ conditions: [String], kind only: String?, _ pack: Pack) throws
    -> @Sendable (RecordView) -> Bool
  {
    var wanted: [String: [(field: Int, value: FieldValue?)]] = [:]
    for kind in pack.kinds where only == nil || kind.code == only {
      var list: [(Int, FieldValue?)] = []
      var applies = true
      for condition in conditions {
        let (name, text) = try Assignments.split(condition)
        guard let index = kind.fieldIndex(named: name) else {
          applies = false
          break
        }
        // Nothing behind the sign: the field is to have no value.
        if text.allSatisfy(\.isWhitespace) {
          list.append((index, nil))
          continue
        }
        guard let content = try? value(kind.fields[index].code, text, "--where", kind, pack),
          let value = content[field: index]
        else {
          if only != nil { _ = try value(kind.fields[index].code, text, "--where", kind, pack) }
          applies = false
          break
        }
        list.append((index, value))
      }
      if applies { wanted[kind.code] = list }
    }
    guard !wanted.isEmpty else {
      throw NodeError.noSuchFields(wanted: conditions)
    }
    let frozen = wanted
    return { view in
      guard let kind = view.kind, let content = view.content, let list = frozen[kind.code] else {
        return false
      }
      return list.allSatisfy { field, value in
        if case .set(let elements) = value, case .set(let held)? = content[field: field] {
          return elements.allSatisfy(held.contains)
        }
        return content.effective(field: field, in: kind) == value
      }
    }
  }
}
