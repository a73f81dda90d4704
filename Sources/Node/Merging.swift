internal import Campaign
internal import Foundation
internal import Ledger
internal import Store
internal import Trust

/// The regional merge: bundles, folders of bundles, backups; then the conflicts that a rule may settle.
extension LocalNode {
  public struct MergeSource: Sendable {
    public var path: String
    public var changes = 0
    public var applied = 0
    public var already = 0
    public var rejected = 0
    public var error: (any Error)?
  }

  public struct MergeReport: Sendable {
    public var sources: [MergeSource] = []
    public var recordsNew = 0
    /// Of those that were here, the ones that something taken in touched.
    public var recordsChanged = 0
    public var conflictsOpen = 0
    public var conflictsDecided = 0
    /// All pairs that look like one activity entered twice, not only those with something taken in.
    public var duplicatesSuspected = 0
  }

  /// How `merge` settles what a field's rule allows it to.
  public enum MergeDecision: String, Sendable, CaseIterable {
    case latest
    case authority
  }

  /// Takes in sources one by one, each in a transaction of its own; one that fails leaves the others be.
  ///
  /// - Parameters:
  ///   - progressed: is told how many bytes of which source were taken in, of how many.
  ///   - progress: is told of each source once it is done with.
  public func merge(
    _ paths: [String], decide: MergeDecision?, operatorName: String,
    progressed: (_ path: String, _ bytes: Int, _ of: Int) -> Void = { _, _, _ in },
    progress: (MergeSource) -> Void
  )
    throws -> MergeReport
  {
    var report = MergeReport()
    let arrival = try store.read { try $0.ownCursor().arrival }
    for path in paths.flatMap(LocalNode.bundles) {
      var source = MergeSource(path: path)
      do {
        guard FileManager.default.fileExists(atPath: path) else { throw NodeError.noFile(path: path) }
        let (changes, new, refused) = try apply(bundle: path) { progressed(path, $0, $1) }
        source.changes = changes
        source.applied = new
        source.rejected = refused
        source.already = max(0, changes - new - refused)
      } catch {
        source.error = error
      }
      report.sources.append(source)
      progress(source)
    }
    tidyUp()
    report.recordsNew = try store.read { try $0.newCount(after: arrival) }
    report.recordsChanged = try store.read { try $0.changedCount(after: arrival) }
    if let decide { report.conflictsDecided = try settleAll(decide, operatorName: operatorName) }
    report.conflictsOpen = try store.read { try $0.conflictCount() }
    report.duplicatesSuspected = try store.read { try $0.suspectCount() }
    return report
  }

  /// A folder stands for the files in it, in the order of their names.
  private static func bundles(_ path: String) -> [String] {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue else {
      return [path]
    }
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    return names.filter { !$0.hasPrefix(".") }.sorted().map { path + "/" + $0 }
  }

  /// Settles every open conflict whose field leaves that to a rule; `person` fields wait for a person, and what
  /// this office only reads waits for those who may write there.
  private func settleAll(_ decide: MergeDecision, operatorName: String) throws -> Int {
    let own = scope(try store.read { try $0.pack() })
    let open = try conflicts(RecordFilter())
    var decided = 0
    for conflict in open where conflict.reason == .concurrent {
      let (id, space) = (conflict.view.id, conflict.view.space)
      guard own.covers(space.division), let kind = conflict.view.kind,
        let cell = kind.cell(named: conflict.field),
        kind.mergeRule(ofCell: cell) != .person,
        let best = try best(of: conflict.candidates, decide)
      else { continue }
      // By its space too: an export that was imported elsewhere is another record of the same id.
      _ = try resolve(
        { snapshot in
          guard let view = try snapshot.record(id, in: space) else {
            throw StoreError.noRecord(prefix: id.description)
          }
          return view
        }, field: conflict.field, .take(best + 1), operatorName: operatorName)
      decided += 1
    }
    return decided
  }

  private func best(of candidates: [ShownCell.Entry], _ decide: MergeDecision) throws -> Int? {
    guard decide == .authority else {
      return candidates.indices.max { candidates[$0].time < candidates[$1].time }
    }
    let ranks = Dictionary(
      uniqueKeysWithValues: try store.read { try $0.offices() }.map { ($0.node, $0.rank) })
    return candidates.indices.min { a, b in
      let left = ranks[candidates[a].author] ?? .max
      let right = ranks[candidates[b].author] ?? .max
      return left != right ? left < right : candidates[a].time > candidates[b].time
    }
  }
}
