/// When a receipt was signed, in the order in which its signer signed: each is later than the one before, whatever its
/// clock did and though its store was restored.
public struct SigningTime: Hashable, Sendable, Comparable {
  /// How often the clock went back, or the store had to reckon with having lost something: 0 for a store that knows of
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
      return SigningTime(term: nextTerm, time: now)
    }
    return SigningTime(term: term, time: time + 1)
  }

  /// Before all of the next term.
  public var termAfter: SigningTime { SigningTime(term: nextTerm, time: .min) }

  private var nextTerm: UInt64 { min(term, SigningTime.lastTerm - 1) + 1 }

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
