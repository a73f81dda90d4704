/// What the plan says of the campaign as a whole.
public struct CampaignInfo: Hashable, Sendable {
  /// Names the campaign through all its versions; records carry it beside their kind.
  public let lineage: String
  public var version: Int
  public let title: Label
  public let theme: Label?
  public let document: String?
  public let issuer: String?
  /// What amounts of money are in; nil where the pack does not say.
  public let currency: Label?
  public let period: Period
  public let submissionDeadline: CivilDate?
  public let slogans: [String]
}

/// The campaign's days, with the days before and after in which work for it is still usual.
public struct Period: Hashable, Sendable {
  public let from: CivilDate
  public let to: CivilDate
  public let toleranceDays: Int32

  public init(from: CivilDate, to: CivilDate, toleranceDays: Int32) {
    self.from = from
    self.to = to
    self.toleranceDays = toleranceDays
  }

  /// What `PackReader` and `PackCodec` see to: the rest of the program counts in these days.
  var isSound: Bool {
    from <= to && (1000...9000).contains(from.year) && (1000...9000).contains(to.year)
      && (0...3660).contains(toleranceDays)
  }

  /// Days since 1970 that raise no question.
  public var usualDays: ClosedRange<Int32> { from.days - toleranceDays...to.days + toleranceDays }

  /// Days since 1970 within which a bare number may be meant as a spreadsheet's date.
  public var spreadsheetDays: ClosedRange<Int32> {
    let years: Int32 = 20
    return CivilDate(year: from.year - years, month: from.month, day: min(from.day, 28)).unsafelyUnwrapped
      .days...CivilDate(year: to.year + years, month: to.month, day: min(to.day, 28)).unsafelyUnwrapped.days
  }
}
