internal import Campaign
public import Ledger
internal import Store
internal import Trust

/// Changes of an office's own that none of its peers may be given: it was assigned another place, and they stand above
/// the former one.
public struct Stranded: Sendable, Hashable {
  /// How many, of those that nobody above has signed for.
  public var changes: Int
  /// The names of the offices that may take them: who certified this one first, then those above it, the nearest first.
  public var takers: [String]
}

extension LocalNode {
  /// What cannot get out by the listed peers.
  ///
  /// - Parameter others: peers beside those: nodes that were spoken with though they are not listed.
  /// - Returns: nil where there is nothing of it, or where a peer may take it as far as is known.
  public func stranded(besides others: [NodeID] = []) throws -> Stranded? {
    try store.read { try stranded($0, besides: others) }
  }

  func stranded(_ snapshot: Snapshot, besides others: [NodeID] = []) throws -> Stranded? {
    let listed = try snapshot.peers(listedOnly: true).map(\.node)
    guard !facts.isRegion, facts.isEnrolled, !listed.contains(nil) else { return nil }
    let peers = Set(listed.compactMap(\.self) + others)
    let reach = try peers.compactMap { try mayGive(to: $0, snapshot) }
    guard !peers.isEmpty, reach.count == peers.count else { return nil }
    let own = try scope(snapshot.pack())
    let changes = try snapshot.unsentCount(node: facts.node, coveredBy: signersAbove(own, snapshot)) {
      space in
      own.mayWrite(space) && !reach.contains { $0(space) }
    }
    guard changes > 0 else { return nil }
    let issuers = try snapshot.offices().filter { !$0.isRevoked && $0.node != facts.node && isIssuer($0) }
    return Stranded(
      changes: changes, takers: LocalNode.names(issuers + (try officesAbove(own, snapshot))))
  }

  /// How many of this node's own changes, of those that nobody above has signed for, one peer may not be given.
  public func strandedCount(at peer: NodeID) throws -> Int {
    try store.read { snapshot in
      guard !facts.isRegion, facts.isEnrolled else { return 0 }
      let own = try scope(snapshot.pack())
      return try strandedCount(at: peer, own, signersAbove(own, snapshot), snapshot)
    }
  }

  func strandedCount(at peer: NodeID?, _ own: Scope, _ signers: [NodeID], _ snapshot: Snapshot) throws -> Int
  {
    guard let mayGive = try peer.flatMap({ try mayGive(to: $0, snapshot) }) else { return 0 }
    return try snapshot.unsentCount(node: facts.node, coveredBy: signers) {
      own.mayWrite($0) && !mayGive($0)
    }
  }

  /// What a peer may be given: nothing, where it was revoked; nil where its certificate is not known.
  private func mayGive(to peer: NodeID, _ snapshot: Snapshot) throws -> ((Space) -> Bool)? {
    guard let office = try snapshot.office(peer) else { return nil }
    guard !office.isRevoked else { return { _ in false } }
    return try Certificate(der: office.certificate).office.map { office in { office.scope.mayRead($0) } }
  }

  /// The offices in force that stand above a scope and cover its division, the nearest first.
  func officesAbove(_ scope: Scope, _ snapshot: Snapshot) throws -> [OfficeRow] {
    try snapshot.offices().reversed().filter { office in
      guard !office.isRevoked, office.rank < scope.rank else { return false }
      return try Certificate(der: office.certificate).office?.scope.covers(scope.division) == true
    }
  }

  /// Whose receipts say that this node's changes have arrived: who enrolled it, and whoever covers its division from higher
  /// up. What a computer holds that was lost has arrived nowhere, nor what one holds whose word no longer counts.
  func signersAbove(_ own: Scope, _ snapshot: Snapshot) throws -> [NodeID] {
    let isRefused = try EnrolmentRefusal.standing(of: self, snapshot) != nil
    let offices = try snapshot.offices()
    let out = Set(offices.filter { $0.isRevoked || isRefused && isIssuer($0) }.map(\.node))
    let above = offices.filter { office in
      office.node != facts.node
        && (own.ancestors.contains(office.division)
          || office.division == facts.division && office.rank < own.rank)
    }.map(\.node)
    let enrollers = try snapshot.peers().filter(\.isEnroller).compactMap(\.node)
    return Array(Set(above + enrollers).subtracting(out))
  }
}
