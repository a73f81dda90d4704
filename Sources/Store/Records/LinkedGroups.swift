internal import Ledger

/// Groups of linked records as the links stand, each gone through once however many of its records are asked about.
/// To be forgotten when links change.
final class LinkedGroups {
  private let pairs: PairTable
  private var groups: [Set<RecordID>] = []
  private var places: [RecordID: Int] = [:]

  init(_ pairs: PairTable) { self.pairs = pairs }

  /// Of how many records the group was asked for, or led to.
  var count: Int { places.count }

  /// The number of a record's group among those that were asked for.
  func number(of id: RecordID) throws -> Int {
    _ = try group(of: id)
    return places[id] ?? 0
  }

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
