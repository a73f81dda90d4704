/// When a receipt was signed, in the order in which its signer signed: each is later than the one before, whatever its
/// clock did and though its store was restored.
public struct SigningTime: Hashable, Sendable, Comparable {
  /// Why a term begins, by how far it goes beyond the former one: to the next multiple. A store that was restored does not
  /// know which terms began after its backup was made, and has to leave them behind.
  public enum Step: Hashable, Sendable {
    /// The clock went back.
    case clock
    /// The store goes on under another epoch, or was shown a receipt of its own that it does not remember.
    case epoch
    /// It was made out of a backup, or is a copy: it may be as old as anything.
    ///
    /// - now: its clock, milliseconds since 1970. What was made out of the same backup before has begun terms of which it can know
    ///   nothing else.
    case restore(now: Int64)

    var width: UInt64 {
      switch self {
      case .clock: 1
      case .epoch: 0x100_0000
      case .restore: 0x1_0000_0000_0000
      }
    }

    /// The least term that begins by it: 20 bits a millisecond, up to the year 2109, so that terms go on beyond that.
    var least: UInt64 {
      guard case .restore(let now) = self else { return 0 }
      return UInt64(min(max(now, 0), 1 << 42 - 1)) << 20
    }
  }

  /// Ascends where the clock goes back or the store has to reckon with having lost something: 0 for a store that knows of
  /// neither.
  public var term: UInt64
  /// The signer's clock, milliseconds since 1970.
  public var time: Int64

  public init(term: UInt64, time: Int64) {
    self.term = term
    self.time = time
  }

  public static func < (a: SigningTime, b: SigningTime) -> Bool { (a.term, a.time) < (b.term, b.time) }

  /// The next one.
  ///
  /// - Parameter now: the signer's clock. Where it stands still, or lags by less than a second, the time goes on by a
  ///   millisecond; where it went back farther, a term begins.
  public func next(now: Int64) -> SigningTime {
    if now > time { return SigningTime(term: term, time: now) }
    let (lag, overflows) = time.subtractingReportingOverflow(now)
    guard !overflows, lag < SigningTime.longestLag, time < .max else {
      return SigningTime(term: nextTerm(.clock), time: now)
    }
    return SigningTime(term: term, time: time + 1)
  }

  /// Before all of the next term.
  public func beginning(_ step: Step) -> SigningTime { SigningTime(term: nextTerm(step), time: .min) }

  /// Whether nothing was signed in its term yet.
  public var isBeginning: Bool { time == .min }

  private func nextTerm(_ step: Step) -> UInt64 {
    let next = (min(term, SigningTime.lastTerm) / step.width + 1) * step.width
    return min(max(next, step.least), SigningTime.lastTerm)
  }

  /// What a receipt can say.
  static let lastTerm = UInt64(Int64.max)
  private static let longestLag: Int64 = 1000
}

extension SigningTime {
  /// As a store keeps it: time, term, 8 bytes each.
  public var stored: [UInt8] {
    var out = ByteWriter(capacity: 16)
    out.write(bigEndian: UInt64(bitPattern: time))
    out.write(bigEndian: term)
    return out.bytes
  }

  /// nil where it is none.
  public init?(stored bytes: some Collection<UInt8>) {
    guard bytes.count == 16 else { return nil }
    func number(_ bytes: some Sequence<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
    self.init(term: number(bytes.dropFirst(8)), time: Int64(bitPattern: number(bytes.prefix(8))))
  }
}
