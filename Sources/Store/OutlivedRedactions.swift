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
  /// Nobody makes a chain as long but who wants it to have no end.
  private static let most = 16

  init(_ snapshot: Snapshot) throws {
    self.snapshot = snapshot
    redactions =
      try RedactionTable(snapshot.db).isEmpty
      ? [:]
      : Dictionary(grouping: snapshot.redactions().map(\.redaction)) {
        RecordPlace(space: $0.space, record: $0.record)
      }
  }

  /// The numbers of the fields that hold a text which was erased where the record comes from.
  func fields(of view: RecordView) throws -> Set<UInt32> {
    guard !redactions.isEmpty, view.origin != nil, view.existence != .deleted else { return [] }
    let living = Set(view.state.cells.flatMap(\.writes).map(\.dot))
    let copied = try copied(to: view, most: OutlivedRedactions.most).filter {
      !$0.value.isDisjoint(with: living)
    }
    return Set(copied.keys.map(\.field)).filter { holds($0, view) }
  }

  /// The records that were made in place of redacted ones and hold what was erased there.
  func records() throws -> [RecordView] {
    var open = Array(redactions.keys)
    var seen = Set(open)
    var found: [RecordView] = []
    while let place = open.popLast(), seen.count < 10_000 {
      guard try mayBeMoved(place), let view = try snapshot.record(place.record, in: place.space) else {
        continue
      }
      if try !fields(of: view).isEmpty { found.append(view) }
      open += try snapshot.heirs(of: view).filter { seen.insert($0).inserted }
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

  private func holds(_ number: UInt32, _ view: RecordView) -> Bool {
    guard let kind = view.kind, let content = view.content,
      let field = kind.fields.first(where: { $0.number == number })
    else { return false }
    return content[field.code, in: kind].map { !$0.isErased } ?? false
  }

  /// By field, the writes of a record that hold what was erased of its origin.
  private func copied(to view: RecordView, most: Int) throws -> [Place: Set<Dot>] {
    guard most > 0, let place = view.origin,
      let origin = try snapshot.record(place.record, in: place.space), let creation = view.state.creation
    else { return [:] }
    let own = redactions[place] ?? []
    let before = try copied(to: origin, most: most - 1)
    guard !own.isEmpty || !before.isEmpty else { return [:] }
    let named = try writes(of: origin, namedFor: RecordPlace(space: view.space, record: view.id))
    var taken = Set(before.filter { !$0.value.isDisjoint(with: named.keys) }.keys)
    for redaction in own {
      let changes = Set(redaction.erased.map(\.change))
      let wasErased = named.contains { $0.value == redaction.cell && changes.contains($0.key.change) }
      if wasErased { taken.insert(Place(cell: redaction.cell, member: redaction.member)) }
    }
    guard !taken.isEmpty else { return [:] }
    let first = try firstWrites(of: view, by: creation.dot.change.log)
    return Dictionary(uniqueKeysWithValues: taken.map { ($0, Set(first[$0.cell] ?? [])) })
  }

  /// By cell what the log that made a record wrote there first: what was copied may stand in several changes.
  private func firstWrites(of view: RecordView, by log: LogID) throws -> [UInt32: [Dot]] {
    var first: [UInt32: [Dot]] = [:]
    for entry in try snapshot.history(of: view) where entry.change.log == log {
      for write in entry.writes where first[write.write.cell] == nil {
        first[write.write.cell] = write.dots
      }
    }
    return first
  }

  /// The writes that the deletion naming an heir saw, each with its cell.
  private func writes(of origin: RecordView, namedFor heir: RecordPlace) throws -> [Dot: UInt32] {
    var cells: [Dot: (dot: Dot, cell: UInt32)] = [:]
    var named: [Dot: UInt32] = [:]
    for entry in try snapshot.history(of: origin) {
      for write in entry.writes {
        for dot in write.dots { cells[dot.unhashed] = (dot, write.write.cell) }
        guard write.write.heir == heir else { continue }
        // A deletion names its own log's writes without a hash.
        for one in write.write.supersedes.compactMap({ cells[$0.unhashed] }) { named[one.dot] = one.cell }
      }
    }
    return named
  }
}

extension HistoryWrite {
  /// The dots of its elements, or its own.
  fileprivate var dots: [Dot] {
    (0..<UInt32(max(1, write.content.dotCount))).map { Dot(change: dot.change, k: dot.k + $0) }
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
    try reappeared(in: view, OutlivedRedactions(self))
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
