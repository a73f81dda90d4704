public import Campaign

/// A report as it is read, in words and without a format.
public struct ReportDocument: Sendable {
  /// One figure that says much.
  public struct Highlight: Sendable {
    public var label: String
    public var value: String

    public init(_ label: String, _ value: String) {
      self.label = label
      self.value = value
    }
  }

  /// Amounts side by side.
  public struct Bars: Sendable {
    public var title: String
    public var bars: [(label: String, amount: Int)]

    public init(_ title: String, _ bars: [(label: String, amount: Int)]) {
      self.title = title
      self.bars = bars
    }
  }

  /// Amounts by day; days that are not named have none.
  public struct Line: Sendable {
    public var title: String
    public var from: CivilDate
    public var to: CivilDate
    public var amounts: [(date: CivilDate, amount: Int)]

    public init(
      _ title: String, from: CivilDate, to: CivilDate, _ amounts: [(date: CivilDate, amount: Int)]
    ) {
      self.title = title
      self.from = from
      self.to = to
      self.amounts = amounts
    }
  }

  /// A text in full, with what is to be known of it.
  public struct Article: Sendable {
    public var title: String
    public var facts: [(label: String, value: ReportTable.Cell)]
    public var body: ReportTable.Cell

    public init(_ title: String, facts: [(label: String, value: ReportTable.Cell)], body: ReportTable.Cell) {
      self.title = title
      self.facts = facts
      self.body = body
    }
  }

  public enum Part: Sendable {
    case table(ReportTable)
    case bars(Bars)
    case line(Line)
    case article(Article)
    case note(String)
  }

  /// BCP 47.
  public var language: String
  public var title: String
  /// Above the title: whose report it is.
  public var issuer: String?
  public var subtitle: String
  public var facts: [(label: String, value: String)] = []
  public var highlights: [Highlight] = []
  public var parts: [Part] = []
  /// What the report rests on.
  public var foundation: [Part] = []
  /// Whether its tables have so many texts that a page lies on its side.
  public var isWide = false
  /// What the mark of a disputed value means.
  public var legend: String

  public init(language: String, title: String, subtitle: String, legend: String) {
    self.language = language
    self.title = title
    self.subtitle = subtitle
    self.legend = legend
  }

  /// Whether any value bears the mark.
  public var hasDisputes: Bool {
    parts.contains { part in
      switch part {
      case .table(let table): table.rows.contains { $0.cells.contains(where: \.isDisputed) }
      case .article(let article): article.body.isDisputed || article.facts.contains { $0.value.isDisputed }
      case .bars, .line, .note: false
      }
    }
  }
}
