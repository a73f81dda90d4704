internal import Foundation
internal import GRDB
public import Ledger

/// Another store that this one has spoken with, or means to.
public struct Peer: Hashable, Sendable {
  public var key: Int64
  public var node: NodeID?
  public var name: String?
  /// HOST:PORT, where it is dialled.
  public var address: String?
  /// In the peer list: `sync` without a name goes there.
  public var isListed: Bool
  public var isEnroller: Bool
  /// How far this store has read the peer's arrivals.
  public var cursor: ArrivalCursor?
  /// What came from this peer's node up to this arrival may have come from another store of the same node (a
  /// copy, or the one before a restore): the peer may lack it.
  public var echoThrough: Int64
  /// When both sides were last through: milliseconds since 1970.
  public var lastSync: Int64?
  /// The code of what went wrong since then; nil where nothing did.
  public var lastError: String?
  /// Changes that the peer has said it holds and that have not come; nil where that is not known.
  public var unreceived: Int?
  /// The peer's clock less this one's at the last session, in milliseconds.
  public var drift: Int64?
  /// How far a bundle that came since then tells that it is off at least, likewise.
  public var leastDrift: Int64?

  init(_ row: Row) {
    key = row["key"]
    node = (row["node"] as Data?).flatMap { NodeID($0) }
    name = row["name"]
    address = row["address"]
    isListed = row["listed"]
    isEnroller = row["enroller"]
    if let store = row["store_id"] as Data?, let running = row["running"] as Data? {
      cursor = ArrivalCursor(store: Array(store), arrival: row["arrival"], running: Array(running))
    }
    echoThrough = row["sent_arrival"]
    lastSync = row["last_sync"]
    lastError = row["last_error"]
    unreceived = row["unreceived"]
    drift = row["drift"]
    leastDrift = (row["least_drift"] as Data?).map { data in data.reduce(0) { $0 << 8 | Int64($1) } }
  }
}

/// How far a peer's clock is from this one.
public struct ClockDrift: Hashable, Sendable {
  /// The peer's less this one's.
  public var milliseconds: Int64
  /// Whether it is as far off at least, as a bundle tells; else it was measured in a session.
  public var isLeast: Bool

  public init(milliseconds: Int64, isLeast: Bool) {
    self.milliseconds = milliseconds
    self.isLeast = isLeast
  }
}

extension Peer {
  /// What came last of its clock; nil where nothing is known.
  public var clock: ClockDrift? {
    leastDrift.map { ClockDrift(milliseconds: $0, isLeast: true) }
      ?? drift.map { ClockDrift(milliseconds: $0, isLeast: false) }
  }

  /// All of it, with what a bundle told of its clock.
  fileprivate static let query = """
    SELECT peers.*, (SELECT value FROM meta WHERE name = '\(NodeFact.leastDrift.prefix)' || lower(hex(node))) AS least_drift
    FROM peers
    """

  /// Whether a person may mean it by that: its address, its office's name, or 4 or more digits of its node id.
  public func isCalled(_ name: String) -> Bool {
    address == name || self.name == name || node?.isNamed(byPrefix: name) == true
  }
}

extension NodeID {
  /// Whether these are 4 or more digits of the node id, from its beginning.
  public func isNamed(byPrefix prefix: String) -> Bool {
    prefix.count >= 4 && description.hasPrefix(prefix.lowercased())
  }
}

extension Snapshot {
  public func peers(listedOnly: Bool = false) throws -> [Peer] {
    let filter = listedOnly ? "WHERE listed" : ""
    return try Row.fetchAll(db, sql: "\(Peer.query) \(filter) ORDER BY key").map(Peer.init)
  }

  public func peer(node: NodeID) throws -> Peer? {
    try Row.fetchOne(db, sql: "\(Peer.query) WHERE node = ?", arguments: [node.hash.data]).map(Peer.init)
  }

  public func peer(key: Int64) throws -> Peer? {
    try Row.fetchOne(db, sql: "\(Peer.query) WHERE key = ?", arguments: [key]).map(Peer.init)
  }

  public func peer(address: String) throws -> Peer? {
    try Row.fetchOne(
      db, sql: "\(Peer.query) WHERE address = ? ORDER BY listed DESC", arguments: [address]
    )
    .map(Peer.init)
  }
}

extension Commit {
  /// The peer of a node, made where it is new.
  public func peer(node: NodeID, name: String?) throws -> Peer {
    if let peer = try snapshot.peer(node: node) {
      if let name, name != peer.name {
        try db.execute(sql: "UPDATE peers SET name = ? WHERE key = ?", arguments: [name, peer.key])
      }
      return peer
    }
    try db.execute(sql: "INSERT INTO peers(node, name) VALUES (?, ?)", arguments: [node.hash.data, name])
    return try snapshot.peer(key: db.lastInsertedRowID)!
  }

  /// Puts an address in the peer list; whose it is becomes known at the first session.
  public func listPeer(address: String) throws {
    if let peer = try snapshot.peer(address: address) {
      try db.execute(sql: "UPDATE peers SET listed = 1 WHERE key = ?", arguments: [peer.key])
    } else {
      try db.execute(sql: "INSERT INTO peers(address, listed) VALUES (?, 1)", arguments: [address])
    }
  }

  /// Takes a peer out of the list; what was read from it stays known.
  public func unlistPeer(key: Int64) throws {
    try db.execute(sql: "UPDATE peers SET listed = 0, enroller = 0 WHERE key = ?", arguments: [key])
  }

  /// A listed address turned out to be a node: its row becomes that node's.
  public func bind(address: String, to node: NodeID, enroller: Bool = false) throws {
    let peer = try peer(node: node, name: nil)
    if let listed = try snapshot.peer(address: address), listed.key != peer.key, listed.isListed {
      try db.execute(sql: "DELETE FROM peers WHERE key = ? AND node IS NULL", arguments: [listed.key])
      // A computer that was replaced: what was read from the former one stays known, nobody dials it any more.
      try db.execute(
        sql: "UPDATE peers SET address = NULL, listed = 0 WHERE key = ?", arguments: [listed.key])
    }
    if enroller { try forgetEnrollers() }
    try db.execute(
      sql: "UPDATE peers SET address = ?, listed = 1, enroller = enroller OR ? WHERE key = ?",
      arguments: [address, enroller, peer.key])
  }

  /// Whoever certified this node before has been replaced: what it signs for says nothing any more of what has arrived.
  public func forgetEnrollers() throws { try db.execute(sql: "UPDATE peers SET enroller = 0 WHERE enroller") }

  /// Whoever certified this node: what it signs for counts as sent.
  public func markEnroller(_ node: NodeID, name: String) throws {
    let peer = try peer(node: node, name: name)
    try db.execute(sql: "UPDATE peers SET enroller = 1 WHERE key = ?", arguments: [peer.key])
  }

  /// Notes how far this store has read a peer. In the same transaction as what was read.
  ///
  /// - Parameter before: this store's last arrival before that was taken in.
  public func setCursor(_ cursor: ArrivalCursor, peer: Int64, before: Int64) throws {
    try db.cachedStatement(
      sql: """
        UPDATE peers SET sent_arrival = CASE WHEN store_id = ?1 THEN sent_arrival ELSE ?5 END,
          store_id = ?1, arrival = ?2, running = ?3 WHERE key = ?4
        """
    ).execute(arguments: [Data(cursor.store), cursor.arrival, Data(cursor.running), peer, before])
  }

  /// Notes how a session with a peer ended.
  ///
  /// - Parameters:
  ///   - isWhole: both sides were through: only then it was a sync.
  ///   - unreceived: changes that it holds and that have not come; nil where that is not known.
  public func noteSession(peer: Int64, at time: Int64, isWhole: Bool, drift: Int64?, unreceived: Int?) throws
  {
    try db.execute(
      sql: """
        UPDATE peers SET last_sync = CASE WHEN ?2 THEN ?1 ELSE last_sync END,
          last_error = CASE WHEN ?2 THEN NULL ELSE last_error END, drift = coalesce(?3, drift), unreceived = ?4
        WHERE key = ?5
        """, arguments: [time, isWhole, drift, unreceived, peer])
    guard let node = try snapshot.peer(key: peer)?.node else { return }
    if drift != nil { try noteDrift(of: node, atLeast: nil) }
    if isWhole { try noteSeen(node, at: time, now: time) }
  }

  /// Notes what a bundle tells of its maker's clock, in place of what an earlier one told.
  ///
  /// - Parameter bound: how far it is at least ahead of this one (or, below 0, behind it), in milliseconds; nil where it
  ///   does not tell.
  public func noteDrift(of node: NodeID, atLeast bound: Int64?) throws {
    guard let bound else { return try forget(.leastDrift, of: node) }
    try note(.leastDrift, of: node, bound.bigEndianBytes)
  }

  /// Notes that an office has handed in all that it had to: in a session that was whole, or by a bundle, which may have
  /// been made before it was last seen.
  ///
  /// - Parameter now: this clock's time. A stamp beyond it is of a day on which this clock was ahead, and stays no longer.
  public func noteSeen(_ node: NodeID, at time: Int64, now: Int64) throws {
    try db.execute(
      sql: """
        UPDATE offices SET last_seen = CASE WHEN last_seen BETWEEN ?1 AND ?2 THEN last_seen ELSE ?1 END
        WHERE node = ?3
        """, arguments: [time, now, node.hash.data])
  }

  /// What went wrong with a peer last says nothing any more.
  public func forgetFailure(of peer: Int64) throws {
    try db.execute(sql: "UPDATE peers SET last_error = NULL WHERE key = ?", arguments: [peer])
  }

  /// Notes what went wrong with a peer, by its node where that is known, else by the address that was dialled.
  /// A peer that is not known at all is not made known by that.
  public func noteFailure(code: String, node: NodeID?, address: String?) throws {
    if let node {
      try db.execute(
        sql: "UPDATE peers SET last_error = ? WHERE node = ?", arguments: [code, node.hash.data])
    } else if let address {
      try db.execute(sql: "UPDATE peers SET last_error = ? WHERE address = ?", arguments: [code, address])
    }
  }
}
