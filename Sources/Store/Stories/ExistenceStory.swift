internal import Ledger

/// Deletions and restorations as they are told: what each decided between, and what it had not seen.
///
/// All of it goes by names: when a decision is told that was made apart from another, the record stands otherwise than
/// its author saw it.
struct ExistenceStory {
  private struct Decision: Replacing {
    var write: RecordState.LivingWrite
    /// What it names, without hashes: its author's own log has none.
    var names: Set<Dot>
    /// The decisions that it took the place of.
    var replaced: [Dot]
    var place: Int
  }

  private let logs: LogRegistry
  private var told: [Dot: Decision] = [:]
  private var toldUnhashed: Set<Dot> = []
  private var own: [LogID: [Dot]] = [:]

  init(_ logs: LogRegistry) { self.logs = logs }

  /// - Parameter before: the record as it was told up to here.
  /// - Returns: to keep the record and to delete it, where the author saw both wanted, else nothing; and the decisions
  ///   beside this one that its author had not seen and that want the other.
  mutating func tell(
    _ write: CellWrite, _ dot: Dot, time: Int64, from before: RecordState, to after: RecordState
  ) -> (seen: [RecordState.LivingWrite], unseen: [RecordState.LivingWrite]) {
    let names = Set(write.supersedes.map(\.unhashed))
    let replaced = replaced(by: write, dot)
    let decision = RecordState.LivingWrite(dot: dot, time: time, content: write.content, heir: write.heir)
    told[dot] = Decision(write: decision, names: names, replaced: replaced, place: told.count)
    toldUnhashed.insert(dot.unhashed)
    own[dot.change.log, default: []].append(dot)
    let standing = Set(after.decisions.map(\.dot))
    let unseen = before.decisions.filter { standing.contains($0.dot) && $0.content != write.content }
    return (choice(of: decision, names, replaced, before), unseen.map(ExistenceStory.alone))
  }

  private func choice(
    of decision: RecordState.LivingWrite, _ names: Set<Dot>, _ replaced: [Dot], _ before: RecordState
  ) -> [RecordState.LivingWrite] {
    let seen = replaced.compactMap { told[$0] }
    let deletions = seen.filter { $0.write.content == .deletion }
    guard let deletion = newest(deletions.map(\.write)) else { return [] }
    let covered = deletions.reduce(into: Set<Dot>()) { $0.formUnion($1.names) }
    let restorations = seen.map(\.write).filter { $0.content == .restoration }
    guard var keeping = newest(restorations) ?? unseen(by: covered, decision, names, before) else {
      return []
    }
    keeping.content = .restoration
    return [keeping, deletion].map(ExistenceStory.alone).sorted { ($0.time, $0.dot) < ($1.time, $1.dot) }
  }

  /// The newest write that the deletions had not seen. A restoration names deletions alone, so that what they had not seen
  /// is taken for seen where it is told before it.
  private func unseen(
    by covered: Set<Dot>, _ decision: RecordState.LivingWrite, _ names: Set<Dot>, _ before: RecordState
  ) -> RecordState.LivingWrite? {
    let isRestoration = decision.content == .restoration
    let living = before.cells.lazy.filter { $0.sort != .existence }.flatMap(\.writes).filter { write in
      let dot = write.dot.unhashed
      return !covered.contains(dot) && (isRestoration || names.contains(dot))
    }
    if let newest = newest(Array(living)) { return newest }
    guard !isRestoration else { return nil }
    // What it saw has been replaced meanwhile, of which it knew nothing.
    let gone = names.filter { !covered.contains($0) && !toldUnhashed.contains($0) }
    return gone.max().map { RecordState.LivingWrite(dot: $0, time: decision.time, content: .restoration) }
  }

  private func replaced(by write: CellWrite, _ dot: Dot) -> [Dot] {
    var seen = write.supersedes.filter { told[$0] != nil }
    let log = dot.change.log
    if let earlier = own[log]?.last(where: { logs.isAncestor($0.change, of: dot.change) }),
      !seen.contains(where: { told.reaches(earlier, from: $0) })
    {
      seen.append(earlier)
    }
    return seen
  }

  private func newest(_ writes: [RecordState.LivingWrite]) -> RecordState.LivingWrite? {
    writes.max { ($0.time, $0.dot) < ($1.time, $1.dot) }
  }

  /// Without what it waits for and covers, which goes on changing as more arrives.
  private static func alone(_ write: RecordState.LivingWrite) -> RecordState.LivingWrite {
    RecordState.LivingWrite(dot: write.dot, time: write.time, content: write.content, heir: write.heir)
  }

}
