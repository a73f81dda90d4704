internal import Foundation
internal import GRDB
internal import Ledger

/// What computers' certificates say of them, as one transaction sees it.
struct KnownOffices: OfficeDirectory {
  private var ranks: [NodeID: UInt8] = [:]
  private var ids: [NodeID: String] = [:]
  private let lost: LostChanges

  init(_ db: Database) throws {
    for row in try Row.fetchAll(db.cachedStatement(sql: "SELECT node, rank, office_id FROM offices")) {
      guard let node = NodeID(row[0] as Data) else { continue }
      ranks[node] = UInt8(clamping: row[1] as Int)
      ids[node] = row[2]
    }
    lost = LostChanges(db)
  }

  func isLost(_ change: ChangeRef) -> Bool { lost.contains(change) }

  func rank(of node: NodeID) -> UInt8 { ranks[node] ?? .max }

  /// The office that a computer belongs to. One of which no certificate is known, as of this store's own before it
  /// joins, is an office by itself.
  func office(of node: NodeID) -> String { ids[node] ?? node.description }
}
