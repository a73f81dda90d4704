internal import Foundation
internal import GRDB
public import Ledger

/// The leaves that redactions name, by their change.
struct RedactionTable {
  private let db: Database

  init(_ db: Database) { self.db = db }

  var isEmpty: Bool {
    get throws {
      try Bool.fetchOne(db.cachedStatement(sql: "SELECT NOT EXISTS (SELECT 1 FROM redactions)")) ?? true
    }
  }

  /// The leaves of a change that are erased, counted from 0.
  func leaves(of change: ChangeRef) throws -> Set<Int> {
    let statement = try db.cachedStatement(
      sql: """
        SELECT leaves FROM redactions
        WHERE node = ? AND division = ? AND section = ? AND epoch = ? AND n = ? AND hash = ?
        """)
    guard let bytes = try Data.fetchOne(statement, arguments: StatementArguments(place(of: change))) else {
      return []
    }
    return RedactionTable.leaves(bytes)
  }

  /// - Returns: whether any of the leaves was not named before.
  func add(_ erased: Redaction.Erased) throws -> Bool {
    let former = try leaves(of: erased.change)
    let all = former.union(erased.leaves.map(Int.init))
    guard all.count > former.count else { return false }
    var out = ByteWriter()
    for leaf in all.sorted() { out.write(varint: UInt64(leaf)) }
    try db.cachedStatement(
      sql: """
        INSERT INTO redactions(node, division, section, epoch, n, hash, leaves) VALUES (?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT DO UPDATE SET leaves = excluded.leaves
        """
    ).execute(arguments: StatementArguments(place(of: erased.change) + [Data(out.bytes)]))
    return true
  }

  private func place(of change: ChangeRef) -> [(any DatabaseValueConvertible)?] {
    [
      change.log.node.hash.data, change.log.space.division.description,
      Int64(change.log.space.section.rawValue), Int64(bitPattern: change.log.epoch), Int64(change.n),
      Int64(bitPattern: change.hashPrefix),
    ]
  }

  static func leaves(_ bytes: Data) -> Set<Int> {
    bytes.withUnsafeBytes { raw in
      var reader = ByteReader(raw)
      var leaves: Set<Int> = []
      while !reader.isAtEnd, let leaf = try? reader.readVarint() { leaves.insert(Int(clamping: leaf)) }
      return leaves
    }
  }
}

extension Snapshot {
  /// The leaves of a change whose values redactions erase, counted from 0.
  public func erasedLeaves(of change: ChangeRef) throws -> Set<Int> {
    try RedactionTable(db).leaves(of: change)
  }

  /// Whether anything was erased here.
  public func isAnythingRedacted() throws -> Bool { try !RedactionTable(db).isEmpty }

  /// Every leaf that is erased, by its change. What was erased once stays so, whatever becomes of who ordered it.
  public func erasedLeaves() throws -> [ChangeRef: Set<Int>] {
    var all: [ChangeRef: Set<Int>] = [:]
    let rows = try Row.fetchCursor(
      db.cachedStatement(sql: "SELECT node, division, section, epoch, n, hash, leaves FROM redactions"))
    while let row = try rows.next() {
      guard let node = NodeID(row[0] as Data), let division = DivisionCode(row[1] as String),
        let section = Space.Section(rawValue: row[2])
      else { throw StoreError.damaged("an erased change's row") }
      let log = LogID(
        node: node, space: Space(division: division, section: section),
        epoch: UInt64(bitPattern: row[3] as Int64))
      let change = ChangeRef(
        log: log, n: UInt64(row[4] as Int64), hashPrefix: UInt64(bitPattern: row[5] as Int64))
      all[change] = RedactionTable.leaves(row[6])
    }
    return all
  }

  /// The redactions of offices with the right that notices hold in what of them counts, and that were not carried out
  /// yet, as they came.
  public func openRedactions() throws -> [StatedRedaction] {
    try redactions(
      """
      JOIN offices o ON o.node = b.node AND o.rights & 4 <> 0
      WHERE s.type = 5 AND b.withdrawn = 0 AND s.arrival NOT IN (SELECT arrival FROM redacting)
      """)
  }

  /// The redactions that were carried out, as they came.
  public func redactions() throws -> [StatedRedaction] {
    try redactions("WHERE s.type = 5 AND s.arrival IN (SELECT arrival FROM redacting)")
  }

  private func redactions(_ condition: String) throws -> [StatedRedaction] {
    let rows = try Row.fetchAll(
      db,
      sql: """
        SELECT s.arrival, s.payload FROM statements s
        JOIN changes c ON c.arrival = s.arrival JOIN branches b ON b.key = c.branch \(condition)
        ORDER BY s.arrival, s.position
        """)
    return try rows.compactMap { row in
      let stored = try decoded.change(arrival: row[0])
      guard stored.change.log.space.section == .notices,
        case .redaction(let redaction) = try Ledger.Statement(type: 5, payload: Array(row[1] as Data))
      else { return nil }
      return StatedRedaction(
        redaction: redaction, change: stored.change.ref, arrival: row[0], time: stored.change.time,
        operatorName: stored.content.operatorName)
    }
  }
}

/// A redaction, with who ordered it.
public struct StatedRedaction: Sendable {
  public var redaction: Redaction
  /// The change of the author's notices that it stands in, and the number under which that came here.
  public var change: ChangeRef
  public var arrival: Int64
  /// The author's wall clock in milliseconds since 1970.
  public var time: Int64
  /// The person, empty where none was given.
  public var operatorName: String
  public var author: NodeID { change.log.node }
}

extension Snapshot {
  /// The texts that a field of a record holds and ever held, by the changes that wrote them; erased ones are left
  /// out.
  ///
  /// - Parameters:
  ///   - cell: the field's cell, or its group's.
  ///   - member: the field's number in its group; 0 where it is none's.
  ///   - isWanted: which of them are meant.
  public func texts(
    of view: RecordView, cell: UInt32, member: UInt32, where isWanted: (String) -> Bool = { _ in true }
  ) throws -> [Redaction.Erased] {
    guard let key = view.row, let row = try RecordRow.find(db, key: key) else { return [] }
    let naming = RecordNaming(db: db, logs: LogRegistry(db), decoded: decoded)
    return try arrivals(touching: view).compactMap { arrival in
      let stored = try decoded.change(arrival: arrival)
      let ref = stored.change.ref
      guard !stored.content.hasUnknownParts else { return nil }
      let leaves = try texts(of: stored.change, cell: cell, member: member, where: isWanted) { target in
        try naming.record(of: target, in: ref) == row.id
      }
      return leaves.isEmpty ? nil : Redaction.Erased(change: ref, leaves: leaves)
    }
  }

  /// The changes that touch a record, as they came.
  func arrivals(touching view: RecordView) throws -> [Int64] {
    guard let key = view.row, let row = try RecordRow.find(db, key: key) else { return [] }
    return try Int64.fetchAll(
      db, sql: "SELECT arrival FROM touches WHERE record = ?1 UNION SELECT ?2 ORDER BY 1",
      arguments: [row.key, row.origin])
  }

  private func texts(
    of change: Change, cell: UInt32, member: UInt32, where isWanted: (String) -> Bool,
    isOfRecord: (Mutation.Target) throws -> Bool
  ) throws -> [UInt32] {
    let body = try ChangeBody(change.body)
    var index = MutationIndex(body, of: change.ref)
    try index.reach(.max)
    let gone = Set(body.erasedLeaves.map { UInt32($0) })
    var leaves: [UInt32] = []
    var position = 0
    while let found = try index.mutation(at: position)?.mutation {
      if try isOfRecord(found.target) {
        leaves += try index.textLeaves(at: position)
          .filter { $0.cell == cell && $0.member == member && !gone.contains($0.leaf) }
          .filter { body.text(ofLeaf: Int($0.leaf)).map(isWanted) ?? false }.map(\.leaf)
      }
      position += 1
    }
    return leaves
  }
}
