internal import Campaign
public import Ledger
internal import Store

extension LocalNode {
  /// The text that the candidates of a conflict were all made of, the newest such one; nil where they share none, or
  /// are no texts.
  ///
  /// Who wrote over what is in the log: a write names what its author saw, and takes the place of its own log's
  /// earlier write.
  public func commonAncestor(of conflict: OpenConflict) throws -> String? {
    guard conflict.reason == .concurrent, let cell = conflict.view.kind?.cell(named: conflict.field),
      conflict.candidates.allSatisfy({ $0.text != nil })
    else { return nil }
    return try store.read { snapshot in
      let history = try snapshot.history(of: conflict.view)
      return WriteHistory(history, cell: cell)
        .commonAncestor(of: conflict.candidates.map { history.withHash($0.dot) })
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

/// The writes of one register, and what each took the place of.
struct WriteHistory {
  private struct Write {
    var text: String?
    var time: Int64
    var replaced: [Dot]
  }

  private var writes: [Dot: Write] = [:]

  init(_ history: RecordHistory, cell: UInt32) {
    for entry in history {
      for write in entry.writes where write.write.cell == cell && write.write.content.sort == .register {
        var text: String?
        if case .register(.text(let value)) = write.write.content { text = value }
        writes[write.dot] = Write(
          text: text, time: entry.time,
          replaced: write.seen.flatMap(\.separated).map { history.withHash($0.dot) } + write.seen.map(\.dot))
      }
    }
  }

  func commonAncestor(of dots: [Dot]) -> String? {
    let each = dots.map { ancestors(of: [$0]) }
    guard let first = each.first else { return nil }
    let common = each.dropFirst().reduce(first) { $0.intersection($1) }
    // None that another common one was made of.
    let shared = common.subtracting(ancestors(of: common)).compactMap { writes[$0] }
    return shared.filter { $0.text != nil }.max { $0.time < $1.time }?.text
  }

  private func ancestors(of dots: Set<Dot>) -> Set<Dot> {
    var found: Set<Dot> = []
    var open = dots.flatMap { writes[$0]?.replaced ?? [] }
    while let next = open.popLast() {
      if found.insert(next).inserted { open += writes[next]?.replaced ?? [] }
    }
    return found
  }
}
