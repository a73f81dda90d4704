/// A campaign as data: what is recorded, under which points of a plan, where, and by which rules. Nothing
/// that a pack says stands in code, so that another campaign is only another pack.
///
/// A pack is made by `PackReader` (from YAML, checked) or `PackCodec` (from what a checked one was kept as).
public struct Pack: Hashable, Sendable {
  /// A pack is handed about row by row: one reference, not all its arrays.
  private let parts: PackContents

  init(
    info: CampaignInfo, items: [PlanItem], lists: [CodeList], kinds: [Kind], divisions: DivisionTable,
    reports: ReportColumns, columns: RecordColumns
  ) {
    parts = PackContents(
      info: info, items: items, lists: lists, kinds: kinds, divisions: divisions, reports: reports,
      columns: columns)
  }

  public var info: CampaignInfo { parts.info }
  public var items: [PlanItem] { parts.items }
  public var lists: [CodeList] { parts.lists }
  public var kinds: [Kind] { parts.kinds }
  public var divisions: DivisionTable { parts.divisions }
  public var reports: ReportColumns { parts.reports }
  /// What a ledger's columns for the id, the division and the kind may be called.
  public var columns: RecordColumns { parts.columns }

  /// Turns typed text into values.
  var forms: NormalForm { parts.forms }

  public static func == (a: Pack, b: Pack) -> Bool {
    a.parts === b.parts
      || a.info == b.info && a.items == b.items && a.lists == b.lists && a.kinds == b.kinds
        && a.divisions == b.divisions && a.reports == b.reports && a.columns == b.columns
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(info)
    hasher.combine(kinds)
  }

  /// The kind of that code or label; width and case do not matter.
  public func kind(_ name: String) -> Kind? { parts.kindIndex.find(name).map { kinds[$0] } }

  /// The position of the kind of that code or label.
  public func kindPosition(_ name: String) -> Int? { parts.kindIndex.find(name) }

  /// The kind of that code or label, or the finding that says what was probably meant.
  public func resolveKind(_ name: String) -> Result<Kind, Finding> {
    if let kind = kind(name) { return .success(kind) }
    let nearest = Nearest.match(
      for: name, among: kinds.flatMap { [$0.code, $0.label.chinese, $0.label.english] })
    return .failure(
      Finding(
        .unknownKind, value: name,
        facts: Finding.guess(nearest) + [
          .allowed(kinds.map { Finding.Named(code: $0.code, label: $0.label) })
        ]))
  }

  /// The item of that code or label.
  public func item(_ name: String) -> PlanItem? {
    guard let list = lists.firstIndex(where: { $0.name == Pack.itemList }),
      let entry = lists[list].entry(for: name)
    else { return nil }
    return items.first { $0.code == entry.code }
  }

  /// The name of the code list that the plan's items make.
  public static let itemList = "plan_items"

  /// The same pack as another version.
  public func with(version: Int) -> Pack {
    var info = info
    info.version = version
    return Pack(
      info: info, items: items, lists: lists, kinds: kinds, divisions: divisions, reports: reports,
      columns: columns)
  }

  /// The code list of a field of choices.
  public func list(of field: Field) -> CodeList? {
    if case .code(let list) = field.type { lists[list] } else { nil }
  }
}

/// What the ledger's columns that are no field are called, beside `id`, `division` and `kind` themselves.
public struct RecordColumns: Hashable, Sendable {
  public let id: [String]
  public let division: [String]
  public let kind: [String]
}

/// What reports make of fields and kinds, by names that the reports know.
public struct ReportColumns: Hashable, Sendable {
  /// Columns that add up fields: name to field codes, in any kind that has them.
  public let sums: [String: [String]]
  /// Columns that count records: name to kinds.
  public let counts: [String: [String]]
  /// Which fields, kinds or marks play a part (`ReportRole`): name to codes.
  public let roles: [String: [String]]
}
