internal import Ledger
internal import Wire

/// Both sides are through with what each had to send so far.
public struct Checkpoint: Sendable, Hashable {
  public enum Outcome: Sendable, Hashable {
    /// Both hold the same heads in the scope that both may read.
    case converged
    /// A store went on meanwhile, so the two cannot be compared; the next session brings the rest.
    case moved
    /// So many stretches of logs were refused by one side or the other.
    case refused(UInt64)
    /// A side's certificate is not in force by the other's clock, so that it hands in and is sent nothing.
    case withheld
    /// The heads differ: both sides show them to each other, and where they have, that is told.
    case unequal
  }

  public var outcome: Outcome
  public var converged: Bool { outcome == .converged }

  public init(outcome: Outcome) { self.outcome = outcome }

  /// - Parameter isWithheld: whether a side holds back what the other may not read for now.
  init(own: Done, theirs: Done, isWithheld: Bool) {
    if own.digest == theirs.digest {
      outcome = .converged
    } else if !isWithheld, own.hasGap || theirs.hasGap {
      // Also where something was refused, or came in meanwhile: that would hide it for ever.
      outcome = .unequal
    } else if own.refused > 0 || theirs.refused > 0 {
      outcome = .refused(own.refused &+ theirs.refused)
    } else if isWithheld {
      outcome = .withheld
    } else {
      outcome = own.hasMoved || theirs.hasMoved ? .moved : .unequal
    }
  }
}
