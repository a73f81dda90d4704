internal import Foundation
internal import GRDB
public import Ledger

/// Of contents that are missing, those that one other store holds or may hold.
public struct MissingHolder: Sendable, Hashable {
  public var node: NodeID
  /// Whether it was seen to hold them; else it attached them, and nobody was seen to.
  public var wasSeen: Bool
  public var count: Int
}

extension Snapshot {
  /// Offices that are asked for nothing any more.
  private func revokedOffices() throws -> Set<NodeID> {
    Set(try Data.fetchAll(db, sql: "SELECT node FROM offices WHERE revoked").compactMap { NodeID($0) })
  }

  /// Who holds, or may hold, the contents that are missing of records of these spaces: peers that were seen to hold them,
  /// and of those that were seen nowhere who attached them. A file is the same whichever record it came with: who holds it
  /// for records of another space counts where it may read the one that lacks it. Who was revoked gives nobody anything.
  ///
  /// - Parameter own: this node, which has no need to be told of itself.
  public func missingHolders(
    scope: (Space) -> Bool, own: NodeID, mayRead: @escaping (NodeID, Space) throws -> Bool
  ) throws -> [MissingHolder] {
    let spaces = try Int64.fetchAll(db, sql: "SELECT DISTINCT space FROM missing").filter {
      scope(try space(key: $0))
    }
    var readers = Readers(self, mayRead)
    var tally = MissingTally()
    let passedOver = try revokedOffices().union([own])
    let rows = try Row.fetchCursor(
      db,
      sql: """
        SELECT l.space, l.content, l.author, h.space, p.key, p.node FROM (
          SELECT DISTINCT space, content, author FROM missing
          WHERE space IN (SELECT value FROM json_each(?))) l
        LEFT JOIN holders h ON h.content = l.content LEFT JOIN peers p ON p.key = h.peer
        ORDER BY l.space, l.content
        """, arguments: ["[" + spaces.map(String.init).joined(separator: ",") + "]"])
    while let row = try rows.next() {
      tally.go(on: row[0], try hash(row[1] as Data))
      if let author = NodeID(row[2] as Data), !passedOver.contains(author) { tally.authors.insert(author) }
      let node = (row[5] as Data?).flatMap { NodeID($0) }
      guard node.map(passedOver.contains) != true else { continue }
      if try readers.isHolder(row, node, of: row[0]) { tally.note(seen: node) }
    }
    return tally.finished()
  }

  /// How many contents are here that records of some space have and no other store is known to hold: for records of that
  /// space, or of another one where it may read that.
  ///
  /// - Parameter own: this node: a copy of this store is no other one.
  public func soleContentCount(own: NodeID, mayRead: @escaping (NodeID, Space) throws -> Bool) throws -> Int {
    var readers = Readers(self, mayRead)
    let passedOver = try revokedOffices().union([own])
    var held: [Place: Bool] = [:]
    // What is noted as elsewhere has a holder for that very space.
    let rows = try Row.fetchCursor(
      db,
      sql: """
        SELECT c.space, c.content, NULL, h.space, p.key, p.node
        FROM contents c INDEXED BY contents_alone
        LEFT JOIN holders h ON h.content = c.content LEFT JOIN peers p ON p.key = h.peer
        WHERE c.here AND NOT c.elsewhere AND EXISTS (
          SELECT 1 FROM attachments a JOIN records r ON r.key = a.record AND r.space = c.space
          WHERE a.content = c.content AND NOT a.erased)
        """)
    while let row = try rows.next() {
      let place = Place(space: row[0], content: try hash(row[1] as Data))
      let node = (row[5] as Data?).flatMap { NodeID($0) }
      if try node.map(passedOver.contains) != true && readers.isHolder(row, node, of: place.space) {
        held[place] = true
      } else if held[place] == nil {
        held[place] = false
      }
    }
    return Set(held.filter { !$0.value }.keys.map(\.content)).count
  }
}

/// A content as it belongs to the records of one space.
private struct Place: Hashable {
  var space: Int64
  var content: Hash256
}

/// Which peers may read which spaces, each asked for once.
private struct Readers {
  private struct Question: Hashable {
    var peer: Int64
    var space: Int64
  }

  private let snapshot: Snapshot
  private let mayRead: (NodeID, Space) throws -> Bool
  private var answers: [Question: Bool] = [:]

  init(_ snapshot: Snapshot, _ mayRead: @escaping (NodeID, Space) throws -> Bool) {
    self.snapshot = snapshot
    self.mayRead = mayRead
  }

  /// Whether a row names somebody who holds a content for the records of a space, or may read it there.
  ///
  /// - Parameter row: at 3 the space for whose records it is held, at 4 the peer; NULL where nobody holds it.
  mutating func isHolder(_ row: Row, _ node: NodeID?, of space: Int64) throws -> Bool {
    guard let peer = row[4] as Int64? else { return false }
    if (row[3] as Int64?) == space { return true }
    guard let node else { return false }
    let question = Question(peer: peer, space: space)
    if let known = answers[question] { return known }
    let answer = try mayRead(node, snapshot.space(key: space))
    answers[question] = answer
    return answer
  }
}

/// Counts by holder, content by content.
private struct MissingTally {
  private struct Holder: Hashable {
    var node: NodeID
    var wasSeen: Bool
  }

  private var counts: [Holder: Int] = [:]
  private var place: Place?
  private var wasSeen = false
  private var seen: Set<NodeID> = []
  /// Who attached the content that is gone through.
  var authors: Set<NodeID> = []

  mutating func go(on space: Int64, _ content: Hash256) {
    let next = Place(space: space, content: content)
    guard next != place else { return }
    close()
    place = next
  }

  /// - Parameter node: nil of a peer whose key is not known: it is nobody that could be told.
  mutating func note(seen node: NodeID?) {
    wasSeen = true
    if let node { seen.insert(node) }
  }

  private mutating func close() {
    for node in wasSeen ? seen : authors { counts[Holder(node: node, wasSeen: wasSeen), default: 0] += 1 }
    wasSeen = false
    seen = []
    authors = []
  }

  /// Those that were seen first, then by how much each holds.
  mutating func finished() -> [MissingHolder] {
    close()
    return counts.map { MissingHolder(node: $0.node, wasSeen: $0.wasSeen, count: $1) }.sorted {
      ($0.wasSeen ? 1 : 0, $0.count, $1.node) > ($1.wasSeen ? 1 : 0, $1.count, $0.node)
    }
  }
}
