internal import Campaign
public import Ledger
internal import Store

extension LocalNode {
  /// The text that the candidates of a conflict were all made of, the newest such one; nil where they share none, or
  /// are no texts.
  ///
  /// Who wrote over what is in the log: a write names what its author saw, and takes the place of its own log's
  /// earlier write. Values that were carried here with the record (`Dot.carried`) are looked for where they were written.
  public func commonAncestor(of conflict: OpenConflict) throws -> String? {
    guard conflict.reason == .concurrent, let cell = conflict.view.kind?.cell(named: conflict.field),
      conflict.candidates.allSatisfy({ $0.text != nil })
    else { return nil }
    return try store.read { snapshot in
      let history = try snapshot.history(of: conflict.view)
      let dots = conflict.candidates.map { history.withHash($0.dot) }
      var writes = WriteHistory(cell: cell)
      writes.add(history, carriedTo: nil)
      // Of a record that was made anew elsewhere the values were written where it comes from.
      try snapshot.followOrigins(of: conflict.view) { former, heir in
        guard writes.lacks(anyOf: dots) else { return false }
        writes.add(try snapshot.history(of: former), carriedTo: heir.space)
        return true
      }
      return writes.commonAncestor(of: dots)
    }
  }
}

extension ShownCell.Entry {
  /// nil where it is no text.
  public var text: String? {
    if case .register(.text(let text)) = content { return text }
    return nil
  }
}

/// The writes of one register, and what each took the place of: in a record, and in those that it was made from elsewhere.
struct WriteHistory {
  private struct Write {
    var text: String?
    var time: Int64
    var replaced: [Dot]
  }

  private let cell: UInt32
  private var writes: [Dot: Write] = [:]
  /// By what a write was called when its record was made anew, without a hash: so, and as it is called where it stands.
  private var carried: [Dot: [(name: Dot, origin: Dot)]] = [:]
  /// How often values were carried on.
  private var moves = 0

  init(cell: UInt32) { self.cell = cell }

  /// - Parameter space: to which the record's values were carried; nil of the record that is looked at.
  mutating func add(_ history: RecordHistory, carriedTo space: Space?) {
    if space != nil { moves += 1 }
    for entry in history {
      for write in entry.writes where write.write.cell == cell && write.write.content.sort == .register {
        var text: String?
        if case .register(.text(let value)) = write.write.content { text = value }
        writes[write.dot] = Write(
          text: text, time: entry.time,
          replaced: write.seen.flatMap(\.separated).map { history.withHash($0.dot) } + write.seen.map(\.dot))
        guard let space else { continue }
        for dot in [write.dot] + write.brought.map(history.withHash) {
          let name = dot.carried(to: space)
          carried[name.unhashed, default: []].append((name, dot))
        }
      }
    }
  }

  /// Whether any of these, or of what they were made of, is a write that was not found.
  func lacks(anyOf dots: [Dot]) -> Bool {
    let all = Set(dots.map(named))
    return !all.union(ancestors(of: all)).allSatisfy { writes[$0] != nil }
  }

  func commonAncestor(of dots: [Dot]) -> String? {
    let each = dots.map { ancestors(of: [named($0)]) }
    guard let first = each.first else { return nil }
    let common = each.dropFirst().reduce(first) { $0.intersection($1) }
    // None that another common one was made of.
    let shared = common.subtracting(ancestors(of: common)).compactMap { writes[$0] }
    return shared.filter { $0.text != nil }.max { $0.time < $1.time }?.text
  }

  private func ancestors(of dots: Set<Dot>) -> Set<Dot> {
    var found: Set<Dot> = []
    var open = dots.flatMap { writes[$0]?.replaced ?? [] }
    while let next = open.popLast().map(named) {
      if found.insert(next).inserted { open += writes[next]?.replaced ?? [] }
    }
    return found
  }

  /// What a write is called where it stands, as far as that was found.
  private func named(_ dot: Dot) -> Dot {
    var dot = dot
    var left = moves
    while left > 0, writes[dot] == nil,
      let found = carried[dot.unhashed]?.first(where: { $0.name.mayBe(dot) })
    {
      dot = found.origin
      left -= 1
    }
    return dot
  }
}

extension HistoryWrite {
  /// The writes that candidates came from.
  fileprivate var brought: [Dot] {
    if case .candidates(let list) = write.content { list.map(\.dot) } else { [] }
  }
}
