internal import Foundation
internal import GRDB
public import Ledger

/// Changes that cannot be believed, or do not count, kept aside with the reason.
public struct QuarantineLine: Sendable {
  public var log: LogID
  /// The first that was set aside.
  public var n: UInt64
  public var reason: String
  /// When, by this store's clock: milliseconds since 1970. nil for a log that is cut: that follows from what is held.
  public var at: Int64?
  /// For a log that is cut: what of it is held beyond the cut.
  public var beyondCut: BeyondCut?

  public struct BeyondCut: Hashable, Sendable {
    public var branches: Int
    public var changes: Int
    /// Whether the log is the region's own: nobody stands above it to rule.
    public var isOfRegion: Bool
    /// Whether it is cut because two of its changes have one name; else because it has too many branches.
    public var isAmbiguous: Bool
  }

  /// The reason of a log that is cut because it has too many branches.
  public static let cutReason = "too-many-branches"
  /// The reason of one that is cut because two of its changes have one name.
  public static let ambiguousReason = "ambiguous-name"
}

extension Commit {
  /// How many bytes of refused changes are kept; beyond it only (log, n, reason) is.
  public static let quarantineByteLimit = 16 << 20

  /// How many stretches that came from others are noted at all. What goes beyond is not noted: the stores' digests
  /// differ until it is taken in, so it is asked for again. What was taken out here is noted always: it is no more than
  /// is held.
  public static let quarantineRowLimit = 10_000

  /// Keeps a refused stretch of a log: the first change's number says where it begins, and its hash on which branch.
  ///
  /// - Parameter hash: nil where the change cannot be read.
  public func quarantine(
    log: LogID, n: UInt64, hash: Hash256?, reason: String, source: Int64, at time: Int64, batch: [UInt8]?
  ) throws {
    let room = try quarantineRoom()
    let kept = batch.flatMap { room.mayKeep($0.count, of: source) ? Data($0) : nil }
    let isNoted = source == 0 || room.mayNote(of: source)
    let place: StatementArguments = [
      log.node.hash.data, log.space.division.description, log.space.section.rawValue,
      Int64(bitPattern: log.epoch), Int64(n), hash?.data ?? Data(), reason,
    ]
    if isNoted {
      try db.cachedStatement(
        sql: """
          INSERT INTO quarantine(node, division, section, epoch, n, hash, reason, source, at, batch)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
          """
      ).execute(arguments: place + [source, time, kept])
    }
    if isNoted, db.changesCount > 0 {
      knownQuarantine?.add(1, bytes: kept?.count ?? 0, of: source)
    } else {
      try db.cachedStatement(
        sql: """
          UPDATE quarantine SET at = ?
          WHERE node = ? AND division = ? AND section = ? AND epoch = ? AND n = ? AND hash = ? AND reason = ?
          """
      ).execute(arguments: [time] + place)
    }
  }

  /// Looked up once a transaction: a frame may hold thousands of logs that are all to be set aside.
  private func quarantineRoom() throws -> QuarantineRoom {
    if let knownQuarantine { return knownQuarantine }
    let room = try QuarantineRoom(db)
    knownQuarantine = room
    return room
  }

  /// Whether something of a log up to `n` was set aside, so that what follows it cannot be taken in either.
  public func isSetAside(_ log: LogID, before n: UInt64) throws -> Bool {
    try Bool.fetchOne(
      db,
      sql: """
        SELECT EXISTS (SELECT 1 FROM quarantine
          WHERE node = ? AND division = ? AND section = ? AND epoch = ? AND n <= ?)
        """,
      arguments: [
        log.node.hash.data, log.space.division.description, log.space.section.rawValue,
        Int64(bitPattern: log.epoch), Int64(n),
      ]) ?? false
  }

  /// Whether a batch follows exactly a change that is held here and was taken out.
  public func isTakenOut(_ log: LogID, at n: UInt64, _ hash: Hash256) throws -> Bool {
    try logs.isTakenOut(n, hash, of: log)
  }

  /// Takes back what was refused of a log up to `n` and is held now: the very change, not another one of its number.
  ///
  /// What does not count any more is shown from the log's own table, and is no concern of this.
  /// - Returns: the stretches, which may go on beyond what is held.
  public func releaseQuarantine(log: LogID, through n: UInt64) throws -> [RefusedStretch] {
    let rows = try Row.fetchAll(
      db.cachedStatement(
        sql: """
          SELECT key, n, hash FROM quarantine
          WHERE node = ? AND division = ? AND section = ? AND epoch = ? AND n <= ? AND source <> 0
          """),
      arguments: [
        log.node.hash.data, log.space.division.description, log.space.section.rawValue,
        Int64(bitPattern: log.epoch), Int64(n),
      ])
    var released: [RefusedStretch] = []
    for row in rows {
      let isHeld: Bool
      if let hash = Hash256(row[2] as Data) {
        isHeld = try logs.head(of: log, at: UInt64(row[1] as Int64), hash) != nil
      } else {
        // A row of an older step, or of a change that cannot be read, says no more than the number.
        isHeld = try holds(log, UInt64(row[1] as Int64))
      }
      guard isHeld,
        let row = try Row.fetchOne(
          db.cachedStatement(sql: "SELECT * FROM quarantine WHERE key = ?"), arguments: [row[0] as Int64])
      else { continue }
      let stretch = RefusedStretch(row, log: log)
      try drop(stretch)
      released.append(stretch)
    }
    return released
  }

  /// Forgets what nobody signed where a change of its number is held by now: nothing is lacking there.
  /// - Returns: what was forgotten.
  public func dropSuperseded(log: LogID, through n: UInt64) throws -> [RefusedStretch] {
    let rows = try Row.fetchAll(
      db.cachedStatement(
        sql: """
          SELECT * FROM quarantine WHERE node = ? AND division = ? AND section = ? AND epoch = ? AND n <= ?
          AND source <> 0 AND reason IN ('bad-signature', 'bad-body')
          """),
      arguments: [
        log.node.hash.data, log.space.division.description, log.space.section.rawValue,
        Int64(bitPattern: log.epoch), Int64(n),
      ])
    let superseded = try rows.map { RefusedStretch($0, log: log) }.filter { try holds(log, $0.n) }
    for stretch in superseded { try drop(stretch) }
    return superseded
  }

  /// Whether any change of a number is held of a log, beyond a cut too.
  public func holds(_ log: LogID, _ n: UInt64) throws -> Bool {
    try logs.branch(holding: n, hashPrefix: nil, of: log, beyondCut: true) != nil
  }

  /// Forgets one refused stretch.
  public func drop(_ stretch: RefusedStretch) throws {
    try db.cachedStatement(sql: "DELETE FROM quarantine WHERE key = ?").execute(arguments: [stretch.key])
    guard db.changesCount > 0 else { return }
    knownQuarantine?.add(-1, bytes: -(stretch.batch?.count ?? 0), of: stretch.source)
  }
}

/// A refused stretch as it is kept.
public struct RefusedStretch: Sendable {
  fileprivate var key: Int64
  public var log: LogID
  /// The number of its first change, and that one's hash where it can be read.
  public var n: UInt64
  public var hash: Hash256?
  /// The peer that it came from.
  public var source: Int64
  public var reason: String
  /// Milliseconds since 1970: when it was last refused.
  public var at: Int64
  /// The batch that it stands in, as it was set aside; nil beyond the bound.
  public var batch: [UInt8]?

  fileprivate init(_ row: Row, log: LogID) {
    key = row["key"]
    self.log = log
    n = UInt64(row["n"] as Int64)
    hash = Hash256(row["hash"] as Data)
    source = row["source"]
    reason = row["reason"]
    at = row["at"]
    batch = (row["batch"] as Data?).map { Array($0) }
  }
}

extension Snapshot {
  /// What was set aside, and the logs that are cut.
  ///
  /// - Parameter most: how many of what was set aside are wanted.
  public func quarantine(most: Int = .max) throws -> [QuarantineLine] {
    let refused = try Row.fetchAll(
      db,
      sql: """
        SELECT node, division, section, epoch, n, reason, at FROM quarantine ORDER BY key LIMIT ?
        """, arguments: [most]
    ).compactMap { row in
      LogID(quarantined: row).map {
        QuarantineLine(log: $0, n: UInt64(row["n"] as Int64), reason: row["reason"], at: row["at"])
      }
    }
    return try refused + cutLogs()
  }

  /// How many lines `quarantine` has in all.
  public func quarantineLineCount() throws -> Int {
    let refused = try Int.fetchOne(db, sql: "SELECT count(*) FROM quarantine") ?? 0
    return try refused + cutLogs().count
  }

  /// How many stretches of a node's logs are held here and do not count.
  public func setAsideCount(of node: NodeID) throws -> Int {
    try Int.fetchOne(
      db, sql: "SELECT count(*) FROM quarantine WHERE node = ? AND source = 0", arguments: [node.hash.data])
      ?? 0
  }

  /// What was refused at some time or later and came from elsewhere, as it was set aside.
  public func refusedStretches(since time: Int64) throws -> [RefusedStretch] {
    try Row.fetchAll(
      db, sql: "SELECT * FROM quarantine WHERE at >= ? AND source <> 0 ORDER BY key", arguments: [time]
    ).compactMap { row in LogID(quarantined: row).map { RefusedStretch(row, log: $0) } }
  }
}

extension Snapshot {
  /// What was refused of a space's logs and is kept, but for what nobody is known to have signed.
  public func refusedStretches(in space: Space) throws -> [RefusedStretch] {
    try Row.fetchAll(
      db,
      sql: """
        SELECT * FROM quarantine WHERE division = ? AND section = ? AND batch IS NOT NULL
        AND reason NOT IN ('bad-signature', 'bad-body') ORDER BY key
        """, arguments: [space.division.description, space.section.rawValue]
    ).compactMap { row in LogID(quarantined: row).map { RefusedStretch(row, log: $0) } }
  }
}

extension LogID {
  /// nil where a column is no part of one.
  fileprivate init?(quarantined row: Row) {
    guard let node = NodeID(row["node"] as Data), let division = DivisionCode(row["division"] as String),
      let section = Space.Section(rawValue: row["section"])
    else { return nil }
    self.init(
      node: node, space: Space(division: division, section: section),
      epoch: UInt64(bitPattern: row["epoch"] as Int64))
  }
}

extension Commit {
  /// The refused stretches that are kept for one reason, as they were set aside.
  public func refusedStretches(reason: String) throws -> [RefusedStretch] {
    try Row.fetchAll(
      db, sql: "SELECT * FROM quarantine WHERE reason = ? AND batch IS NOT NULL ORDER BY key",
      arguments: [reason]
    ).compactMap { row in LogID(quarantined: row).map { RefusedStretch(row, log: $0) } }
  }

  /// The head of a log at `n` where exactly that one is held; the empty log's for 0.
  public func head(of log: LogID, at n: UInt64, _ hash: Hash256) throws -> LogHead? {
    try logs.head(of: log, at: n, hash)
  }
}

extension Commit {
  /// As of a snapshot.
  public func heads(ofBranchesOf log: LogID) throws -> [LogHead] {
    try logs.branchesHeld(of: log).map(\.head).filter { $0.n > 0 }
  }

  /// How many branches of a log count.
  public func branchCount(of log: LogID) throws -> Int { try logs.branches(of: log).count }
}

extension Snapshot {
  /// The head of each branch that is held of a log, beyond a cut too; none where nothing of it is held.
  public func heads(ofBranchesOf log: LogID) throws -> [LogHead] {
    try LogRegistry(db).branchesHeld(of: log).map(\.head).filter { $0.n > 0 }
  }

  /// The head of a log at `n` where exactly that one is held; the empty log's for 0.
  public func head(of log: LogID, at n: UInt64, _ hash: Hash256) throws -> LogHead? {
    try LogRegistry(db).head(of: log, at: n, hash)
  }
}

extension BatchFault {
  /// As it stands in the quarantine, and as `verify` tells it.
  public var code: String {
    switch self {
    case .doesNotFollow: "does-not-follow"
    case .badBody: "bad-body"
    case .badSignature: "bad-signature"
    case .unsigned: "unsigned"
    case .unknownAuthor: "unknown-author"
    case .outOfScope: "out-of-scope"
    case .revoked: "revoked"
    case .narrowed: "narrowed"
    case .ruledOut: "ruled-out"
    case .valuesMissing: "values-missing"
    }
  }
}
