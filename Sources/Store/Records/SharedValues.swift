internal import GRDB
internal import Ledger

/// How the records that share a value fall into groups of linked ones, found out once in a transaction and kept up as
/// values come and go: to look through a large group for each of its records would take as many steps as it has records,
/// squared. To be forgotten when links change.
final class SharedValues {
  /// So many groups and records are kept, whatever they are of.
  private static let limit = 1 << 17

  private var groups: LinkedGroups
  /// By value, how many of the records that have it are of which group.
  private var shares: [UniqueValue: [Int: Int]] = [:]
  private var size = 0
  private let pairs: PairTable

  init(_ db: Database) {
    pairs = PairTable(db)
    groups = LinkedGroups(pairs)
  }

  /// - Parameter groups: as the links stand now.
  func begin(with groups: LinkedGroups) {
    self.groups = groups
    shares = [:]
    size = 0
  }

  func begin() { begin(with: LinkedGroups(pairs)) }

  /// Whether a record is linked with another.
  func isLinked(_ record: RecordID) throws -> Bool {
    makeRoom()
    return try groups.group(of: record).count > 1
  }

  private func makeRoom() { if size + groups.count > SharedValues.limit { begin() } }

  /// How many groups the records that have a value fall into.
  ///
  /// - Parameters:
  ///   - record: one that is not to be counted.
  ///   - all: gives the records that have it, where that was not asked yet.
  func groupCount(
    _ value: UniqueValue, without record: RecordID?, among all: () throws -> [RecordID]
  ) throws -> Int {
    let shares = try shares[value] ?? count(value, all())
    guard let record else { return shares.count }
    return shares.count - (shares[try groups.number(of: record)] == 1 ? 1 : 0)
  }

  private func count(_ value: UniqueValue, _ records: [RecordID]) throws -> [Int: Int] {
    makeRoom()
    var counts: [Int: Int] = [:]
    for record in records { counts[try groups.number(of: record), default: 0] += 1 }
    size += counts.count + 1
    shares[value] = counts
    return counts
  }

  /// A record has got a value, or has lost it.
  func note(_ value: UniqueValue, of record: RecordID, by step: Int) throws {
    guard shares[value] != nil else { return }
    let group = try groups.number(of: record)
    let count = shares[value]![group, default: 0] + step
    shares[value]![group] = count > 0 ? count : nil
    size += max(0, step)
  }
}
