internal import Foundation
internal import GRDB
internal import Ledger

/// A space's digest: SHA-256(tag ‖ its heads, ascending by node, epoch, n and hash). Every branch has a head.
enum SpaceDigest {
  static func compute(_ db: Database, key: Int64) throws -> Hash256 {
    let statement = try db.cachedStatement(
      sql: "SELECT node, epoch, n, hash FROM branches WHERE space = ? AND NOT withdrawn")
    var heads: [[UInt8]] = []
    let rows = try Row.fetchCursor(statement, arguments: [key])
    while let row = try rows.next() {
      var out = ByteWriter(capacity: 80)
      out.write(bytes: row[0] as Data)
      out.write(bigEndian: UInt64(bitPattern: row[1] as Int64))
      out.write(bigEndian: UInt64(row[2] as Int64))
      out.write(bytes: row[3] as Data)
      heads.append(out.bytes)
    }
    heads.sort { $0.lexicographicallyPrecedes($1) }
    var out = ByteWriter(capacity: heads.count * 80 + 8)
    out.write(.space)
    for head in heads { out.write(bytes: head) }
    return Hash256(hashing: out.bytes)
  }
}
