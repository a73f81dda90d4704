internal import Ledger
internal import Store

/// How far a peer was asked for what is missing here: it gave what it had, and has not got the rest. So a session with
/// nothing new looks at nothing, however much is missing.
struct AttachmentCursor {
  /// What is missing up to this number was asked for.
  private(set) var through: Int64
  /// Whether it is other than it is stored.
  private(set) var isChanged = false
  /// Up to which number what the look under way asks for stays asked for: behind it more may have come to be at the peer
  /// meanwhile.
  private var ceiling = Int64.max
  private let terms: Hash256
  /// When it was last asked for from the front, in milliseconds since 1970.
  private var begun: Int64
  /// What the peer last said of how many contents have come to be there.
  private var contents: UInt64

  /// A peer is not asked again for what it has not got, in milliseconds, unless it says that more has come to be there.
  private static let holds: Int64 = 24 * 3600 * 1000
  /// Of what it had not got so many are asked for again then, those that came to be missing last.
  static let askedAgain = 1024

  /// - Parameters:
  ///   - terms: what the two may read, and what is asked for.
  ///   - insists: begins from the front in any case.
  init(_ known: Asked?, terms: Hash256, insists: Bool, at time: Int64) {
    self.terms = terms
    let known = known.flatMap { $0.terms == terms ? $0 : nil }
    contents = known?.contents ?? 0
    through = insists ? 0 : known?.through ?? 0
    begun = insists ? time : known?.time ?? time
    begin(at: time)
  }

  /// What was asked for long ago is asked for again.
  mutating func begin(at time: Int64) {
    guard time - begun > AttachmentCursor.holds || time < begun else { return }
    through = 0
    ceiling = 0
    begun = time
    isChanged = true
  }

  /// The peer has said how many contents have come to be there.
  ///
  /// - Parameter recent: the number behind which the last ones stand that are asked for again.
  mutating func note(contents count: UInt64, recent: () throws -> Int64) rethrows {
    guard count != contents else { return }
    contents = count
    let recent = try recent()
    through = min(through, recent)
    ceiling = min(ceiling, recent)
    isChanged = true
  }

  /// What is missing is looked through, for as long as nothing else is said.
  ///
  /// - Returns: the number behind which it begins.
  mutating func look() -> Int64 {
    ceiling = .max
    return through
  }

  /// All that is missing up to this number was asked for since `look`.
  mutating func endLook(at number: Int64) { advance(to: min(number, ceiling)) }

  mutating func advance(to number: Int64) {
    guard number > through else { return }
    through = number
    isChanged = true
  }

  /// To be stored.
  mutating func take() -> Asked? {
    guard isChanged else { return nil }
    isChanged = false
    return Asked(terms: terms, through: through, time: begun, contents: contents)
  }
}
