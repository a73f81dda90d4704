internal import Foundation
internal import GRDB
internal import Ledger

/// A space's digest: SHA-256(tag ‖ its heads, ascending by node, epoch, n and hash). Every branch has a head. Of a log
/// that is cut the head at the cut stands twice, which tells it from one that was never longer; what lies beyond is
/// no matter, for nobody has to hold all of it.
enum SpaceDigest {
  /// That of a space without any change.
  static let empty: Hash256 = {
    var out = ByteWriter(capacity: 8)
    out.write(.space)
    return Hash256(hashing: out.bytes)
  }()

  static func compute(_ db: Database, key: Int64) throws -> Hash256 {
    let statement = try db.cachedStatement(
      sql: "SELECT node, epoch, n, hash, withdrawn FROM branches WHERE space = ? AND withdrawn <> 1")
    var heads: [[UInt8]] = []
    var cut: Set<[UInt8]> = []
    let rows = try Row.fetchCursor(statement, arguments: [key])
    while let row = try rows.next() {
      var out = ByteWriter(capacity: 80)
      out.write(bytes: row[0] as Data)
      out.write(bigEndian: UInt64(bitPattern: row[1] as Int64))
      guard row[4] == Withdrawal.none.rawValue else {
        cut.insert(out.bytes)
        continue
      }
      out.write(bigEndian: UInt64(row[2] as Int64))
      out.write(bytes: row[3] as Data)
      heads.append(out.bytes)
    }
    let again = cut.flatMap { log in
      heads.first { $0.starts(with: log) }.map { [$0] }
        ?? Array(repeating: log + [UInt8](repeating: 0, count: 40), count: 2)
    }
    heads += again
    heads.sort { $0.lexicographicallyPrecedes($1) }
    var out = ByteWriter(capacity: heads.count * 80 + 8)
    out.write(.space)
    for head in heads { out.write(bytes: head) }
    return Hash256(hashing: out.bytes)
  }
}
