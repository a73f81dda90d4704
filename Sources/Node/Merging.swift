internal import Campaign
internal import Foundation
public import Ledger
public import Store
internal import Trust

/// The regional merge: bundles, folders of bundles, backups; then the conflicts that a rule may settle.
extension LocalNode {
  public struct MergeSource: Sendable {
    public var path: String
    /// As it is called below the folder that was named, or the file's own name.
    public var name: String
    /// Who made it, as far as that could be read.
    public var maker: Maker?
    public var changes = 0
    public var applied = 0
    /// Changes of it that were here before.
    public var already = 0
    /// Changes of it that were set aside.
    public var rejected = 0
    /// Contents of attachments that it brought.
    public var attachments = 0
    /// Contents of attachments that it carries and that were not kept, for want of room.
    public var attachmentsUnkept = 0
    /// Those that could not be written, or that a session was at.
    public var attachmentsUnwritten = 0
    /// Changes of a damaged store that lie beyond one that is missing there.
    public var leftOut = 0
    /// Changes of logs that have too many branches, on a branch of which no more is kept.
    public var beyondBranches = 0
    /// Whether by it a log came to have too many branches, so that nothing counts of it after its first fork.
    public var hasCut = false
    /// Rows that another store of this office imported, and that would come in once more here.
    public var importsLeft = 0
    /// Whether such a store does not tell any more what it imported.
    public var importsUnread = false
    /// Logs of which a further branch came, which counts.
    public var forked: Set<LogID> = []
    /// Whether this store found by it that it had been set back, or that a copy of it is in use, so that it goes on under
    /// another epoch.
    public var wasSetBack = false
    /// Whether it shows that this office has signed for what this store does not hold, as was not known yet.
    public var hasLost = false
    /// Changes of this node's own that came back to it.
    public var regained = 0
    /// What its maker, or an office above both by its word, had signed for and does not hold any more: the next bundle carries
    /// it again.
    public var takenBack: [TakenBack] = []
    /// How far its maker's clock is at least ahead of this one (or, below 0, behind it), in milliseconds; nil where nothing tells.
    public var drift: Int64?
    public var error: (any Error)?
    /// What of it was set aside and still is.
    public var refused: [RefusedPart] = []
    /// Whether not all of it was taken in.
    public var hasLeftOut: Bool {
      error != nil || rejected > 0 || leftOut > 0 || beyondBranches > 0 || attachmentsUnkept > 0
        || attachmentsUnwritten > 0 || importsUnread || hasCut
    }
  }

  /// What of a source is gone through, and in what it is counted.
  public enum MergeStep: Sendable {
    /// A store's file is copied, in bytes.
    case copying
    /// A store's changes.
    case changes
    /// A bundle, in bytes.
    case bundle
  }

  /// A stretch of a log that was set aside, and why.
  public struct RefusedPart: Sendable {
    public var log: LogID
    public var n: UInt64
    public var reason: String
    /// How many changes it has, where all of it is kept.
    public var changes: Int?
  }

  /// Whose a source is.
  public struct Maker: Sendable {
    public var node: NodeID
    public var name: String
    /// Milliseconds since 1970; nil where the source does not say.
    public var madeAt: Int64?
    /// A backup or a store itself, which nobody has signed as a whole: its changes alone speak for themselves.
    public var isStore = false
  }

  public struct MergeReport: Sendable {
    public var sources: [MergeSource] = []
    /// Folders that were named and hold nothing to take in.
    public var emptyFolders: [String] = []
    /// Links that lead out of a folder that was named; they were not followed.
    public var linksOut: [String] = []
    /// Whose changes came in, and how many.
    public var authors: [(node: NodeID, changes: Int)] = []
    public var recordsNew = 0
    /// Of those that were here, the ones that something taken in touched.
    public var recordsChanged = 0
    public var conflictsOpen = 0
    public var decided: [DecidedConflict] = []
    /// Conflicts that a rule could have settled, and that a person opened again: they are left to people.
    public var reopened: [OpenConflict] = []
    /// How many a person has settled since.
    public var conflictsSettled = 0
    public var conflictsDecided: Int { decided.count + conflictsSettled }
    /// The records with a redacted field that holds something again, at who may redact it.
    public var reappeared: [Reappearance] = []
    /// Changes that counted here before and, by a revocation that came, count no more.
    public var withdrawn = 0
    /// Another campaign pack than before is in force.
    public var planChange: PlanChange?
    /// All pairs that look like one activity entered twice, not only those with something taken in.
    public var duplicatesSuspected = 0
    /// Why this office must be enrolled anew, as it stands after the merge; nil where it need not.
    public var enrolmentLoss: EnrolmentLoss?
    /// How this office's scope is another by what was taken in.
    public var scopeChange: ScopeChange?
    /// What went wrong in this store itself and ended the merge: the sources beyond were not looked at.
    public var failure: (any Error)?
    /// Logs of which a further branch came, and of which all still count.
    public var forked: Set<LogID> = []
    /// Whether an end was wanted while conflicts were settled.
    public internal(set) var isCutOffDeciding = false
    /// Whether an end was wanted before all sources were gone through, or all conflicts that a rule may settle.
    public var isInterrupted: Bool {
      if case NodeError.interrupted? = sources.last?.error { true } else { isCutOffDeciding }
    }
    /// What the merge did not take in of what it was given.
    public var hasLeftOut: Bool { sources.contains(where: \.hasLeftOut) }
  }

  /// A conflict that a rule has settled.
  public struct DecidedConflict: Sendable {
    public var conflict: OpenConflict
    public var rule: MergeDecision
    /// Which of its candidates was taken.
    public var taken: Int
  }

  /// How `merge` settles what a field's rule allows it to.
  public enum MergeDecision: String, Sendable, CaseIterable {
    case latest
    case authority

    var rule: MergeRule {
      switch self {
      case .latest: .latest
      case .authority: .authority
      }
    }
  }

  /// What one source came to, in changes.
  struct Taken {
    var changes = 0
    var new = 0
    /// Of what it brought, what was here before.
    var known = 0
    var refused = 0
    var leftOut = 0
    var beyondBranches = 0
    var hasCut = false
    var forked: Set<LogID> = []
    /// What it showed of this node's own receipts.
    var losses = ShownLosses()
    /// Whether something came of a log that this store is writing.
    var wasSetBack = false
    /// Changes of this node's own.
    var regained = 0
    /// What the maker, or an office above, had signed for and does not hold any more.
    var takenBack: [TakenBack] = []
    /// How far the maker's clock is off at least.
    var drift: Int64?
    /// Whether the maker had signed nothing later of what is known here.
    var isLatest = false
    /// Rows that were imported there, of which nothing but its word tells as what.
    var importsLeft = 0
    /// Whether what was imported there could not be read.
    var importsUnread = false
    /// Contents of attachments that became whole.
    var attachments = 0
    /// Those that were not kept for want of room.
    var unkept = 0
    /// Those that could not be written, or that a session was at.
    var unwritten = 0
    var trace = Trace()

    mutating func note(_ intake: Intake) {
      known = intake.known
      refused = intake.refusedChanges
      beyondBranches = intake.beyondBranches
      forked = Set(intake.forks.keys)
      hasCut = intake.hasCut
      wasSetBack = intake.wasSetBack
      regained = intake.regained
    }
  }

  /// Takes in sources one by one, a bundle in one transaction, another store in portions; one that fails leaves the
  /// others be. Where this store itself fails, the report says so and what was done until then.
  ///
  /// - Parameters:
  ///   - stop: where an end is wanted, the source that is gone through is left, and those behind it are not looked at;
  ///     what was settled by a rule stays so, and the rest stays open.
  ///   - progressed: is told how much of which source was gone through, of how much.
  ///   - progress: is told of each source once it is done with.
  public func merge(
    _ paths: [String], decide: MergeDecision?, operatorName: String, until stop: StopSignal = StopSignal(),
    progressed: (_ path: String, _ step: MergeStep, _ done: Int, _ of: Int) -> Void = { _, _, _, _ in },
    progress: (MergeSource) -> Void
  ) throws -> MergeReport {
    var report = MergeReport()
    var trace = Trace()
    let files = MergeFiles(paths, until: stop)
    report.emptyFolders = files.emptyFolders
    report.linksOut = files.linksOut
    for file in files.sources {
      let (source, failure) = try take(file, &trace) {
        progressed(file.path, $0, $1, $2)
        if stop.hasFired { throw NodeError.interrupted }
      }
      report.sources.append(source)
      progress(source)
      report.failure = failure
      if failure != nil || report.isInterrupted { break }
    }
    report.scopeChange = tidyUp()
    report.enrolmentLoss = try enrolmentLoss()
    report.forked = try store.read { try LocalNode.counting(report.sources.map(\.forked), $0) }
    report.withdrawn = trace.withdrawn
    report.planChange = trace.planChange
    let arrivals = trace.arrivals
    report.authors = try store.read { try $0.changesByAuthor(in: arrivals) }
    report.recordsNew = try store.read { try $0.newCount(in: arrivals) }
    report.recordsChanged = try store.read { try $0.changedCount(in: arrivals) }
    if let decide, report.failure == nil, !report.isInterrupted {
      do {
        try settleAll(decide, operatorName: operatorName, until: stop, into: &report)
      } catch let error as StoreError {
        report.failure = error
      }
    }
    report.conflictsOpen = try store.read { try $0.conflictCount() }
    report.reappeared = try reappeared()
    report.duplicatesSuspected = try store.read { try $0.suspectCount() }
    return report
  }

  /// A log may have been cut by another source than brought a branch of it.
  private static func counting(_ forked: [Set<LogID>], _ snapshot: Snapshot) throws -> Set<LogID> {
    let all = forked.reduce(into: Set()) { $0.formUnion($1) }
    return all.isEmpty ? all : all.subtracting(try snapshot.cutLogs().map(\.log))
  }

  private func take(
    _ file: MergeFiles.Source, _ trace: inout Trace,
    _ progressed: (_ step: MergeStep, _ done: Int, _ of: Int) throws -> Void
  ) throws -> (source: MergeSource, failure: StoreError?) {
    let path = file.path
    var source = MergeSource(path: path, name: file.name, error: file.fault)
    guard file.fault == nil else { return (source, nil) }
    var failure: StoreError?
    let began = surroundings.now()
    var taken = Taken()
    do {
      if MergeFiles.isStore(path) {
        try apply(storeAt: path, &taken, told: { source.maker = $0 }, progressed: progressed)
      } else {
        source.maker = try Maker(LocalNode.manifest(ofBundle: path))
        try apply(bundle: path, &taken) { try progressed(.bundle, $0, $1) }
        source.attachments = taken.attachments
        source.attachmentsUnkept = taken.unkept
        source.attachmentsUnwritten = taken.unwritten
      }
    } catch let error as OwnStoreFailure {
      failure = error.cause
      source.error = error.cause
    } catch let error as StoreError where error.isOfWriting && !MergeFiles.isStore(path) {
      failure = error
      source.error = error
    } catch {
      source.error = error
    }
    trace.add(taken.trace)
    source.changes = taken.changes
    source.applied = taken.new
    source.already = taken.known
    source.rejected = taken.refused
    source.leftOut = taken.leftOut
    source.beyondBranches = taken.beyondBranches
    source.importsLeft = taken.importsLeft
    source.importsUnread = taken.importsUnread
    source.forked = taken.forked
    source.hasCut = taken.hasCut
    source.wasSetBack = taken.wasSetBack || taken.losses.isAnother
    source.hasLost = taken.losses.isAny
    source.regained = taken.regained
    source.takenBack = taken.takenBack
    source.drift = taken.drift
    if taken.refused > 0, failure == nil {
      source.refused = try store.read { try $0.refusedStretches(since: began) }.map { RefusedPart($0) }
    }
    return (source, failure)
  }
}

extension StoreError {
  /// Whether the store that is written to is at fault, and not what is read.
  fileprivate var isOfWriting: Bool {
    switch self {
    case .diskFull, .inputOutput, .busy, .damaged: true
    default: false
    }
  }
}

extension LocalNode.RefusedPart {
  fileprivate init(_ stretch: RefusedStretch) {
    let changes = stretch.batches.reduce(0) { count, batch in
      let end = batch.startN + UInt64(batch.bodies.count)
      return count + Int(clamping: end - min(end, max(batch.startN, stretch.n - 1)))
    }
    self.init(
      log: stretch.log, n: stretch.n, reason: stretch.reason, changes: stretch.batch == nil ? nil : changes)
  }
}

extension LocalNode.Maker {
  fileprivate init(_ manifest: BundleManifest) {
    self.init(node: manifest.maker, name: manifest.makerName, madeAt: manifest.madeAt)
  }
}
