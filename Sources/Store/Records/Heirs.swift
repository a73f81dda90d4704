internal import Foundation
internal import GRDB
public import Ledger

/// Records that were made in place of others elsewhere.
///
/// Both sides say so: the creation names the origin, a deletion there the heir. That deletion may live no more: another one,
/// a restoration or a second move took its place. So what ever named an heir counts, not only what lives.
extension Snapshot {
  /// The heirs that deletions of a record name or named, the newest living deletion's first, then by the record's history
  /// from its end.
  public func heirs(of view: RecordView) throws -> [RecordPlace] {
    // Whoever deleted it or brought it back, a word on its existence stands.
    guard view.state.cell(CellWrite.existenceCell, .existence) != nil else { return [] }
    var heirs = view.state.heirs
    var seen = Set(heirs)
    var former: [RecordPlace] = []
    for entry in try history(of: view) { former += entry.writes.compactMap(\.write.heir) }
    for place in former.reversed() where seen.insert(place).inserted { heirs.append(place) }
    return heirs
  }

  /// The records that one was moved from and to, itself first, as far as they are held: the same was written in them. Only
  /// where both sides say so, and are of one kind: anybody may call any record the origin of his own. Where one in between
  /// does not count, the same office has to say both.
  ///
  /// - Returns: `isWhole`: whether none was left out, for there are more heirs than anybody makes by moving.
  public func lineage(of view: RecordView) throws -> (views: [RecordView], isWhole: Bool) {
    var found = [view]
    var isWhole = true
    var seen: Set<RecordPlace> = [RecordPlace(space: view.space, record: view.id)]
    var next = 0
    while next < found.count {
      let one = found[next]
      next += 1
      if let place = one.origin, !seen.contains(place), let other = try record(place.record, in: place.space),
        other.kindName == one.kindName, try isMoved(other, to: one)
      {
        seen.insert(place)
        found.append(other)
      }
      let own = RecordPlace(space: one.space, record: one.id)
      let heirs = try heirs(of: one)
      if heirs.count > RecordView.mostHeirs { isWhole = false }
      for place in heirs.prefix(RecordView.mostHeirs) where !seen.contains(place) {
        guard let other = try record(place.record, in: place.space), other.kindName == one.kindName,
          other.origin == own
        else { continue }
        guard found.count < RecordView.mostRelatives else { return (found, false) }
        seen.insert(place)
        found.append(other)
      }
      for other in try [originBeyond(one)].compactMap({ $0 }) + heirsBeyond(one) {
        guard found.count < RecordView.mostRelatives else { return (found, false) }
        guard seen.insert(RecordPlace(space: other.space, record: other.id)).inserted else { continue }
        found.append(other)
      }
    }
    return (found, isWhole)
  }

  /// Whether a record was made in place of another one, by what both say: anybody may call any record the origin of his
  /// own.
  public func isMoved(_ view: RecordView, to heir: RecordView) throws -> Bool {
    guard heir.origin == RecordPlace(space: view.space, record: view.id) else { return false }
    return try heirs(of: view).contains(RecordPlace(space: heir.space, record: heir.id))
  }

  /// The record that was made in place of a deleted one, and in place of that: one that lives, where there is any; itself
  /// where there is none, or where it is not held here.
  public func heir(of view: RecordView) throws -> RecordView {
    guard view.existence == .deleted else { return view }
    let named = try namedHeir(of: view)
    // Who wrote over the word that names it is looked for where nothing that is named lives.
    guard named.existence == .deleted else { return named }
    var seen: Set<RecordPlace> = []
    var last: RecordView?
    var open = try heirs(of: view).reversed() as [RecordPlace]
    // Nobody makes as many but who wants it to have no end.
    while let place = open.popLast(), seen.count < 64 {
      guard seen.insert(place).inserted, let heir = try record(place.record, in: place.space),
        heir.kindName != nil
      else { continue }
      guard heir.existence == .deleted else { return heir }
      last = last ?? heir
      open += try heirs(of: heir).reversed()
    }
    return last ?? view
  }

  /// The same by the newest living deletion alone.
  private func namedHeir(of view: RecordView) throws -> RecordView {
    var view = view
    for _ in 0..<64 {
      guard view.existence == .deleted, let place = view.state.heirs.first,
        let heir = try record(place.record, in: place.space), heir.kindName != nil
      else { break }
      view = heir
    }
    return view
  }
}

/// Records that were made anew twice, where the one in between is not held here or does not count: of an office that was narrowed
/// and given its scope back. Who deleted the one for it made the other in its place.
extension Snapshot {
  /// The record from before the one that this was made in place of; nil where that one is held.
  public func originBeyond(_ view: RecordView) throws -> RecordView? {
    guard let between = view.origin, try isUnseen(between) else { return nil }
    let rows = try Row.fetchAll(
      db,
      sql: """
        SELECT r.id, r.space FROM records r JOIN states s ON s.record = r.key
        WHERE instr(s.state, ?) > 0 ORDER BY r.key
        """, arguments: [Data(between.record.bytes)])
    for row in rows {
      guard let id = RecordID(row[0] as Data), let former = try record(id, in: space(key: row[1])) else {
        continue
      }
      if try isLeft(former, for: between, by: view) { return former }
    }
    return nil
  }

  /// The present records that were made in place of heirs that are not held.
  public func heirsBeyond(_ view: RecordView) throws -> [RecordView] {
    let unseen = try heirs(of: view).prefix(RecordView.mostHeirs).filter(isUnseen)
    guard !unseen.isEmpty else { return [] }
    var makers: [RecordPlace: Set<NodeID>] = [:]
    for write in try history(of: view).flatMap(\.writes) {
      if let heir = write.write.heir { makers[heir, default: []].insert(write.dot.change.log.node) }
    }
    return try unseen.flatMap { between in
      try records(madeInPlaceOf: between).filter { heir in
        guard view.kindName == heir.kindName, let maker = heir.state.creation?.dot.change.log.node else {
          return false
        }
        return makers[between]?.contains(maker) == true
      }
    }
  }

  private func isUnseen(_ place: RecordPlace) throws -> Bool {
    try record(place.record, in: place.space)?.kindName == nil
  }

  /// Whether who made a record says in another one that it was left for the one between them.
  private func isLeft(_ former: RecordView, for between: RecordPlace, by heir: RecordView) throws -> Bool {
    guard former.kindName == heir.kindName, let maker = heir.state.creation?.dot.change.log.node else {
      return false
    }
    return try history(of: former).flatMap(\.writes).contains {
      $0.write.heir == between && $0.dot.change.log.node == maker
    }
  }
}

extension RecordView {
  /// How many heirs of one record are looked at, where nobody makes as many but who wants it to have no end.
  static let mostHeirs = 256
  /// How many records that one was moved from and to.
  static let mostRelatives = 10_000
}
