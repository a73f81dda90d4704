public import Campaign
internal import Foundation
internal import GRDB
public import Ledger

/// The pack that the region issued, and what is derived from records by it.
extension Commit {
  /// Puts a pack that somebody with the right to issued in force, unless a later one is.
  ///
  /// Of several the greatest version counts, then the greatest hash: so it does not matter in which order they
  /// come. A pack that merely came with the program gives way to any that was issued.
  /// - Parameter anyhow: whether it takes the place of a later one too.
  /// - Returns: whether it is in force now.
  @discardableResult
  public func takeIssued(_ pack: Pack, text: [UInt8], anyhow: Bool = false) throws -> Bool {
    let former = try self.pack()
    let formerText = try snapshot.meta(.packText) ?? []
    if try !anyhow && snapshot.meta(.packIssued) != nil {
      guard
        (pack.info.version, Hash256(hashing: text)) > (former.info.version, Hash256(hashing: formerText))
      else { return false }
    }
    try noteIssued(after: formerText)
    guard text != formerText else { return true }
    try putInForce(pack, text: text, after: former)
    return true
  }

  /// Notes that a pack is in force which was issued.
  ///
  /// - Parameter given: the text of the one in force before, which the store came with unless one was issued already.
  public func noteIssued(after given: [UInt8]) throws {
    if try snapshot.meta(.packIssued) == nil {
      // The program's own may be a later one when it is asked for.
      try setMeta(.packGiven, given == BuiltInPack.yaml ? [] : given)
    }
    try setMeta(.packIssued, [1])
  }

  /// Puts the pack in force again that the store came with: of those that were issued none counts. Where a program issued
  /// or took in the first one that did not note it, that is the program's own: one that counts no more may not stay.
  public func takeBackIssued() throws {
    let given = try snapshot.meta(.packGiven) ?? []
    let text = given.isEmpty ? BuiltInPack.yaml : given
    try clearMeta(.packIssued)
    try clearMeta(.packGiven)
    try putInForce(PackReader.read(text, origin: .received), text: text, after: pack())
  }

  private func putInForce(_ pack: Pack, text: [UInt8], after former: Pack) throws {
    try setPack(pack, text: text)
    if pack.with(version: former.info.version) != former { try records().deriveAnew() }
  }
}

/// A pack that a change states.
public struct StatedPack: Sendable {
  public var text: [UInt8]
  /// Whether the change counts.
  public var counts: Bool
  /// Whether it does not for the sole reason that it lies beyond its log's cut.
  public var isBeyondCut: Bool
}

extension Snapshot {
  /// The packs that some nodes' notices hold, those too that stand in what does not count.
  public func statedPacks(by authors: Set<NodeID>) throws -> [StatedPack] {
    try statements(type: 2, by: authors, all: true).compactMap { held in
      guard case .pack(let text) = held.statement else { return nil }
      return StatedPack(text: text, counts: held.counts, isBeyondCut: held.isBeyondCut)
    }
  }

  /// Whether there is any record, deleted ones included.
  public func holdsRecords() throws -> Bool {
    try Bool.fetchOne(db, sql: "SELECT EXISTS (SELECT 1 FROM records)") ?? false
  }

  /// Divisions that records are of, or offices that may write.
  public func divisionsInUse() throws -> Set<DivisionCode> {
    let codes = try String.fetchAll(
      db,
      sql: """
        SELECT division FROM spaces WHERE key IN (SELECT space FROM records)
        UNION SELECT division FROM offices WHERE NOT revoked
        """)
    return Set(codes.compactMap { DivisionCode($0) })
  }
}

extension RecordTable {
  /// Derives columns and conflicts of all records anew: another pack says what they mean. Their states stay.
  func deriveAnew() throws {
    let db = commit.db
    try db.execute(sql: "DELETE FROM conflicts; DELETE FROM unique_values")
    shared.begin()
    let pack = try commit.pack()
    let conflicts = try conflicts()
    for key in try Int64.fetchAll(db, sql: "SELECT key FROM records ORDER BY key") {
      guard let row = try RecordRow.find(db, key: key) else { continue }
      let space = try commit.logs.space(key: row.space)
      let view = RecordView(
        try row.state(commit.decoded, space: space), id: row.id, space: space, pack: pack,
        offices: try commit.offices())
      let columns = DerivedColumns(view, try commit.roles())
      try db.cachedStatement(sql: "UPDATE records SET kind = ?, date = ?, items = ?, flags = ? WHERE key = ?")
        .execute(arguments: [columns.kind, columns.date, columns.items, columns.flags, key])
      try conflicts.replace(record: key, view: view)
    }
    // Other fields may be text now.
    try db.execute(
      sql: """
        INSERT INTO unindexed(record, arrival) SELECT key, ? FROM records WHERE true
        ON CONFLICT DO UPDATE SET arrival = excluded.arrival
        """, arguments: [commit.lastArrival])
  }
}
