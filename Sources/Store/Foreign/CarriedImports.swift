internal import Campaign
internal import Foundation
internal import GRDB
internal import Ledger

/// What of another store's notes of imports was taken over.
public struct CarriedImports: Sendable {
  /// Rows that are known here now.
  public var taken = 0
  /// Rows whose changes are held here, and of which nothing can be told but by the other store's word.
  public var left = 0
  /// The last row that was looked at; nil after the last of all.
  public var through: Place?

  /// Rows that are looked at in one transaction.
  static let portion = 2048

  /// Where a row stands among the other store's.
  public struct Place: Sendable {
    var space: Int64
    var identity: Data
  }
}

/// The other store's tables cannot be read.
public struct UnreadableStore: Error {}

extension Commit {
  /// Takes over what another store of this node noted of its imports, so that a ledger which came in there adds nothing
  /// here: of rows that made records which are held here, and of which nothing is noted here.
  ///
  /// The other store's tables are not believed. What tells a row from others is made anew from what the row's record was
  /// made with, by the pack; what the row said is not taken over, so that the next import holds each cell against that.
  ///
  /// - Parameter place: rows behind this one; nil from the first on. So many are looked at as keep nobody waiting.
  /// - Throws: `UnreadableStore`.
  public func takeImports(of other: Snapshot, after place: CarriedImports.Place?) throws -> CarriedImports {
    guard let own = try snapshot.meta(.node) else { return CarriedImports() }
    let rows = try Commit.reading {
      try Row.fetchCursor(
        other.db,
        sql: """
          SELECT space, identity, record, iif(length(places) <= 65536, places, NULL) FROM imported
          WHERE (space, identity) > (?, ?) ORDER BY space, identity LIMIT ?
          """, arguments: [place?.space ?? .min, place?.identity ?? Data(), CarriedImports.portion])
    }
    let naming = RecordNaming(db: db, logs: logs, decoded: decoded)
    let (pack, offices) = (try pack(), try snapshot.officeDirectory())
    var carried = CarriedImports()
    var arrivals: [Int64: [Int64: Int64]] = [:]
    var pending: [Space: [ImportedRow]] = [:]
    var looked = 0
    while let row = try Commit.reading({ try rows.next() }) {
      looked += 1
      carried.through = CarriedImports.Place(space: row[0], identity: row[1])
      guard let space = Int64.fromDatabaseValue(row[0]).flatMap({ try? other.space(key: $0) }),
        let id = Data.fromDatabaseValue(row[2]).flatMap({ RecordID($0) }),
        let identity = Data.fromDatabaseValue(row[1]).flatMap({ Hash256($0) }),
        let said = Data.fromDatabaseValue(row[3]), let key = try logs.existingSpace(space)?.key,
        try imported(identity, in: space) == nil,
        // Oldest first: with it the record was made.
        let place = (try? ImportedRow.places(said))?.first
      else { continue }
      let known =
        try arrivals[key]?[place.arrival] ?? arrival(of: place.arrival, in: other, by: own, space: key)
      guard let arrival = known else { continue }
      arrivals[key, default: [:]][place.arrival] = arrival
      guard try decoded.positions(of: id, in: arrival, naming).contains(place.position) else { continue }
      var one = ImportedRow(identity: identity, record: id, content: ImportedRow.forgotten)
      one.places = [ImportedRow.Place(arrival: arrival, position: place.position)]
      let view = RecordView(
        try snapshot.importedState(one), id: id, space: space, pack: pack, offices: offices)
      // A row that names a record which was there before finds it again.
      guard !view.state.creations.isEmpty else { continue }
      guard ImportedRow.identities(of: view).contains(identity) else {
        carried.left += 1
        continue
      }
      carried.taken += 1
      pending[space, default: []].append(one)
    }
    for (space, rows) in pending { try noteImported(rows, in: space) }
    if looked < CarriedImports.portion { carried.through = nil }
    return carried
  }

  private static func reading<T>(_ body: () throws -> T) throws -> T {
    do { return try body() } catch { throw UnreadableStore() }
  }

  /// The number under which a change of this node that another store holds came here; nil where it is not held, is of
  /// another space, or does not count.
  ///
  /// - Parameter space: its key here.
  private func arrival(of theirs: Int64, in other: Snapshot, by node: [UInt8], space: Int64) throws -> Int64?
  {
    let select = """
      FROM changes c JOIN branches b ON b.key = c.branch JOIN spaces s ON s.key = b.space WHERE NOT b.withdrawn
      """
    let change = try Commit.reading {
      try Row.fetchOne(
        other.db.cachedStatement(
          sql: "SELECT c.hash, c.n, b.epoch \(select) AND c.arrival = ? AND b.node = ?"),
        arguments: [theirs, Data(node)])
    }
    guard let change, let hash = Data.fromDatabaseValue(change[0]),
      let n = Int64.fromDatabaseValue(change[1]),
      let epoch = Int64.fromDatabaseValue(change[2])
    else { return nil }
    return try Int64.fetchOne(
      db.cachedStatement(
        sql: """
          SELECT c.arrival \(select)
            AND c.hash = ? AND c.n = ? AND b.epoch = ? AND b.space = ? AND b.node = ?
          """),
      arguments: [hash, n, epoch, space, Data(node)])
  }
}
