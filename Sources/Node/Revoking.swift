public import Ledger
internal import Store
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
  /// each count, the others do not, for good. Nothing else of the region's is touched.
  ///
  /// - Parameter branches: how many of each, at most `LogLimits.branches`.
  /// - Returns: how many logs that was said of; none where none is cut.
  /// - Throws: `notTheRegion` where this office has others above it.
  public func ruleOnOwnLogs(keepingBranches branches: Int) throws -> Int {
    guard facts.isRegion else { throw NodeError.notTheRegion }
    return try store.write { commit in
      let cut = try commit.snapshot.headsOfCutLogs(of: facts.node).filter { $0.log.epoch < .max }
      let honoured = cut.flatMap { log in
        (log.counting.map { [$0.ref] } ?? [])
          + log.beyond.prefix(min(branches, LogLimits.branches)).map(\.ref)
      }
      let logs = Set(honoured.map(\.log))
      guard let last = logs.map(\.epoch).max() else { return 0 }
      let own = try ownLog(notices, commit.snapshot)
      if own.epoch <= last || cut.contains(where: { $0.log == own }) {
        try LocalNode.becomeAnother(in: commit, surroundings, beyond: last)
      }
      try state(
        Revocation(node: facts.node, honoured: honoured, reason: ""), LocalNode.revocationListBytes,
        in: commit)
      return logs.count
    }
  }

  private var notices: Space { Space(division: facts.division, section: .notices) }

  private func state(_ revocation: Revocation, _ listBytes: Int, in commit: Commit) throws {
    let lists = revocation.lists(of: listBytes)
    if lists.count == 1 {
      try append(to: notices, operatorName: "", statements: [.revocation(revocation)], in: commit)
    } else {
      for (index, list) in lists.enumerated() {
        let previous = try index == 0 ? nil : commit.head(of: ownLog(notices, commit.snapshot)).hash.prefix
        let isLast = index == lists.count - 1
        let part = RevocationPart(
          node: revocation.node, previous: previous, isLast: isLast, honoured: list,
          reason: isLast ? revocation.reason : "")
        try append(to: notices, operatorName: "", statements: [.revocationPart(part)], in: commit)
      }
    }
    _ = try Standing.settle(in: commit, identity: identity, at: surroundings.now())
  }
}
