internal import Foundation
internal import GRDB
public import Ledger

/// What is known here of how much an office holds.
public struct OfficeHolding: Hashable, Sendable {
  /// Changes in its own logs that have come here.
  public var changes: Int64 = 0
  /// The time of the newest of them, by its own clock: milliseconds since 1970.
  public var newest: Int64?
  /// Changes of all logs that it has signed for holding.
  public var signedFor: Int64 = 0
  /// Changes that it has said it holds and that have not come; nil where that is not known.
  public var unreceived: Int?

  public init() {}
}

extension Snapshot {
  /// What every node holds of which anything is known, in three reads.
  public func officeHoldings() throws -> [NodeID: OfficeHolding] {
    var holdings: [NodeID: OfficeHolding] = [:]
    let branches = try Row.fetchCursor(
      db,
      sql: """
        SELECT node, sum(n - base_n), max(time) FROM branches WHERE n > 0 AND NOT withdrawn GROUP BY node
        """)
    while let row = try branches.next() {
      guard let node = NodeID(row[0] as Data) else { continue }
      holdings[node, default: OfficeHolding()].changes = row[1]
      holdings[node, default: OfficeHolding()].newest = row[2]
    }
    // Of a log with branches the longest: what they have in common must not count twice.
    let receipts = try Row.fetchCursor(
      db,
      sql: """
        SELECT signer, sum(n) FROM (
          SELECT signer, max(n) AS n FROM receipts GROUP BY signer, node, space, epoch) GROUP BY signer
        """)
    while let row = try receipts.next() {
      guard let node = NodeID(row[0] as Data) else { continue }
      holdings[node, default: OfficeHolding()].signedFor = row[1]
    }
    for peer in try peers() {
      guard let node = peer.node, let unreceived = peer.unreceived else { continue }
      holdings[node, default: OfficeHolding()].unreceived = unreceived
    }
    return holdings
  }

  /// Offices that were asked in and have not been heard of: invitations that nobody has used and that still hold,
  /// where no office of that name and division has come in by another one.
  ///
  /// - Parameter time: seconds since 1970.
  public func openInvitations(at time: Int64) throws -> [(name: String, division: DivisionCode)] {
    let rows = try Row.fetchAll(
      db,
      sql: """
        SELECT DISTINCT name, division FROM invitations i
        WHERE used_by IS NULL AND expires > ? AND NOT EXISTS (
          SELECT 1 FROM offices o WHERE o.name = i.name AND o.division = i.division AND NOT o.revoked)
        ORDER BY division, name
        """, arguments: [time])
    return rows.compactMap { row in DivisionCode(row[1] as String).map { (row[0], $0) } }
  }
}
