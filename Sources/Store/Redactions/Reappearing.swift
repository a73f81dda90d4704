internal import Campaign
internal import Foundation
internal import GRDB
public import Ledger

/// What stands in a redacted field again, beside what was erased of it: a redaction names what its author held, and some
/// office had written something else.
extension RecordView {
  /// Codes of the fields that hold something beside an erased value, in the kind's order: who wrote it had not heard of the
  /// redaction. In a set that may also be what somebody added since.
  public var reappeared: [String] {
    guard let kind, let content, existence != .deleted else { return [] }
    let numbers = contested.reduce(into: Set<UInt32>()) { $0.formUnion($1.reappeared) }
    let sets = Set(
      content.present(in: kind).compactMap { field, value -> String? in
        guard case .set = value, value.isErased, !value.isWhollyErased else { return nil }
        return field.code
      })
    guard !numbers.isEmpty || !sets.isEmpty else { return [] }
    return kind.fields.filter { numbers.contains($0.number) || sets.contains($0.code) }.map(\.code)
  }
}

extension ShownCell {
  /// The numbers of the fields that are erased in one living value and hold something in another.
  public var reappeared: Set<UInt32> {
    var erased: Set<UInt32> = []
    var held: Set<UInt32> = []
    func note(_ value: Value, _ field: UInt32) {
      switch value {
      case .erased: erased.insert(field)
      case .null: break
      default: held.insert(field)
      }
    }
    for entry in entries {
      switch entry.content {
      case .register(let value): note(value, number)
      case .group(let members): for member in members { note(member.value, member.field) }
      default: break
      }
    }
    return erased.intersection(held)
  }
}

extension Snapshot {
  /// The records with a redacted field that holds something beside the erased value, as they came. Only those are read.
  func reappearedBeside() throws -> [RecordView] {
    let keys = try Int64.fetchAll(
      db.cachedStatement(sql: "SELECT key FROM records WHERE flags & 16 <> 0 ORDER BY key"))
    guard !keys.isEmpty else { return [] }
    // Anybody can write the erased value; what a redaction is about is told.
    let redacted = try redactedRecords()
    return try keys.filter(redacted.contains).compactMap { try view(key: $0) }
  }

  private func view(key: Int64) throws -> RecordView? {
    guard let row = try RecordRow.find(db, key: key) else { return nil }
    return try record(row.id, in: space(key: row.space))
  }

  /// The rows of the records of which something was erased and that are held.
  func redactedRecords() throws -> Set<Int64> {
    let payloads = try Data.fetchCursor(
      db,
      sql: """
        SELECT s.payload FROM redacting r JOIN statements s ON s.arrival = r.arrival WHERE s.type = 5
        """)
    let logs = LogRegistry(db)
    var found: Set<Int64> = []
    while let payload = try payloads.next() {
      guard case .redaction(let redaction) = try Ledger.Statement(type: 5, payload: Array(payload)),
        let space = try logs.existingSpace(redaction.space)
      else { continue }
      let statement = try db.cachedStatement(sql: "SELECT key FROM records WHERE id = ? AND space = ?")
      if let key = try Int64.fetchOne(statement, arguments: [Data(redaction.record.bytes), space.key]) {
        found.insert(key)
      }
    }
    return found
  }
}
