internal import Campaign
internal import Ledger
public import Store
internal import Trust

/// Looking a store over, and mending what can be made anew from its logs.
extension LocalNode {
  /// What was looked at and what came of it.
  public struct Diagnosis: Sendable {
    /// What stays.
    public var problems: [Verification.Problem] = []
    /// By name, how many more there are of it.
    public var untold: [String: Int] = [:]
    /// What was there and is not any more.
    public var repaired: [Verification.Problem] = []
    /// What is set aside, which is no fault of this store.
    public var quarantine: [QuarantineLine] = []
  }

  /// Holds everything that lasts against what it should be: what `verify` checks, the identity's files, and what was
  /// left behind in the store's folder.
  ///
  /// - Parameters:
  ///   - repairs: mends what can be: all that is derived is made anew from the logs in one transaction, whether it
  ///     was found wrong or not, unless the logs themselves are damaged: then what is derived may be all that is
  ///     left of them.
  ///   - progressed: is told now and then how many changes were gone through, of how many.
  public func diagnose(
    repairs: Bool, progressed: (_ changes: Int, _ of: Int) -> Void = { _, _ in }
  ) throws -> Diagnosis {
    let found = try examine(progressed)
    var diagnosis = Diagnosis()
    diagnosis.quarantine = (try? store.read { try $0.quarantine() }) ?? []
    guard repairs else {
      diagnosis.problems = found.problems
      diagnosis.untold = found.untold
      return diagnosis
    }
    try mendFiles()
    try mendAttachments()
    if !found.problems.contains(where: \.isOfLogs) {
      try mendOffices()
      try store.write { try $0.rebuild(pack: soundPack($0.snapshot), progressed: progressed) }
      try store.write { commit in
        _ = try Authority(commit.snapshot, identity: identity).erase(in: commit)
      }
      removeUnwanted()
      try catchUpIndex()
    }
    let left = try examine(progressed)
    diagnosis.problems = left.problems
    diagnosis.untold = left.untold
    let staying = Set(left.problems)
    diagnosis.repaired = found.problems.filter { !staying.contains($0) }
    return diagnosis
  }

  private func examine(_ progressed: (_ changes: Int, _ of: Int) -> Void) throws -> Verification {
    var report = Verification()
    do {
      report = try verify(progressed: progressed)
    } catch StoreError.damaged(let what) {
      report.note(log: Store.fileName, "database", detail: what)
    }
    for problem in try identityProblems() + strayFiles().map(\.problem) { report.add(problem) }
    return report
  }

  /// The pack as its text says, where the compiled one is not that.
  private func soundPack(_ snapshot: Snapshot) throws -> (pack: Pack, text: [UInt8])? {
    guard let text = try snapshot.meta(.packText) else { return nil }
    let readings = [PackReader.Origin.authored, .received].compactMap {
      try? PackReader.read(text, origin: $0)
    }
    if let pack = try? snapshot.pack(), readings.contains(pack) { return nil }
    return readings.first.map { ($0, text) }
  }

  /// What is kept of an office is what its certificate says.
  private func mendOffices() throws {
    let wrong = try store.read { try $0.offices() }.filter { !$0.isAsCertified }
    guard !wrong.isEmpty else { return }
    try store.write { commit in
      for row in wrong {
        guard let certificate = try? Certificate(der: row.certificate), certificate.nodeID == row.node,
          let office = try? OfficeRow(certificate, issuer: row.issuer, under: identity.authority)
        else { continue }
        try commit.put(office)
      }
    }
  }
}
