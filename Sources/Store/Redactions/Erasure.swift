internal import Campaign
internal import Foundation
internal import GRDB
public import Ledger

/// Takes the values that a redaction names out of everything that holds them: the log, the records' states and what is
/// derived from them, the search index, and what was set aside. What the file's unused pages still hold goes with
/// `Store.scrub`.
struct Erasure {
  private let commit: Commit
  private let table: RedactionTable
  private var db: Database { commit.db }

  init(_ commit: Commit) {
    self.commit = commit
    table = RedactionTable(commit.db)
  }

  /// A change that is held with values which are to go.
  private struct Held {
    var arrival: Int64
    var ref: ChangeRef
    var body: ChangeBody
    var erased: [UInt8]
    var leaves: Set<Int>
  }

  private struct Affected {
    var row: RecordRow
    var space: Space
    var before: Hash256?
  }

  /// - Parameter arrival: the number of the change that it stands in.
  /// - Returns: whether it names anything that was not erased before.
  func apply(_ redaction: Redaction, of arrival: Int64) throws -> Bool {
    try db.execute(sql: "INSERT OR IGNORE INTO redacting(arrival) VALUES (?)", arguments: [arrival])
    let new = try redaction.erased.filter { try table.add($0) }
    guard !new.isEmpty else { return false }
    commit.noteRedactions()
    try carryOut(new)
    return true
  }

  /// Erases what is named of changes that are held with it.
  func carryOut(_ named: [Redaction.Erased]) throws {
    let changes = try named.flatMap { try held($0) }
    guard !changes.isEmpty else { return }
    let affected = try self.affected(changes)
    try unindex(changes, affected.map(\.row.key).sorted())
    for change in changes {
      try db.cachedStatement(sql: "UPDATE changes SET body = ? WHERE arrival = ?")
        .execute(arguments: [Data(change.erased), change.arrival])
    }
    commit.decoded.forgetAll()
    for one in affected {
      try commit.records().rebuild(one.row, in: one.space, before: one.before)
      try commit.forgetImportedCells(of: one.row.id, space: one.row.space)
    }
    try commit.noteErased()
  }

  // MARK: what holds them

  /// On whatever branch it lies: what does not count is erased as well.
  private func held(_ erased: Redaction.Erased) throws -> [Held] {
    let ref = erased.change
    guard let space = try commit.logs.existingSpace(ref.log.space)?.key else { return [] }
    let rows = try Row.fetchAll(
      db,
      sql: """
        SELECT c.arrival, c.hash, c.body FROM changes c JOIN branches b ON b.key = c.branch
        WHERE b.node = ? AND b.space = ? AND b.epoch = ? AND c.n = ?
        """,
      arguments: [ref.log.node.hash.data, space, Int64(bitPattern: ref.log.epoch), Int64(ref.n)])
    let leaves = Set(erased.leaves.map(Int.init))
    return try rows.compactMap { row in
      guard try hash(row[1] as Data).prefix == ref.hashPrefix,
        let body = try? ChangeBody(Array(row[2] as Data)),
        let without = body.withoutTexts(leaves, of: ref)
      else { return nil }
      return Held(arrival: row[0], ref: ref, body: body, erased: without, leaves: leaves)
    }
  }

  /// The records that the values stand in, with the hashes of the states that they have now.
  private func affected(_ changes: [Held]) throws -> [Affected] {
    // What was taken out names its records as well, and pairs of its texts are in the index.
    let naming = RecordNaming(
      db: db, logs: LogRegistry(db, withdrawnToo: true), decoded: commit.decoded)
    var affected: [Int64: Affected] = [:]
    for change in changes {
      let space = change.ref.log.space
      let spaceKey = try commit.logs.space(space).key
      let index = try mutations(of: change)
      for position in index.mutations(with: change.leaves) {
        guard let target = try? index.mutation(at: position)?.mutation.target,
          let id = try naming.record(of: target, in: change.ref),
          let row = try RecordRow.find(db, id: id, space: spaceKey), affected[row.key] == nil
        else { continue }
        let state = try row.state(commit.decoded, space: space)
        affected[row.key] = Affected(
          row: row, space: space, before: state.isEmpty ? nil : state.hash(of: id, in: space))
      }
    }
    return affected.sorted { $0.key < $1.key }.map(\.value)
  }

  private func mutations(of change: Held) throws -> MutationIndex {
    var index = MutationIndex(change.body, of: change.ref)
    do throws(ChangeBody.Fault) {
      try index.reach(.max)
    } catch {
      throw StoreError.damaged("change \(change.arrival): \(error)")
    }
    return index
  }

  // MARK: the search index

  /// The lists name a record by the pairs of characters of its texts, former ones too: they would tell what was
  /// erased. A record that other texts of it still place there is found by the tail until the index is built anew.
  private func unindex(_ changes: [Held], _ records: [Int64]) throws {
    var pairs: Set<Int64> = []
    for change in changes {
      for leaf in change.leaves {
        change.body.text(ofLeaf: leaf).map { pairs.formUnion(SearchGrams.pairs(in: $0)) }
      }
    }
    let select = try db.cachedStatement(sql: "SELECT segment, records FROM postings WHERE gram = ?")
    for pair in pairs.sorted() {
      for row in try Row.fetchAll(select, arguments: [pair]) {
        var list = PostingList()
        list.add(encoded: row[1])
        let count = list.postings.count
        list.remove(records)
        guard list.postings.count < count else { continue }
        // A list of nobody would still say that somebody's text had the pair.
        let sql =
          list.postings.isEmpty
          ? "DELETE FROM postings WHERE ?1 NOT NULL AND gram = ?2 AND segment = ?3"
          : "UPDATE postings SET records = ?1 WHERE gram = ?2 AND segment = ?3"
        try db.cachedStatement(sql: sql)
          .execute(arguments: [Data(list.encoded), pair, row[0] as Int64])
      }
    }
  }

}

extension Commit {
  /// Erases what a redaction names, here and in what comes later. Whether its author may is for the caller to judge.
  ///
  /// - Parameter arrival: the number of the change that it stands in.
  /// - Returns: whether it names anything that was not erased before.
  @discardableResult
  public func erase(_ redaction: Redaction, of arrival: Int64) throws -> Bool {
    try Erasure(self).apply(redaction, of: arrival)
  }

  /// Erases what is named as erased and is held all the same, as after something was put back into the file.
  public func eraseAgain() throws {
    try Erasure(self).carryOut(
      snapshot.erasedLeaves().map { change, leaves in
        Redaction.Erased(change: change, leaves: leaves.sorted().map { UInt32(clamping: $0) })
      })
  }

  /// The file may hold what is gone, and so may lists of pairs of characters that are being built.
  fileprivate func noteErased() throws {
    let count = try snapshot.erasureCount() + 1
    try setMeta(.erasures, count.bigEndianBytes)
    try setMeta(.unscrubbed, count.bigEndianBytes)
  }

  /// Whether a redaction names anything of a log: what of it is set aside may hold that.
  public func isErased(anythingOf log: LogID) throws -> Bool {
    try Bool.fetchOne(
      db.cachedStatement(
        sql:
          "SELECT EXISTS (SELECT 1 FROM redactions WHERE node = ? AND division = ? AND section = ? AND epoch = ?)"
      ),
      arguments: [
        log.node.hash.data, log.space.division.description, Int64(log.space.section.rawValue),
        Int64(bitPattern: log.epoch),
      ]) ?? false
  }

  /// What was set aside of the logs that a redaction names, and could not be taken in by it, may hold the values too: it
  /// is not kept, but asked for again.
  public func dropSetAside(namedBy redaction: Redaction) throws {
    for log in Set(redaction.erased.map(\.change.log)) {
      try db.execute(
        sql: """
          UPDATE quarantine SET batch = NULL
          WHERE node = ? AND division = ? AND section = ? AND epoch = ? AND batch IS NOT NULL
          """,
        arguments: [
          log.node.hash.data, log.space.division.description, Int64(log.space.section.rawValue),
          Int64(bitPattern: log.epoch),
        ])
      guard db.changesCount > 0 else { continue }
      knownQuarantine = nil
      try noteErased()
    }
  }
}

extension Store {
  /// Makes the file anew where something was erased in it since: its unused pages, and the log of its last writes, still
  /// hold what was. Where another process keeps it from that, the next call goes on.
  ///
  /// - Returns: whether nothing erased is left in the file.
  @discardableResult
  public func scrub() throws -> Bool {
    guard let mark = try read({ try $0.meta(.unscrubbed) }) else { return true }
    guard !lacksRoom else { return false }
    do {
      // Made anew once: a long reader keeps only the log of writes from being cut, and that alone is tried again.
      if mark != Store.isMadeAnew {
        try makeFileAnew()
        try write { commit in
          if try commit.snapshot.meta(.unscrubbed) == mark {
            try commit.setMeta(.unscrubbed, Store.isMadeAnew)
          }
        }
      }
      try Store.translating(path: folder) {
        try database.writeWithoutTransaction { db in _ = try db.checkpoint(.truncate) }
      }
    } catch StoreError.busy, StoreError.diskFull {
      return false
    }
    return try write { commit in
      // Something else may have been erased meanwhile.
      guard try commit.snapshot.meta(.unscrubbed) == Store.isMadeAnew else { return false }
      try commit.clearMeta(.unscrubbed)
      return true
    }
  }

  /// Instead of a mark: what is left to do is to cut the log of writes.
  fileprivate static let isMadeAnew: [UInt8] = [0]

  /// The copy that SQLite makes for it lies in a file that has no name, and not in memory, for stores are large.
  func makeFileAnew() throws {
    try Store.translating(path: folder) {
      try database.writeWithoutTransaction { try $0.execute(sql: "PRAGMA temp_store = FILE") }
      defer { try? database.writeWithoutTransaction { try $0.execute(sql: "PRAGMA temp_store = MEMORY") } }
      try database.vacuum()
    }
  }
}

extension Snapshot {
  /// Whether pages that are not in use may hold what was erased.
  func mayHoldErased() throws -> Bool {
    let mark = try meta(.unscrubbed)
    return mark != nil && mark != Store.isMadeAnew
  }

  /// How often something was erased here.
  func erasureCount() throws -> Int64 {
    try meta(.erasures).map { $0.reduce(0) { $0 << 8 | Int64($1) } } ?? 0
  }
}
