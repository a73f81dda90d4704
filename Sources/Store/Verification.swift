internal import Foundation
internal import GRDB
public import Ledger

/// The pair of `Commit`: everything that lasts, held against what it should be.
public struct Verification: Sendable {
  public struct Problem: Sendable, Hashable {
    public var log: String
    public var n: UInt64
    /// What is wrong, by a name for scripts.
    public var problem: String
    /// What more there is to know of it.
    public var detail: String?
  }

  public var changes = 0
  public var logs = 0
  public var problems: [Problem] = []
}

extension Snapshot {
  /// Recomputes every chain, checks every signature that stands, and rebuilds every record state from the
  /// logs, to hold the fingerprint's sums against.
  ///
  /// - Parameter progressed: is told now and then how many changes were checked, of how many.
  public func verify(
    _ verifier: some HeadVerifier, progressed: (_ changes: Int, _ of: Int) -> Void = { _, _ in }
  ) throws -> Verification {
    var report = Verification()
    let total = try Int.fetchOne(db, sql: "SELECT count(*) FROM changes") ?? 0
    if let text = try String.fetchOne(db, sql: "PRAGMA quick_check(1)"), text != "ok" {
      report.problems.append(
        Verification.Problem(log: "store.sqlite", n: 0, problem: "database", detail: text))
    }
    let registry = LogRegistry(db)
    let branches = try Row.fetchAll(
      db, sql: "SELECT key, node, space, epoch, base, base_n, n, hash, withdrawn FROM branches")
    var heads: [Int64: LogHead] = [:]
    for row in branches {
      guard let node = NodeID(row[1] as Data) else { continue }
      let log = LogID(node: node, space: try space(key: row[2]), epoch: UInt64(bitPattern: row[3] as Int64))
      report.logs += 1
      let start = try startHead(log: log, base: row[4], n: UInt64(row[5] as Int64), registry)
      let end = try verifyBranch(row[0], from: start, counts: !(row[8] as Bool), verifier, &report) {
        progressed($0, total)
      }
      heads[row[0]] = end
      if end.n != UInt64(row[6] as Int64) || end.hash != (try? hash(row[7] as Data)) {
        report.problems.append(Verification.Problem(log: log.description, n: end.n, problem: "head-mismatch"))
      }
    }
    try verifyStates(&report)
    return report
  }

  private func startHead(log: LogID, base: Int64?, n: UInt64, _ registry: LogRegistry) throws -> LogHead {
    guard n > 0, let base else { return LogHead(emptyLog: log) }
    let row = try Row.fetchOne(
      db, sql: "SELECT hash, time FROM changes WHERE branch = ? AND n = ?", arguments: [base, Int64(n)])
    return LogHead(log: log, n: n, hash: try row.map { try hash($0[0] as Data) } ?? .zero, time: row?[1] ?? 0)
  }

  private func verifyBranch(
    _ key: Int64, from start: LogHead, counts: Bool, _ verifier: some HeadVerifier,
    _ report: inout Verification, progressed: (_ changes: Int) -> Void
  ) throws -> LogHead {
    var head = start
    let rows = try Row.fetchCursor(
      db, sql: "SELECT n, hash, time, signature, body FROM changes WHERE branch = ? ORDER BY n",
      arguments: [key])
    while let row = try rows.next() {
      report.changes += 1
      if report.changes % 256 == 0 { progressed(report.changes) }
      let n = UInt64(row[0] as Int64)
      func note(_ problem: String) {
        report.problems.append(Verification.Problem(log: head.log.description, n: n, problem: problem))
      }
      guard n == head.n + 1 else {
        note("missing-change")
        return head
      }
      let stored = try hash(row[1] as Data)
      guard let body = try? ChangeBody(Array(row[4] as Data)) else {
        note("bad-body")
        return head
      }
      guard head.nextHash(bodyDigest: body.digest) == stored else {
        note("chain-broken")
        return head
      }
      head = LogHead(log: head.log, n: n, hash: stored, time: row[2])
      if let signature = (row[3] as Data?).flatMap({ Signature($0) }) {
        if let fault = verifier.verify(head, signature: signature), fault.stands(counts: counts) {
          note(fault.code)
        }
      }
    }
    return head
  }

  /// Sums the record states up anew, space by space.
  private func verifyStates(_ report: inout Verification) throws {
    let decoded = DecodedChanges(db)
    var sums: [Int64: Hash256] = [:]
    let rows = try Row.fetchCursor(db, sql: "SELECT \(RecordRow.columns) FROM records")
    while let row = try rows.next() {
      let record = try RecordRow(row)
      let space = try space(key: record.space)
      guard let state = try? record.state(decoded, space: space) else {
        report.problems.append(
          Verification.Problem(
            log: space.description, n: 0, problem: "unreadable-record",
            detail: record.id.description))
        continue
      }
      // Nothing that counts made it: on another store it does not exist.
      if state.isEmpty { continue }
      sums[record.space, default: .zero] =
        sums[record.space, default: .zero] &+ state.hash(of: record.id, in: space)
    }
    for row in try Row.fetchAll(db, sql: "SELECT key, state_sum, digest FROM spaces") {
      let key: Int64 = row[0]
      if try hash(row[1] as Data) != sums[key] ?? .zero {
        report.problems.append(
          Verification.Problem(log: try space(key: key).description, n: 0, problem: "state-sum-mismatch"))
      }
    }
  }
}

extension BatchFault {
  /// Whether it is a problem of the store. That an author lost its rights is none where what it wrote is
  /// taken out, and is none where that still counts.
  fileprivate func stands(counts: Bool) -> Bool {
    if self == .revoked { return false }
    if case .badSignature = self { return true }
    return counts
  }
}
