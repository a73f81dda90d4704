internal import Ledger

/// Which column of a file (or key of an object) is which field.
///
/// A header may be a field's code, label or alias, and may name another field in each kind; `id`, `division`
/// and `kind` and what the pack calls them are no fields.
public struct HeaderMap: Sendable {
  public let headers: [String]
  public let idColumn: Int?
  public let divisionColumn: Int?
  public let kindColumn: Int?
  /// Headers of attachments, which come by `attach` and not by a row.
  public let attachmentHeaders: [String]
  /// Headers that no kind has a field for.
  public let unknownHeaders: [String]
  /// Two columns for one field of one kind, or for the id, division or kind.
  public let duplicates: [Finding]

  /// For each kind, for each column the position of its field, or -1.
  private let fields: [[Int32]]
  /// For each column, whether it is any kind's field or not known at all (then a filled cell is refused).
  private let isData: [Bool]

  /// What a list of rejected rows and a record's JSON have beside the record itself; import passes it over, but
  /// where a pack has a field of that name.
  static let passedOver: [String] = [
    "row", "column", "reason", "file", "line", "conflicts", "disputed", "marks", "redacted", "reappeared",
    "incomplete",
    "deleted",
    "created_at", "updated_at", "created_by", "updated_by", "held_by",
  ]

  /// Whether a column of that name is passed over, if the pack has no field that is called so.
  public static func isReserved(_ name: String) -> Bool { passedOver.contains(name) }

  /// Whether nothing is taken from a column of that name.
  public static func passesOver(_ name: String, _ pack: Pack) -> Bool {
    isReserved(name) && !pack.kinds.contains { $0.fieldIndex(named: name) != nil }
  }

  /// What a list of rejected rows puts before the columns of the file that they came from.
  private static let listColumns = ["row", "column", "reason", "file"]

  /// How many columns such a list has that are not the clerk's; 0 where the file is none.
  private var listColumnCount: Int {
    let count = zip(headers, HeaderMap.listColumns).prefix { $0 == $1 }.count
    return count < 3 ? 0 : count
  }

  public init(headers: [String], pack: Pack) {
    self.headers = headers
    var unknown: [String] = []
    var attachments: [String] = []
    var record: [Int?] = [nil, nil, nil]
    var duplicates: [Finding] = []
    var fields = pack.kinds.map { _ in [Int32](repeating: -1, count: headers.count) }
    var isData = [Bool](repeating: false, count: headers.count)
    var names = TextIndex()
    for (i, own) in [
      ["id"] + pack.columns.id, ["division"] + pack.columns.division,
      ["kind"] + pack.columns.kind,
    ].enumerated() {
      for name in own { names.insert(name, i) }
    }
    for (i, name) in HeaderMap.passedOver.enumerated() { names.insert(name, 3 + i) }
    for (c, header) in headers.enumerated() {
      let own = names.find(header)
      if let i = own, i < 3 {
        if let first = record[i] {
          duplicates.append(Finding(.duplicateColumn, facts: [.headers([headers[first], header])]))
        }
        record[i] = record[i] ?? c
        continue
      }
      var isKnown = false
      // An export lists attachments; they do not come in by a row.
      var isAttachment = false
      for (k, kind) in pack.kinds.enumerated() {
        guard let i = kind.fieldIndex(named: header) else { continue }
        isKnown = true
        isAttachment = isAttachment || kind.fields[i].type == .attachment
        if kind.fields[i].type != .attachment { fields[k][c] = Int32(i) }
      }
      if !isKnown, own != nil { continue }
      isData[c] = !isAttachment
      if isAttachment { attachments.append(header) }
      if !isKnown { unknown.append(header) }
    }
    for (k, kind) in pack.kinds.enumerated() {
      duplicates += HeaderMap.duplicates(fields[k], kind, headers).filter { !duplicates.contains($0) }
    }
    idColumn = record[0]
    divisionColumn = record[1]
    kindColumn = record[2]
    unknownHeaders = unknown
    attachmentHeaders = attachments
    self.duplicates = duplicates
    self.fields = fields
    self.isData = isData
  }

  private static func duplicates(_ columns: [Int32], _ kind: Kind, _ headers: [String]) -> [Finding] {
    var first: [Int32: Int] = [:]
    var found: [Finding] = []
    for (c, i) in columns.enumerated() where i >= 0 {
      if let other = first.updateValue(c, forKey: i) {
        found.append(
          Finding(
            .duplicateColumn, of: kind.fields[Int(i)],
            facts: [.headers([headers[other], headers[c]])]))
      }
    }
    return found
  }

  /// The one name of what a header or a key names: `id`, `division`, `kind`, or the code of a field that every
  /// kind which knows the name means by it; else the name as it stands.
  public static func plainName(of header: String, pack: Pack) -> String {
    let own = [("id", pack.columns.id), ("division", pack.columns.division), ("kind", pack.columns.kind)]
    let folded = Folding.folded(header)
    for (name, others) in own where ([name] + others).contains(where: { Folding.folded($0) == folded }) {
      return name
    }
    let codes = Set(
      pack.kinds.compactMap { kind in kind.fieldIndex(named: header).map { kind.fields[$0].code } })
    return codes.count == 1 ? codes.first ?? header : header
  }

  /// The fields that no kind can do without, and that have no column and no default to step in.
  public func missingInEveryKind(pack: Pack) -> [Finding] {
    let each = pack.kinds.indices.map { missing(kind: $0, pack: pack) }
    return each.first?.filter { finding in each.allSatisfy { $0.contains { $0.field == finding.field } } }
      ?? []
  }

  /// Whether any header is known: a field's, or the id's, division's or kind's.
  public var hasKnownHeader: Bool {
    idColumn != nil || divisionColumn != nil || kindColumn != nil
      || fields.contains { $0.contains { $0 >= 0 } }
  }

  /// The position of the field that a column holds in records of the kind at a position of the pack.
  public func field(column: Int, kind: Int) -> Int? {
    let i = fields[kind][column]
    return i < 0 ? nil : Int(i)
  }

  /// What the columns mean in records of the kind at a position of the pack, as bytes: under equal ones the same cells
  /// say the same.
  public func meaning(kind: Int, pack: Pack) -> [UInt8] {
    var out = ByteWriter()
    out.write(lengthPrefixed: pack.kinds[kind].code.utf8)
    for field in fields[kind] {
      out.write(varint: field < 0 ? 0 : UInt64(pack.kinds[kind].fields[Int(field)].number) + 1)
    }
    return out.bytes
  }

  /// The column of a field.
  public func column(field: Int, kind: Int) -> Int? { fields[kind].firstIndex(of: Int32(field)) }

  /// The required fields of a kind that have no column and no default to step in: no row of that kind can
  /// come in.
  public func missing(kind: Int, pack: Pack) -> [Finding] {
    required(kind, pack).filter { $0.importDefault == nil }.map { Finding(.missingColumn, of: $0) }
  }

  /// The required fields of a kind that have no column, and what the pack takes for them.
  public func defaulted(kind: Int, pack: Pack) -> [Field] {
    required(kind, pack).filter { $0.importDefault != nil }
  }

  private func required(_ kind: Int, _ pack: Pack) -> [Field] {
    pack.kinds[kind].fields.enumerated()
      .filter { $1.isRequired && column(field: $0, kind: kind) == nil }
      .map(\.element)
  }
}

extension HeaderMap {
  /// Checks a row's cells as a record of the kind at a position of the pack.
  ///
  /// - Parameters:
  ///   - cells: UTF-8, in the order of the headers; a row may be shorter than its header.
  ///   - current: what this store last imported of the same record, if it did.
  /// - Throws: all that is wrong with the row, by field.
  public func check(
    cells: [UnsafeBufferPointer<UInt8>], kind: Int, current: RecordContent? = nil, pack: Pack
  ) throws(RejectedEdit) -> CheckedEdit {
    var work = EditWork(kind: pack.kinds[kind], current: current, mode: .importing, pack: pack)
    let columns = fields[kind]
    for c in cells.indices {
      if c >= headers.count {
        if !Blanks.trimmed(cells[c]).isEmpty {
          work.note(Finding(.tooManyCells, facts: [.limit(Int64(headers.count - listColumnCount))]))
        }
        continue
      }
      let i = Int(columns[c])
      if i >= 0 {
        if cells[c].isEmpty {
          work.leaveBlank(i)
        } else if ErasedWord.isSpelled(by: cells[c]), work.leaveErased(i) {
          continue
        } else {
          work.set(i, to: cells[c])
        }
      } else if isData[c], !cells[c].isEmpty, !Blanks.trimmed(cells[c]).isEmpty {
        work.note(
          Finding(
            .columnNotOfKind, field: headers[c], value: String(decoding: cells[c], as: UTF8.self)))
      }
    }
    // A short row leaves its last columns blank; they are there all the same.
    for c in cells.count..<max(cells.count, headers.count) where columns[c] >= 0 {
      work.leaveBlank(Int(columns[c]))
    }
    return try work.finish()
  }

  /// The same for cells that are strings.
  public func check(
    cells: [String], kind: Int, current: RecordContent? = nil, pack: Pack
  ) throws(RejectedEdit) -> CheckedEdit {
    var bytes: [UInt8] = []
    var ends: [Int] = []
    for cell in cells {
      bytes.append(contentsOf: cell.utf8)
      ends.append(bytes.count)
    }
    return try bytes.withUnsafeBufferPointer { (all) throws(RejectedEdit) -> CheckedEdit in
      var start = 0
      let parts = ends.map { end in
        defer { start = end }
        return UnsafeBufferPointer(rebasing: all[start..<end])
      }
      return try check(cells: parts, kind: kind, current: current, pack: pack)
    }
  }
}

extension Pack {
  /// Whether a name means attachments in every kind that has it.
  public func isAttachment(_ name: String) -> Bool {
    let types = kinds.compactMap { kind in kind.fieldIndex(named: name).map { kind.fields[$0].type } }
    return !types.isEmpty && types.allSatisfy { $0 == .attachment }
  }
}
