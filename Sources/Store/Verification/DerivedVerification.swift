internal import Campaign
internal import Foundation
internal import GRDB
internal import Ledger

/// What is derived from the logs, held against them.
extension Snapshot {
  /// The numbers of arrival, what belongs to no branch, and what belongs to no change.
  func verifyArrivals(_ report: inout Verification) throws {
    func note(_ arrival: Int64, _ problem: String) {
      report.note(log: Store.fileName, n: UInt64(clamping: arrival), problem)
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

  /// The pack in force, held against its text.
  func verifyPack(_ report: inout Verification) throws {
    guard let text = try meta(.packText) else { return }
    // One that cannot be read is none either.
    let pack = try? pack()
    let isAsWritten = [PackReader.Origin.authored, .received].contains { origin in
      pack != nil && (try? PackReader.read(text, origin: origin)) == pack
    }
    if !isAsWritten { report.note(log: Store.fileName, "pack-mismatch") }
  }

  /// Which changes touched which records, as the logs say it.
  func verifyTouches(_ report: inout Verification) throws {
    let logs = LogRegistry(db, withdrawnToo: true)
    let naming = RecordNaming(db: db, logs: logs, decoded: decoded)
    let record = try db.cachedStatement(sql: "SELECT key, origin FROM records WHERE id = ? AND space = ?")
    let touch = try db.cachedStatement(
      sql: "SELECT EXISTS (SELECT 1 FROM touches WHERE record = ? AND arrival = ?)")
    var touched = 0
    var made = 0
    for arrival in try Int64.fetchAll(db, sql: "SELECT arrival FROM changes ORDER BY arrival") {
      guard let stored = try? decoded.change(arrival: arrival), !stored.content.hasUnknownParts,
        let space = try logs.existingSpace(stored.change.log.space)
      else { continue }
      var seen: Set<Int64> = []
      for mutation in stored.content.mutations {
        guard let id = try naming.record(of: mutation.target, in: stored.change.ref) else { continue }
        guard let row = try Row.fetchOne(record, arguments: [Data(id.bytes), space.key]) else {
          report.note(
            log: stored.change.log.description, n: stored.change.n, "record-missing", detail: id.description)
          continue
        }
        let key: Int64 = row[0]
        if (row[1] as Int64) == arrival, !seen.contains(key) {
          made += 1
        } else if try Bool.fetchOne(touch, arguments: [key, arrival]) == true {
          touched += seen.contains(-key) ? 0 : 1
          seen.insert(-key)
        } else {
          report.note(
            log: stored.change.log.description, n: stored.change.n, "touch-mismatch", detail: id.description)
        }
        seen.insert(key)
      }
    }
    let counted = try Row.fetchOne(
      db, sql: "SELECT (SELECT count(*) FROM records), (SELECT count(*) FROM touches)")
    if (counted?[0] as Int?) ?? 0 > made { report.note(log: Store.fileName, "stray-record") }
    if (counted?[1] as Int?) ?? 0 > touched { report.note(log: Store.fileName, "touch-mismatch") }
  }

  /// Makes every record's state anew from the logs, and from the states what lists and sums are taken from.
  func verifyStates(_ report: inout Verification) throws {
    var check = try RecordVerification(self)
    let rows = try Row.fetchCursor(db, sql: RecordVerification.query)
    while let row = try rows.next() { try check.check(row, &report) }
    try check.finish(&report)
    for row in try Row.fetchAll(db, sql: "SELECT key, state_sum, digest FROM spaces") {
      let key: Int64 = row[0]
      let space = try space(key: key).description
      if Array(row[1] as Data) != (check.sums[key] ?? .zero).bytes {
        report.note(log: space, "state-sum-mismatch")
      }
      let digest = try SpaceDigest.compute(db, key: key)
      // An older program left zero bytes in a space that nothing had come to yet.
      guard digest != SpaceDigest.empty || (row[2] as Data) != Hash256.zero.data else { continue }
      if Array(row[2] as Data) != digest.bytes {
        report.note(log: space, "digest-mismatch")
      }
    }
  }
}
