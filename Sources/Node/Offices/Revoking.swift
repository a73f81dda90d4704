internal import Campaign
public import Ledger
public import Store
internal import Trust

/// Taking back a node's rights, and ruling on logs with too many branches.
extension LocalNode {
  /// How much of a list of heads goes into one change, in bytes: it has room beside for the reason.
  static let revocationListBytes = 512 << 10

  /// Takes back a node's right to write and to sync. What counts of what it wrote until now stays.
  ///
  /// - Parameter keepingBranches: of each log that is cut as many of its longest branches stay as well, at most
  ///   `LogLimits.branches`: with more it would be cut again.
  public func revoke(_ prefix: String, reason: String, keepingBranches: Int = 0) throws -> NodeID {
    try revoke(
      prefix, reason: reason, keepingBranches: keepingBranches, listBytes: LocalNode.revocationListBytes)
  }

  /// The office that a person calls so, by its name or its node id's beginning: for asking before anything is done.
  /// - Throws: `unknownPeer`, `ambiguousPeer`.
  public func office(called name: String) throws -> OfficeRow {
    try store.read { try $0.office(called: name) }
  }

  /// - Parameter listBytes: how much of the list of heads goes into one change: a longer one goes into several.
  func revoke(_ prefix: String, reason: String, keepingBranches: Int, listBytes: Int) throws -> NodeID {
    _ = try issuer()
    return try store.write { commit in
      let office = try commit.snapshot.office(called: prefix)
      guard try Standing(commit.snapshot, root: identity.authority).isAbove(facts.node, office.node) else {
        throw NodeError.mayNotRevoke(name: office.name)
      }
      var honoured = try commit.snapshot.heads(of: office.node).map(\.ref)
      for log in try commit.snapshot.headsOfCutLogs(of: office.node) {
        honoured += log.beyond.prefix(min(keepingBranches, LogLimits.branches)).map(\.ref)
      }
      try state(Revocation(node: office.node, honoured: honoured, reason: reason), listBytes, in: commit)
      return office.node
    }
  }

  /// Rules on this region's own logs that have too many branches, for nobody stands above it: the longest branches of
  /// each count, the others do not, for good. Nothing else of the region's is touched; what it ordered on the others is said
  /// again.
  ///
  /// - Parameter branches: how many of each, at most `LogLimits.branches`.
  /// - Throws: `notTheRegion` where this office has others above it.
  public func ruleOnOwnLogs(keepingBranches branches: Int) throws -> OwnRuling {
    guard facts.isRegion else { throw NodeError.notTheRegion }
    return try store.write { commit in
      let all = try commit.snapshot.headsOfCutLogs(of: facts.node)
      let cut = all.filter { $0.log.epoch < .max }
      let honoured = cut.flatMap { log in
        (log.counting.map { [$0.ref] } ?? [])
          + log.beyond.prefix(min(branches, LogLimits.branches)).map(\.ref)
      }
      let logs = Set(honoured.map(\.log))
      var ruling = OwnRuling(logs: logs.count, beyondRuling: all.map(\.log).filter { !logs.contains($0) })
      guard let last = logs.map(\.epoch).max() else { return ruling }
      let own = try ownLog(notices, commit.snapshot)
      if own.epoch <= last || cut.contains(where: { $0.log == own }) {
        try LocalNode.becomeAnother(in: commit, surroundings, beyond: last)
      }
      try say(
        Revocation(node: facts.node, honoured: honoured, reason: ""), LocalNode.revocationListBytes,
        in: commit)
      try stateLostOrders(honouring: honoured, LocalNode.revocationListBytes, in: commit)
      try takeUpWhatCounts(in: commit)
      try stateLostCertificates(in: commit)
      ruling.reissued = try issueLostPack(in: commit)?.info.version
      return ruling
    }
  }

  /// Issues the pack again that would be in force if every branch counted, where the greatest of those that are left is
  /// another one: records were kept by it, and by an earlier one their fields would be read as others.
  /// - Returns: nil where it is in force as it is.
  private func issueLostPack(in commit: Commit) throws -> Pack? {
    let stated = try commit.snapshot.statedPacks(by: [facts.node])
    guard let greatest = IssuedPacks.greatest(of: stated),
      !stated.contains(where: { $0.counts && $0.text == greatest.text })
    else { return nil }
    try append(to: notices, operatorName: "", statements: [.pack(greatest.text)], in: commit)
    _ = try IssuedPacks.choose(in: commit)
    return greatest.pack
  }

  /// Says again what the CA signed and no notices hold any more that count: what a ruling leaves out is sent to nobody.
  private func stateLostCertificates(in commit: Commit) throws {
    let counting = Set(try commit.snapshot.statedCertificates().map(\.der))
    let lost = try commit.snapshot.offices().filter { $0.isOfAuthority && !counting.contains($0.certificate) }
    for start in stride(from: 0, to: lost.count, by: LocalNode.certificatesInChange) {
      let some = lost[start..<min(start + LocalNode.certificatesInChange, lost.count)]
      try append(
        to: notices, operatorName: "", statements: some.map { .certificate($0.certificate) }, in: commit)
    }
  }

  /// How many certificates go into one change: each may be some kilobytes long.
  private static let certificatesInChange = 64

  var notices: Space { Space(division: facts.division, section: .notices) }

  private func state(_ revocation: Revocation, _ listBytes: Int, in commit: Commit) throws {
    try say(revocation, listBytes, in: commit)
    try takeUpWhatCounts(in: commit)
  }

  private func say(_ revocation: Revocation, _ listBytes: Int, in commit: Commit) throws {
    let last = try stateFirstParts(of: revocation, listBytes, in: commit)
    try append(to: notices, operatorName: "", statements: [last], in: commit)
  }

  /// Says what of a revocation does not go into one change.
  /// - Returns: what is to be said in the very next change of the notices: the whole, or its last part.
  func stateFirstParts(
    of revocation: Revocation, _ listBytes: Int, in commit: Commit
  ) throws -> Statement {
    let lists = revocation.lists(of: listBytes)
    if lists.count == 1 { return .revocation(revocation) }
    func part(_ index: Int) throws -> Statement {
      let previous = try index == 0 ? nil : commit.head(of: ownLog(notices, commit.snapshot)).hash.prefix
      let isLast = index == lists.count - 1
      return .revocationPart(
        RevocationPart(
          node: revocation.node, previous: previous, isLast: isLast, honoured: lists[index],
          reason: isLast ? revocation.reason : ""))
    }
    for index in lists.indices.dropLast() {
      try append(to: notices, operatorName: "", statements: [part(index)], in: commit)
    }
    return try part(lists.count - 1)
  }
}

/// What a region ruled on.
public struct OwnRuling: Sendable, Equatable {
  /// Of how many logs it said which branches count; none where none is cut.
  public var logs: Int
  /// The version of the campaign pack that stood on a branch which counts no more, and was issued again; nil where none
  /// had to be.
  public var reissued: Int?
  /// Those that are cut and that no ruling reaches: of the greatest epoch that there is, or cut before their first
  /// change with nothing of them kept.
  public var beyondRuling: [LogID]
}
