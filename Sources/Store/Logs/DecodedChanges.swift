internal import Foundation
internal import GRDB
internal import Ledger

/// Changes read back from the log, the last few kept decoded: neighbours in a list often lie in one change.
final class DecodedChanges {
  struct Stored {
    var change: Change
    var content: ChangeContent
  }

  private struct Kept {
    var stored: Stored
    /// Where the mutations of each record stand, once one was asked about. To make a thousand records of one change
    /// anew takes a thousand steps, not a million.
    var places: [RecordID: [Place]]?
  }

  private struct Place {
    var index: Int
    var firstK: UInt32
  }

  private let db: Database
  private var kept = RecentlyRead<Kept>(most: 8, bytes: 16 << 20)

  init(_ db: Database) { self.db = db }

  /// What is kept takes about so much.
  var bytes: Int { kept.bytes + indexed.bytes }

  /// The change with this arrival number, whole.
  func change(arrival: Int64) throws -> Stored { try find(arrival).stored }

  private func find(_ arrival: Int64) throws -> Kept {
    if let found = kept[arrival] { return found }
    let (change, previousTime) = try row(arrival)
    let stored: Stored
    do throws(ChangeBody.Fault) {
      let content = try ChangeDecoder.decode(
        ChangeBody(change.body), of: change.ref, previousTime: previousTime)
      stored = Stored(change: change, content: content)
    } catch {
      throw StoreError.damaged("change \(arrival): \(error)")
    }
    let found = Kept(stored: stored)
    kept.keep(found, bytes: stored.bytes, as: arrival)
    return found
  }

  /// Changes are not what they were: something was erased.
  func forgetAll() {
    kept.removeAll()
    indexed.removeAll()
    lastIndexed = nil
  }

  /// A change's mutations of one record, each with the number of its first dot.
  func mutations(
    of id: RecordID, in arrival: Int64, _ naming: RecordNaming
  ) throws -> [(mutation: Mutation, firstK: UInt32)] {
    let places = try memoized(arrival, naming)
    let mutations = try find(arrival).stored.content.mutations
    return (places[id] ?? []).map { (mutations[$0.index], $0.firstK) }
  }

  /// Where each record's mutations stand in a change.
  private func memoized(_ arrival: Int64, _ naming: RecordNaming) throws -> [RecordID: [Place]] {
    var found = try find(arrival)
    if let places = found.places { return places }
    let stored = found.stored
    let places = try places(of: stored, naming)
    found.places = places
    // A record of one mutation takes some 100 bytes there.
    kept.keep(found, bytes: stored.bytes + 100 * stored.content.mutations.count, as: arrival)
    return places
  }

  /// Which of a change's mutations touch a record.
  func positions(of id: RecordID, in arrival: Int64, _ naming: RecordNaming) throws -> [Int] {
    try memoized(arrival, naming)[id, default: []].map(\.index)
  }

  private func places(of stored: Stored, _ naming: RecordNaming) throws -> [RecordID: [Place]] {
    var places: [RecordID: [Place]] = [:]
    var k: UInt32 = 1
    for (index, mutation) in stored.content.mutations.enumerated() {
      if let id = try naming.record(of: mutation.target, in: stored.change.ref) {
        places[id, default: []].append(Place(index: index, firstK: k))
      }
      k += UInt32(mutation.dotCount)
    }
    return places
  }

  /// What changes made, kept for those that are named by many mutations, or by few again and again.
  private var made: [Int64: MadeRecords] = [:]
  private var madeCount = 0
  private static let madeLimit = 1 << 18

  /// The records that a change made.
  func made(arrival: Int64) throws -> MadeRecords {
    if let records = made[arrival] { return records }
    let records = MadeRecords(try change(arrival: arrival))
    madeCount += records.count + 1
    if madeCount > DecodedChanges.madeLimit {
      made = [:]
      madeCount = records.count + 1
    }
    made[arrival] = records
    return records
  }

  private func row(_ arrival: Int64) throws -> (Change, previousTime: Int64) {
    let statement = try db.cachedStatement(
      sql: """
        SELECT c.n, c.hash, c.time, c.body, b.node, b.space, b.epoch,
          coalesce((SELECT p.time FROM changes p WHERE p.branch = c.branch AND p.n = c.n - 1),
                   (SELECT p.time FROM changes p WHERE p.branch = b.base AND p.n = c.n - 1), 0)
        FROM changes c JOIN branches b ON b.key = c.branch WHERE c.arrival = ?
        """)
    let rows = try Row.fetchCursor(statement, arguments: [arrival])
    guard let row = try rows.next() else { throw StoreError.damaged("change \(arrival) is not in the log") }
    let space = try Snapshot(db).space(key: row[5])
    guard let node = NodeID(row[4] as Data) else { throw StoreError.damaged("branch of change \(arrival)") }
    let log = LogID(node: node, space: space, epoch: UInt64(bitPattern: row[6] as Int64))
    // An import's change is some 64 KiB: it is copied once.
    let body = try row.withUnsafeData(atIndex: 3) { data in
      data?.withUnsafeBytes { raw in
        [UInt8](unsafeUninitializedCapacity: raw.count) { out, count in
          UnsafeMutableRawBufferPointer(out).copyMemory(from: raw)
          count = raw.count
        }
      }
    }
    let change = Change(
      log: log, n: UInt64(row[0] as Int64), hash: try hash(row[1] as Data), time: row[2], body: body ?? [])
    return (change, row[7])
  }

  private struct Indexed {
    var ref: ChangeRef
    var time: Int64
    var mutations: MutationIndex
  }

  /// Changes whose mutations are indexed, for records that lie side by side in one change.
  private var indexed = RecentlyRead<Indexed>(most: 256, bytes: 24 << 20)
  private var lastIndexed: (arrival: Int64, entry: Indexed)?

  private func index(_ arrival: Int64, through position: Int) throws -> Indexed {
    if let lastIndexed, lastIndexed.arrival == arrival, lastIndexed.entry.mutations.reaches(position) {
      return lastIndexed.entry
    }
    var entry = try indexed[arrival] ?? openIndex(arrival)
    if !entry.mutations.reaches(position) {
      do throws(ChangeBody.Fault) {
        try entry.mutations.reach(position)
      } catch {
        throw StoreError.damaged("change \(arrival): \(error)")
      }
      indexed.keep(entry, bytes: entry.mutations.byteCount, as: arrival)
    }
    lastIndexed = (arrival, entry)
    return entry
  }

  private func openIndex(_ arrival: Int64) throws -> Indexed {
    let change = try row(arrival).0
    let entry: Indexed
    do throws(ChangeBody.Fault) {
      let mutations = MutationIndex(try ChangeBody(change.body), of: change.ref)
      entry = Indexed(ref: change.ref, time: change.time, mutations: mutations)
    } catch {
      throw StoreError.damaged("change \(arrival): \(error)")
    }
    indexed.keep(entry, bytes: entry.mutations.byteCount, as: arrival)
    return entry
  }

  /// A record's state as one mutation of one change makes it.
  func state(origin: Int64, position: Int) throws -> RecordState {
    var state = RecordState()
    try apply(origin: origin, position: position, to: &state)
    return state
  }

  /// One mutation of one change, and whose change it is.
  ///
  /// - Parameter selection: the cells that are wanted; nil for all.
  func creation(
    origin: Int64, position: Int, selection: CellSelection?
  ) throws -> (mutation: Mutation, author: NodeID) {
    let change = try index(origin, through: position)
    return (try mutation(position, of: change, origin, selection).mutation, change.ref.log.node)
  }

  private func mutation(
    _ position: Int, of change: Indexed, _ origin: Int64, _ selection: CellSelection? = nil
  ) throws -> (mutation: Mutation, firstK: UInt32) {
    let found: (mutation: Mutation, firstK: UInt32)?
    do throws(ChangeBody.Fault) {
      found = try change.mutations.mutation(at: position, selection: selection)
    } catch {
      throw StoreError.damaged("change \(origin): \(error)")
    }
    guard let found else { throw StoreError.damaged("change \(origin) has no mutation \(position)") }
    return found
  }

  /// Applies one mutation of one change to a state.
  ///
  /// - Parameter knowledge: of what may be named.
  func apply(
    origin: Int64, position: Int, to state: inout RecordState,
    knowledge: some LogKnowledge = NothingBefore()
  ) throws {
    let change = try index(origin, through: position)
    let found = try mutation(position, of: change, origin)
    state.apply(
      found.mutation, firstK: found.firstK, of: change.ref, time: change.time, knowledge: knowledge)
  }
}

extension DecodedChanges.Stored {
  /// About what it takes in memory.
  fileprivate var bytes: Int { content.mutations.reduce(change.body.count) { $0 + 256 + $1.partBytes } }
}

extension Mutation {
  /// About what its parts take in memory beside their values: where they are small and many, far more than in the
  /// body.
  var partBytes: Int { writes.reduce(0) { $0 + 128 * $1.content.dotCount + 96 * $1.supersedes.count } }
}

/// For some of a record's changes, in the order in which they came: what they name beside each other is not waited for.
struct NothingAwaited: LogKnowledge {
  func holds(_ change: ChangeRef) -> Bool { true }
  func isAncestor(_ earlier: ChangeRef, of later: ChangeRef) -> Bool { true }
}

/// For a record's first change: nothing came before it.
struct NothingBefore: LogKnowledge {
  func holds(_ change: ChangeRef) -> Bool { false }
  func isAncestor(_ earlier: ChangeRef, of later: ChangeRef) -> Bool { true }
}
