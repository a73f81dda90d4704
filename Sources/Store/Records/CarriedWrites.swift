public import Ledger

/// What a record that was made anew elsewhere says of a write that it brought along.
public struct CarriedWrite: Sendable {
  /// The write as it stands in a record that it came from, where that is held here.
  public struct Origin: Sendable {
    public var dot: Dot
    public var cell: UInt32
    public var content: WriteContent
    /// Whether it stood in each record that it was brought from as that was left: who writes over what he wrote says it no
    /// more, whoever brings it on.
    public var stood: Bool
  }

  public var origin: Origin?
  /// Who brought it from record to record, as far as that was followed; whoever brought it to the one that was asked about is
  /// none of them.
  public var carriers: Set<NodeID> = []
}

extension Snapshot {
  /// Who makes a record anew elsewhere says who wrote each of the values that stood beside each other there (`Dot.carried`).
  /// This looks whether that is so.
  ///
  /// - Parameters:
  ///   - dots: as living writes of the record name them.
  ///   - view: the record.
  /// - Returns: what is known of each, by the record from which they were carried and those from which that was made.
  public func writesCarried(_ dots: Set<Dot>, in view: RecordView) throws -> [Dot: CarriedWrite] {
    guard view.origin != nil, !dots.isEmpty else { return [:] }
    var search = CarriedSearch(dots)
    search.lookForClaims(try ToldWrites(history(of: view), of: view), living: Set(view.state.livingDots))
    try followOrigins(of: view) { former, heir in
      guard !search.isOver else { return false }
      search.look(try ToldWrites(history(of: former), of: former), carriedTo: heir)
      return true
    }
    return search.found
  }

  /// Goes through the records that one was made in place of, one after the other, as far as they are held.
  ///
  /// - Parameter body: is given each and the one that was made in its place; returns whether to go on.
  public func followOrigins(
    of view: RecordView, _ body: (_ former: RecordView, _ heir: RecordView) throws -> Bool
  ) throws {
    var heir = view
    for _ in 0..<RecordView.longestChain {
      guard let place = heir.origin, let former = try record(place.record, in: place.space),
        try body(former, heir)
      else { return }
      heir = former
    }
  }
}

extension RecordView {
  /// So often a record is followed to the one that it was made from. Nobody makes a longer chain but who wants it to have
  /// no end.
  public static let longestChain = 16
}

/// Looks for carried writes, from the record that names them back to the one that they were written in.
private struct CarriedSearch {
  private struct Sought {
    /// As it is called in the record that was looked at last.
    var name: Dot
    var asked: Dot
    /// Whether all that brought it on so far stood as it was carried.
    var stands: Bool
  }

  private(set) var found: [Dot: CarriedWrite]
  private var open: [Dot: [Sought]] = [:]

  init(_ dots: Set<Dot>) {
    found = Dictionary(uniqueKeysWithValues: dots.map { ($0, CarriedWrite()) })
  }

  var isOver: Bool { open.isEmpty }

  /// - Parameter living: the writes of the record that live.
  mutating func lookForClaims(_ told: ToldWrites, living: Set<Dot>) {
    var claims: [Dot: Bool] = found.mapValues { _ in false }
    for write in told.writes where living.contains(write.dot) {
      for dot in write.brought where claims[dot] != nil {
        if told.isCarried(by: write) || told.isReopened(dot, by: write) { claims[dot] = true }
      }
    }
    seek(claims.map { Sought(name: $0, asked: $0, stands: $1) })
  }

  /// - Parameter heir: the record that was made in place of the one that is told of.
  mutating func look(_ told: ToldWrites, carriedTo heir: RecordView) {
    let left = told.standing(whereMade: heir)
    var next: [Sought] = []
    for write in told.writes {
      for sought in sought(as: write.dot.carried(to: heir.space)) {
        let stood = sought.stands && (left.contains(write.dot) || told.isReopened(write.dot, among: left))
        let isKnown = found[sought.asked]?.origin?.stood == true
        found[sought.asked]?.origin = CarriedWrite.Origin(
          dot: write.dot, cell: write.cell, content: write.content, stood: stood || isKnown)
      }
      for dot in write.brought {
        for sought in sought(as: dot.carried(to: heir.space)) {
          found[sought.asked]?.carriers.insert(write.dot.change.log.node)
          let isHonest = told.isCarried(by: write) || told.isReopened(dot, by: write)
          next.append(
            Sought(
              name: dot, asked: sought.asked,
              stands: sought.stands && left.contains(write.dot) && isHonest))
        }
      }
    }
    seek(next.filter { found[$0.asked]?.origin == nil })
  }

  private mutating func seek(_ sought: [Sought]) { open = Dictionary(grouping: sought) { $0.name.unhashed } }

  private func sought(as name: Dot) -> [Sought] {
    (open[name.unhashed] ?? []).filter { $0.name.mayBe(name) }
  }
}

/// The writes of a record, in the order in which its history tells them, and what each took the place of.
private struct ToldWrites {
  struct Write {
    var dot: Dot
    var cell: UInt32
    var content: WriteContent
    /// What its author saw there and replaced, candidates each alone.
    var replaced: [Dot]
    /// What it names, and the record that it says was made in place of this one.
    var named: [Dot]
    var heir: RecordPlace?
    /// The writes that its candidates came from.
    var brought: [Dot]
  }

  private(set) var writes: [Write] = []
  private var replaced: [Dot: [Dot]] = [:]
  private var brought: [Dot: [Dot]] = [:]
  private var byName: [Dot: [Dot]] = [:]
  /// The first candidates that the log wrote which made the record, by their cell: what stood beside each other where it comes
  /// from.
  private var carried: [UInt32: Dot] = [:]

  init(_ history: RecordHistory, of view: RecordView) {
    let maker = view.state.creation?.dot.change.log
    for entry in history {
      for write in entry.writes {
        let values = write.seen.flatMap(\.separated).map { history.withHash($0.dot) }
        var told = Write(
          dot: write.dot, cell: write.write.cell, content: write.write.content,
          replaced: values + write.seen.map(\.dot), named: write.write.supersedes, heir: write.write.heir,
          brought: [])
        if case .candidates(let list) = write.write.content {
          told.brought = list.map { history.withHash($0.dot) }
          if write.dot.change.log == maker, carried[told.cell] == nil { carried[told.cell] = write.dot }
        }
        writes.append(told)
        replaced[told.dot] = told.replaced
        brought[told.dot] = told.brought
        byName[told.dot.unhashed, default: []].append(told.dot)
      }
    }
  }

  /// Whether candidates are those that came with the record as it was made.
  func isCarried(by write: Write) -> Bool { carried[write.cell] == write.dot }

  /// Whether candidates open again a decision that replaced this write while it stood.
  func isReopened(_ dot: Dot, by write: Write) -> Bool {
    write.replaced.contains { decision in
      guard let values = replaced[decision], values.contains(where: { $0.mayBe(dot) }) else { return false }
      // Candidates that stood there may have brought it back before.
      let others = values.filter { value in !(brought[value] ?? []).contains { $0.mayBe(dot) } }
      return !ancestors(of: others).contains { $0.mayBe(dot) }
    }
  }

  /// The same by any of some writes.
  func isReopened(_ dot: Dot, among standing: Set<Dot>) -> Bool {
    writes.contains { write in
      standing.contains(write.dot) && write.brought.contains { $0.mayBe(dot) } && isReopened(dot, by: write)
    }
  }

  /// What stood where the record was left, by what the one says who made another in its place: he names it, and neither what
  /// else he names took its place nor what he had written before.
  func standing(whereMade heir: RecordView) -> Set<Dot> {
    guard let maker = heir.state.creation?.dot.change.log.node else { return [] }
    var standing: Set<Dot> = []
    var own: [Dot] = []
    for write in writes {
      if write.dot.change.log.node == maker { own.append(write.dot) }
      guard write.dot.change.log.node == maker,
        write.heir == RecordPlace(space: heir.space, record: heir.id)
      else { continue }
      let named = write.named.flatMap { name in (byName[name.unhashed] ?? []).filter { $0.mayBe(name) } }
      standing.formUnion(Set(named).subtracting(ancestors(of: named + own)))
    }
    return standing
  }

  private func ancestors(of dots: [Dot]) -> Set<Dot> {
    var found: Set<Dot> = []
    var open = dots.flatMap { replaced[$0] ?? [] }
    while let next = open.popLast() {
      if found.insert(next).inserted { open += replaced[next] ?? [] }
    }
    return found
  }
}
