internal import Foundation
internal import GRDB
public import Ledger

/// An office's certificate as it is known here, with what Trust read out of it.
public struct OfficeRow: Hashable, Sendable {
  public var node: NodeID
  public var fingerprint: Hash256
  /// The same for every computer of an office; empty in a row of an older step.
  public var officeID: String
  public var name: String
  public var division: DivisionCode
  public var rank: UInt8
  /// The certificate's rights, as bits.
  public var rights: UInt8
  /// DER.
  public var certificate: [UInt8]
  /// The node in whose notices it was issued; nil where that is its own.
  public var issuer: NodeID?
  /// Whether the region's CA signed it, and no enroller.
  public var isOfAuthority: Bool
  /// Seconds since 1970.
  public var expires: Int64
  public var isRevoked: Bool
  /// Milliseconds since 1970.
  public var lastSeen: Int64?

  public init(
    node: NodeID, officeID: String, fingerprint: Hash256, name: String, division: DivisionCode, rank: UInt8,
    rights: UInt8, certificate: [UInt8], issuer: NodeID?, isOfAuthority: Bool, expires: Int64
  ) {
    self.node = node
    self.officeID = officeID
    self.fingerprint = fingerprint
    self.name = name
    self.division = division
    self.rank = rank
    self.rights = rights
    self.certificate = certificate
    self.issuer = issuer
    self.isOfAuthority = isOfAuthority
    self.expires = expires
    isRevoked = false
    lastSeen = nil
  }

  init(_ row: Row) throws {
    guard let node = NodeID(row["node"] as Data), let fingerprint = Hash256(row["fingerprint"] as Data),
      let division = DivisionCode(row["division"] as String)
    else { throw StoreError.damaged("an office's row") }
    self.node = node
    self.fingerprint = fingerprint
    officeID = row["office_id"] ?? ""
    name = row["name"]
    self.division = division
    rank = UInt8(clamping: row["rank"] as Int)
    rights = UInt8(clamping: row["rights"] as Int)
    certificate = Array(row["certificate"] as Data)
    issuer = (row["issuer"] as Data?).flatMap { NodeID($0) }
    isOfAuthority = row["of_authority"]
    expires = row["expires"]
    isRevoked = row["revoked"]
    lastSeen = row["last_seen"]
  }
}

extension OfficeRow {
  /// Whether of two certificates of one node this one is the office's: one that the region's CA signed, then the one of
  /// the higher place, then the one that expires last. It is an order of the certificates themselves, whichever came
  /// first; so no enroller takes from an office the place that the region gave it.
  public func supersedes(_ other: OfficeRow) -> Bool {
    func order(_ row: OfficeRow) -> (Int, Int, Int, Int64, Hash256) {
      (
        row.isOfAuthority ? 1 : 0, -Int(row.rank), row.rights.nonzeroBitCount, row.expires, row.fingerprint
      )
    }
    return order(self) > order(other)
  }
}

/// What tells whether the offices known here are still those that were read.
public struct OfficesState: Hashable, Sendable {
  var statement: Int64
  var offices: Int64
  var cuts: Int64
}

extension Snapshot {
  public func offices() throws -> [OfficeRow] {
    try Row.fetchAll(db, sql: "SELECT * FROM offices ORDER BY rank, division, name, node").map {
      try OfficeRow($0)
    }
  }

  /// The offices, without those revoked, whose certificates end in a time, in seconds since 1970.
  public func offices(expiring time: ClosedRange<Int64>) throws -> [OfficeRow] {
    let statement = try db.cachedStatement(
      sql: "SELECT * FROM offices WHERE expires BETWEEN ? AND ? AND NOT revoked ORDER BY node")
    return try Row.fetchAll(statement, arguments: [time.lowerBound, time.upperBound]).map {
      try OfficeRow($0)
    }
  }

  public func office(_ node: NodeID) throws -> OfficeRow? {
    let statement = try db.cachedStatement(sql: "SELECT * FROM offices WHERE node = ?")
    return try Row.fetchOne(statement, arguments: [node.hash.data]).map { try OfficeRow($0) }
  }

  /// Whether any notice that is held states a certificate.
  ///
  /// - Parameter der: its bytes.
  public func states(certificate der: [UInt8]) throws -> Bool {
    let statement = try db.cachedStatement(
      sql: "SELECT EXISTS (SELECT 1 FROM statements WHERE type = 1 AND payload = ?)")
    return try Bool.fetchOne(statement, arguments: [Data(der)]) ?? false
  }

  /// Changes whenever a certificate or a revocation may have come, or may have come to lie beyond a cut.
  public func officesState() throws -> OfficesState {
    let row = try Row.fetchOne(
      db.cachedStatement(
        sql: """
          SELECT (SELECT max(arrival) FROM statements), (SELECT count(*) FROM offices),
            (SELECT count(*) FROM branches WHERE withdrawn = 2)
          """))
    return OfficesState(statement: row?[0] ?? 0, offices: row?[1] ?? 0, cuts: row?[2] ?? 0)
  }

  /// Names by node, this one's too, without reading certificates.
  public func officeNames() throws -> [NodeID: String] {
    var names: [NodeID: String] = [:]
    if let own = try meta(.node).flatMap({ NodeID($0) }) { names[own] = try metaText(.officeName) }
    for row in try Row.fetchAll(db.cachedStatement(sql: "SELECT node, name FROM offices")) {
      if let node = NodeID(row[0] as Data) { names[node] = row[1] }
    }
    return names
  }
}

extension Snapshot {
  /// The computers that the office of a name in a division has and had, revoked ones too: the one whose certificate
  /// would stand before the others' first.
  public func computers(ofOffice name: String, in division: DivisionCode) throws -> [OfficeRow] {
    try Row.fetchAll(
      db, sql: "SELECT * FROM offices WHERE name = ? AND division = ?",
      arguments: [name, division.description]
    ).map { try OfficeRow($0) }.sorted { $0.supersedes($1) }
  }
}

extension Commit {
  /// Keeps an office's certificate, where it supersedes the one that is known.
  /// - Returns: whether it does.
  @discardableResult
  public func keep(_ office: OfficeRow) throws -> Bool {
    if let known = try snapshot.office(office.node), !office.supersedes(known) { return false }
    try put(office)
    return true
  }

  /// Keeps an office's certificate in place of the one that is known and does not count.
  public func put(_ office: OfficeRow) throws {
    let (former, rank) = try (offices().office(of: office.node), offices().rank(of: office.node))
    try db.execute(
      sql: """
        INSERT INTO offices(
          node, office_id, fingerprint, name, division, rank, rights, certificate, issuer, of_authority, expires)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT(node) DO UPDATE SET office_id = excluded.office_id, fingerprint = excluded.fingerprint, name = excluded.name,
          division = excluded.division, rank = excluded.rank, rights = excluded.rights,
          certificate = excluded.certificate, issuer = excluded.issuer,
          of_authority = excluded.of_authority, expires = excluded.expires
        """,
      arguments: [
        office.node.hash.data, office.officeID, office.fingerprint.data, office.name,
        office.division.description,
        Int64(office.rank), Int64(office.rights), Data(office.certificate), office.issuer?.hash.data,
        office.isOfAuthority, office.expires,
      ])
    noteOfficesChanged()
    try forgetReceipted()
    // Of a node's own this comes late: what it wrote before it joined was derived without it.
    let hasLogs = try Bool.fetchOne(
      db, sql: "SELECT EXISTS (SELECT 1 FROM branches WHERE node = ?)", arguments: [office.node.hash.data])
    guard hasLogs == true else { return }
    if office.rank != rank { try deriveContested() }
    if try offices().office(of: office.node) != former { try moveUniqueValues(from: former) }
  }

  /// What is unique an office is judged anew of the records of one of which a computer turns out to be another's.
  private func moveUniqueValues(from office: String) throws {
    for record in try UniqueValueTable.records(of: office, db) { try records().judgeUniqueValues(of: record) }
  }

  /// Which of several values is shown may go by the ranks of those who wrote them, also where something is awaited.
  private func deriveContested() throws {
    let statement = try db.cachedStatement(
      sql: "SELECT record FROM conflicts WHERE reason = ? UNION SELECT record FROM awaited")
    for record in try Int64.fetchAll(statement, arguments: [ConflictReason.concurrent.rawValue]) {
      try records().derive(record)
    }
  }

  /// Notes which offices computers belong to, in a store of an older step, and derives anew what follows from that and
  /// from what is known of offices by now.
  public func noteOfficeIDs(_ ids: [NodeID: String]) throws {
    for (node, id) in ids {
      try db.cachedStatement(sql: "UPDATE offices SET office_id = ? WHERE node = ?").execute(
        arguments: [id, node.hash.data])
    }
    noteOfficesChanged()
    let perOffice = try Int64.fetchAll(
      db, sql: "SELECT DISTINCT record FROM unique_values WHERE rule GLOB '*/*/*/*' ORDER BY record")
    for record in perOffice { try records().judgeUniqueValues(of: record) }
    try deriveContested()
  }

  /// Notes how a node was judged; what waits for something of it is derived anew where that is another judgement.
  ///
  /// - Parameter isRevoked: whether it may not write or sync at all.
  public func note(_ honoured: Honoured, of node: NodeID, isRevoked: Bool) throws {
    try db.execute(
      sql: "UPDATE offices SET revoked = ?1 WHERE node = ?2 AND revoked <> ?1",
      arguments: [isRevoked, node.hash.data])
    let statement = try db.cachedStatement(sql: "SELECT honoured FROM standing WHERE node = ?")
    let former = try Data.fetchOne(statement, arguments: [node.hash.data])
    let now = honoured == .everything ? nil : Data(honoured.encoded)
    guard former != now else { return }
    if let now {
      try db.execute(
        sql: "INSERT OR REPLACE INTO standing(node, honoured) VALUES (?, ?)",
        arguments: [node.hash.data, now])
    } else {
      try db.execute(sql: "DELETE FROM standing WHERE node = ?", arguments: [node.hash.data])
    }
    noteOfficesChanged()
    let waiting = try db.cachedStatement(sql: "SELECT DISTINCT record FROM awaited WHERE node = ?")
    for record in try Int64.fetchAll(waiting, arguments: [node.hash.data]) { try records().derive(record) }
  }
}

/// An invitation that was given out.
public struct Invitation: Sendable {
  public var secretHash: Hash256
  public var division: DivisionCode
  public var name: String
  public var isOnly: Bool
  public var mayEnrol: Bool
  /// Seconds since 1970.
  public var expires: Int64
  public var officeID: String
  public var usedBy: NodeID?

  public init(
    secretHash: Hash256, division: DivisionCode, name: String, isOnly: Bool, mayEnrol: Bool, expires: Int64,
    officeID: String
  ) {
    self.secretHash = secretHash
    self.division = division
    self.name = name
    self.isOnly = isOnly
    self.mayEnrol = mayEnrol
    self.expires = expires
    self.officeID = officeID
  }
}

extension Commit {
  public func keep(_ invitation: Invitation) throws {
    try db.execute(
      sql: """
        INSERT INTO invitations(secret_hash, division, name, only, may_enrol, expires, office_id)
        VALUES (?, ?, ?, ?, ?, ?, ?)
        """,
      arguments: [
        invitation.secretHash.data, invitation.division.description, invitation.name, invitation.isOnly,
        invitation.mayEnrol, invitation.expires, invitation.officeID,
      ])
  }

  /// The invitation of a secret. It is looked up by the secret's hash, so that the comparison leaks nothing.
  public func invitation(secretHash: Hash256) throws -> Invitation? {
    guard
      let row = try Row.fetchOne(
        db, sql: "SELECT * FROM invitations WHERE secret_hash = ?", arguments: [secretHash.data]),
      let division = DivisionCode(row["division"] as String)
    else { return nil }
    var invitation = Invitation(
      secretHash: secretHash, division: division, name: row["name"], isOnly: row["only"],
      mayEnrol: row["may_enrol"], expires: row["expires"], officeID: row["office_id"])
    invitation.usedBy = (row["used_by"] as Data?).flatMap { NodeID($0) }
    return invitation
  }

  public func useInvitation(secretHash: Hash256, by node: NodeID) throws {
    try db.execute(
      sql: "UPDATE invitations SET used_by = ? WHERE secret_hash = ?",
      arguments: [node.hash.data, secretHash.data])
  }
}

extension Snapshot {
  /// The heads of every log of a node.
  public func heads(of node: NodeID) throws -> [LogHead] {
    let rows = try Row.fetchAll(
      db, sql: "SELECT space, epoch, n, hash, time FROM branches WHERE node = ? AND n > 0 AND NOT withdrawn",
      arguments: [node.hash.data])
    return try rows.map { row in
      let log = LogID(node: node, space: try space(key: row[0]), epoch: UInt64(bitPattern: row[1] as Int64))
      return LogHead(log: log, n: UInt64(row[2] as Int64), hash: try hash(row[3] as Data), time: row[4])
    }
  }
}
