internal import Campaign
internal import Ledger
public import Store

/// The typical cases in full, recommended ones first, then by date.
public struct CasesReport: Sendable {
  public var records: [RecordView]
  public var recommended: Int

  public init(_ snapshot: Snapshot, _ scope: ReportScope) throws {
    let pack = try snapshot.pack()
    var first: [RecordView] = []
    var others: [RecordView] = []
    if let code = pack.reports.code(.typicalCaseKind) {
      let field = pack.reports.code(.recommended)
      try scope.forEachRecord(snapshot, kind: code) { view in
        guard let kind = view.kind, let content = view.content else { return }
        let isFirst = field.flatMap { kind.fieldIndex($0) }.map { content[field: $0] == .single(.flag(true)) }
        if isFirst == true { first.append(view) } else { others.append(view) }
      }
    }
    records = first + others
    recommended = first.count
  }
}
