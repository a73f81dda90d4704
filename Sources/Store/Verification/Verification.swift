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

    public init(log: String, n: UInt64, problem: String, detail: String? = nil) {
      self.log = log
      self.n = n
      self.problem = problem
      self.detail = detail
    }
  }

  public var changes = 0
  public var logs = 0
  /// Whether the file's pages and indexes are as they should be, as far as was looked.
  public private(set) var isFileSound = true
  /// Whether the logs were gone through to their ends; of an examination that broke off before, nothing tells what
  /// else is wrong.
  public fileprivate(set) var hasReadLogs = false
  /// Whether what is derived may be made anew from the logs.
  public var mayRebuild: Bool { isFileSound && hasReadLogs && !problems.contains(where: \.isOfLogs) }
  public private(set) var problems: [Problem] = []
  /// How many problems of a name there are: of a table that is gone each record is one.
  private var counts: [String: Int] = [:]

  /// So many problems of one name are told one by one.
  private static let toldCount = 100

  public init() {}

  public mutating func add(_ problem: Problem) {
    counts[problem.problem, default: 0] += 1
    if counts[problem.problem]! <= Verification.toldCount { problems.append(problem) }
  }

  public mutating func note(log: String, n: UInt64 = 0, _ problem: String, detail: String? = nil) {
    add(Problem(log: log, n: n, problem: problem, detail: detail))
  }

  mutating func noteUnsound(_ detail: String) {
    isFileSound = false
    note(log: Store.fileName, "database", detail: detail)
  }

  /// By name, how many problems there are beyond those that are told.
  public var untold: [String: Int] {
    counts.mapValues { $0 - Verification.toldCount }.filter { $0.value > 0 }
  }
}

extension Verification.Problem {
  /// Names of what is wrong with the logs themselves: nothing that this store holds can mend it, and nothing may be
  /// made anew from such logs.
  private static let ofLogs: Set<String> = [
    "missing-change", "bad-body", "chain-broken", "unsigned", "bad-signature", "unknown-author",
    "out-of-scope",
    "no-branch", "bad-branch", "log-cut",
  ]

  public var isOfLogs: Bool { Problem.ofLogs.contains(problem) }
  /// The file itself is damaged, or what stands in it kept the examination from its end.
  public var isOfFile: Bool { problem == "database" }
  /// The author is not known, or not as one that may write there: of the logs only where they hold no certificate
  /// that says otherwise.
  public var isOfAuthor: Bool { problem == "unknown-author" || problem == "out-of-scope" }
  /// What an attachment holds is not here as it was: it can be had from who has it.
  public var isOfAttachmentContent: Bool {
    problem == "attachment-lost" || problem == "attachment-damaged"
  }
  private typealias Problem = Verification.Problem

  /// The name under which the database file as a whole stands, and what is derived from no log.
  public static let storeFile = Store.fileName
}

extension Snapshot {
  /// Recomputes every chain, checks every signature that stands and that one stands at each end, and holds what is
  /// derived against the logs: states, columns, conflicts, unique values, pairs, sums, digests, the search index,
  /// statements, the order of arrival. The file's rows have to be readable (`verifyFile`).
  ///
  /// - Parameters:
  ///   - report: gets each problem as it is found: what was, stays there where this throws.
  ///   - progressed: is told now and then how many changes were checked, of how many.
  public func verify(
    _ verifier: some HeadVerifier, into report: inout Verification,
    progressed: (_ changes: Int, _ of: Int) -> Void = { _, _ in }
  ) throws {
    let total = try Int.fetchOne(db, sql: "SELECT count(*) FROM changes") ?? 0
    let branches = try Row.fetchAll(
      db, sql: "SELECT key, node, space, epoch, base, base_n, n, hash, time, withdrawn FROM branches")
    let goingOn = Set(branches.compactMap { row in (row[4] as Int64?).map { [$0, row[5] as Int64] } })
    for row in branches {
      guard let node = NodeID(row[1] as Data) else {
        report.note(log: Store.fileName, "bad-branch")
        continue
      }
      let log = LogID(node: node, space: try space(key: row[2]), epoch: UInt64(bitPattern: row[3] as Int64))
      report.logs += 1
      let start = try startHead(log: log, base: row[4], n: UInt64(row[5] as Int64))
      let (end, isSigned) = try verifyBranch(
        row[0], from: start, counts: row[9] != Withdrawal.revoked.rawValue, verifier, &report
      ) {
        progressed($0, total)
      }
      if end.n < UInt64(row[6] as Int64) {
        report.note(log: log.description, n: end.n, "log-cut")
      } else if end.n != UInt64(row[6] as Int64) || end.hash != (try? hash(row[7] as Data))
        || end.time != row[8]
      {
        report.note(log: log.description, n: end.n, "head-mismatch")
      }
      // A branch that was cut where nobody had to sign is signed further on, in what was cut off.
      if !isSigned, !goingOn.contains([row[0], Int64(end.n)]), !verifier.vouches(for: end) {
        report.note(log: log.description, n: end.n, "unsigned")
      }
    }
    try verifyArrivals(&report)
    report.hasReadLogs = true
    try verifyPack(&report)
    try verifyTouches(&report)
    try verifyCuts(&report)
    try verifyStates(&report)
    try verifySearch(&report)
  }

  private func startHead(log: LogID, base: Int64?, n: UInt64) throws -> LogHead {
    guard n > 0, let base else { return LogHead(emptyLog: log) }
    let row = try Row.fetchOne(
      db, sql: "SELECT hash, time FROM changes WHERE branch = ? AND n = ?", arguments: [base, Int64(n)])
    return LogHead(log: log, n: n, hash: try row.map { try hash($0[0] as Data) } ?? .zero, time: row?[1] ?? 0)
  }

  /// - Returns: how far it can be believed, and whether its end is signed.
  private func verifyBranch(
    _ key: Int64, from start: LogHead, counts: Bool, _ verifier: some HeadVerifier,
    _ report: inout Verification, progressed: (_ changes: Int) -> Void
  ) throws -> (end: LogHead, isSigned: Bool) {
    var head = start
    var isSigned = true
    func note(_ n: UInt64, _ problem: String) {
      report.note(log: head.log.description, n: n, problem)
    }
    let rows = try Row.fetchCursor(
      db, sql: "SELECT n, hash, time, signature, body, arrival FROM changes WHERE branch = ? ORDER BY n",
      arguments: [key])
    while let row = try rows.next() {
      report.changes += 1
      if report.changes % 256 == 0 { progressed(report.changes) }
      let n = UInt64(row[0] as Int64)
      guard n == head.n + 1 else {
        note(n, "missing-change")
        return (head, true)
      }
      let stored = try hash(row[1] as Data)
      guard let body = try? ChangeBody(Array(row[4] as Data)) else {
        note(n, "bad-body")
        return (head, true)
      }
      guard head.nextHash(bodyDigest: body.digest) == stored else {
        note(n, "chain-broken")
        return (head, true)
      }
      let ref = ChangeRef(log: head.log, n: n, hashPrefix: stored.prefix)
      guard let content = try? ChangeDecoder.decode(body, of: ref, previousTime: head.time) else {
        note(n, "bad-body")
        return (head, true)
      }
      try verifyErasure(body, of: ref, note)
      if content.time != row[2] { note(n, "time-mismatch") }
      if try content.statements != statements(at: row[5]) { note(n, "statement-mismatch") }
      head = LogHead(log: head.log, n: n, hash: stored, time: content.time)
      isSigned = false
      guard let bytes = row[3] as Data? else { continue }
      isSigned = true
      guard let signature = Signature(bytes) else {
        note(n, BatchFault.badSignature(n: n).code)
        continue
      }
      if let fault = verifier.verify(head, signature: signature), fault.stands(counts: counts) {
        note(n, fault.code)
      }
    }
    return (head, isSigned)
  }

  /// What is missing must be named by a redaction, and what one names must be gone.
  private func verifyErasure(_ body: ChangeBody, of change: ChangeRef, _ note: (UInt64, String) -> Void)
    throws
  {
    let erased = try erasedLeaves(of: change)
    if !erased.isSuperset(of: body.erasedLeaves) { note(change.n, "values-missing") }
    if !erased.isEmpty, body.withoutTexts(erased, of: change) != nil { note(change.n, "not-erased") }
  }

  private func statements(at arrival: Int64) throws -> [Ledger.Statement] {
    let statement = try db.cachedStatement(
      sql: "SELECT type, payload FROM statements WHERE arrival = ? ORDER BY position")
    return try Row.fetchAll(statement, arguments: [arrival]).map { row in
      let (type, payload) = (UInt64(row[0] as Int64), Array(row[1] as Data))
      return (try? Ledger.Statement(type: type, payload: payload)) ?? .unknown(type: type, payload: payload)
    }
  }
}

extension BatchFault {
  /// Whether it is a problem of the store. That an author lost its rights is none where what it wrote is
  /// taken out, and is none where that still counts.
  fileprivate func stands(counts: Bool) -> Bool {
    if [.revoked, .narrowed, .ruledOut].contains(self) { return false }
    if case .badSignature = self { return true }
    return counts
  }
}
