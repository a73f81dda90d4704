internal import Ledger
internal import Store

/// How far a peer was asked for what is missing here: it gave what it had, and has not got the rest. So a session with
/// nothing new looks at nothing, however much is missing.
struct AttachmentCursor {
  /// What is missing up to this number was asked for.
  private(set) var through: Int64
  /// Whether it is other than it is stored.
  private(set) var isChanged = false
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
    begun = time
    isChanged = true
  }

  /// The peer has said how many contents have come to be there.
  ///
  /// - Parameter recent: the number behind which the last ones stand that are asked for again.
  mutating func note(contents count: UInt64, recent: () throws -> Int64) rethrows {
    guard count != contents else { return }
    contents = count
    through = min(through, try recent())
    isChanged = true
  }

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
