internal import Foundation
internal import GRDB
internal import Ledger

/// Changes read back from the log, the last few kept decoded: neighbours in a list often lie in one change.
final class DecodedChanges {
  struct Stored {
    var change: Change
    var content: ChangeContent
  }

  private let db: Database
  private var kept: [Int64: Stored] = [:]
  private var order: [Int64] = []
  private static let limit = 8

  init(_ db: Database) { self.db = db }

  /// The change with this arrival number.
  func change(arrival: Int64) throws -> Stored {
    if let stored = kept[arrival] { return stored }
    let statement = try db.cachedStatement(
      sql: """
        SELECT c.n, c.hash, c.time, c.body, b.node, b.space, b.epoch,
          coalesce((SELECT p.time FROM changes p WHERE p.branch = c.branch AND p.n = c.n - 1),
                   (SELECT p.time FROM changes p WHERE p.branch = b.base AND p.n = c.n - 1), 0)
        FROM changes c JOIN branches b ON b.key = c.branch WHERE c.arrival = ?
        """)
    guard let row = try Row.fetchOne(statement, arguments: [arrival]) else {
      throw StoreError.damaged("change \(arrival) is not in the log")
    }
    let space = try Snapshot(db).space(key: row[5])
    guard let node = NodeID(row[4] as Data) else { throw StoreError.damaged("branch of change \(arrival)") }
    let log = LogID(node: node, space: space, epoch: UInt64(bitPattern: row[6] as Int64))
    let change = Change(
      log: log, n: UInt64(row[0] as Int64), hash: try hash(row[1] as Data), time: row[2],
      body: Array(row[3] as Data))
    let content: ChangeContent
    do {
      content = try ChangeDecoder.decode(
        ChangeBody(change.body), of: change.ref, previousTime: row[7])
    } catch {
      throw StoreError.damaged("change \(arrival): \(error)")
    }
    let stored = Stored(change: change, content: content)
    kept[arrival] = stored
    order.append(arrival)
    if order.count > DecodedChanges.limit { kept[order.removeFirst()] = nil }
    return stored
  }

  /// A record's state as one mutation of one change makes it.
  func state(origin: Int64, position: Int) throws -> (RecordState, RecordID) {
    let stored = try change(arrival: origin)
    guard position < stored.content.mutations.count else {
      throw StoreError.damaged("change \(origin) has no mutation \(position)")
    }
    var state = RecordState()
    let mutation = stored.content.mutations[position]
    let firstK = 1 + stored.content.mutations[..<position].reduce(0) { $0 + UInt32($1.dotCount) }
    guard case .id(let id) = mutation.target else {
      throw StoreError.damaged("mutation \(position) of change \(origin) names no record")
    }
    state.apply(
      mutation, firstK: firstK, of: stored.change.ref, time: stored.change.time, knowledge: NothingBefore())
    return (state, id)
  }
}

/// For a record's first change: nothing came before it.
struct NothingBefore: LogKnowledge {
  func holds(_ change: ChangeRef) -> Bool { false }
  func isAncestor(_ earlier: ChangeRef, of later: ChangeRef) -> Bool { true }
}
