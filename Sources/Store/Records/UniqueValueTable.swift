public import Campaign
internal import Foundation
internal import GRDB
internal import Ledger

/// A value that only one record may have.
struct UniqueValue: Hashable {
  /// The kind's code and the rule's number; the division and the office, where it is unique there.
  var rule: String
  var value: Data

  /// - Parameters:
  ///   - office: whose creation made the record, as `KnownOffices` has it; some values are unique an office.
  ///   - origin: what the record was made in place of. It has one living heir.
  static func all(
    _ kind: Kind?, _ content: RecordContent?, _ space: Space, office: String?, origin: RecordPlace?
  ) -> [UniqueValue] {
    let heir = origin.map { [UniqueValue(heirOf: $0)] } ?? []
    guard let kind, let content, let office else { return heir }
    return heir
      + RuleCheck.uniqueKeys(content, kind).map { unique in
        var rule = "\(kind.code)/\(unique.rule)"
        if unique.isPerOffice { rule += "/\(space.division)/\(office)" }
        return UniqueValue(rule: rule, value: Data(unique.key))
      }
  }
}

extension UniqueValue {
  /// Whose heir a record is; no rule of a kind has such a name.
  fileprivate static let heirRule = "origin"

  fileprivate init(heirOf origin: RecordPlace) {
    let place = [origin.space.section.rawValue] + origin.space.division.utf8 + origin.record.bytes
    self.init(rule: UniqueValue.heirRule, value: Data(place))
  }

  /// What a record was made in place of: its section, division and id; nil where it is another rule's.
  fileprivate var origin: RecordPlace? {
    let idBytes = 16
    guard rule == UniqueValue.heirRule, value.count > idBytes, let first = value.first,
      let section = Space.Section(rawValue: first),
      let id = RecordID(value.suffix(idBytes))
    else { return nil }
    let code = String(decoding: value.dropFirst().dropLast(idBytes), as: UTF8.self)
    return DivisionCode(code).map { RecordPlace(space: Space(division: $0, section: section), record: id) }
  }

  /// The field that a conflict is shown at; nil where the pack in force has no such rule.
  func field(_ pack: Pack) -> String? {
    if rule == UniqueValue.heirRule { return RecordView.originField }
    let parts = rule.split(separator: "/")
    guard parts.count > 1, let kind = pack.kind(String(parts[0])), let index = Int(parts[1]),
      kind.rules.indices.contains(index)
    else { return nil }
    return kind.code(ofUnique: index)
  }
}

extension UniqueValue {
  /// The same value where a record of another division has it; nil where it is no rule's of a kind.
  func moved(to division: DivisionCode) -> UniqueValue? {
    guard rule != UniqueValue.heirRule else { return nil }
    var parts = rule.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false).map(String.init)
    if parts.count > 2 { parts[2] = division.description }
    return UniqueValue(rule: parts.joined(separator: "/"), value: value)
  }
}

extension Snapshot {
  /// Whether any present record was made in place of another one.
  func isAnyMoved() throws -> Bool {
    try Bool.fetchOne(
      db, sql: "SELECT EXISTS (SELECT 1 FROM unique_values WHERE rule = ?)", arguments: [UniqueValue.heirRule]
    ) ?? false
  }

  /// The present records that were made in place of one, held or not.
  func records(madeInPlaceOf origin: RecordPlace) throws -> [RecordView] {
    let value = UniqueValue(heirOf: origin)
    let rows = try Row.fetchAll(
      db,
      sql: """
        SELECT r.id, r.space FROM unique_values u JOIN records r ON r.key = u.record
        WHERE u.rule = ? AND u.value = ? ORDER BY r.id
        """, arguments: [value.rule, value.value])
    return try rows.compactMap { row in
      try RecordID(row[0] as Data).flatMap { try record($0, in: space(key: row[1])) }
    }
  }

  /// What a record was made in place of, without its state being read.
  func origin(ofRecord row: Int64) throws -> RecordPlace? {
    let statement = try db.cachedStatement(
      sql: "SELECT rule, value FROM unique_values WHERE record = ? AND rule = ?")
    let found = try Row.fetchOne(statement, arguments: [row, UniqueValue.heirRule])
    return found.flatMap { UniqueValue(rule: $0[0], value: $0[1]).origin }
  }
}

/// Which records have which values that only one may have, and the conflicts that come of it.
///
/// The records that share a value are all in conflict, or none is: where they are one activity, linked. So a
/// newcomer costs as much as the links do, however many there are.
struct UniqueValueTable {
  private let db: Database
  private let pack: Pack
  private let shared: SharedValues

  /// - Parameter shared: what is known of values and links in this transaction.
  init(_ db: Database, _ pack: Pack, _ shared: SharedValues) {
    self.db = db
    self.pack = pack
    self.shared = shared
  }

  /// The records that have a value that is unique an office, of one office.
  static func records(of office: String, _ db: Database) throws -> [Int64] {
    let statement = try db.cachedStatement(
      sql: "SELECT DISTINCT record FROM unique_values WHERE substr(rule, -length(?1)) = ?1 ORDER BY record")
    return try Int64.fetchAll(statement, arguments: ["/" + office])
  }

  /// Writes anew which values a record has. Its row's flags were written without these conflicts.
  func replace(record: Int64, _ values: [UniqueValue]) throws {
    let former = Set(try self.values(of: record))
    let now = Set(values)
    for value in former.subtracting(now) { try remove(value, of: record) }
    for value in now.subtracting(former) { try add(value, to: record) }
    guard !now.isEmpty else { return }
    try db.cachedStatement(
      sql: """
        UPDATE records SET flags = flags | 2 WHERE key = ?1
          AND EXISTS (SELECT 1 FROM conflicts WHERE record = ?1 AND reason = ?2)
        """
    ).execute(arguments: [record, ConflictReason.unique.rawValue])
  }

  /// A value that a record did not have.
  func add(_ value: UniqueValue, to record: Int64) throws {
    try db.cachedStatement(sql: "INSERT OR IGNORE INTO unique_values(rule, value, record) VALUES (?, ?, ?)")
      .execute(arguments: [value.rule, value.value, record])
    if db.changesCount > 0, let id = try id(of: record) { try shared.note(value, of: id, by: 1) }
    guard try sharing(value, limit: 2).count > 1, let field = field(of: value) else { return }
    if try isContested(value, without: record) { return try mark(record, field) }
    guard try isContested(value) else { return }
    for one in try sharing(value) { try mark(one, field) }
  }

  private func remove(_ value: UniqueValue, of record: Int64) throws {
    try db.cachedStatement(sql: "DELETE FROM unique_values WHERE rule = ? AND value = ? AND record = ?")
      .execute(arguments: [value.rule, value.value, record])
    if db.changesCount > 0, let id = try id(of: record) { try shared.note(value, of: id, by: -1) }
    // A former pack's rule: its conflicts went with it.
    guard let field = field(of: value) else { return }
    // Where it was in no conflict by it nobody was.
    guard try isMarked(record, field) else { return }
    try unmark(record, field)
    guard try !isContested(value) else { return }
    for one in try sharing(value) { try unmark(one, field) }
  }

  /// Whether a record has other values than these.
  func differs(_ record: Int64, from values: [UniqueValue]) throws -> Bool {
    Set(try self.values(of: record)) != Set(values)
  }

  /// Judges anew what records have that only one may have, after links between them came or went. No value may have
  /// come or gone since those links did: that all who share one are in conflict, or none is, would not hold.
  ///
  /// - Parameter relinked: the records between which links came or went.
  func judge(_ relinked: Set<RecordID>) throws {
    let groups = LinkedGroups(PairTable(db))
    var values: Set<UniqueValue> = []
    for id in try groups.members(ofGroupsOf: relinked) {
      let statement = try db.cachedStatement(sql: "SELECT key FROM records WHERE id = ?")
      for key in try Int64.fetchAll(statement, arguments: [Data(id.bytes)]) {
        values.formUnion(try self.values(of: key))
      }
    }
    shared.begin(with: groups)
    for value in values {
      guard let field = field(of: value) else { continue }
      let isContested = try isContested(value)
      if isContested, try areMarked(value, field) { continue }
      for one in try sharing(value) {
        if isContested { try mark(one, field) } else { try unmark(one, field) }
      }
    }
  }

  /// By record, the fields at which a value is contested: what `conflicts` is to hold for the values and links there
  /// are.
  func contestedFields() throws -> [Int64: Set<String>] {
    let values = try Row.fetchAll(
      db, sql: "SELECT rule, value FROM unique_values GROUP BY rule, value HAVING count(*) > 1"
    ).map { UniqueValue(rule: $0[0], value: $0[1]) }
    var fields: [Int64: Set<String>] = [:]
    for value in values {
      guard let field = field(of: value), try isContested(value) else { continue }
      for record in try sharing(value) { fields[record, default: []].insert(field) }
    }
    return fields
  }

  // MARK: who shares a value

  /// Whether records that share a value are more than one activity: those that are linked are not.
  private func isContested(_ value: UniqueValue, without record: Int64? = nil) throws -> Bool {
    let few = try sharing(value, without: record, limit: 2)
    guard few.count > 1, let first = try id(of: few[0]) else { return false }
    guard try shared.isLinked(first) else { return true }
    return try shared.groupCount(value, without: record.flatMap(id)) {
      try Data.fetchAll(
        db.cachedStatement(
          sql: """
            SELECT r.id FROM unique_values u JOIN records r ON r.key = u.record WHERE u.rule = ? AND u.value = ?
            """), arguments: [value.rule, value.value]
      ).compactMap { RecordID($0) }
    } > 1
  }

  /// Whether those that share a contested value are known as such already. One tells for all, if no other value
  /// of its own could have brought it there.
  private func areMarked(_ value: UniqueValue, _ field: String) throws -> Bool {
    guard let one = try sharing(value, limit: 1).first else { return true }
    let reasons = try values(of: one).filter { self.field(of: $0) == field }
    return try reasons.count == 1 && isMarked(one, field)
  }

  private func isMarked(_ record: Int64, _ field: String) throws -> Bool {
    try Bool.fetchOne(
      db.cachedStatement(
        sql: "SELECT EXISTS (SELECT 1 FROM conflicts WHERE record = ? AND field = ? AND reason = ?)"),
      arguments: [record, field, ConflictReason.unique.rawValue]) == true
  }

  func sharing(_ value: UniqueValue, without record: Int64? = nil, limit: Int = -1) throws -> [Int64] {
    let statement = try db.cachedStatement(
      sql: "SELECT record FROM unique_values WHERE rule = ? AND value = ? AND record IS NOT ? LIMIT ?")
    return try Int64.fetchAll(statement, arguments: [value.rule, value.value, record, limit])
  }

  func values(of record: Int64) throws -> [UniqueValue] {
    let statement = try db.cachedStatement(sql: "SELECT rule, value FROM unique_values WHERE record = ?")
    return try Row.fetchAll(statement, arguments: [record]).map { UniqueValue(rule: $0[0], value: $0[1]) }
  }

  private func id(of record: Int64) throws -> RecordID? {
    let statement = try db.cachedStatement(sql: "SELECT id FROM records WHERE key = ?")
    return try Data.fetchOne(statement, arguments: [record]).flatMap { RecordID($0) }
  }

  private func field(of value: UniqueValue) -> String? { value.field(pack) }

  // MARK: conflicts

  private func mark(_ record: Int64, _ field: String) throws {
    try db.cachedStatement(sql: "INSERT OR IGNORE INTO conflicts(record, field, reason) VALUES (?, ?, ?)")
      .execute(arguments: [record, field, ConflictReason.unique.rawValue])
    if db.changesCount > 0 { try flag(record) }
  }

  /// One value of a record is contested no more; another one may be that is shown at the same field.
  private func unmark(_ record: Int64, _ field: String) throws {
    try db.cachedStatement(sql: "DELETE FROM conflicts WHERE record = ? AND field = ? AND reason = ?")
      .execute(arguments: [record, field, ConflictReason.unique.rawValue])
    guard db.changesCount > 0 else { return }
    let others = try values(of: record).filter { self.field(of: $0) == field }
    if try others.contains(where: { try isContested($0) }) { try mark(record, field) }
    try flag(record)
  }

  private func flag(_ record: Int64) throws {
    try db.cachedStatement(
      sql: """
        UPDATE records SET flags = (flags & ~2)
          | CASE WHEN EXISTS (SELECT 1 FROM conflicts WHERE record = key) THEN 2 ELSE 0 END
        WHERE key = ?
        """
    ).execute(arguments: [record])
  }
}

extension Kind {
  /// The code of the first field that a unique rule is about.
  func code(ofUnique rule: Int) -> String {
    rules[rule].fields.first.map { fields[$0].code } ?? RecordView.wholeKindField
  }

  /// Whether a conflict of unique values that is shown at a field is one of a single office's records.
  public func isUniquePerOffice(at field: String) -> Bool {
    let shown = rules.indices.filter { index in
      switch rules[index] {
      case .unique, .uniquePerOffice: code(ofUnique: index) == field
      default: false
      }
    }
    return !shown.isEmpty && shown.allSatisfy { if case .uniquePerOffice = rules[$0] { true } else { false } }
  }
}
