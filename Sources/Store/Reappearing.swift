internal import Campaign
public import Ledger

/// What stands in a redacted field again, beside what was erased of it: a redaction names what its author held, and some
/// office had written something else.
extension RecordView {
  /// Codes of the fields that hold something beside an erased value, in the kind's order: who wrote it had not heard of the
  /// redaction. In a set that may also be what somebody added since.
  public var reappeared: [String] {
    guard let kind, let content, existence != .deleted else { return [] }
    let numbers = contested.reduce(into: Set<UInt32>()) { $0.formUnion($1.reappeared) }
    let sets = Set(
      content.present(in: kind).compactMap { field, value -> String? in
        guard case .set = value, value.isErased, !value.isWhollyErased else { return nil }
        return field.code
      })
    guard !numbers.isEmpty || !sets.isEmpty else { return [] }
    return kind.fields.filter { numbers.contains($0.number) || sets.contains($0.code) }.map(\.code)
  }
}

extension ShownCell {
  /// The numbers of the fields that are erased in one living value and hold something in another.
  public var reappeared: Set<UInt32> {
    var erased: Set<UInt32> = []
    var held: Set<UInt32> = []
    func note(_ value: Value, _ field: UInt32) {
      switch value {
      case .erased: erased.insert(field)
      case .null: break
      default: held.insert(field)
      }
    }
    for entry in entries {
      switch entry.content {
      case .register(let value): note(value, number)
      case .group(let members): for member in members { note(member.value, member.field) }
      default: break
      }
    }
    return erased.intersection(held)
  }
}

extension Snapshot {
  /// The records with a redacted field that holds something again, in the order of the redactions.
  public func reappeared() throws -> [RecordView] {
    guard try !RedactionTable(db).isEmpty else { return [] }
    var seen: Set<RecordPlace> = []
    return try redactions().compactMap { stated in
      let place = RecordPlace(space: stated.redaction.space, record: stated.redaction.record)
      guard seen.insert(place).inserted, let view = try record(place.record, in: place.space),
        !view.reappeared.isEmpty
      else { return nil }
      return view
    }
  }
}
