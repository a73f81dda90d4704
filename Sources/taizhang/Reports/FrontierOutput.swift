import Ledger
import Reports
import Store

/// What a report rests on, at its end.
struct FrontierOutput {
  private let context: ReportContext
  private var frontier: Frontier { context.frontier }
  private var words: Words { context.words }

  init(_ context: ReportContext) { self.context = context }

  var json: JSON {
    .object([
      ("pack_version", .count(frontier.packVersion)), ("conflicts_open", .count(frontier.conflictsOpen)),
      ("quarantined", .count(frontier.quarantined)), ("of_unknown_kinds", .count(frontier.ofUnknownKinds)),
      (
        "offices",
        .array(
          frontier.offices.map { office in
            .object([
              ("name", .string(office.name)), ("division", .string(office.division.description)),
              ("last_seen", .optional(office.lastContact.map { Timestamp.text($0) })),
              ("changes", .number(office.holding.changes)),
              ("newest_change", .optional(office.holding.newest.map { Timestamp.text($0) })),
              ("signed_for", .number(office.holding.signedFor)),
              ("unreceived", .optional(office.holding.unreceived.map { Int64($0) })),
            ])
          })
      ),
      (
        "never_heard_of",
        .array(
          frontier.neverHeardOf.map {
            .object([("name", .string($0.name)), ("division", .string($0.division.description))])
          })
      ),
    ])
  }

  private var facts: [(label: String, value: String)] {
    let silent = frontier.neverHeardOf.map { "\($0.name) \($0.division)" }
    let unknown = (
      words("未计入：类别不在现行方案里的记录", "Not counted: records of kinds that the pack does not have"),
      "\(frontier.ofUnknownKinds)"
    )
    return [
      (words("方案版本", "Pack version"), "\(frontier.packVersion)"),
      (words("待裁定冲突", "Open conflicts"), "\(frontier.conflictsOpen)"),
      (words("隔离的变更（段）", "Stretches of changes set aside"), "\(frontier.quarantined)"),
      (
        words("从未联系的单位", "Offices never heard of"),
        silent.isEmpty ? words("无", "none") : silent.joined(separator: words("、", ", "))
      ),
    ] + (frontier.ofUnknownKinds > 0 ? [unknown] : [])
  }

  private var offices: ReportTable {
    var table = ReportTable(
      words("各单位数据情况", "What each office had then handed in"),
      [
        .init(words("单位", "Office")), .init(words("行政区划", "Division")),
        .init(words("最近联系（UTC）", "Last contact (UTC)")),
        .init(words("收到其变更", "Changes received"), isNumber: true),
        .init(words("最新变更（UTC）", "Newest change (UTC)")),
        .init(words("其签收变更", "Changes it signed for"), isNumber: true),
        .init(words("尚未收到", "Not yet received"), isNumber: true),
      ])
    for office in frontier.offices {
      let contact =
        office.isOwn
        ? words("本机", "this store")
        : office.lastContact.map { context.minute($0) }
          ?? (office.isHeardOf ? words("经其他节点或移动介质", "by another way") : words("从未", "never"))
      table.add([
        .init(office.name), .init(office.division.description), .init(contact),
        .init(String(office.holding.changes)), .init(context.minute(office.holding.newest)),
        .init(String(office.holding.signedFor)), .init(office.holding.unreceived.map(String.init) ?? "–"),
      ])
    }
    return table
  }

  var parts: [ReportDocument.Part] {
    let line = facts.map { "\($0.label) \($0.value)" }.joined(separator: words("；", "; "))
    return [.table(offices), .note(words("本报告依据：", "This report rests on: ") + line)]
  }

  /// The same for a spreadsheet.
  var tables: [ReportTable] {
    var table = ReportTable("", [.init(words("依据", "Rests on")), .init(words("值", "Value"), isNumber: true)])
    for fact in facts { table.add([.init(fact.label), .init(fact.value)]) }
    return [table, offices]
  }
}
