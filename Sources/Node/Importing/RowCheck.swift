internal import Campaign
internal import Ledger
internal import Store
internal import Trust

/// What can be said of a file's rows without the store: it runs on a thread of its own, beside the one that
/// writes.
struct RowCheck: Sendable {
  private let node: LocalNode
  private let pack: Pack
  private let fixedKind: Int?
  private let fixedDivision: DivisionCode
  private(set) var headers: HeaderMap
  /// What the columns mean, by kind.
  private var meanings: [[UInt8]] = []
  /// Files name few kinds and divisions, over and over.
  private var kinds: [String: Result<Int, Finding>] = [:]
  private var divisions: [String: Result<DivisionCode, Finding>] = [:]
  private var kindsMet: Set<Int> = []

  /// A row that was read.
  struct Checked: Sendable {
    var row: Int
    var cells: RowCells
    /// The row as it stands in a file that has no columns.
    var source: String?
    var outcome: Result<Fine, RejectedEdit>
  }

  /// What a good row says.
  struct Fine: Sendable {
    /// The kind's position in the pack.
    var kind: Int
    var space: Space
    var edit: CheckedEdit
    /// The writes of a record that is made of it.
    var writes: [CellWrite]
    /// The record that the row names by its own id.
    var record: RecordID?
    /// Of the kind and what tells its rows apart.
    var identity: Hash256
    /// Of the row as it stands in the file, and of what its columns mean.
    var content: Hash256
  }

  init(node: LocalNode, options: LocalNode.ImportOptions, pack: Pack) throws {
    self.node = node
    self.pack = pack
    headers = HeaderMap(headers: [], pack: pack)
    fixedDivision = try node.division(options.division, pack)
    try node.requireScope(fixedDivision, pack)
    if let name = options.kind {
      let kind = try pack.resolveKind(name).mapError { NodeError.unknownKind($0) }.get()
      fixedKind = pack.kindPosition(kind.code)
    } else {
      fixedKind = nil
    }
  }

  /// Takes the file's columns.
  /// - Throws: `importUnreadable` where no row could come in with them.
  mutating func begin(header: [String]) throws {
    headers = HeaderMap(headers: header, pack: pack)
    meanings = pack.kinds.indices.map { headers.meaning(kind: $0, pack: pack) }
    guard headers.hasKnownHeader else {
      throw NodeError.importUnreadable(reason: .noKnownHeader(header))
    }
    guard headers.duplicates.isEmpty else {
      throw NodeError.importUnreadable(reason: .duplicateColumns(headers.duplicates))
    }
    guard fixedKind != nil || headers.kindColumn != nil else {
      throw NodeError.importUnreadable(reason: .noKindColumn)
    }
    try require(
      fixedKind.map { headers.missing(kind: $0, pack: pack) } ?? headers.missingInEveryKind(pack: pack))
  }

  /// - Throws: `importUnreadable` where no kind that was met can do without a column that the file lacks: then no
  ///   row of it was good.
  func finish() throws {
    let missing = kindsMet.sorted().map { headers.missing(kind: $0, pack: pack) }
    if missing.allSatisfy({ !$0.isEmpty }) { try require(missing.first ?? []) }
  }

  private func require(_ missing: [Finding]) throws {
    guard missing.isEmpty else {
      throw NodeError.importUnreadable(
        reason: .missingColumns(
          missing.compactMap { finding in
            finding.label.map { Finding.Named(code: finding.field ?? "", label: $0) }
          }))
    }
  }

  /// The one name of a key, for objects whose keys are codes or labels.
  var plainName: (String) -> String {
    let pack = pack
    return { HeaderMap.plainName(of: $0, pack: pack) }
  }

  /// Checks one row.
  mutating func check(_ cells: RowCells, row: Int, source: String? = nil) throws -> Checked {
    do {
      if var problem = cells.problem {
        let header = headers.headers.indices.contains(problem.cell) ? headers.headers[problem.cell] : nil
        problem.finding.field = problem.finding.field ?? header.map(plainName)
        throw RejectedEdit(problem.finding)
      }
      let kind = try fixedKind ?? position(ofKind: text(cells, headers.kindColumn))
      kindsMet.insert(kind)
      let division = try division(text(cells, headers.divisionColumn))
      return Checked(
        row: row, cells: cells, source: source,
        outcome: .success(try fine(cells, kind: kind, division: division)))
    } catch let rejected as RejectedEdit {
      return Checked(row: row, cells: cells, source: source, outcome: .failure(rejected))
    }
  }

  private func fine(_ cells: RowCells, kind: Int, division: DivisionCode) throws -> Fine {
    let definition = pack.kinds[kind]
    let edit = try cells.withCells { try headers.check(cells: $0, kind: kind, pack: pack) }
    let ownID = text(cells, headers.idColumn).trimmingBlanks()
    let record = RecordID(ownID)
    let identity: [UInt8] =
      record?.bytes
      ?? (ownID.isEmpty ? edit.content.identityKey(in: definition) ?? cells.bytes : Array(ownID.utf8))
    let space = Space(division: division, section: .records)
    // Nothing is there before a record that is made: no log is named.
    let writer = EditWriter(state: RecordState(), log: LogID(node: node.facts.node, space: space, epoch: 0))
    return Fine(
      kind: kind, space: space, edit: edit,
      writes: writer.writes(edit.edits, kind: definition, rank: { _ in 0 }),
      record: record, identity: ImportedRow.identity(ofKind: definition.code, key: identity),
      content: cells.hash(under: meanings[kind]))
  }

  private func text(_ cells: RowCells, _ column: Int?) -> String {
    guard let column, column < cells.count else { return "" }
    return cells.text(column)
  }

  private mutating func position(ofKind name: String) throws -> Int {
    let found =
      kinds[name]
      ?? pack.resolveKind(name.trimmingBlanks()).map { pack.kindPosition($0.code) ?? 0 }
    kinds[name] = found
    return try found.mapError { RejectedEdit($0) }.get()
  }

  private mutating func division(_ name: String) throws -> DivisionCode {
    let trimmed = name.isEmpty ? name : name.trimmingBlanks()
    guard !trimmed.isEmpty else { return fixedDivision }
    let found = divisions[name] ?? resolve(trimmed)
    divisions[name] = found
    return try found.mapError { RejectedEdit($0) }.get()
  }

  /// The division that a row names, if this office may write there.
  private func resolve(_ name: String) -> Result<DivisionCode, Finding> {
    pack.divisions.resolve(name).flatMap { division in
      node.scope(pack).covers(division.code)
        ? .success(division.code) : .failure(.outsideScope(name, division, own: node.facts.division))
    }
  }
}

extension RowCells {
  /// Over the cells, where each ends, and what the columns mean: the same text in other cells, or under other headers, is
  /// another row.
  fileprivate func hash(under meaning: [UInt8]) -> Hash256 {
    var out = ByteWriter(capacity: meaning.count + bytes.count + ends.count * 2)
    out.write(bytes: meaning)
    for end in ends { out.write(varint: UInt64(end)) }
    out.write(bytes: bytes)
    return Hash256(hashing: out.bytes)
  }
}
