internal import Ledger

/// Groups of linked records as the links stand, each gone through once however many of its records are asked about.
/// To be forgotten when links change.
final class LinkedGroups {
  private let pairs: PairTable
  private var groups: [Set<RecordID>] = []
  private var places: [RecordID: Int] = [:]

  init(_ pairs: PairTable) { self.pairs = pairs }

  /// A record and all that links lead to from it.
  func group(of id: RecordID) throws -> Set<RecordID> {
    if let place = places[id] { return groups[place] }
    let group = try pairs.linked(with: id)
    for member in group { places[member] = groups.count }
    groups.append(group)
    return group
  }

  /// All that links lead to from some records, themselves among them.
  func members(ofGroupsOf ids: Set<RecordID>) throws -> Set<RecordID> {
    for id in ids { _ = try group(of: id) }
    return Set(places.keys)
  }
}
