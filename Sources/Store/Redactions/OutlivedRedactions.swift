internal import Campaign
internal import GRDB
internal import Ledger

/// What was erased of a record and lives on in one that was made in place of it elsewhere, by an office that had not heard
/// of the redaction.
///
/// Whether it had tells the deletion that names the heir: who had heard of it names what was written over the erased
/// value, who had not names the write whose text was erased, and copied it.
struct OutlivedRedactions {
  /// A field's place in records of a kind: 0 as the member where it is a cell of its own.
  private struct Place: Hashable {
    var cell: UInt32
    var member: UInt32
    var field: UInt32 { member == 0 ? cell : member }
  }

  private let snapshot: Snapshot
  private let redactions: [RecordPlace: [Redaction]]
  /// There are not as many moves of redacted records.
  private static let mostHeirs = 10_000
  private let memo = Memo()

  /// What was taken over from a record, by heir: of all of them at once, for each of them lies somewhere in its history.
  private final class Memo {
    /// By how far back its own origins were looked at.
    var takenOver: [Int: [RecordPlace: [RecordPlace: Set<Place>]]] = [:]
  }

  init(_ snapshot: Snapshot) throws {
    self.snapshot = snapshot
    redactions =
      try RedactionTable(snapshot.db).isEmpty
      ? [:]
      : Dictionary(grouping: snapshot.redactions().map(\.redaction)) {
        RecordPlace(space: $0.space, record: $0.record)
      }
  }

  /// The numbers of the fields that hold a text which was erased where the record comes from, or one that took an erased
  /// one's place without anything standing between.
  func fields(of view: RecordView) throws -> Set<UInt32> {
    guard !redactions.isEmpty, view.existence != .deleted else { return [] }
    return try copiedFields(of: view).union(rewrittenFields(of: view))
  }

  /// In a deleted record nothing is written over what a redaction erased (`writeErased`): so who writes there unseen takes the
  /// erased text's place, and stands beside nothing. Who brings the record back writes it then (`erasedAgain`).
  private func rewrittenFields(of view: RecordView) throws -> Set<UInt32> {
    guard let own = redactions[RecordPlace(space: view.space, record: view.id)],
      view.state.cell(CellWrite.existenceCell, .existence) != nil
    else { return [] }
    let erased = Dictionary(grouping: own) { Place(cell: $0.cell, member: $0.member) }.mapValues {
      Set($0.flatMap { $0.erased.map(\.change) })
    }
    let living = Dictionary(
      uniqueKeysWithValues: erased.keys.map { place in
        let writes = view.state.cells.filter { $0.number == place.cell && $0.sort != .set }.flatMap(\.writes)
        return (place, Set(writes.filter { !$0.content.values(of: place.member).isEmpty }.map(\.dot)))
      })
    guard living.values.contains(where: { !$0.isEmpty }) else { return [] }
    var found: Set<UInt32> = []
    for write in try snapshot.history(of: view).flatMap(\.writes) {
      for (place, dots) in living where place.cell == write.write.cell && dots.contains(write.dot) {
        let changes = erased[place] ?? []
        if write.seen.contains(where: { changes.contains($0.dot.change) }) { found.insert(place.field) }
      }
    }
    return found
  }

  fileprivate func copiedFields(of view: RecordView) throws -> Set<UInt32> {
    guard view.origin != nil else { return [] }
    let copied = try copied(to: view, most: RecordView.longestChain)
    return Set(
      copied.filter { place, values in
        let writes = view.state.cells.filter { $0.number == place.cell }.flatMap(\.writes)
        return writes.contains { !$0.content.values(of: place.member).isDisjoint(with: values) }
      }.keys.map(\.field))
  }

  /// The records that were made in place of redacted ones, and hold what was erased there, or something beside it.
  func records() throws -> [RecordView] {
    var open = redactions.keys.sorted { ($0.space, $0.record) > ($1.space, $1.record) }
    var seen = Set(open)
    var found: [RecordView] = []
    var followed = 0
    while let place = open.popLast() {
      guard try mayBeMoved(place), let view = try snapshot.record(place.record, in: place.space) else {
        continue
      }
      if try !view.reappeared.isEmpty || !fields(of: view).isEmpty { found.append(view) }
      for heir in try snapshot.heirs(of: view).prefix(RecordView.mostHeirs) {
        guard followed < OutlivedRedactions.mostHeirs, seen.insert(heir).inserted else { continue }
        followed += 1
        open.append(heir)
      }
      for heir in try snapshot.heirsBeyond(view).map({ RecordPlace(space: $0.space, record: $0.id) })
      where seen.insert(heir).inserted { open.append(heir) }
    }
    return found.sorted { $0.id < $1.id }
  }

  /// Whether a record was made in place of another one, or anybody said a word on its existence, as who moves it does: of
  /// most that are redacted neither is so, and more of them need not be read.
  private func mayBeMoved(_ place: RecordPlace) throws -> Bool {
    guard let space = try LogRegistry(snapshot.db).existingSpace(place.space),
      let row = try RecordRow.find(snapshot.db, id: place.record, space: space.key), row.encodedState != nil
    else { return redactions[place] == nil }
    let state = try row.state(snapshot.decoded, space: place.space)
    return state.creation?.creation.origin != nil || state.cell(CellWrite.existenceCell, .existence) != nil
  }

  /// What a record was made from, and the record that the deletion there names for it.
  private func left(for view: RecordView) throws -> (origin: RecordPlace, heir: RecordPlace)? {
    guard let place = view.origin else { return nil }
    if let beyond = try snapshot.originBeyond(view) {
      return (RecordPlace(space: beyond.space, record: beyond.id), place)
    }
    return (place, RecordPlace(space: view.space, record: view.id))
  }

  /// By field, what a record was made with of what was erased of its origin.
  private func copied(to view: RecordView, most: Int) throws -> [Place: Set<Value>] {
    guard most > 0, let creation = view.state.creation, let (origin, heir) = try left(for: view) else {
      return [:]
    }
    let taken = try takenOver(from: origin, most: most - 1)[heir] ?? []
    guard !taken.isEmpty else { return [:] }
    let made = try firstValues(of: view, by: creation.dot.change.log, taken)
    return made.compactMapValues { $0.isEmpty ? nil : $0 }
  }

  /// By field what the log that made a record wrote there first: what is copied may stand in several changes, and of a set
  /// in several writes. Where erased elements of a set were copied, whoever did that had heard of it.
  private func firstValues(of view: RecordView, by log: LogID, _ places: Set<Place>) throws -> [Place: Set<
    Value
  >] {
    var first: [Place: Set<Value>] = [:]
    var isInformed: Set<Place> = []
    for entry in try snapshot.history(of: view) where entry.change.log == log {
      for write in entry.writes.map(\.write) {
        for place in places where place.cell == write.cell {
          let isSet = write.content.sort == .set && write.supersedes.isEmpty
          guard isSet || first[place] == nil else { continue }
          if case .elements(let values) = write.content, values.contains(.erased) { isInformed.insert(place) }
          first[place, default: []].formUnion(write.content.values(of: place.member))
        }
      }
    }
    return first.filter { !isInformed.contains($0.key) }
  }

  /// By heir, the fields of which the deletion that names it saw an erased text, or a copy of one.
  private func takenOver(from place: RecordPlace, most: Int) throws -> [RecordPlace: Set<Place>] {
    if let known = memo.takenOver[most]?[place] { return known }
    let found = try snapshot.record(place.record, in: place.space).map { try takenOver(from: $0, most: most) }
    memo.takenOver[most, default: [:]][place] = found ?? [:]
    return found ?? [:]
  }

  private func takenOver(from origin: RecordView, most: Int) throws -> [RecordPlace: Set<Place>] {
    let own = redactions[RecordPlace(space: origin.space, record: origin.id)] ?? []
    let before = try copied(to: origin, most: most)
    guard !own.isEmpty || !before.isEmpty else { return [:] }
    var erased: [ChangeRef: Set<Place>] = [:]
    for redaction in own {
      let place = Place(cell: redaction.cell, member: redaction.member)
      for one in redaction.erased { erased[one.change, default: []].insert(place) }
    }
    var places: [Dot: Set<Place>] = [:]
    var taken: [RecordPlace: Set<Place>] = [:]
    for write in try snapshot.history(of: origin).flatMap(\.writes) {
      var held = Set(
        before.filter { place, values in
          write.write.cell == place.cell
            && !write.write.content.values(of: place.member).isDisjoint(with: values)
        }.keys)
      held.formUnion((erased[write.dot.change] ?? []).filter { $0.cell == write.write.cell })
      if !held.isEmpty {
        for k in 0..<UInt32(max(1, write.write.content.dotCount)) {
          places[Dot(change: write.dot.change, k: write.dot.k + k).unhashed, default: []].formUnion(held)
        }
      }
      // A deletion names its own log's writes without a hash.
      guard let heir = write.write.heir else { continue }
      for dot in write.write.supersedes { taken[heir, default: []].formUnion(places[dot.unhashed] ?? []) }
    }
    return taken
  }
}

extension WriteContent {
  /// What it holds of a field, erased values left out.
  ///
  /// - Parameter member: the field's number in a group; 0 of a cell of its own.
  func values(of member: UInt32) -> Set<Value> {
    let all: [Value]
    switch self {
    case .register(let value): all = [value]
    case .group(let members): all = members.filter { $0.field == member }.map(\.value)
    case .elements(let values): all = values
    case .candidates(let list): return list.reduce(into: []) { $0.formUnion($1.content.values(of: member)) }
    case .tallyBase, .tallyIncrement, .deletion, .restoration: return []
    }
    return Set(all).subtracting([.erased, .null])
  }
}

/// A record with fields that were redacted and hold something again.
public struct Reappearance: Sendable {
  public var view: RecordView
  /// Codes, in the kind's order.
  public var fields: [String]
}

extension Snapshot {
  /// Codes of the fields of a record that hold something although they were redacted: beside the erased value, or as a
  /// copy that was made by somebody who had not heard of it.
  public func reappeared(in view: RecordView) throws -> [String] {
    // Most records were never moved nor deleted.
    view.origin == nil && view.state.cell(CellWrite.existenceCell, .existence) == nil
      ? view.reappeared : try reappeared(in: view, OutlivedRedactions(self))
  }

  /// The numbers of the fields that hold a copy of a text which was erased where the record comes from.
  public func copiedThoughRedacted(in view: RecordView) throws -> Set<UInt32> {
    view.origin == nil ? [] : try OutlivedRedactions(self).copiedFields(of: view)
  }

  private func reappeared(in view: RecordView, _ outlived: OutlivedRedactions) throws -> [String] {
    let copied = try outlived.fields(of: view)
    guard !copied.isEmpty, let kind = view.kind else { return view.reappeared }
    let own = Set(view.reappeared)
    return kind.fields.filter { copied.contains($0.number) || own.contains($0.code) }.map(\.code)
  }

  /// The records with a redacted field that holds something again. Only those are read.
  public func reappeared() throws -> [Reappearance] {
    let outlived = try OutlivedRedactions(self)
    var seen: Set<RecordPlace> = []
    return try (reappearedBeside() + outlived.records())
      .filter { seen.insert(RecordPlace(space: $0.space, record: $0.id)).inserted }
      .map { Reappearance(view: $0, fields: try reappeared(in: $0, outlived)) }
  }
}
