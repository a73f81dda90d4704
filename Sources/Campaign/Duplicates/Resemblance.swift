/// How much speaks for two records being the same activity, entered twice.
public struct Resemblance: Hashable, Sendable {
  /// 0 to 1.
  public let score: Double
  /// What the score rests on, as the parts of the fields; of a pair that is nothing alike none.
  public let evidence: [ReportRole]

  /// Records farther apart are different activities.
  public static let dayLimit: Int32 = 2
  /// From here on a pair is suspected.
  public static let threshold = 0.54
  private static let similarTitle = 0.6
  /// What a pair within one division still weighs where the titles are not alike: an office meets the same
  /// people in the same hall day after day.
  private static let weightWithinOffice = 0.75

  public var isSuspicious: Bool { score >= Resemblance.threshold && evidence.count >= 2 }

  /// Title alone makes nobody suspicious, for a campaign gives many offices the same title on the same day; no
  /// more does a place, an enterprise or an organiser alone.
  public init(_ a: Likeness, _ b: Likeness) {
    var evidence: [ReportRole] = []
    var score = 0.0
    let days = a.day > b.day ? a.day &- b.day : b.day &- a.day
    guard a.kind == b.kind, (0...Resemblance.dayLimit).contains(days) else {
      self.score = 0
      self.evidence = []
      return
    }
    let title = a.title.isOther(ofSeries: b.title) ? 0 : a.title.similarity(to: b.title)
    if title >= Resemblance.similarTitle {
      evidence.append(.title)
      score += 0.45 * title
    }
    if let code = a.enterpriseCode, code == b.enterpriseCode {
      evidence.append(.enterpriseCode)
      score += 0.35
    }
    if Resemblance.areAlike(a.place, b.place) {
      evidence.append(.place)
      score += 0.25
    }
    if Resemblance.areJoint(a, b, isSameTitle: title == 1 && days == 0) {
      evidence.append(.organiser)
      score += 0.3
    }
    if days == 0, !evidence.isEmpty { score += 0.1 }
    if a.division == b.division, title < Resemblance.similarTitle {
      score *= Resemblance.weightWithinOffice
    }
    self.score = min(1, score)
    self.evidence = evidence
  }

  /// Whether a pair can be suspicious at all, for next to nothing: two of a series within one office, with no
  /// enterprise in common, cannot, whatever else they share.
  static func isPossible(_ a: Likeness, _ b: Likeness) -> Bool {
    guard a.division == b.division, a.title.isOther(ofSeries: b.title) else { return true }
    return a.enterpriseCode != nil && a.enterpriseCode == b.enterpriseCode
  }

  /// A place or an organiser is written with and without the town it is of. Having much in common is not enough:
  /// so have the same bureaus of two towns.
  private static func areAlike(_ a: NameShape, _ b: NameShape) -> Bool { a.isPart(of: b) || b.isPart(of: a) }

  /// The organiser of one is named by the other. That both have the same one says something only of two
  /// divisions: within one it is nearly always so, and then only the very same title on the same day counts.
  private static func areJoint(_ a: Likeness, _ b: Likeness, isSameTitle: Bool) -> Bool {
    if b.partners.contains(where: { areAlike(a.organiser, $0) }) { return true }
    if a.partners.contains(where: { areAlike(b.organiser, $0) }) { return true }
    return (a.division != b.division || isSameTitle) && areAlike(a.organiser, b.organiser)
  }
}
