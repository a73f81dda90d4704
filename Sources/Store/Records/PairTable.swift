internal import Foundation
internal import GRDB
internal import Ledger

/// Which records were linked as one activity, or dismissed as two: what the states say of it, both ways round.
struct PairTable {
  private let db: Database
  init(_ db: Database) { self.db = db }

  /// Writes anew which records a state names.
  /// - Returns: the records between which a link came or went, this one among them. All that were linked with it
  ///   before are linked with one of them still: what parted from it parted at a link that went.
  func replace(record: Int64, id: RecordID, _ state: RecordState) throws -> Set<RecordID> {
    var relinked: Set<RecordID> = []
    let former = try others(of: record)
    for cell in PairCell.allCases {
      let others = state.others(cell)
      guard others != former[cell] ?? [] else { continue }
      if cell == .links { relinked = Set(others).symmetricDifference(former[cell] ?? []).union([id]) }
      try db.cachedStatement(sql: "DELETE FROM pairs WHERE record = ? AND cell = ?").execute(
        arguments: [record, Int64(cell.rawValue)])
      for other in others {
        try db.cachedStatement(sql: "INSERT INTO pairs(record, cell, other) VALUES (?, ?, ?)").execute(
          arguments: [record, Int64(cell.rawValue), Data(other.bytes)])
      }
    }
    return relinked
  }

  private func others(of record: Int64) throws -> [PairCell: [RecordID]] {
    let statement = try db.cachedStatement(
      sql: "SELECT cell, other FROM pairs WHERE record = ? ORDER BY cell, other")
    var others: [PairCell: [RecordID]] = [:]
    let rows = try Row.fetchCursor(statement, arguments: [record])
    while let row = try rows.next() {
      guard let cell = PairCell(rawValue: UInt32(clamping: row[0] as Int64)),
        let other = RecordID(row[1] as Data)
      else { continue }
      others[cell, default: []].append(other)
    }
    return others
  }

  /// A record and all that links lead to from it, whichever side they stand on, held here or not.
  func linked(with id: RecordID) throws -> Set<RecordID> {
    var group: Set<RecordID> = [id]
    var open = [id]
    let statement = try db.cachedStatement(
      sql: """
        SELECT p.other FROM records r JOIN pairs p ON p.record = r.key WHERE r.id = ?1 AND p.cell = ?2
        UNION SELECT r.id FROM pairs p JOIN records r ON r.key = p.record WHERE p.other = ?1 AND p.cell = ?2
        """)
    while let next = open.popLast() {
      let arguments: StatementArguments = [Data(next.bytes), Int64(PairCell.links.rawValue)]
      for case let other? in try Data.fetchAll(statement, arguments: arguments).map({ RecordID($0) })
      where group.insert(other).inserted {
        open.append(other)
      }
    }
    return group
  }

  /// All that one sort of cell says, as pairs of ids.
  func all(_ cell: PairCell) throws -> [(record: RecordID, other: RecordID)] {
    let statement = try db.cachedStatement(
      sql: "SELECT r.id, p.other FROM pairs p JOIN records r ON r.key = p.record WHERE p.cell = ?")
    return try Row.fetchAll(statement, arguments: [Int64(cell.rawValue)]).compactMap { row in
      guard let record = RecordID(row[0] as Data), let other = RecordID(row[1] as Data) else { return nil }
      return (record, other)
    }
  }
}
