internal import Foundation
internal import GRDB
internal import Ledger

/// What is derived from the logs, held against them.
extension Snapshot {
  /// The numbers of arrival, what belongs to no branch, and what belongs to no change.
  func verifyArrivals(_ report: inout Verification) throws {
    func note(_ arrival: Int64, _ problem: String) {
      report.problems.append(
        Verification.Problem(log: "store.sqlite", n: UInt64(clamping: arrival), problem: problem))
    }
    var running = [UInt8](repeating: 0, count: RunningHash.byteCount)
    let rows = try Row.fetchCursor(db, sql: "SELECT arrival, hash, running FROM changes ORDER BY arrival")
    while let row = try rows.next() {
      running = RunningHash.next(running, try hash(row[1] as Data))
      guard running != Array(row[2] as Data) else { continue }
      note(row[0], "running-mismatch")
      // All that follow rest on it.
      break
    }
    let strays = try Int64.fetchAll(
      db, sql: "SELECT arrival FROM changes WHERE branch NOT IN (SELECT key FROM branches)")
    for arrival in strays { note(arrival, "no-branch") }
    let unsaid = try Int64.fetchAll(
      db, sql: "SELECT DISTINCT arrival FROM statements WHERE arrival NOT IN (SELECT arrival FROM changes)")
    for arrival in unsaid { note(arrival, "statement-mismatch") }
  }

  /// Makes every record's state anew from the logs, and from the states what lists and sums are taken from.
  func verifyStates(_ report: inout Verification) throws {
    let replay = Replay(db, LogRegistry(db), decoded)
    let roles = KindRoles(try pack())
    var sums: [Int64: Hash256] = [:]
    func note(_ space: Int64, _ problem: String, _ record: RecordID? = nil) throws {
      report.problems.append(
        Verification.Problem(
          log: try self.space(key: space).description, n: 0, problem: problem, detail: record?.description))
    }
    let rows = try Row.fetchCursor(
      db, sql: "SELECT \(RecordRow.columns), kind, date, items FROM records")
    while let row = try rows.next() {
      let record = try RecordRow(row)
      let space = try space(key: record.space)
      guard let state = try? record.state(decoded, space: space) else {
        try note(record.space, "unreadable-record", record.id)
        continue
      }
      // A record that nothing has touched points into the log: there it has been read just now.
      let isDerived = try record.encodedState != nil || isTouched(record.key)
      if isDerived, (try? replay.state(of: record).encoded) != state.encoded {
        try note(record.space, "state-mismatch", record.id)
      }
      let view = RecordView(state, id: record.id, space: space, pack: try pack(), offices: try ranks())
      if !DerivedColumns(view, roles).fit(row, in: view) {
        try note(record.space, "column-mismatch", record.id)
      }
      if try !attachmentsFit(record, state) { try note(record.space, "attachment-mismatch", record.id) }
      // Nothing that counts made it: on another store it does not exist.
      if state.isEmpty { continue }
      sums[record.space, default: .zero] =
        sums[record.space, default: .zero] &+ state.hash(of: record.id, in: space)
    }
    for row in try Row.fetchAll(db, sql: "SELECT key, state_sum, digest FROM spaces") {
      let key: Int64 = row[0]
      if Array(row[1] as Data) != (sums[key] ?? .zero).bytes { try note(key, "state-sum-mismatch") }
      if try Array(row[2] as Data) != SpaceDigest.compute(db, key: key).bytes {
        try note(key, "digest-mismatch")
      }
    }
  }

  /// Whether what is looked up of a record's attachments is what its state says.
  private func attachmentsFit(_ record: RecordRow, _ state: RecordState) throws -> Bool {
    let statement = try db.cachedStatement(
      sql: "SELECT content, bytes, name FROM attachments WHERE record = ? ORDER BY name, content, bytes")
    let rows = try Row.fetchAll(statement, arguments: [record.key])
    let said = AttachmentTable.attachments(of: state).map(\.attachment)
    guard !rows.isEmpty || !said.isEmpty else { return true }
    return try rows.map { Attachment(content: try hash($0[0] as Data), byteCount: $0[1], name: $0[2]) }
      == said
  }

  private func isTouched(_ record: Int64) throws -> Bool {
    let statement = try db.cachedStatement(sql: "SELECT EXISTS (SELECT 1 FROM touches WHERE record = ?)")
    return try Bool.fetchOne(statement, arguments: [record]) ?? false
  }
}

extension DerivedColumns {
  /// Whether a row holds these. Which of several living values a list goes by may depend on who is known, so that is
  /// not judged.
  fileprivate func fit(_ row: Row, in view: RecordView) -> Bool {
    guard (row["kind"] as String?) == kind else { return false }
    return !view.contested.isEmpty || (row["date"] as Int64?) == date && (row["items"] as String?) == items
  }
}
