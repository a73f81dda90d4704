/// A campaign as data: what is recorded, under which points of a plan, where, and by which rules. Nothing
/// that a pack says stands in code, so that another campaign is only another pack.
///
/// A pack is made by `PackReader` (from YAML, checked) or `PackCodec` (from what a checked one was kept as).
public struct Pack: Hashable, Sendable {
  public internal(set) var info: CampaignInfo
  public let items: [PlanItem]
  public let lists: [CodeList]
  public let kinds: [Kind]
  public let divisions: DivisionTable
  public let reports: ReportColumns
  /// What a ledger's columns for the id, the division and the kind may be called.
  public let columns: RecordColumns

  private let kindIndex: TextIndex

  init(
    info: CampaignInfo, items: [PlanItem], lists: [CodeList], kinds: [Kind], divisions: DivisionTable,
    reports: ReportColumns, columns: RecordColumns
  ) {
    self.info = info
    self.items = items
    self.lists = lists
    self.kinds = kinds
    self.divisions = divisions
    self.reports = reports
    self.columns = columns
    var index = TextIndex(capacity: kinds.count * 3)
    for (i, kind) in kinds.enumerated() {
      for word in [kind.code, kind.label.chinese, kind.label.english] { index.insert(word, i) }
    }
    kindIndex = index
  }

  /// The kind of that code or label; width and case do not matter.
  public func kind(_ name: String) -> Kind? { kindIndex.find(name).map { kinds[$0] } }

  /// The position of the kind of that code or label.
  public func kindPosition(_ name: String) -> Int? { kindIndex.find(name) }

  /// The kind of that code or label, or the finding that says what was probably meant.
  public func resolveKind(_ name: String) -> Result<Kind, Finding> {
    if let kind = kind(name) { return .success(kind) }
    let nearest = Nearest.match(
      for: name, among: kinds.flatMap { [$0.code, $0.label.chinese, $0.label.english] })
    return .failure(
      Finding(
        .unknownKind, value: name,
        facts: Finding.guess(nearest) + [.allowed(kinds.map(\.code))]))
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
    var pack = self
    pack.info.version = version
    return pack
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
  /// Which fields, kinds or marks play a part: name to codes.
  public let roles: [String: [String]]

  /// The first code that plays the part.
  public func role(_ name: String) -> String? { roles[name]?.first }
}
