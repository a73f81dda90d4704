public import Campaign
public import Ledger
internal import Store

/// Ledgers in: rows are checked one by one; good ones go in together, bad ones are told with their reasons.
extension LocalNode {
  public struct ImportReport: Sendable {
    public var imported = 0
    public var updated = 0
    public var unchanged = 0
    public var rejected = 0
    /// Pairs that look like one activity entered twice, with a record that went in.
    public var duplicatesSuspected = 0
    /// Values of the file that were erased: they stay so.
    public var redacted = 0
    /// How many rows have values that were entered otherwise by hand in this store: those stay.
    public var kept = 0
    /// The first of them.
    public var keptValues: [KeptValues] = []
    /// How many rows have nothing where the record that they name has a value, which stays.
    public var blank = 0
    /// The first of them.
    public var blankValues: [KeptValues] = []
    public var unknownColumns: [String] = []
    /// Columns that name attachments: nothing is taken from them.
    public var attachmentColumns: [String] = []
    /// What the pack's defaults stood in for, each field once: the file has no such column.
    public var defaulted: [Finding] = []
    /// Rows that went in, or were there, with a date outside the campaign's period.
    public var outsidePeriod = 0
    public init() {}

    /// How many are told one by one.
    private static let keptTold = 20

    mutating func note(_ values: KeptValues) {
      kept += 1
      if kept <= ImportReport.keptTold { keptValues.append(values) }
    }

    mutating func noteBlank(_ values: KeptValues) {
      blank += 1
      if blank <= ImportReport.keptTold { blankValues.append(values) }
    }
  }

  /// What a row would have changed and did not.
  public struct KeptValues: Sendable {
    public var record: RecordID
    /// `deleted` where the record is, which stays so.
    public var fields: [Finding.Named]
  }

  /// A row that did not go in.
  public struct Reject: Sendable {
    /// The header is row 1; a cell with line breaks is part of one row. Of JSON Lines: the line.
    public var row: Int
    public var findings: [Finding]
    /// The file's columns, as far as they are known; of JSON Lines one, `line`.
    public var header: [String]
    public var cells: [String]
  }

  public struct ImportOptions: Sendable {
    public var kind: String?
    public var division: String?
    public var encoding = TextEncoding.auto
    public var isDryRun = false
    public var operatorName = ""
    public init() {}
  }

  /// What an import tells while it goes on.
  public struct ImportListener {
    public var rejected: (Reject) throws -> Void
    /// Bytes of the file that were read, of how many.
    public var progressed: (_ bytes: Int, _ of: Int) -> Void

    public init(
      rejected: @escaping (Reject) throws -> Void = { _ in },
      progressed: @escaping (_ bytes: Int, _ of: Int) -> Void = { _, _ in }
    ) {
      self.rejected = rejected
      self.progressed = progressed
    }
  }

  /// Takes in one file, in one transaction: all of its good rows, or nothing. Memory does not grow with it.
  ///
  /// - Throws: `importUnreadable` where the file cannot be read as rows; nothing has gone in then.
  public func importFile(
    _ path: String, _ options: ImportOptions, _ listener: ImportListener = ImportListener()
  ) throws -> ImportReport {
    // Unsafe in name only: the thread that reads is the one that uses it from here on, and has ended before the
    // transaction does. What is read of it here, its size, never changes.
    nonisolated(unsafe) let file = try TextFile(path, options.encoding)
    do {
      try? catchUpIndex()
      let report = try store.write { commit in
        try commit.widenPageCache()
        try commit.indexAsItGoes()
        let before = commit.lastArrival
        var run = try ImportRun(node: self, commit: commit, options: options, listener: listener)
        let check = try RowCheck(node: self, options: options, pack: try commit.pack())
        let handover = Handover { try RowPortion.handOver(file, check, to: $0) }
        defer { handover.abandon() }
        while let portion = try handover.take() {
          try run.take(portion)
          listener.progressed(portion.bytesRead, file.byteCount)
        }
        try run.finish()
        var report = run.report
        report.duplicatesSuspected = try commit.suspectCount(since: before)
        if options.isDryRun { throw DryRun(report: report) }
        return report
      }
      try? catchUpIndex()
      return report
    } catch let dry as DryRun {
      return dry.report
    }
  }

  /// Ends a dry run's transaction without a trace.
  private struct DryRun: Error {
    var report: ImportReport
  }
}
