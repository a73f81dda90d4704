internal import Campaign
public import Ledger
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
    /// Files of attachments that no record held here has: they stay.
    public var unclaimed: [Hash256] = []
    /// Keys that were put aside (`LocalNode.formerKeys`): they stay.
    public var formerKeys: [String] = []
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
    diagnosis.formerKeys = formerKeys
    guard repairs else {
      diagnosis.quarantine = quarantine(found)
      diagnosis.unclaimed = unclaimed(found)
      diagnosis.problems = found.problems
      diagnosis.untold = found.untold
      return diagnosis
    }
    try mendFiles()
    let judged = try mendWhatMisleads(found, progressed)
    if judged.mayRebuild {
      try mendOffices()
      // What was taken in again beside others is made anew with them.
      if try makeAnew(progressed) { _ = try makeAnew(progressed) }
      try mendAttachments()
      try mendReceipts()
      try catchUpIndex()
    }
    let left = try examine(progressed)
    diagnosis.problems = left.problems
    diagnosis.untold = left.untold
    diagnosis.quarantine = quarantine(left)
    diagnosis.unclaimed = unclaimed(left)
    let staying = Set(left.problems)
    diagnosis.repaired = found.problems.filter { !staying.contains($0) }
    return diagnosis
  }

  /// What is set aside, where the file can be read.
  private func quarantine(_ examined: Verification) -> [QuarantineLine] {
    guard examined.hasReadLogs else { return [] }
    return (try? store.read { try $0.quarantine() }) ?? []
  }

  private func unclaimed(_ examined: Verification) -> [Hash256] {
    guard examined.hasReadLogs else { return [] }
    return (try? strayContents().unclaimed) ?? []
  }

  private func examine(_ progressed: (_ changes: Int, _ of: Int) -> Void) throws -> Verification {
    var report = Verification()
    do {
      try verify(into: &report, progressed: progressed)
    } catch StoreError.damaged(let what) {
      report.note(log: Store.fileName, "database", detail: what)
    }
    for problem in try identityProblems() + strayFiles().map(\.problem) { report.add(problem) }
    return report
  }

  /// - Returns: whether a log's line lay wrong.
  private func makeAnew(_ progressed: (_ changes: Int, _ of: Int) -> Void) throws -> Bool {
    try store.write { commit in
      try commit.rebuild(progressed: progressed)
      try commit.eraseAgain()
      let hasRedrawn = try mendStanding(in: commit)
      // Those that were carried out travel ahead of what they name: no moment is without them.
      try Authority(commit.snapshot, identity: identity).erase(in: commit, again: true)
      return hasRedrawn
    }
  }

  /// Mends what makes sound logs look damaged, each in a transaction of its own, and examines anew where it did: the
  /// pack in force, which the rest is read by; indexes, without which changes are not found; certificates that the
  /// logs hold.
  private func mendWhatMisleads(
    _ found: Verification, _ progressed: (_ changes: Int, _ of: Int) -> Void
  ) throws -> Verification {
    var judged = found
    if judged.problems.contains(where: { $0.problem == "pack-mismatch" }), try mendPack() {
      judged = try examine(progressed)
    }
    if !judged.isFileSound, try store.mendIndexes() {
      judged = try examine(progressed)
    }
    // What the pages hold of the logs was gone through, and is all there.
    if !judged.isFileSound, judged.hasReadLogs, !judged.problems.contains(where: \.isOfLogs),
      try store.mendPages()
    {
      judged = try examine(progressed)
    }
    if judged.isFileSound, judged.problems.contains(where: \.isOfAuthor), try learnOffices() {
      judged = try examine(progressed)
    }
    return judged
  }

  /// - Returns: whether the pack could be mended.
  private func mendPack() throws -> Bool {
    do {
      guard let sound = try store.read({ try soundPack($0) }) else { return false }
      try store.write { try $0.setPack(sound.pack, text: sound.text) }
      return true
    } catch StoreError.damaged {
      return false
    }
  }

  /// Takes the offices that are not known any more from the certificates that notices hold.
  /// - Returns: whether there are any.
  private func learnOffices() throws -> Bool {
    guard let root = identity.authority else { return false }
    return try store.write { commit in
      var issued = IssuedCertificates(root: root)
      var hasLearnt = false
      // An office may be certified by one that is learnt of itself.
      while try issued.choose(in: commit, Standing(commit.snapshot, root: root)) {
        hasLearnt = true
      }
      return hasLearnt
    }
  }

  /// Draws the line anew between what counts and what does not, of every log where it lies wrong.
  /// - Returns: whether it lay wrong anywhere.
  private func mendStanding(in commit: Commit) throws -> Bool {
    let own = identity.key.nodeID
    func misdrawn() throws -> [NodeID] {
      let standing = try Standing(commit.snapshot, root: identity.authority)
      return try Set(commit.snapshot.misdrawnLogs { try standing.honoured(of: $0, identity) }.map(\.node))
        .sorted()
    }
    let time = surroundings.now()
    let found = try misdrawn()
    let scope = identity.chain.first?.office?.scope
    for node in found where node == own || identity.authority == nil {
      // What it wrote before it joined elsewhere lies where it only reads now, and stays taken out.
      try commit.honour(.everything, of: node, reason: nil, at: time) { log in
        node != own || scope?.mayRead(log.space) != true || scope?.mayWrite(log.space) == true
      }
    }
    let hasSettled = try Standing.settle(in: commit, identity: identity, at: time, alsoOf: found).hasChanged
    let hasOtherPack = try IssuedPacks.choose(in: commit)
    return !found.isEmpty || hasSettled || hasOtherPack
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

  /// A receipt that nobody has signed so says nothing: it is asked for anew.
  private func mendReceipts() throws {
    func unfounded(_ snapshot: Snapshot) throws -> [ReceiptLine] {
      try snapshot.unfoundedReceipts(Authority(snapshot, identity: identity).mayHaveSigned)
    }
    guard try !store.read(unfounded).isEmpty else { return }
    try store.write { commit in try commit.drop(unfounded(commit.snapshot)) }
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
