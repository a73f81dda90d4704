import Ledger

/// The slow, obvious account of one record. It keeps every operation with what its author had seen of the
/// record, and works out from that alone what must stand there in the end. No clock, no order of arrival.
struct RecordModel {
  enum Action: Hashable {
    case place(String)
    case addPartner(String)
    case removePartner(String)
    case count(Int64)
    case delete
    case restore
  }

  struct Operation {
    let action: Action
    /// Indices of operations whose changes the author held.
    let seen: Set<Int>
    let author: Int
    /// The change that it became.
    let head: LogHead
    /// Its author's store was lost while nobody else had it: it is gone, unless it turns up on a stick.
    var mayBeLost = false
  }

  let id: String
  let division: String
  private(set) var operations: [Operation] = []
  private var gone: Set<Int> = []

  init(id: String, division: String) {
    self.id = id
    self.division = division
  }

  mutating func append(_ operation: Operation) { operations.append(operation) }

  /// A store was set back: what its author had written and nobody holds any more may be gone.
  mutating func noteLoss(heldBy holders: [Set<Int>]) {
    for index in operations.indices where !holders.contains(where: { $0.contains(index) }) {
      operations[index].mayBeLost = true
    }
  }

  /// The account without what is gone for good, and without what does not count.
  func surviving(heldBy holders: [Set<Int>], counting counts: (_ index: Int) -> Bool) -> RecordModel {
    var model = self
    for index in operations.indices
    where !counts(index)
      || operations[index].mayBeLost && !holders.contains(where: { $0.contains(index) })
    {
      model.gone.insert(index)
    }
    return model
  }

  var countedCount: Int { operations.count - gone.count }

  private func indices(where isWanted: (Action) -> Bool) -> [Int] {
    operations.indices.filter { !gone.contains($0) && isWanted(operations[$0].action) }
  }

  private func isSeen(_ index: Int, by others: [Int]) -> Bool {
    others.contains { operations[$0].seen.contains(index) }
  }

  /// Writes of the place that nobody who saw them has replaced.
  private var livingPlaces: [Int] {
    let writes = indices { if case .place = $0 { true } else { false } }
    return writes.filter { !isSeen($0, by: writes) }
  }

  var places: Set<String> {
    Set(
      livingPlaces.compactMap { if case .place(let text) = operations[$0].action { text } else { nil } })
  }

  /// Places that somebody who saw them has replaced, and that nobody wrote again.
  var replacedPlaces: Set<String> {
    let all = operations.indices.filter { !gone.contains($0) }
    return Set(all.compactMap { if case .place(let text) = operations[$0].action { text } else { nil } })
      .subtracting(places)
  }

  private var livingPartners: [(index: Int, name: String)] {
    operations.indices.compactMap { index in
      guard case .addPartner(let name) = operations[index].action, !gone.contains(index) else { return nil }
      let removals = indices { $0 == .removePartner(name) }
      return isSeen(index, by: removals) ? nil : (index, name)
    }
  }

  /// Add wins: a removal takes away what its author saw.
  var partners: Set<String> { Set(livingPartners.map(\.name)) }

  var participants: Int64 {
    operations.indices.reduce(0) { sum, index in
      if case .count(let number) = operations[index].action, !gone.contains(index) {
        sum + number
      } else {
        sum
      }
    }
  }

  /// Deleted while the living deletions have seen every living write; disputed while they have not, or a restoration lives
  /// beside one.
  var existence: Existence {
    let restorations = indices { $0 == .restore }
    let all = indices { $0 == .delete }
    let deletions = all.filter { !isSeen($0, by: restorations) }
    guard !deletions.isEmpty else { return .present }
    // Neither saw the other.
    if restorations.contains(where: { !isSeen($0, by: all + restorations) }) { return .disputed }
    let counts = indices { if case .count = $0 { true } else { false } }
    let living = livingPlaces + livingPartners.map(\.index) + counts
    return living.allSatisfy { isSeen($0, by: deletions) } ? .deleted : .disputed
  }
}

/// What must stand of a record.
struct Account {
  /// The record's place in `World.records`.
  let index: Int
  let model: RecordModel
  /// Not where what made the record may not count.
  let mustBeThere: Bool
}
