public import Ledger
internal import Store
internal import Trust

/// Lifting a revocation: a computer that was lost is found again.
extension LocalNode {
  /// Gives a node back its right to write and to sync; what it wrote meanwhile counts again, everywhere.
  ///
  /// - Parameter prefix: the office's name, or its node id's beginning.
  /// - Throws: `notRevoked`; `mayNotReinstate` where the revocation is not this office's nor of one below it, or the
  ///   certificate fell with its issuer's.
  public func reinstate(_ prefix: String) throws -> NodeID {
    _ = try issuer()
    return try store.write { commit in
      let office = try commit.snapshot.office(called: prefix)
      guard office.isRevoked else { throw NodeError.notRevoked(name: office.name) }
      let standing = try Standing(commit.snapshot, root: identity.authority)
      let mine = try liftable(of: office.node, standing)
      guard !mine.isEmpty else { throw NodeError.mayNotReinstate(name: office.name) }
      try append(
        to: Space(division: facts.division, section: .notices), operatorName: "",
        statements: mine.map { .release($0.change) }, in: commit)
      try takeUpWhatCounts(in: commit)
      return office.node
    }
  }

  /// The revocations of a node that this one may lift: its own, and those of offices below it.
  private func liftable(of node: NodeID, _ standing: Standing) throws -> [StatedRevocation] {
    try standing.revocations.filter { said in
      guard said.revocation.node == node else { return false }
      return try said.author == facts.node || standing.isAbove(facts.node, said.author)
    }
  }

  /// Why a revoked office is not dealt with here.
  func revoked(_ node: NodeID, name: String, _ snapshot: Snapshot) throws -> NodeError {
    let mine = try liftable(of: node, Standing(snapshot, root: identity.authority))
    return .officeRevoked(name: name, node: node, mayReinstate: (try? issuer()) != nil && !mine.isEmpty)
  }
}
