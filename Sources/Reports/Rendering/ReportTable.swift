/// Rows under headings, in words and without a format.
public struct ReportTable: Sendable {
  public struct Column: Sendable {
    public var heading: String
    /// Whether it holds numbers, which stand below each other by their last digit.
    public var isNumber: Bool

    public init(_ heading: String, isNumber: Bool = false) {
      self.heading = heading
      self.isNumber = isNumber
    }
  }

  public struct Cell: Sendable, ExpressibleByStringLiteral {
    public var text: String
    /// Whether several values stand beside each other, of which a person has to choose.
    public var isDisputed: Bool

    public init(_ text: String, isDisputed: Bool = false) {
      self.text = text
      self.isDisputed = isDisputed
    }

    public init(stringLiteral text: String) { self.init(text) }

    /// The text with its mark.
    public var marked: String { isDisputed ? text + Cell.mark : text }

    /// What stands behind a disputed value.
    public static let mark = "※"
  }

  public enum Standing: Sendable {
    case plain
    /// Below the row before it, as a part of it.
    case part
    case total
  }

  public struct Row: Sendable {
    public var cells: [Cell]
    public var standing: Standing

    public init(_ cells: [Cell], _ standing: Standing = .plain) {
      self.cells = cells
      self.standing = standing
    }
  }

  public var title: String
  public var columns: [Column]
  public var rows: [Row] = []
  /// What has to be known to read it.
  public var note: String?
  /// Of a table whose values may be disputed: the heading under which a spreadsheet says which of a row are.
  public var disputes: String?

  public init(_ title: String, _ columns: [Column], disputes: String? = nil, note: String? = nil) {
    self.disputes = disputes
    self.title = title
    self.columns = columns
    self.note = note
  }

  public mutating func add(_ cells: [Cell], _ standing: Standing = .plain) {
    precondition(cells.count == columns.count, "\(cells.count) cells under \(columns.count) headings")
    rows.append(Row(cells, standing))
  }
}
