internal import GRDB
public import Ledger

/// A change that was set aside, as it came.
public struct SetAsideChange: Sendable {
  public var ref: ChangeRef
  public var body: [UInt8]

  public init(ref: ChangeRef, body: [UInt8]) {
    self.ref = ref
    self.body = body
  }
}

/// Looks for what was erased of a record and stands, carried to the one that was made in its place, in changes that do not
/// count here: no record shows them, so nobody can be asked about them.
///
/// A copy is what the mover wrote first in such a field, where his deletion names a write whose text was erased, and which is
/// none of the other values that it names. So who had heard of the redaction, and wrote the field anew before, has none.
public struct UncountedCopies {
  /// What the caller knows of what does not count.
  public struct Uncounted {
    /// Spaces in which changes are held that do not count although nothing here says so.
    public var spaces: Set<Space> = []
    /// Whether a change that is held does not count.
    public var isMeant: (_ change: ChangeRef, _ isWithdrawn: Bool) throws -> Bool
    /// What was set aside of a space.
    public var setAside: (Space) throws -> [SetAsideChange]

    public init(
      spaces: Set<Space> = [], isMeant: @escaping (ChangeRef, Bool) throws -> Bool,
      setAside: @escaping (Space) throws -> [SetAsideChange] = { _ in [] }
    ) {
      self.spaces = spaces
      self.isMeant = isMeant
      self.setAside = setAside
    }
  }

  private struct Field: Hashable, Comparable {
    var cell: UInt32
    var member: UInt32

    static func < (a: Field, b: Field) -> Bool { (a.cell, a.member) < (b.cell, b.member) }
  }

  private struct Followed: Hashable {
    var heir: RecordPlace
    var field: Field
  }

  /// What of a field is erased, or will be.
  private struct Erased {
    var changes: Set<ChangeRef> = []
    /// Texts that are not erased yet.
    var texts: Set<String> = []
    var reason: String
    /// The number of the change that the redaction stands in.
    var arrival: Int64
  }

  /// A record that was made in place of another one, by what its maker's deletion says.
  private struct Move {
    var origin: RecordPlace
    var heir: RecordPlace
    var mover: NodeID
    /// Of the fields of which it named something erased: what else it named.
    var kept: [Field: Set<String>]
  }

  /// What one change says of a record.
  fileprivate struct Deed {
    var ref: ChangeRef
    var body: ChangeBody
    var mutations: [(position: Int, mutation: Mutation, firstK: UInt32)]
    var counts: Bool
  }

  /// There are not as many moves of redacted records.
  private static let mostMoves = 10_000

  private let snapshot: Snapshot
  private let logs: LogRegistry
  private let uncounted: Uncounted
  private let named: RedactionTable
  /// Where anything is that does not count.
  private var spaces: Set<Space> = []
  private var setAside: [Space: [SetAsideChange]] = [:]

  public init(_ snapshot: Snapshot, _ uncounted: Uncounted) {
    self.snapshot = snapshot
    self.uncounted = uncounted
    logs = LogRegistry(snapshot.db, withdrawnToo: true)
    named = RedactionTable(snapshot.db)
  }

  /// - Returns: redactions that name the copies, each with the reason of the one that erased what was copied, and the number
  ///   of the change in which that stands. What is named already is left out.
  public mutating func find() throws -> [(redaction: Redaction, cause: Int64)] {
    guard try !named.isEmpty else { return [] }
    spaces = try snapshot.spacesWithUncounted().union(uncounted.spaces)
    guard !spaces.isEmpty else { return [] }
    var open = try redacted()
    var followed: Set<Followed> = []
    var found: [(redaction: Redaction, cause: Int64)] = []
    while let (place, erased) = open.popLast() {
      for move in try moves(of: place, erased) {
        var carried: [Field: Erased] = [:]
        for (field, kept) in move.kept.sorted(by: { $0.key < $1.key }) {
          guard let cause = erased[field], followed.count < UncountedCopies.mostMoves,
            followed.insert(Followed(heir: move.heir, field: field)).inserted
          else { continue }
          let (all, copies) = try self.copies(of: field, kept, by: move, cause)
          if !all.changes.isEmpty { carried[field] = all }
          guard !copies.isEmpty else { continue }
          let redaction = Redaction(
            space: move.heir.space, record: move.heir.record, cell: field.cell, member: field.member,
            reason: cause.reason, erased: copies)
          found.append((redaction, cause.arrival))
        }
        if !carried.isEmpty { open.append((move.heir, carried)) }
      }
    }
    return found
  }

  /// What redactions that were carried out name, by record.
  private func redacted() throws -> [(RecordPlace, [Field: Erased])] {
    var all: [RecordPlace: [Field: Erased]] = [:]
    for stated in try snapshot.redactions() {
      let redaction = stated.redaction
      let place = RecordPlace(space: redaction.space, record: redaction.record)
      let field = Field(cell: redaction.cell, member: redaction.member)
      let new = Erased(reason: redaction.reason, arrival: stated.arrival)
      all[place, default: [:]][field, default: new].changes.formUnion(redaction.erased.map(\.change))
    }
    return all.sorted { ($0.key.space, $0.key.record) > ($1.key.space, $1.key.record) }.map { ($0, $1) }
  }

  private mutating func moves(of place: RecordPlace, _ erased: [Field: Erased]) throws -> [Move] {
    guard try spaces.contains(place.space) || snapshot.hasWordOnExistence(place) else { return [] }
    var told: [Dot: [(dot: Dot, write: CellWrite)]] = [:]
    var deletions: [(mover: NodeID, heir: RecordPlace, named: [Dot])] = []
    for deed in try deeds(of: place) {
      for (_, mutation, firstK) in deed.mutations {
        var k = firstK + (mutation.creation == nil ? 0 : 1)
        for write in mutation.writes {
          for step in 0..<UInt32(max(1, write.content.dotCount)) {
            let dot = Dot(change: deed.ref, k: k + step)
            told[dot.unhashed, default: []].append((dot, write))
          }
          if let heir = write.heir { deletions.append((deed.ref.log.node, heir, write.supersedes)) }
          k += UInt32(write.content.dotCount)
        }
      }
    }
    return deletions.compactMap { mover, heir, names in
      let named = names.flatMap { name in (told[name.unhashed] ?? []).filter { $0.dot.mayBe(name) } }
      let kept = UncountedCopies.kept(named, erased)
      return kept.isEmpty ? nil : Move(origin: place, heir: heir, mover: mover, kept: kept)
    }
  }

  /// Of the fields of which something that was named is erased, the texts of the rest.
  private static func kept(
    _ named: [(dot: Dot, write: CellWrite)], _ erased: [Field: Erased]
  ) -> [Field: Set<String>] {
    var kept: [Field: Set<String>] = [:]
    for (field, erased) in erased {
      let writes = named.filter { $0.write.cell == field.cell }
      guard writes.contains(where: { erased.changes.contains($0.dot.change) }) else { continue }
      let texts = writes.flatMap { $0.write.content.values(of: field.member) }.compactMap(\.text)
      kept[field] = Set(texts).subtracting(erased.texts)
    }
    return kept
  }

  /// - Returns: where the mover copied what was erased of a field; and of that the leaves of what does not count and is not
  ///   named yet.
  private mutating func copies(
    of field: Field, _ kept: Set<String>, by move: Move, _ cause: Erased
  ) throws -> (all: Erased, uncounted: [Redaction.Erased]) {
    var all = Erased(reason: cause.reason, arrival: cause.arrival)
    var uncounted: [Redaction.Erased] = []
    let deeds = try deeds(of: move.heir).filter { $0.ref.log.node == move.mover }
    let makers = Set(
      deeds.filter { $0.mutations.contains { $0.mutation.creation?.origin == move.origin } }.map(\.ref.log))
    var written: Set<LogID> = []
    for deed in deeds where makers.contains(deed.ref.log) {
      let first = try UncountedCopies.firstTexts(of: field, in: deed, &written)
      // What is missing may be anything, unless all that was kept is there.
      let isKeptWhole = Set(first.compactMap { deed.body.text(ofLeaf: $0) }).isSuperset(of: kept)
      let leaves = first.filter { leaf in
        deed.body.text(ofLeaf: leaf).map { !kept.contains($0) } ?? isKeptWhole
      }
      let texts = leaves.compactMap { deed.body.text(ofLeaf: $0) }
      guard !leaves.isEmpty else { continue }
      all.changes.insert(deed.ref)
      all.texts.formUnion(texts)
      let new = try Set(leaves).subtracting(named.leaves(of: deed.ref)).sorted().map { UInt32($0) }
      if !deed.counts, !new.isEmpty { uncounted.append(Redaction.Erased(change: deed.ref, leaves: new)) }
    }
    return (all, uncounted)
  }

  /// The texts of what a log wrote first of a field: what is copied may stand in several changes, and of a set in several
  /// writes.
  private static func firstTexts(of field: Field, in deed: Deed, _ written: inout Set<LogID>) throws -> [Int]
  {
    var index = MutationIndex(deed.body, of: deed.ref)
    var leaves: [Int] = []
    do throws(ChangeBody.Fault) {
      try index.reach(.max)
      for (position, mutation, _) in deed.mutations {
        guard let write = mutation.writes.first(where: { $0.cell == field.cell }) else { continue }
        guard write.content.sort == .set ? write.supersedes.isEmpty : written.insert(deed.ref.log).inserted
        else { continue }
        leaves += try index.textLeaves(at: position)
          .filter { $0.cell == field.cell && $0.member == field.member }.map { Int($0.leaf) }
      }
    } catch {
      throw StoreError.damaged("change \(deed.ref.n) of a moved record: \(error)")
    }
    return leaves
  }

  // MARK: what was said of a record

  /// In the order of their logs, whether they count or not.
  private mutating func deeds(of place: RecordPlace) throws -> [Deed] {
    var deeds = try held(of: place)
    let known = Set(deeds.map(\.ref))
    for change in try changesSetAside(in: place.space) where !known.contains(change.ref) {
      guard let body = try? ChangeBody(change.body),
        let content = try? ChangeDecoder.decode(body, of: change.ref, previousTime: 0)
      else { continue }
      let deed = try Deed(change.ref, body, content, counts: false) { target in
        if case .id(place.record) = target { true } else { false }
      }
      if let deed { deeds.append(deed) }
    }
    return deeds.sorted { $0.ref < $1.ref }
  }

  private func held(of place: RecordPlace) throws -> [Deed] {
    guard let space = try logs.existingSpace(place.space),
      let row = try RecordRow.find(snapshot.db, id: place.record, space: space.key)
    else { return [] }
    let naming = RecordNaming(db: snapshot.db, logs: logs, decoded: snapshot.decoded)
    let rows = try Row.fetchAll(
      snapshot.db,
      sql: """
        SELECT c.arrival, b.withdrawn FROM changes c JOIN branches b ON b.key = c.branch
        WHERE c.arrival IN (SELECT arrival FROM touches WHERE record = ?1 UNION SELECT ?2)
        """, arguments: [row.key, row.origin])
    return try rows.compactMap { row in
      let stored = try snapshot.decoded.change(arrival: row[0])
      let ref = stored.change.ref
      let body: ChangeBody
      do { body = try ChangeBody(stored.change.body) } catch {
        throw StoreError.damaged("change \(row[0] as Int64): \(error)")
      }
      return try Deed(ref, body, stored.content, counts: !uncounted.isMeant(ref, (row[1] as Int64) != 0)) {
        try naming.record(of: $0, in: ref) == place.record
      }
    }
  }

  private mutating func changesSetAside(in space: Space) throws -> [SetAsideChange] {
    guard spaces.contains(space) else { return [] }
    if let known = setAside[space] { return known }
    let changes = try uncounted.setAside(space)
    setAside[space] = changes
    return changes
  }
}

extension UncountedCopies.Deed {
  /// - Returns: nil where nothing of it is of the record, or a newer format's change says more than this version reads.
  fileprivate init?(
    _ ref: ChangeRef, _ body: ChangeBody, _ content: ChangeContent, counts: Bool,
    isOfRecord: (Mutation.Target) throws -> Bool
  ) throws {
    guard !content.hasUnknownParts else { return nil }
    (self.ref, self.body, self.counts) = (ref, body, counts)
    mutations = []
    var k: UInt32 = 1
    for (position, mutation) in content.mutations.enumerated() {
      if try isOfRecord(mutation.target) { mutations.append((position, mutation, k)) }
      k += UInt32(mutation.dotCount)
    }
    guard !mutations.isEmpty else { return nil }
  }
}

extension Value {
  fileprivate var text: String? {
    if case .text(let text) = self { text } else { nil }
  }
}

extension Snapshot {
  /// The spaces in which anything is set aside, or held and taken out.
  fileprivate func spacesWithUncounted() throws -> Set<Space> {
    let rows = try Row.fetchAll(
      db,
      sql: """
        SELECT division, section FROM quarantine WHERE batch IS NOT NULL
        UNION SELECT division, section FROM spaces WHERE key IN (SELECT space FROM branches WHERE withdrawn <> 0)
        """)
    return Set(
      rows.compactMap { row in
        guard let division = DivisionCode(row[0] as String), let section = Space.Section(rawValue: row[1])
        else { return nil }
        return Space(division: division, section: section)
      })
  }

  /// Whether anybody said a word on a record's existence, as who moves it does: of most that are redacted nobody did.
  fileprivate func hasWordOnExistence(_ place: RecordPlace) throws -> Bool {
    guard let space = try LogRegistry(db).existingSpace(place.space),
      let row = try RecordRow.find(db, id: place.record, space: space.key), row.encodedState != nil
    else { return false }
    return try row.state(decoded, space: place.space).cell(CellWrite.existenceCell, .existence) != nil
  }
}
