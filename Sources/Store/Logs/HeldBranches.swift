internal import Foundation
internal import GRDB
public import Ledger

/// The branches of one log that are held and may be sent, and how they leave one another.
struct HeldBranches {
  /// A stretch of the way from a log's beginning to somewhere on a branch.
  struct Step {
    var branch: Int64
    /// Up to which number the way lies on that branch.
    var through: UInt64
  }

  let log: LogID
  let all: [LogRegistry.Branch]
  private let logs: LogRegistry
  private let byKey: [Int64: LogRegistry.Branch]

  init(_ logs: LogRegistry, of log: LogID) throws {
    self.log = log
    self.logs = logs
    all = try logs.branchesHeld(of: log)
    // A file from elsewhere may hold one key twice.
    byKey = Dictionary(all.map { ($0.key, $0) }) { first, _ in first }
  }

  /// The way back to the log's beginning, the branch itself first.
  func way(from branch: LogRegistry.Branch, _ n: UInt64) -> [Step] {
    var way = [Step(branch: branch.key, through: n)]
    var at = branch
    while let base = at.base.flatMap({ byKey[$0] }), way.count < all.count {
      way.append(Step(branch: base.key, through: min(n, at.baseN)))
      at = base
    }
    return way
  }

  /// The hash of change `n` on a way; nil where the way does not lead back so far.
  func hash(at n: UInt64, on way: [Step]) throws -> Hash256? {
    guard let branch = way.lazy.compactMap({ byKey[$0.branch] }).first(where: { n > $0.baseN }) else {
      return nil
    }
    return try logs.changeHash(at: n, on: branch)
  }

  /// The branch that holds exactly this change.
  func branch(holding n: UInt64, _ hash: Hash256) throws -> LogRegistry.Branch? {
    try logs.branch(holding: n, hash, of: log, beyondCut: true)
  }

  /// The first of some points, each further back on one way than the one before, that is held: then those behind it are
  /// too.
  func first(of points: [HeldLog.Point]) throws -> (branch: LogRegistry.Branch, n: UInt64)? {
    var found: (branch: LogRegistry.Branch, n: UInt64)?
    var open = 0..<points.count
    while !open.isEmpty {
      let middle = open.lowerBound + open.count / 2
      if let branch = try branch(holding: points[middle].n, points[middle].hash) {
        found = (branch, points[middle].n)
        open = open.lowerBound..<middle
      } else {
        open = middle + 1..<open.upperBound
      }
    }
    return found
  }
}

extension Snapshot {
  /// What of an offer is held here: for each branch of a log heads of its own, further and further back.
  public func held(of offer: [OfferedRange]) throws -> [HeldLog] {
    let logs = LogRegistry(db)
    var held: [HeldLog] = []
    for (log, ranges) in Dictionary(grouping: offer, by: \.log).sorted(by: { $0.key < $1.key }) {
      let branches = try HeldBranches(logs, of: log)
      let whole = try whole(ranges, on: branches)
      for branch in branches.all where branch.head.n > 0 {
        let way = branches.way(from: branch, branch.head.n)
        let end = way.compactMap { step in whole[step.branch]?.first { $0.n <= step.through } }.max {
          $0.n < $1.n
        }
        held.append(HeldLog(log: log, points: try end.map { [$0] } ?? points(on: way, of: branches)))
      }
    }
    return held
  }

  /// Where ranges end that are held to their end: by branch, the farthest first. Each is looked for once, and not on each
  /// branch.
  private func whole(
    _ ranges: [OfferedRange], on branches: HeldBranches
  ) throws -> [Int64: [HeldLog.Point]] {
    guard !branches.all.isEmpty else { return [:] }
    var whole: [Int64: [HeldLog.Point]] = [:]
    for range in ranges.prefix(LogLimits.headsLookedAt).sorted(by: { $0.to > $1.to }) {
      guard let branch = try branches.branch(holding: range.to, range.toHash) else { continue }
      whole[branch.key, default: []].append(HeldLog.Point(n: range.to, hash: range.toHash))
    }
    return whole
  }

  /// Heads on a way, each twice as far back as the one before.
  private func points(on way: [HeldBranches.Step], of branches: HeldBranches) throws -> [HeldLog.Point] {
    var points: [HeldLog.Point] = []
    var n = way[0].through
    var step: UInt64 = 1
    while n > 0 {
      if let hash = try branches.hash(at: n, on: way) { points.append(HeldLog.Point(n: n, hash: hash)) }
      n = n > step ? n - step : 0
      step *= 2
    }
    return points
  }

  /// How many changes of an offer are not held here. Of a branch that left the ones held here, where it did is
  /// not known before it comes: it counts as one.
  public func missingCount(of offer: [OfferedRange]) throws -> Int {
    let logs = LogRegistry(db)
    var count = 0
    for (log, ranges) in Dictionary(grouping: offer, by: \.log) {
      let held = try logs.branchesHeld(of: log).map(\.head.n).max() ?? 0
      for range in ranges.prefix(LogLimits.headsLookedAt)
      where try !logs.isHeld(range.to, range.toHash, of: log) {
        let reached = max(range.from > 0 ? range.from - 1 : 0, min(held, range.to))
        let missing = max(1, Int(clamping: range.to > reached ? range.to - reached : 0))
        count = min(count + min(missing, Snapshot.mostCounted), Snapshot.mostCounted)
      }
    }
    return count
  }

  /// Beyond any number of changes that there can be, and sums of a few of it are numbers still.
  public static let mostCounted = 1 << 53

  /// What a reader's answer leaves open: it may hold these too, for of each of its branches it names points with gaps
  /// between them, and where that leaves the ones held here may lie in a gap.
  public func rangesPerhapsHeld(_ answer: [HeldLog]) throws -> HeldRanges {
    let logs = LogRegistry(db)
    var ranges = HeldRanges()
    for (log, answers) in Dictionary(grouping: answer, by: \.log) {
      let branches = try HeldBranches(logs, of: log)
      for held in answers.prefix(LogLimits.headsLookedAt) {
        let found = try branches.first(of: held.points)
        // The nearest point of the reader's that is not on a branch of this store's.
        guard let next = held.points.last(where: { $0.n > found?.n ?? 0 }), next.n > 1 else { continue }
        for branch in branches.all {
          let way = branches.way(from: branch, min(next.n - 1, branch.head.n))
          if let found, !way.contains(where: { $0.branch == found.branch.key && $0.through >= found.n }) {
            continue
          }
          for step in way { ranges.note(branch: step.branch, through: step.through) }
        }
      }
    }
    return ranges
  }

  /// Turns a reader's answer to an offer into what need not be sent to it.
  public func heldRanges(_ answer: [HeldLog]) throws -> HeldRanges {
    let logs = LogRegistry(db)
    var ranges = HeldRanges()
    for (log, answers) in Dictionary(grouping: answer, by: \.log) {
      let branches = try HeldBranches(logs, of: log)
      for held in answers.prefix(LogLimits.headsLookedAt) {
        guard let (branch, n) = try branches.first(of: held.points) else { continue }
        for step in branches.way(from: branch, n) { ranges.note(branch: step.branch, through: step.through) }
      }
    }
    return ranges
  }
}

/// By branch: up to which number a reader holds it.
public struct HeldRanges: Sendable {
  private var through: [Int64: UInt64] = [:]
  /// Up to which number nothing is said of a branch.
  private var unsure: [Int64: UInt64] = [:]
  public init() {}

  /// Leaves open what another says.
  public mutating func leaveOut(_ other: HeldRanges) { unsure.merge(other.through, uniquingKeysWith: max) }

  mutating func note(branch: Int64, through n: UInt64) {
    through[branch] = max(through[branch] ?? 0, n)
  }

  mutating func formUnion(_ other: HeldRanges) {
    through.merge(other.through, uniquingKeysWith: max)
  }

  func contains(branch: Int64, n: UInt64) -> Bool { n <= through(branch: branch) && n > unsure[branch] ?? 0 }

  func through(branch: Int64) -> UInt64 { through[branch] ?? 0 }
}
