internal import Campaign
internal import Ledger
public import Store

/// The records that bear one of the marks which the pack wants to be looked into, by date.
public struct ComplianceReport: Sendable {
  public struct Row: Sendable {
    public var view: RecordView
    /// Those of its marks that the report is about.
    public var marks: [String]
  }

  public var rows: [Row]
  /// How many records bear each mark.
  public var counts: [(mark: String, records: Int)]

  public init(_ snapshot: Snapshot, _ scope: ReportScope) throws {
    let wanted = try snapshot.pack().reports.codes(.complianceMarks)
    var rows: [Row] = []
    try scope.forEachRecord(snapshot, markedOnly: true) { view in
      let marks = wanted.filter(view.marks.contains)
      if !marks.isEmpty { rows.append(Row(view: view, marks: marks)) }
    }
    self.rows = rows
    counts = wanted.map { mark in (mark, rows.count { $0.marks.contains(mark) }) }
  }
}
