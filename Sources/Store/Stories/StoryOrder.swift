internal import Ledger

/// In which order the changes of a record are told: a change after those that it names, the one before it in its log and
/// the one that made the record; of several that may be next the one with the least time.
struct StoryOrder {
  private let deeds: [RecordStory.Deed]
  private let logs: LogRegistry
  private let places: [ChangeRef: Int]
  /// Ascending by number.
  private let byLog: [LogID: [Int]]
  private let maker: Int?

  /// - Parameter hasMaker: whether what made the record is among them; else nothing follows another creation of it that
  ///   does not name that.
  init(_ deeds: [RecordStory.Deed], _ logs: LogRegistry, hasMaker: Bool = true) {
    self.deeds = deeds
    self.logs = logs
    places = Dictionary(deeds.indices.map { (deeds[$0].change, $0) }, uniquingKeysWith: { $1 })
    byLog = Dictionary(grouping: deeds.indices) { deeds[$0].change.log }.mapValues { indices in
      indices.sorted { deeds[$0].change < deeds[$1].change }
    }
    maker =
      hasMaker
      ? deeds.indices.filter { deeds[$0].makesRecord }.max { Turn(deeds[$0], $0) < Turn(deeds[$1], $1) } : nil
  }

  /// Kahn, "Topological sorting of large networks" (CACM 5, 1962). What names each other in a circle, which no honest
  /// change does, comes by its time as well.
  var told: [Int] {
    let reasons = deeds.indices.map { Set(predecessors(of: $0)) }
    var waitsFor = reasons.map(\.count)
    var followers = [[Int]](repeating: [], count: deeds.count)
    for (index, earlier) in reasons.enumerated() { for one in earlier { followers[one].append(index) } }
    var ready = MaxHeap(deeds.indices.filter { waitsFor[$0] == 0 }.map { Turn(deeds[$0], $0) })
    var all = MaxHeap(deeds.indices.map { Turn(deeds[$0], $0) })
    var isTold = [Bool](repeating: false, count: deeds.count)
    var order: [Int] = []
    while let next = ready.removeMax() ?? all.removeMax() {
      guard !isTold[next.index] else { continue }
      isTold[next.index] = true
      order.append(next.index)
      for follower in followers[next.index] {
        waitsFor[follower] -= 1
        if waitsFor[follower] == 0 { ready.insert(Turn(deeds[follower], follower)) }
      }
    }
    return order
  }

  private func predecessors(of index: Int) -> [Int] {
    let deed = deeds[index]
    var found = deed.mutations.flatMap(\.mutation.writes).flatMap(\.supersedes).compactMap {
      places[$0.change]
    }
    if let own = ownBefore(deed.change) { found.append(own) }
    if let maker, !deed.makesRecord { found.append(maker) }
    return found.filter { $0 != index }
  }

  /// A log may have branches: what lies before a change is on its own.
  private func ownBefore(_ change: ChangeRef) -> Int? {
    byLog[change.log]?.last { index in
      let earlier = deeds[index].change
      return earlier.n < change.n && logs.isAncestor(earlier, of: change)
    }
  }

  /// The greater one is told first.
  private struct Turn: Comparable {
    let time: Int64
    let change: ChangeRef
    let index: Int

    init(_ deed: RecordStory.Deed, _ index: Int) {
      (time, change, self.index) = (deed.time, deed.change, index)
    }

    static func < (a: Turn, b: Turn) -> Bool { (a.time, a.change) > (b.time, b.change) }
  }
}
