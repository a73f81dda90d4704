internal import Foundation
internal import GRDB
public import Ledger

/// Digests and fingerprints over a scope: both are kept up at commit and summed up here without a scan.
extension Snapshot {
  /// SHA-256(tag ‖ for each space with changes, ascending: section, code, digest): equal heads, equal digest.
  public func digest(scope: (Space) -> Bool) throws -> Hash256 {
    try sum(.scope, scope: scope, withStates: false)
  }

  /// SHA-256(tag ‖ for each space: section, code, digest, sum of the record states' hashes): equal on two
  /// stores that hold the same changes in the scope and merged them to the same states.
  public func fingerprint(scope: (Space) -> Bool) throws -> Hash256 {
    try sum(.fingerprint, scope: scope, withStates: true)
  }

  private func sum(_ tag: HashTag, scope: (Space) -> Bool, withStates: Bool) throws -> Hash256 {
    let rows = try Row.fetchAll(
      db.cachedStatement(
        sql: """
          SELECT division, section, digest, state_sum FROM spaces s
          WHERE EXISTS (SELECT 1 FROM branches b WHERE b.space = s.key AND b.n > 0 AND b.withdrawn <> 1)
          """))
    var spaces: [(Space, Data, Data)] = []
    for row in rows {
      guard let division = DivisionCode(row[0] as String), let section = Space.Section(rawValue: row[1])
      else {
        throw StoreError.damaged("a space's row")
      }
      let space = Space(division: division, section: section)
      if scope(space) { spaces.append((space, row[2], row[3])) }
    }
    spaces.sort { $0.0 < $1.0 }
    var out = ByteWriter(capacity: spaces.count * 96)
    out.write(tag)
    for (space, digest, states) in spaces {
      out.write(byte: space.section.rawValue)
      out.write(lengthPrefixed: space.division.utf8)
      out.write(bytes: digest)
      if withStates { out.write(bytes: states) }
    }
    return Hash256(hashing: out.bytes)
  }
}
