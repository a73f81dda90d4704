internal import Foundation
internal import GRDB
public import Ledger

/// The erasure of an attachment, with who ordered it.
public struct StatedErasure: Sendable {
  public var erasure: AttachmentErasure
  public var author: NodeID
}

extension Snapshot {
  /// The erasures of attachments by offices with the right to, that notices hold in what of them counts, as they came.
  public func statedErasures() throws -> [StatedErasure] {
    let rows = try Row.fetchAll(
      db,
      sql: """
        SELECT s.payload, b.node, p.section FROM statements s
        JOIN changes c ON c.arrival = s.arrival JOIN branches b ON b.key = c.branch
        JOIN spaces p ON p.key = b.space
        JOIN offices o ON o.node = b.node AND o.rights & 4 <> 0
        WHERE s.type = 6 AND b.withdrawn = 0 ORDER BY s.arrival, s.position
        """)
    return try rows.compactMap { row in
      guard let author = NodeID(row[1] as Data), Space.Section(rawValue: row[2]) == .notices,
        case .erasure(let erasure) = try Ledger.Statement(type: 6, payload: Array(row[0] as Data))
      else { return nil }
      return StatedErasure(erasure: erasure, author: author)
    }
  }

  /// Whether an erasure stands for all of these divisions.
  public func isErased(_ content: Hash256, in divisions: [DivisionCode]) throws -> Bool {
    let statement = try db.cachedStatement(sql: "SELECT division FROM erased WHERE content = ?")
    let known = Set(try String.fetchAll(statement, arguments: [content.data]))
    return divisions.allSatisfy { known.contains($0.description) }
  }
}
