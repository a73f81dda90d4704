public import Ledger

/// Finds the pairs that look like one activity entered twice, without comparing all with all: only records of one
/// kind, within a few days, that share an enterprise, a place, an organiser or much of a title meet at all.
public enum DuplicateSearch {
  /// Two records that look alike.
  public struct Pair: Hashable, Sendable {
    /// The lesser id first.
    public let a: RecordID
    public let b: RecordID
    public let resemblance: Resemblance

    public init(_ a: RecordID, _ b: RecordID, _ resemblance: Resemblance) {
      self.a = min(a, b)
      self.b = max(a, b)
      self.resemblance = resemblance
    }
  }

  /// A record meets at most so many others for each thing it shares with them, those of the nearest days: what
  /// more records share tells nothing of two of them, and the time is bounded whatever the records are.
  private static let meetings = 64

  /// Gives every suspicious pair to `body`, once.
  ///
  /// - Parameter isWanted: whether a pair is to be looked at, by what its records are kept under.
  public static func forEachPair(
    _ records: [Likeness], isWanted: (Likeness, Likeness) -> Bool = { _, _ in true },
    _ body: (Likeness, Likeness, Resemblance) throws -> Void
  ) rethrows {
    let order = records.indices.sorted { a, b in
      (records[a].day, records[a].id) < (records[b].day, records[b].id)
    }
    var met: [UInt64: [Int]] = [:]
    for i in order {
      let record = records[i]
      var seen: Set<Int> = []
      for bucket in record.buckets {
        var others = met[bucket] ?? []
        if let first = others.first, isPast(records[first], record) || others.count >= 2 * meetings {
          others = Array(others.suffix(meetings).drop { isPast(records[$0], record) })
        }
        for other in others.suffix(meetings) where Resemblance.isPossible(records[other], record) {
          guard seen.insert(other).inserted, isWanted(records[other], record) else { continue }
          let resemblance = Resemblance(records[other], record)
          if resemblance.isSuspicious { try body(records[other], record, resemblance) }
        }
        others.append(i)
        met[bucket] = others
      }
    }
  }

  private static func isPast(_ other: Likeness, _ record: Likeness) -> Bool {
    Int64(record.day) - Int64(other.day) > Int64(Resemblance.dayLimit)
  }
}
