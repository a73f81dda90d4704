internal import Foundation
internal import GRDB
internal import Ledger

extension Commit {
  /// Takes over what another store of this node noted of its imports, so that a ledger which came in there adds nothing
  /// here: of rows whose changes are held here, and of which nothing is noted here.
  ///
  /// The other store's tables are not believed: what a row said is not taken over, so that the next import holds each cell
  /// against the changes themselves.
  /// - Returns: how many rows.
  @discardableResult
  public func takeImports(of other: Snapshot) throws -> Int {
    guard let own = try snapshot.meta(.node) else { return 0 }
    let rows = try Row.fetchCursor(
      other.db, sql: "SELECT space, identity, record, places FROM imported ORDER BY space, identity")
    let naming = RecordNaming(db: db, logs: logs, decoded: decoded)
    var arrivals: [Int64: Int64] = [:]
    var taken: [Space: [ImportedRow]] = [:]
    while let row = try rows.next() {
      guard let space = Int64.fromDatabaseValue(row[0]).flatMap({ try? other.space(key: $0) }),
        let id = Data.fromDatabaseValue(row[2]).flatMap({ RecordID($0) }),
        let identity = Data.fromDatabaseValue(row[1]).flatMap({ Hash256($0) }),
        let said = Data.fromDatabaseValue(row[3]), try logs.existingSpace(space) != nil,
        try imported(identity, in: space) == nil
      else { continue }
      var carried = ImportedRow(identity: identity, record: id, content: ImportedRow.forgotten)
      guard let places = try? ImportedRow.places(said) else { continue }
      carried.places = try places.compactMap { place in
        let arrival = try arrivals[place.arrival] ?? self.arrival(of: place.arrival, in: other, by: own)
        arrivals[place.arrival] = arrival
        guard let arrival, try decoded.positions(of: id, in: arrival, naming).contains(place.position) else {
          return nil
        }
        return ImportedRow.Place(arrival: arrival, position: place.position)
      }
      guard !places.isEmpty, carried.places.count == places.count else { continue }
      taken[space, default: []].append(carried)
    }
    for (space, rows) in taken { try noteImported(rows, in: space) }
    return taken.values.reduce(0) { $0 + $1.count }
  }

  /// The number under which a change of this node that another store holds came here; nil where it is not held, or does
  /// not count.
  private func arrival(of theirs: Int64, in other: Snapshot, by node: [UInt8]) throws -> Int64? {
    let select = """
      FROM changes c JOIN branches b ON b.key = c.branch JOIN spaces s ON s.key = b.space WHERE NOT b.withdrawn
      """
    let change = try Row.fetchOne(
      other.db.cachedStatement(
        sql: "SELECT c.hash, c.n, b.epoch, s.division, s.section \(select) AND c.arrival = ? AND b.node = ?"),
      arguments: [theirs, Data(node)])
    guard let change, let hash = Data.fromDatabaseValue(change[0]),
      let n = Int64.fromDatabaseValue(change[1]),
      let epoch = Int64.fromDatabaseValue(change[2]), let division = String.fromDatabaseValue(change[3]),
      let section = Int64.fromDatabaseValue(change[4])
    else { return nil }
    return try Int64.fetchOne(
      db.cachedStatement(
        sql: """
          SELECT c.arrival \(select)
            AND c.hash = ? AND c.n = ? AND b.epoch = ? AND s.division = ? AND s.section = ? AND b.node = ?
          """),
      arguments: [
        hash, n, epoch, division, section, Data(node),
      ])
  }
}
