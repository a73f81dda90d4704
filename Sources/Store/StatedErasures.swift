internal import Foundation
internal import GRDB
public import Ledger

/// The erasure of an attachment, with who ordered it.
public struct StatedErasure: Sendable {
  public var erasure: AttachmentErasure
  /// The change of the author's notices that it stands in, and the number under which that came here.
  public var change: ChangeRef
  public var arrival: Int64
  /// The author's wall clock in milliseconds since 1970.
  public var time: Int64
  /// The person, empty where none was given.
  public var operatorName: String
  public var author: NodeID { change.log.node }
}

extension Snapshot {
  /// The erasures of attachments by offices with the right to, that notices hold in what of them counts and that were
  /// not carried out yet, as they came.
  public func statedErasures() throws -> [StatedErasure] {
    try erasures("JOIN offices o ON o.node = b.node AND o.rights & 4 <> 0", "AND b.withdrawn = 0").filter {
      try erasure(of: $0.erasure.content, record: $0.erasure.record, in: $0.erasure.space) == nil
    }
  }

  /// The erasures of a record's attachments that were carried out, as they came.
  public func erasures(of view: RecordView) throws -> [StatedErasure] {
    // An office's rights may be gone by now, what it erased is not back; this node's own row may not say what it is.
    try erasures(
      "LEFT JOIN offices o ON o.node = b.node",
      "AND (o.rights & 4 <> 0 OR b.node = (SELECT value FROM meta WHERE name = 'node'))"
    ).filter {
      try $0.erasure.record == view.id && $0.erasure.space == view.space
        && erasure(of: $0.erasure.content, record: view.id, in: view.space) != nil
    }
  }

  private func erasures(_ join: String, _ condition: String) throws -> [StatedErasure] {
    let rows = try Row.fetchAll(
      db,
      sql: """
        SELECT s.arrival, s.payload FROM statements s
        JOIN changes c ON c.arrival = s.arrival JOIN branches b ON b.key = c.branch \(join)
        WHERE s.type = 6 \(condition) ORDER BY s.arrival, s.position
        """)
    return try rows.compactMap { row in
      let stored = try decoded.change(arrival: row[0])
      guard stored.change.log.space.section == .notices,
        case .erasure(let erasure) = try Ledger.Statement(type: 6, payload: Array(row[1] as Data))
      else { return nil }
      return StatedErasure(
        erasure: erasure, change: stored.change.ref, arrival: row[0], time: stored.change.time,
        operatorName: stored.content.operatorName)
    }
  }
}
