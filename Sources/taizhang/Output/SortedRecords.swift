import Campaign
import Ledger
import Node
import Store

/// Records in the order of one field: numbers and days by their size, all else as text; those without a value
/// come last, and equal ones stay as they came.
struct SortedRecords {
  /// The field by code or label; nil for the order in which the store gives them.
  private let field: String?

  /// Which records, beside a filter.
  enum Source {
    case all
    case found(SearchText)
  }

  init(_ field: String?, _ pack: Pack) throws {
    self.field = field
    guard let field, !pack.kinds.contains(where: { $0.fieldIndex(named: field) != nil }) else { return }
    // The check of an edit finds the words, and the field that may have been meant.
    for kind in pack.kinds { _ = try FilterCheck.value(field, "", "--sort", kind, pack) }
  }

  /// Gives the records of a source that a filter lets through to `body`; the filter's limit counts after the
  /// sorting.
  func forEach(
    _ filter: RecordFilter, of source: Source, _ snapshot: Snapshot, _ body: (RecordView) throws -> Void
  ) throws {
    guard let field else { return try read(filter, source, snapshot, body) }
    var unlimited = filter
    unlimited.limit = nil
    // Not the records themselves: of a hundred thousand that would be all the memory there is.
    var found: [(key: SortKey, place: RecordPlace)] = []
    try read(unlimited, source, snapshot) { view in
      let value = view.kind.flatMap { kind in
        kind.fieldIndex(named: field).flatMap { view.content?[field: $0] }
      }
      found.append((SortKey(value), RecordPlace(space: view.space, record: view.id)))
    }
    let order = found.indices.sorted { (found[$0].key, $0) < (found[$1].key, $1) }
    for index in order.prefix(filter.limit ?? .max) {
      let place = found[index].place
      if let view = try snapshot.record(place.record, in: place.space) { try body(view) }
    }
  }

  private func read(
    _ filter: RecordFilter, _ source: Source, _ snapshot: Snapshot, _ body: (RecordView) throws -> Void
  ) throws {
    func each(_ view: RecordView) throws -> Bool {
      try body(view)
      return true
    }
    switch source {
    case .all: try snapshot.forEachRecord(filter, each)
    case .found(let text): try snapshot.search(text, filter, each)
    }
  }
}

/// How a value stands among others of its field.
private enum SortKey: Comparable {
  case number(Double)
  case text(String)
  case none

  init(_ value: FieldValue?) {
    switch value {
    case .tally(let count)?: self = .number(Double(count))
    case .single(.integer(let number))?: self = .number(Double(number))
    case .single(.date(let days))?: self = .number(Double(days))
    case .single(.decimal(let text))?: self = Double(text).map { .number($0) } ?? .text(text)
    case .single(.flag(let flag))?: self = .number(flag ? 1 : 0)
    case .single(.text(let text))?, .single(.code(let text))?: self = .text(text)
    case .set(let elements)?: self = SortKey(elements.first.map { .single($0) })
    default: self = .none
    }
  }
}
