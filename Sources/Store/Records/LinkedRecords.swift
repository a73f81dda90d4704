internal import Foundation
internal import GRDB
public import Ledger

/// Records that are linked as one activity: groups of all that links lead to.
struct LinkedRecords {
  private var parents: [RecordID: RecordID] = [:]

  init(_ links: [(record: RecordID, other: RecordID)]) {
    for link in links {
      let (a, b) = (shorten(link.record), shorten(link.other))
      // The least id of a group is its root: which link came first does not matter.
      if a != b { parents[max(a, b)] = min(a, b) }
    }
    for id in Array(parents.keys) { _ = shorten(id) }
  }

  /// The root, with the way there made short for who comes next (path halving, Tarjan and van Leeuwen 1984): a long
  /// chain would else be gone along from each of its records.
  private mutating func shorten(_ id: RecordID) -> RecordID {
    var root = id
    while let parent = parents[root] {
      guard let next = parents[parent] else { return parent }
      parents[root] = next
      root = next
    }
    return root
  }

  func root(_ id: RecordID) -> RecordID {
    var root = id
    while let parent = parents[root] { root = parent }
    return root
  }

  func areLinked(_ a: RecordID, _ b: RecordID) -> Bool { root(a) == root(b) }
}

extension Snapshot {
  /// A record and all that links lead to from it.
  public func linked(with id: RecordID) throws -> Set<RecordID> { try PairTable(db).linked(with: id) }

  /// The records that reports leave out because a linked one counts for them: of each group the one with the
  /// least id counts that is not deleted.
  ///
  /// A linked record that this store does not hold, because it is another office's, counts there: so every
  /// replica leaves out the same ones, and the rows of a report add up whoever makes it. What the division or the
  /// period of a report is does not matter.
  public func leftOutForLinks() throws -> Set<RecordID> {
    let links = try PairTable(db).all(.links)
    guard !links.isEmpty else { return [] }
    let groups = LinkedRecords(links)
    let members = Set(links.flatMap { [$0.record, $0.other] })
    let gone = try members.filter { try isGone($0) }
    var counting: [RecordID: RecordID] = [:]
    for id in members where !gone.contains(id) {
      let root = groups.root(id)
      counting[root] = min(counting[root] ?? id, id)
    }
    return members.filter { counting[groups.root($0)] != $0 }
  }

  /// Whether a record is here, and deleted, or nothing that counts made it any more.
  private func isGone(_ id: RecordID) throws -> Bool {
    let statement = try db.cachedStatement(
      sql: "SELECT count(*), sum(kind IS NOT NULL AND flags & 1 = 0) FROM records WHERE id = ?")
    guard let row = try Row.fetchOne(statement, arguments: [Data(id.bytes)]) else { return false }
    return (row[0] as Int) > 0 && (row[1] as Int? ?? 0) == 0
  }
}
