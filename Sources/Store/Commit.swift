public import Campaign
internal import Foundation
internal import GRDB
public import Ledger

/// The one door in: log rows, record states, conflicts, indexes and the fingerprint's sums, all in one
/// transaction. It takes only batches that were checked, and what it reports lasts once the transaction ends.
public final class Commit {
  let db: Database
  let logs: LogRegistry
  private var openRecords: RecordTable?
  /// The index of a bulk load, where one is being built from what goes in.
  var indexing: BulkIndexing?
  private var arrival: Int64
  private var running: [UInt8]
  private var anythingAwaited: Bool
  private var loadedRoles: KindRoles?
  /// Whether any redaction counts, once that was looked up in this transaction.
  private var isAnythingErased: Bool?
  /// How much of what was refused is kept, once that was looked up in this transaction.
  var knownQuarantine: QuarantineRoom?

  /// The source of what comes out of another store's file. No peer has this key: it says nothing of what anybody
  /// holds who is still there.
  public static let fromStore: Int64 = -2

  /// Arrivals that came to the other side of a log's cut and whose records are not made anew yet.
  var movedByCuts: Set<Int64> = []
  /// By log, how many branches came that leave it below its cut; and of which logs more were left out.
  private var lowerForks: [LogID: Int] = [:]
  private(set) var leftOut: Set<LogID> = []

  /// What one batch did.
  public struct Applied: Sendable {
    /// Changes that were not held before.
    public var new = 0
    /// Changes that were.
    public var known = 0
    /// Whether what was new lies beyond the cut of a log with too many branches, so that it does not count.
    public var isBeyondCut = false
    /// Whether it cut the log, or moved the cut.
    public var hasCut = false
    /// Whether the log has a branch more by it, which counts.
    public var hasForked = false
    /// The number of the first change that was left out because it follows on one that was taken out; nil where none
    /// was.
    public var leftOutFrom: UInt64?
  }

  init(_ db: Database) throws {
    self.db = db
    logs = LogRegistry(db)
    let last = try Row.fetchOne(
      db.cachedStatement(sql: "SELECT arrival, running FROM changes ORDER BY arrival DESC LIMIT 1"))
    arrival = last?[0] ?? 0
    running = last.map { Array($0[1] as Data) } ?? [UInt8](repeating: 0, count: RunningHash.byteCount)
    anythingAwaited =
      try Bool.fetchOne(db.cachedStatement(sql: "SELECT EXISTS (SELECT 1 FROM awaited)")) ?? false
  }

  func records() throws -> RecordTable {
    if let openRecords { return openRecords }
    let table = try RecordTable(self)
    openRecords = table
    return table
  }

  /// The same transaction, for reading.
  public private(set) lazy var snapshot = Snapshot(db)

  var decoded: DecodedChanges { snapshot.decoded }

  /// The last arrival number, this transaction's included.
  public var lastArrival: Int64 { arrival }

  /// The pack in force in this transaction.
  public func pack() throws -> Pack { try snapshot.pack() }

  func roles() throws -> KindRoles {
    if let loadedRoles { return loadedRoles }
    let roles = KindRoles(try pack())
    loadedRoles = roles
    return roles
  }

  func offices() throws -> KnownOffices { try snapshot.knownOffices() }

  /// Where a log of this node ends, for appending to it.
  public func head(of log: LogID) throws -> LogHead {
    try logs.branches(of: log).first?.head ?? LogHead(emptyLog: log)
  }

  /// The certificate that a log names as the one it is written under, as far as it says so.
  public func namedCertificate(of log: LogID) throws -> Hash256? {
    guard let branch = try logs.branches(of: log).first else { return nil }
    let statement = try db.cachedStatement(sql: "SELECT certificate FROM branches WHERE key = ?")
    return try Data.fetchOne(statement, arguments: [branch.key]).flatMap { Hash256($0) }
  }

  /// Takes in a checked batch.
  ///
  /// - Parameters:
  ///   - batch: starts from a head that is held here, or from a log's beginning.
  ///   - source: the peer it came from, 0 for this store's own.
  ///   - honoured: where the log's node was revoked, the heads of the log that are honoured: what leads to one of them
  ///     may lie on a branch that nothing else asks for. nil where nothing was said of the node.
  /// - Returns: how much of it was new. A batch taken in twice is known the second time.
  /// - Throws: `BatchFault.doesNotFollow` where the head it starts from is not held.
  @discardableResult
  public func append(
    _ batch: VerifiedBatch, source: Int64, honouring honoured: Set<ChangeRef>? = nil
  ) throws -> Applied {
    let log = batch.start.log
    guard let cut = try logs.cut(of: log) else {
      var hasForked = false
      var (applied, branch) = try take(batch, source: source) { head, branch in
        guard try honoured == nil || branch == nil || mayAddBranch(batch, after: head.n, honoured) else {
          return nil
        }
        hasForked = branch != nil
        return try logs.addBranch(of: log, base: branch, at: head)
      }
      let count = branch == nil ? 1 : try logs.branches(of: log).count
      let isTooMany = branch?.base != nil && count > LogLimits.branches
      if try isTooMany || count > 1 && sharesPrefix(batch, applied) {
        applied.hasCut = try cutAtFirstFork(log)
        applied.isBeyondCut = applied.hasCut
      }
      applied.hasForked = hasForked && !applied.hasCut
      try deriveAwaiting(heads: honoured, in: batch, applied)
      return applied
    }
    try logs.raise(log)
    var (applied, branch) = try take(batch, source: source, isBeyondCut: true) { head, branch in
      guard try mayAddBranch(batch, after: head.n, honoured, cut: cut) else { return nil }
      return try logs.addBranch(of: log, base: branch, at: head, isBeyondCut: true)
    }
    logs.sink(log)
    applied.isBeyondCut = applied.new > 0
    if applied.isBeyondCut { try deriveAwaiting(batch.entries.map(\.change.ref)) }
    if let branch, branch.baseN < cut { applied.hasCut = try cutAtFirstFork(log) }
    try deriveAwaiting(heads: honoured, in: batch, applied)
    return applied
  }

  /// Whether something that came has the number and the hash prefix of something else that is held of its log: by these
  /// a change is named.
  private func sharesPrefix(_ batch: VerifiedBatch, _ applied: Applied) throws -> Bool {
    try batch.entries.suffix(applied.new).contains { entry in
      try logs.holdsSeveral(like: entry.change.ref)
    }
  }

  /// A head that is honoured has come, and all that lies on its way: what lies beside that comes no more to those who wait
  /// for it.
  private func deriveAwaiting(
    heads honoured: Set<ChangeRef>?, in batch: VerifiedBatch, _ applied: Applied
  ) throws {
    guard anythingAwaited, let honoured,
      batch.entries.suffix(applied.new).contains(where: { honoured.contains($0.change.ref) })
    else { return }
    noteOfficesChanged()
    let log = batch.start.log
    let statement = try db.cachedStatement(
      sql: "SELECT DISTINCT record FROM awaited WHERE node = ? AND epoch = ?")
    let waiting = try Int64.fetchAll(
      statement, arguments: [log.node.hash.data, Int64(bitPattern: log.epoch)])
    for record in waiting { try records().derive(record) }
  }

  /// What came and does not count comes no more to those who wait for it.
  private func deriveAwaiting(_ changes: [ChangeRef]) throws {
    guard anythingAwaited else { return }
    noteOfficesChanged()
    let statement = try db.cachedStatement(
      sql: "SELECT DISTINCT record FROM awaited WHERE node = ? AND epoch = ? AND n = ?")
    for change in changes {
      let place: StatementArguments = [
        change.log.node.hash.data, Int64(bitPattern: change.log.epoch), Int64(change.n),
      ]
      for record in try Int64.fetchAll(statement, arguments: place) { try records().derive(record) }
    }
  }

  /// Whether a branch is taken in that this batch begins.
  ///
  /// - Parameters:
  ///   - n: the number of the change that it leaves the log after: what comes before that is held.
  ///   - honoured: as in `append`.
  ///   - cut: where the log is cut: what leaves it before has to be taken in.
  private func mayAddBranch(
    _ batch: VerifiedBatch, after n: UInt64, _ honoured: Set<ChangeRef>?, cut: UInt64 = 0
  ) throws -> Bool {
    let log = batch.start.log
    if let honoured, batch.entries.contains(where: { $0.change.n > n && honoured.contains($0.change.ref) }) {
      return true
    }
    guard n < cut else {
      let rows = try logs.rowCount(of: log)
      if rows < LogLimits.branchesKept { return true }
      guard let honoured, rows < LogLimits.branchesKept + LogLimits.branchesAwaited else { return false }
      return try honoured.contains { try !logs.keeps($0) }
    }
    lowerForks[log, default: 0] += 1
    guard lowerForks[log, default: 0] > LogLimits.lowerForks else { return true }
    leftOut.insert(log)
    return false
  }

  /// What a redaction named before it came is left out of it.
  private func withoutErased(
    _ entry: VerifiedBatch.Entry, after head: LogHead
  ) throws -> VerifiedBatch.Entry {
    let table = RedactionTable(db)
    if isAnythingErased == nil { isAnythingErased = try !table.isEmpty }
    guard isAnythingErased == true else { return entry }
    let leaves = try table.leaves(of: entry.change.ref)
    return try leaves.isEmpty ? entry : entry.withoutTexts(leaves, previousTime: head.time) ?? entry
  }

  func noteRedactions() { isAnythingErased = true }

  /// - Parameters:
  ///   - isBeyondCut: whether what is new of it lies beyond a cut.
  ///   - addBranch: makes a branch that leaves another after a head; nil where there is no room for it.
  /// - Returns: what it did, and the branch that it went to.
  private func take(
    _ batch: VerifiedBatch, source: Int64, isBeyondCut: Bool = false,
    addBranch: (LogHead, LogRegistry.Branch?) throws -> LogRegistry.Branch?
  ) throws -> (Applied, LogRegistry.Branch?) {
    var applied = Applied()
    var branch = try branch(of: batch.start)
    var head = batch.start
    var isOnTakenOut = false
    for entry in batch.entries {
      if applied.new == 0, let held = try held(entry.change) {
        head = entry.head
        branch = held
        applied.known += 1
        continue
      }
      // What was taken out is known all the same: a second row of it would count beside the first one day.
      if applied.new == 0, try logs.isTakenOut(entry.change.n, entry.change.hash, of: entry.change.log) {
        head = entry.head
        isOnTakenOut = true
        applied.known += 1
        continue
      }
      if isOnTakenOut {
        applied.leftOutFrom = entry.change.n
        break
      }
      if applied.new == 0, branch?.head.n != head.n || branch?.isBeyondCut != isBeyondCut {
        guard let new = try addBranch(head, branch) else { return (applied, nil) }
        branch = new
      }
      guard let branch else { break }
      let entry = try withoutErased(entry, after: head)
      head = entry.head
      try insert(entry, branch: branch, source: source)
      logs.noteHead(branch, head)
      if isBeyondCut { try note(entry, arrival: arrival) } else { try apply(entry, arrival: arrival) }
      applied.new += 1
    }
    guard applied.new > 0, let branch else { return (applied, nil) }
    try logs.advance(branch, to: head)
    try openRecords?.writeOpenStates()
    return (applied, branch)
  }

  private func branch(of start: LogHead) throws -> LogRegistry.Branch? {
    guard start.n > 0 else { return try logs.branches(of: start.log).first }
    guard let branch = try logs.branch(holding: start.n, start.hash, of: start.log) else {
      throw BatchFault.doesNotFollow
    }
    return branch
  }

  private func held(_ change: Change) throws -> LogRegistry.Branch? {
    try logs.branch(holding: change.n, change.hash, of: change.log)
  }

  private func insert(_ entry: VerifiedBatch.Entry, branch: LogRegistry.Branch, source: Int64) throws {
    arrival += 1
    running = RunningHash.next(running, entry.change.hash)
    let statement = try HotStatement(
      db,
      """
      INSERT INTO changes(arrival, branch, n, source, time, hash, running, signature, body)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
      """)
    try statement.run { values in
      values.add(arrival)
      values.add(branch.key)
      values.add(Int64(entry.change.n))
      values.add(source)
      values.add(entry.change.time)
      values.add(entry.change.hash)
      values.add(running)
      if let signature = entry.signature { values.add(signature.bytes) } else { values.addNull() }
      values.add(entry.change.body)
    }
  }

  private func apply(_ entry: VerifiedBatch.Entry, arrival: Int64) throws {
    try noteStatements(entry.content, arrival: arrival)
    if try eachTouch(of: entry, arrival: arrival, { try $0.apply($1) }) { try indexOn() }
    if anythingAwaited { try records().settleAwaited(entry.change.ref) }
  }

  /// What does not count, for the case that it will: which records it touches.
  private func note(_ entry: VerifiedBatch.Entry, arrival: Int64) throws {
    try noteStatements(entry.content, arrival: arrival)
    _ = try eachTouch(of: entry, arrival: arrival) { try $0.note($1) }
  }

  /// - Returns: false for a newer format's change: it is kept and relayed, and this version cannot say what it does.
  private func eachTouch(
    of entry: VerifiedBatch.Entry, arrival: Int64, _ body: (RecordTable, RecordTable.Touch) throws -> Void
  ) throws -> Bool {
    guard !entry.content.hasUnknownParts else { return false }
    var k: UInt32 = 1
    let records = try records()
    let share = entry.change.body.count / max(1, entry.content.mutations.count)
    for (position, mutation) in entry.content.mutations.enumerated() {
      let touch = RecordTable.Touch(
        mutation: mutation, firstK: k, change: entry.change.ref, time: entry.change.time, arrival: arrival,
        position: position, bytes: share, freshState: entry.freshStates[position])
      try body(records, touch)
      k += UInt32(mutation.dotCount)
    }
    return true
  }

  /// Notes what a change says beside records.
  func noteStatements(_ content: ChangeContent, arrival: Int64) throws {
    if let certificate = content.certificate {
      try db.cachedStatement(
        sql: "UPDATE branches SET certificate = ? WHERE key = (SELECT branch FROM changes WHERE arrival = ?)"
      ).execute(arguments: [certificate.data, arrival])
    }
    for (position, statement) in content.statements.enumerated() {
      try db.cachedStatement(
        sql: "INSERT INTO statements(arrival, position, type, payload) VALUES (?, ?, ?, ?)"
      ).execute(arguments: [arrival, position, Int64(statement.type), Data(statement.payload)])
    }
  }

  func forgetPack() {
    snapshot.known.pack = nil
    loadedRoles = nil
  }

  func noteAwaited() { anythingAwaited = true }

  /// Forgets what is known of offices, after one was added.
  func noteOfficesChanged() { snapshot.known.offices = nil }

  func finish() throws {
    try settleCuts()
    try finishIndexing()
    try logs.finish()
  }
}

/// The running hash of a store's arrivals: SHA-256(tag ‖ the former ‖ the change's hash), its first 16 bytes.
/// A cursor carries it, so that a clone or a restored copy is never taken for the store it was.
enum RunningHash {
  static let byteCount = 16

  static func next(_ former: [UInt8], _ change: Hash256) -> [UInt8] {
    var out = ByteWriter(capacity: 56)
    out.write(.arrivals)
    out.write(bytes: former)
    out.write(change)
    return Array(Hash256(hashing: out.bytes).bytes.prefix(byteCount))
  }
}

extension Snapshot {
  func knownOffices() throws -> KnownOffices {
    if let offices = known.offices { return offices }
    let offices = try KnownOffices(db)
    known.offices = offices
    return offices
  }

  /// Who wrote, for what is shown.
  public func officeDirectory() throws -> some OfficeDirectory { try knownOffices() }

  /// Changes read back in this transaction.
  var decoded: DecodedChanges {
    if let decoded = known.decoded { return decoded }
    let decoded = DecodedChanges(db)
    known.decoded = decoded
    return decoded
  }
}
