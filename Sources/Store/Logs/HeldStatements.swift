internal import Foundation
internal import GRDB
public import Ledger

/// What a change says beside records.
public struct HeldStatement: Sendable {
  /// The change that it stands in, and the number under which that came here.
  public var change: ChangeRef
  public var arrival: Int64
  public var counts: Bool
  /// Whether it does not for the sole reason that it lies beyond its log's cut.
  public var isBeyondCut: Bool
  public var statement: Ledger.Statement

  public var author: NodeID { change.log.node }

  fileprivate var certificate: [UInt8]? {
    guard case .certificate(let der) = statement else { return nil }
    return der
  }
}

/// A certificate that a change states.
public struct StatedCertificate: Sendable {
  public var change: ChangeRef
  /// DER.
  public var der: [UInt8]
  /// Whether the change counts.
  public var counts: Bool

  /// Whose notices hold it.
  public var author: NodeID { change.log.node }
}

/// A revocation, and the change that it stands in.
public struct StatedRevocation: Sendable {
  public var revocation: Revocation
  public var change: ChangeRef
  /// Whether the change counts.
  public var counts: Bool
  /// Whether it does not for the sole reason that it lies beyond its log's cut.
  public var isBeyondCut: Bool
  /// The certificates (DER) that the same change states.
  public var certificates: [[UInt8]]

  public var author: NodeID { change.log.node }
}

extension Snapshot {
  /// All that are held, those too that stand in what does not count.
  ///
  /// - Parameter authors: only theirs; nil: everybody's. Anybody may write as many as he likes: nobody else's are read.
  public func revocations(by authors: Set<NodeID>? = nil) throws -> [StatedRevocation] {
    let beside = Dictionary(
      grouping: try statements(
        type: 1, "AND s.arrival IN (SELECT arrival FROM statements WHERE type IN (3, 7))", by: authors,
        all: true),
      by: \.change)
    func certificates(_ change: ChangeRef) -> [[UInt8]] { (beside[change] ?? []).compactMap(\.certificate) }
    let whole: [StatedRevocation] = try statements(type: 3, by: authors, all: true).compactMap { held in
      guard case .revocation(let revocation) = held.statement else { return nil }
      return StatedRevocation(
        revocation: revocation, change: held.change, counts: held.counts, isBeyondCut: held.isBeyondCut,
        certificates: certificates(held.change))
    }
    return try whole
      + revocationsInParts(by: authors).map { said in
        var said = said
        said.certificates = certificates(said.change)
        return said
      }
  }

  /// Those that were too long for one change, of which all parts are held.
  private func revocationsInParts(by authors: Set<NodeID>?) throws -> [StatedRevocation] {
    var parts: [ChangeRef: RevocationPart] = [:]
    var last: [HeldStatement] = []
    for held in try statements(type: 7, by: authors, all: true) {
      // A change has one.
      guard case .revocationPart(let part) = held.statement, parts[held.change] == nil else { continue }
      parts[held.change] = part
      if part.isLast { last.append(held) }
    }
    return last.compactMap { held in
      guard let end = parts[held.change] else { return nil }
      var honoured = [end.honoured]
      var (at, part) = (held.change, end)
      while let previous = part.previous {
        at = ChangeRef(log: at.log, n: at.n - 1, hashPrefix: previous)
        guard let found = parts[at], found.node == end.node, !found.isLast else { return nil }
        honoured.append(found.honoured)
        part = found
      }
      let all = honoured.reversed().flatMap { $0 }
      return StatedRevocation(
        revocation: Revocation(node: end.node, honoured: all, reason: end.reason), change: held.change,
        counts: held.counts, isBeyondCut: held.isBeyondCut, certificates: [])
    }
  }

  /// The changes whose revocations are lifted again, each with the change that says so.
  ///
  /// - Parameter authors: only theirs.
  public func releases(by authors: Set<NodeID>) throws -> [(release: ChangeRef, revoking: ChangeRef)] {
    try statements(type: 4, by: authors).compactMap { held in
      guard case .release(let change) = held.statement else { return nil }
      return (held.change, change)
    }
  }

  /// Whether anybody said anything against a node, whether that counts or not.
  public func anythingSaid(against node: NodeID) throws -> Bool {
    try Bool.fetchOne(
      db.cachedStatement(
        sql: "SELECT EXISTS (SELECT 1 FROM statements WHERE type IN (3, 7) AND substr(payload, 1, 32) = ?)"),
      arguments: [node.hash.data]) ?? false
  }

  /// Who revokes or releases anybody.
  ///
  /// - Parameter authors: only those that are themselves named in what some of these say.
  public func revokers(namedBy authors: Set<NodeID>? = nil) throws -> Set<NodeID> {
    let joined = "statements s JOIN changes c ON c.arrival = s.arrival JOIN branches b ON b.key = c.branch"
    let named = """
      AND b.node IN (SELECT substr(s.payload, 1, 32) FROM \(joined)
        WHERE s.type IN (3, 7) AND lower(hex(b.node)) IN (SELECT value FROM json_each(?)))
      """
    let rows = try Data.fetchAll(
      db,
      sql: "SELECT DISTINCT b.node FROM \(joined) WHERE s.type IN (3, 4, 7) \(authors == nil ? "" : named)",
      arguments: StatementArguments(authors.map { [Snapshot.list($0)] } ?? []))
    return Set(rows.compactMap { NodeID($0) })
  }

  private static func list(_ nodes: Set<NodeID>) -> String {
    "[" + nodes.map { "\"\($0.hash.bytes.hex)\"" }.joined(separator: ",") + "]"
  }

  /// Whether anything was ever revoked or cut, as far as is known here: most stores need not look further.
  public func anythingWithdrawn() throws -> Bool {
    try Bool.fetchOne(
      db.cachedStatement(
        sql: """
          SELECT EXISTS (SELECT 1 FROM statements WHERE type IN (3, 7))
            OR EXISTS (SELECT 1 FROM branches WHERE withdrawn > 0)
          """)) ?? false
  }

  /// The certificates that notices hold, as they came.
  ///
  /// - Parameters:
  ///   - bytes: only those that contain these, as a key's certificates contain the key.
  ///   - authors: only those in these nodes' notices.
  ///   - all: those too that stand in what does not count.
  public func statedCertificates(
    containing bytes: [UInt8]? = nil, by authors: Set<NodeID>? = nil, all: Bool = false
  ) throws -> [StatedCertificate] {
    let condition = bytes == nil ? "" : "AND instr(s.payload, ?) > 0"
    let held = try statements(type: 1, condition, bytes.map { [Data($0)] } ?? [], by: authors, all: all)
    return held.compactMap { held in
      held.certificate.map { StatedCertificate(change: held.change, der: $0, counts: held.counts) }
    }
  }

  /// - Parameters:
  ///   - condition: of SQL, with `more` as its arguments.
  ///   - authors: only theirs; nil: everybody's.
  ///   - all: whether those are given too that stand in what does not count.
  func statements(
    type: Int, _ condition: String = "", _ more: [any DatabaseValueConvertible] = [],
    by authors: Set<NodeID>? = nil, all: Bool = false
  ) throws -> [HeldStatement] {
    let ofAuthors = authors == nil ? "" : "AND lower(hex(b.node)) IN (SELECT value FROM json_each(?))"
    let more = more + (authors.map { [Snapshot.list($0)] } ?? [])
    let rows = try Row.fetchAll(
      db,
      sql: """
        SELECT b.node, b.space, b.epoch, s.payload, c.arrival, c.n, c.hash, b.withdrawn FROM statements s
        JOIN changes c ON c.arrival = s.arrival JOIN branches b ON b.key = c.branch
        WHERE s.type = ? AND (? OR NOT b.withdrawn) \(condition) \(ofAuthors)
        ORDER BY s.arrival, s.position
        """, arguments: StatementArguments([type, all] + more))
    return try rows.compactMap { row in
      guard let node = NodeID(row[0] as Data), case let space = try space(key: row[1]),
        space.section == .notices
      else { return nil }
      let log = LogID(node: node, space: space, epoch: UInt64(bitPattern: row[2] as Int64))
      let change = ChangeRef(
        log: log, n: UInt64(row[5] as Int64), hashPrefix: try hash(row[6] as Data).prefix)
      return HeldStatement(
        change: change, arrival: row[4], counts: row[7] as Int64 == Withdrawal.none.rawValue,
        isBeyondCut: row[7] as Int64 == Withdrawal.cut.rawValue,
        statement: try Ledger.Statement(type: UInt64(type), payload: Array(row[3] as Data)))
    }
  }
}
