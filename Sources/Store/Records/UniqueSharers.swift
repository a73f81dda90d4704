internal import Foundation
internal import GRDB
public import Ledger

/// Who shares a value that only one may have, for many records one after the other: each group is looked through once, for
/// every one of its records is in conflict with all the others.
public final class UniqueSharers {
  /// So many others are named of a record; beyond that they are counted.
  public static let mostNamed = 20

  private struct Group {
    var first: [RecordID]
    var count: Int
  }

  private let snapshot: Snapshot
  private var groups: [UniqueValue: Group] = [:]
  private var views: [RecordID: RecordView] = [:]

  public init(_ snapshot: Snapshot) { self.snapshot = snapshot }

  /// The records that share a value with this one where a conflict is shown at a field; those that are linked with it are
  /// left out.
  ///
  /// - Returns: the first of them in the order of their ids, and how many there are.
  public func others(of view: RecordView, field: String) throws -> (named: [RecordID], count: Int) {
    guard let row = view.row else { return ([], 0) }
    let pack = try snapshot.pack()
    let linked = try PairTable(snapshot.db).linked(with: view.id)
    let values = try Row.fetchAll(
      snapshot.db.cachedStatement(sql: "SELECT rule, value FROM unique_values WHERE record = ?"),
      arguments: [row]
    ).map { UniqueValue(rule: $0[0], value: $0[1]) }.filter { $0.field(pack) == field }
    var named: Set<RecordID> = []
    var count = 0
    for value in values {
      if linked.count > 1 {
        let unlinked = try members(of: value, limit: -1).filter { !linked.contains($0) }
        named.formUnion(unlinked.prefix(UniqueSharers.mostNamed))
        count += unlinked.count
      } else {
        let group = try group(value)
        named.formUnion(group.first.filter { $0 != view.id })
        count += group.count - 1
      }
    }
    let first = Array(named.sorted().prefix(UniqueSharers.mostNamed))
    return (first, max(count, first.count))
  }

  private func group(_ value: UniqueValue) throws -> Group {
    if let known = groups[value] { return known }
    let count = try Int.fetchOne(
      snapshot.db.cachedStatement(sql: "SELECT count(*) FROM unique_values WHERE rule = ? AND value = ?"),
      arguments: [value.rule, value.value])
    let group = Group(first: try members(of: value, limit: UniqueSharers.mostNamed + 1), count: count ?? 0)
    groups[value] = group
    return group
  }

  private func members(of value: UniqueValue, limit: Int) throws -> [RecordID] {
    let statement = try snapshot.db.cachedStatement(
      sql: """
        SELECT r.id FROM unique_values u JOIN records r ON r.key = u.record WHERE u.rule = ? AND u.value = ?
        ORDER BY r.id LIMIT ?
        """)
    return try Data.fetchAll(statement, arguments: [value.rule, value.value, limit]).compactMap {
      RecordID($0)
    }
  }

  /// A record that is named so, read once.
  public func view(_ id: RecordID) throws -> RecordView? {
    if let known = views[id] { return known }
    let view = try snapshot.records(id).first
    views[id] = view
    return view
  }
}
