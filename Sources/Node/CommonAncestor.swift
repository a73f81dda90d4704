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
    let writes = try store.read { snapshot in
      WriteHistory(try snapshot.history(of: conflict.view), cell: cell)
    }
    return writes.commonAncestor(of: conflict.candidates.map(\.dot))
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
  /// A write by its place in its log. Of two branches of one log the later one counts: this is for a proposal alone.
  private struct Place: Hashable {
    var log: LogID
    var n: UInt64
    var k: UInt32

    init(_ dot: Dot) { (log, n, k) = (dot.change.log, dot.change.n, dot.k) }
  }

  private struct Write {
    var text: String?
    var time: Int64
    var replaced: [Place]
  }

  private var writes: [Place: Write] = [:]

  /// - Parameter entries: as they came here.
  init(_ entries: [HistoryEntry], cell: UInt32) {
    var last: [LogID: Place] = [:]
    for entry in entries {
      var k = entry.firstK + (entry.mutation.creation == nil ? 0 : 1)
      for write in entry.mutation.writes {
        defer { k += UInt32(write.content.dotCount) }
        guard write.cell == cell, write.content.sort == .register else { continue }
        let place = Place(Dot(change: entry.change, k: k))
        var text: String?
        if case .register(.text(let value)) = write.content { text = value }
        writes[place] = Write(
          text: text, time: entry.time,
          replaced: write.supersedes.map { Place($0) } + (last[entry.change.log].map { [$0] } ?? []))
        last[entry.change.log] = place
      }
    }
  }

  func commonAncestor(of dots: [Dot]) -> String? {
    let ancestors = dots.map { self.ancestors(of: Place($0)) }
    guard let first = ancestors.first else { return nil }
    let common = ancestors.dropFirst().reduce(first) { $0.intersection($1) }
    // None that another common one was made of.
    let behind = common.reduce(into: Set<Place>()) { $0.formUnion(self.ancestors(of: $1)) }
    return common.subtracting(behind).compactMap { writes[$0] }.filter { $0.text != nil }
      .max { $0.time < $1.time }?.text
  }

  private func ancestors(of place: Place) -> Set<Place> {
    var found: Set<Place> = []
    var open = writes[place]?.replaced ?? []
    while let next = open.popLast() {
      if found.insert(next).inserted { open += writes[next]?.replaced ?? [] }
    }
    return found
  }
}
