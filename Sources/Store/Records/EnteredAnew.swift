internal import Campaign
internal import GRDB
public import Ledger

extension Snapshot {
  /// Whether what a record says stands in another present one, entered anew in one of some divisions: one with the values that
  /// only one record may have, or, where it has none, one with the same values of its kind's identity fields.
  /// It came here after what this node wrote was looked through under its certificate: what was there before is another
  /// record.
  ///
  /// - Parameter divisions: where it may have been entered.
  public func isEnteredAnew(_ view: RecordView, in divisions: [DivisionCode]) throws -> Bool {
    guard let row = view.row else { return false }
    let table = try UniqueValueTable(db, pack(), SharedValues(db))
    let unique = try table.values(of: row).filter { $0.moved(to: view.space.division) != nil }
    guard unique.isEmpty else {
      return try unique.allSatisfy { value in
        try divisions.contains { division in
          guard let value = value.moved(to: division) else { return false }
          return try table.sharing(value, without: row).contains {
            try self.division(ofNewRecord: $0) == division
          }
        }
      }
    }
    return try isIdentityHeld(of: view, in: divisions)
  }

  private func division(ofNewRecord row: Int64) throws -> DivisionCode? {
    let statement = try db.cachedStatement(sql: "SELECT space FROM records WHERE key = ? AND origin > ?")
    return try Int64.fetchOne(statement, arguments: [row, placedAt()]).map { try space(key: $0).division }
  }

  private func placedAt() throws -> Int64 {
    try meta(.placedAt).map { $0.reduce(0) { $0 << 8 | Int64($1) } } ?? 0
  }

  private func isIdentityHeld(of view: RecordView, in divisions: [DivisionCode]) throws -> Bool {
    guard let kind = view.kind, let identity = view.content?.identityKey(in: kind) else { return false }
    let reader = try RecordReader(self)
    let isDated = LikenessFields(kind, reader.pack).date.map(kind.identity.contains) == true
    let sameDay = isDated ? "AND date IS (SELECT date FROM records WHERE key = ?2)" : ""
    let rows = try Row.fetchCursor(
      db,
      sql: """
        SELECT \(RecordRow.columns) FROM records WHERE kind = ?1 AND key <> ?2 AND flags & 1 = 0 AND origin > ?3
          \(sameDay)
        """, arguments: [kind.code, view.row, placedAt()])
    while let row = try rows.next() {
      guard let division = reader.spaces[row[RecordRow.spaceColumn]]?.division, divisions.contains(division),
        let (kind, content) = try reader.content(row)
      else { continue }
      if content.identityKey(in: kind) == identity { return true }
    }
    return false
  }
}

extension Commit {
  /// What this node wrote is looked through under its certificate.
  public func notePlacedHere() throws { try setMeta(.placedAt, lastArrival.bigEndianBytes) }
}
