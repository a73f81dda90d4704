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
  /// Of those that are kept: where the mutations of each record stand, once somebody has asked.
  private var places: [Int64: [RecordID: [Place]]] = [:]

  private struct Place {
    var index: Int
    var firstK: UInt32
  }

  private struct Creations {
    var change: ChangeRef
    var records: [UInt32: RecordID] = [:]
  }

  /// Of changes that others name as those that made their records. As many are kept as one change may name.
  private var creations: [Int64: Creations] = [:]
  private var creationsOrder: [Int64] = []
  private static let creationsLimit = ContentLimits.makers

  init(_ db: Database) { self.db = db }

  /// The change with this arrival number, whole.
  func change(arrival: Int64) throws -> Stored {
    if let stored = kept[arrival] { return stored }
    let (change, previousTime) = try row(arrival)
    let stored: Stored
    do throws(ChangeBody.Fault) {
      let content = try ChangeDecoder.decode(
        ChangeBody(change.body), of: change.ref, previousTime: previousTime)
      stored = Stored(change: change, content: content)
    } catch {
      throw StoreError.damaged("change \(arrival): \(error)")
    }
    kept[arrival] = stored
    order.append(arrival)
    if order.count > DecodedChanges.limit {
      let oldest = order.removeFirst()
      kept[oldest] = nil
      places[oldest] = nil
    }
    return stored
  }

  private func row(_ arrival: Int64) throws -> (Change, previousTime: Int64) {
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
    return (change, row[7])
  }

  private struct Indexed {
    var ref: ChangeRef
    var time: Int64
    var mutations: MutationIndex
  }

  /// Changes whose mutations are indexed, for records that lie side by side in one change.
  private var indexed: [Int64: Indexed] = [:]
  private var indexedOrder: [Int64] = []
  private static let indexedLimit = 256
  private var lastIndexed: (arrival: Int64, entry: Indexed)?

  private func index(_ arrival: Int64) throws -> Indexed {
    if let lastIndexed, lastIndexed.arrival == arrival { return lastIndexed.entry }
    let entry = try indexed[arrival] ?? readIndex(arrival)
    lastIndexed = (arrival, entry)
    return entry
  }

  private func readIndex(_ arrival: Int64) throws -> Indexed {
    let change = try row(arrival).0
    let entry: Indexed
    do throws(ChangeBody.Fault) {
      let mutations = try MutationIndex(ChangeBody(change.body), of: change.ref)
      entry = Indexed(ref: change.ref, time: change.time, mutations: mutations)
    } catch {
      throw StoreError.damaged("change \(arrival): \(error)")
    }
    indexed[arrival] = entry
    indexedOrder.append(arrival)
    if indexedOrder.count > DecodedChanges.indexedLimit { indexed[indexedOrder.removeFirst()] = nil }
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
    let change = try index(origin)
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

  /// Applies one mutation of one change to a state that nobody else wrote to.
  func apply(origin: Int64, position: Int, to state: inout RecordState) throws {
    let change = try index(origin)
    let found = try mutation(position, of: change, origin)
    state.apply(
      found.mutation, firstK: found.firstK, of: change.ref, time: change.time, knowledge: NothingBefore())
  }
}

// MARK: which record a mutation is of

extension DecodedChanges {
  /// The record that a mutation of `change` names.
  ///
  /// - Returns: nil where the named dot made no record, as far as this version can tell: its change may be of a newer
  ///   format, or on another branch.
  func record(_ target: Mutation.Target, of change: ChangeRef, _ logs: LogRegistry) throws -> RecordID? {
    guard case .madeHere(let n, let k) = target else {
      guard case .id(let id) = target else { return nil }
      return id
    }
    let branches = try logs.branches(of: change.log)
    for branch in branches where n > branch.baseN && n <= branch.head.n {
      let statement = try db.cachedStatement(sql: "SELECT arrival FROM changes WHERE branch = ? AND n = ?")
      guard let arrival = try Int64.fetchOne(statement, arguments: [branch.key, Int64(n)]) else { continue }
      let made = try creations(arrival)
      guard branches.count == 1 || logs.isAncestor(made.change, of: change) else { continue }
      if let id = made.records[k] { return id }
    }
    return nil
  }

  /// The records that a change made, by the dots that made them: none where it is of a newer format.
  private func creations(_ arrival: Int64) throws -> Creations {
    if let known = creations[arrival] { return known }
    let stored = try change(arrival: arrival)
    var made = Creations(change: stored.change.ref)
    var k: UInt32 = 1
    for mutation in stored.content.mutations where !stored.content.hasUnknownParts {
      if mutation.creation != nil, case .id(let id) = mutation.target { made.records[k] = id }
      k += UInt32(mutation.dotCount)
    }
    creations[arrival] = made
    creationsOrder.append(arrival)
    if creationsOrder.count > DecodedChanges.creationsLimit { creations[creationsOrder.removeFirst()] = nil }
    return made
  }

  /// A change's mutations of one record, each with the number of its first dot.
  func mutations(
    of id: RecordID, in arrival: Int64, _ logs: LogRegistry
  ) throws -> [(mutation: Mutation, firstK: UInt32)] {
    let stored = try change(arrival: arrival)
    if places[arrival] == nil {
      var found: [RecordID: [Place]] = [:]
      var k: UInt32 = 1
      for (index, mutation) in stored.content.mutations.enumerated() {
        if let id = try record(mutation.target, of: stored.change.ref, logs) {
          found[id, default: []].append(Place(index: index, firstK: k))
        }
        k += UInt32(mutation.dotCount)
      }
      places[arrival] = found
    }
    return (places[arrival]?[id] ?? []).map { (stored.content.mutations[$0.index], $0.firstK) }
  }
}

/// For a record's first change: nothing came before it.
struct NothingBefore: LogKnowledge {
  func holds(_ change: ChangeRef) -> Bool { false }
  func isAncestor(_ earlier: ChangeRef, of later: ChangeRef) -> Bool { true }
}
