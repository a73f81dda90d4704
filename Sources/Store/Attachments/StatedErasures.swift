internal import Foundation
internal import GRDB
public import Ledger

/// The erasure of an attachment, with who ordered it.
public struct StatedErasure: Sendable {
  public var erasure: AttachmentErasure
  /// The change of the author's notices that it stands in.
  public var change: ChangeRef
  /// The author's wall clock in milliseconds since 1970.
  public var time: Int64
  /// The person, empty where none was given.
  public var operatorName: String
  public var author: NodeID { change.log.node }
}

extension Snapshot {
  /// The erasures of attachments by offices with the right to, that notices hold in what of them counts, as they came.
  public func statedErasures() throws -> [StatedErasure] {
    try erasures("JOIN offices o ON o.node = b.node AND o.rights & 4 <> 0", "AND b.withdrawn = 0")
  }

  /// The erasures that were carried out of what a record has or had, with what it calls that, as they came.
  public func erasures(of view: RecordView) throws -> [(stated: StatedErasure, attachments: [AttachmentView])]
  {
    // An office's rights may be gone by now, what it erased is not back; this node's own row may not say what it is.
    let all = try erasures(
      "LEFT JOIN offices o ON o.node = b.node",
      "AND (o.rights & 4 <> 0 OR b.node = (SELECT value FROM meta WHERE name = 'node'))")
    guard !all.isEmpty else { return [] }
    let attached = try attachments(of: view) + formerAttachments(of: view)
    // What a ruling of the region left out was said again.
    var told: Set<AttachmentErasure> = []
    return all.compactMap { stated in
      guard told.insert(stated.erasure).inserted else { return nil }
      let named = attached.filter { $0.attachment.content == stated.erasure.content && $0.erasure != nil }
      return named.isEmpty ? nil : (stated, named)
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
        erasure: erasure, change: stored.change.ref, time: stored.change.time,
        operatorName: stored.content.operatorName)
    }
  }

  /// Whether an erasure stands for all of these divisions.
  public func isErased(_ content: Hash256, in divisions: [DivisionCode]) throws -> Bool {
    let statement = try db.cachedStatement(sql: "SELECT division FROM erased WHERE content = ?")
    let known = Set(try String.fetchAll(statement, arguments: [content.data]))
    return divisions.allSatisfy { known.contains($0.description) }
  }
}
