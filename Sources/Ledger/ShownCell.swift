/// How a field chooses what is shown among several living values. What is not shown is kept all the same.
public enum MergeRule: UInt8, Hashable, Sendable, CaseIterable {
  /// The later wall clock.
  case latest = 0
  /// The higher office, then the later wall clock.
  case authority = 1
  /// As `latest`, but disputed until a person decides.
  case person = 2
}

/// A cell as people see it: what is shown, and all that lives beside it.
public struct ShownCell: Hashable, Sendable {
  public struct Entry: Hashable, Sendable {
    public var dot: Dot
    public var time: Int64
    public var content: WriteContent
    public var author: NodeID { dot.change.log.node }

    public init(dot: Dot, time: Int64, content: WriteContent) {
      self.dot = dot
      self.time = time
      self.content = content
    }
  }

  public var number: UInt32
  public var sort: CellSort
  /// Living values, the shown one first. Of a set: each element once. Of a tally: its bases.
  public var entries: [Entry]
  /// Of a tally: the sum of the living increments.
  public var increments: Int64 = 0
  /// More than one distinct value lives, and nothing is missing that could settle it.
  public var inConflict: Bool

  public var shown: WriteContent? { entries.first?.content }

  /// The value of a register, or nil.
  public var value: Value? {
    if case .register(let value)? = shown { return value }
    return nil
  }

  /// The members of a group.
  public var members: [GroupMember] {
    if case .group(let members)? = shown { return members }
    return []
  }

  /// The elements of a set, each once, in the order of their dots.
  public var elements: [Value] {
    entries.flatMap { entry -> [Value] in
      if case .elements(let values) = entry.content { return values }
      return []
    }
  }

  /// A tally's total; nil where there is neither base nor increment. A sum beyond 64 bits stops at its end.
  public var total: Int64? {
    guard sort == .tally else { return nil }
    if case .tallyBase(.integer(let base))? = shown {
      let (sum, overflow) = base.addingReportingOverflow(increments)
      return overflow ? (base < 0 ? .min : .max) : sum
    }
    return hasIncrements ? increments : nil
  }

  var hasIncrements = false
}

extension [ShownCell.Entry] {
  /// Equal values are no conflict, whoever wrote them.
  fileprivate var holdDistinctContents: Bool {
    guard count > 1, let first else { return false }
    return contains { $0.content != first.content }
  }
}

extension RecordState.Cell {
  /// - Parameters:
  ///   - rule: the field's.
  ///   - rank: an office's rank by its node; a lower number is a higher office.
  public func shown(rule: MergeRule, rank: (NodeID) -> UInt8) -> ShownCell {
    switch sort {
    case .set: return shownSet
    case .tally: return shownTally(rule, rank)
    default: break
    }
    let entries = ordered(writes, rule, rank)
    let conflict = !isIncomplete && entries.holdDistinctContents
    return ShownCell(number: number, sort: sort, entries: entries, inConflict: conflict)
  }

  private var shownSet: ShownCell {
    if writes.count == 1 {
      let only = ShownCell.Entry(dot: writes[0].dot, time: writes[0].time, content: writes[0].content)
      return ShownCell(number: number, sort: sort, entries: [only], inConflict: false)
    }
    var seen: Set<WriteContent> = []
    let entries = writes.filter { seen.insert($0.content).inserted }.map {
      ShownCell.Entry(dot: $0.dot, time: $0.time, content: $0.content)
    }
    return ShownCell(number: number, sort: sort, entries: entries, inConflict: false)
  }

  private func shownTally(_ rule: MergeRule, _ rank: (NodeID) -> UInt8) -> ShownCell {
    var increments: Int64 = 0
    var hasIncrements = false
    var bases: [RecordState.LivingWrite] = []
    // By whom a candidate was brought back decides nothing, but what is awaited there.
    for write in writes.separatedOnce {
      if case .tallyIncrement(let step) = write.content {
        let (sum, overflow) = increments.addingReportingOverflow(step)
        increments = overflow ? (step < 0 ? .min : .max) : sum
        hasIncrements = true
      } else {
        bases.append(write)
      }
    }
    let entries = ordered(bases, rule, rank)
    let conflict = !isIncomplete && entries.holdDistinctContents
    return ShownCell(
      number: number, sort: sort, entries: entries, increments: increments, inConflict: conflict,
      hasIncrements: hasIncrements)
  }

  /// Deterministic: what replaces a write that has not arrived goes first, then the rule, then time, then
  /// the node, then the dot.
  private func ordered(
    _ writes: [RecordState.LivingWrite], _ rule: MergeRule, _ rank: (NodeID) -> UInt8
  ) -> [ShownCell.Entry] {
    if writes.count <= 1, writes.first?.former == nil {
      return writes.map { ShownCell.Entry(dot: $0.dot, time: $0.time, content: $0.content) }
    }
    var entries = writes.separatedOnce.map { write in
      (
        entry: ShownCell.Entry(dot: write.dot, time: write.time, content: write.content),
        awaits: !write.awaits.isEmpty
      )
    }
    entries.sort { a, b in
      if a.awaits != b.awaits { return a.awaits }
      if rule == .authority {
        let ranks = (rank(a.entry.author), rank(b.entry.author))
        if ranks.0 != ranks.1 { return ranks.0 < ranks.1 }
      }
      if a.entry.time != b.entry.time { return a.entry.time > b.entry.time }
      if a.entry.author != b.entry.author { return a.entry.author > b.entry.author }
      return a.entry.dot > b.entry.dot
    }
    return entries.map(\.entry)
  }
}

extension [RecordState.LivingWrite] {
  /// The values that the writes stand for, each write once: who undo one resolution apart bring the same ones back.
  ///
  /// A candidate of the log that brings it back is named without a hash, and elsewhere with it: of one content, one log
  /// and one number it is one of those that have a hash, where any has, and says nothing itself. Of several with one hash
  /// the least time stands, and it awaits something if any of them does.
  public var separatedOnce: [RecordState.LivingWrite] {
    guard contains(where: { $0.former != nil }) else { return self }
    let all = flatMap(\.separated)
    let hashed = Set(all.lazy.filter { $0.dot.change.hashPrefix != 0 }.map { CandidatePlace($0, prefix: 0) })
    var places: [CandidatePlace: Int] = [:]
    var once: [RecordState.LivingWrite] = []
    for write in all {
      let prefix = write.dot.change.hashPrefix
      if prefix == 0, hashed.contains(CandidatePlace(write, prefix: 0)) { continue }
      let place = CandidatePlace(write, prefix: prefix)
      guard let index = places[place] else {
        places[place] = once.count
        once.append(write)
        continue
      }
      once[index].time = Swift.min(once[index].time, write.time)
      if once[index].awaits.isEmpty { once[index].awaits = write.awaits }
    }
    return once
  }
}

/// Which write a candidate is.
private struct CandidatePlace: Hashable {
  let log: LogID
  let n: UInt64
  let k: UInt32
  let prefix: UInt64
  let content: WriteContent

  /// - Parameter prefix: 0 on whichever branch it lies.
  init(_ write: RecordState.LivingWrite, prefix: UInt64) {
    (log, n, k) = (write.dot.change.log, write.dot.change.n, write.dot.k)
    self.prefix = prefix
    content = write.content
  }
}

extension RecordState.LivingWrite {
  /// The candidates of an undone resolution; nil of any other write.
  fileprivate var former: [Candidate]? {
    if case .candidates(let list) = content { return list }
    return nil
  }

  /// The values that the write stands for: of an undone resolution each candidate, else itself.
  public var separated: [RecordState.LivingWrite] {
    former?.map { candidate in
      RecordState.LivingWrite(
        dot: candidate.dot, time: candidate.time, content: candidate.content, awaits: awaits)
    } ?? [self]
  }
}
