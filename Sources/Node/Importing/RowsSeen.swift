internal import Campaign
internal import Ledger

/// The rows of a file that went in, by what they are about. Of two that say different things of one record, each would
/// write over what the other said, at every import anew.
struct RowsSeen {
  private struct Seen {
    var number: UInt32
    var content: UInt32
  }

  /// A few bytes a row, whatever is in it: of hashes the first 8 bytes and the first 4, which no two rows of one file
  /// share by chance.
  private var rows: [UInt64: Seen] = [:]

  /// Whether a row says what one before it said.
  ///
  /// - Throws: `repeatedRow` where it says something else of the same.
  func holds(_ row: RowCheck.Fine) throws -> Bool {
    guard let former = rows[key(row)] else { return false }
    guard former.content == content(row) else { throw RejectedEdit(.repeatedRow(Int(former.number))) }
    return true
  }

  /// - Parameter number: the row's, as rows are counted in what is rejected.
  mutating func note(_ row: RowCheck.Fine, number: Int) {
    rows[key(row)] = Seen(number: UInt32(clamping: number), content: content(row))
  }

  /// What has an id of its own is the same in whichever division, of whichever kind.
  private func key(_ row: RowCheck.Fine) -> UInt64 {
    row.record.map { Hash256(hashing: $0.bytes).prefix }
      ?? row.identity.prefix ^ UInt64(bitPattern: Int64(row.space.hashValue))
  }

  private func content(_ row: RowCheck.Fine) -> UInt32 { UInt32(truncatingIfNeeded: row.content.prefix) }
}
