internal import Ledger
internal import Store

/// What a region ordered in notices of its own that a ruling of its leaves out. Nobody is sent that any more, and what was
/// carried out by it stays so: it is said again.
struct LostOrders {
  private let snapshot: Snapshot
  private let node: NodeID
  private let heads: [LogID: [ChangeRef]]

  /// - Parameter honoured: what the ruling says counts of the logs that it names.
  init(_ snapshot: Snapshot, of node: NodeID, honoured: [ChangeRef]) {
    self.snapshot = snapshot
    self.node = node
    heads = Dictionary(grouping: honoured, by: \.log)
  }

  /// Whether a change that does not count will once the ruling does.
  private func isHonoured(_ change: ChangeRef) throws -> Bool {
    try snapshot.honours(heads[change.log] ?? [], change)
  }

  /// Whether this ruling leaves a change out, and not an earlier one.
  private func isLeftOut(_ change: ChangeRef, isBeyondCut: Bool) throws -> Bool {
    try isBeyondCut && heads[change.log] != nil && !isHonoured(change)
  }

  /// Redactions and erasures of attachments, each once, with who entered them. Nothing lifts one, so those that earlier
  /// rulings left out are among them, where nothing that counts says the same.
  func erasing() throws -> [(statement: Statement, operatorName: String)] {
    try ([5, 6] as [UInt64]).flatMap { type in
      let all = try snapshot.statements(ofType: type, by: node)
      var said = Set(try all.filter { try $0.counts || isHonoured($0.change) }.map(\.statement))
      return try all.filter { said.insert($0.statement).inserted }
        .map { ($0.statement, try snapshot.operatorName(of: $0)) }
    }
  }

  /// Revocations and narrowings of other nodes that no release of this node's names. What the region says of itself is a
  /// ruling: this one takes its place.
  func revoking() throws -> [StatedRevocation] {
    let lifted = Set(try releases().map(\.revoking))
    return try snapshot.revocations(by: [node]).filter { said in
      try said.revocation.node != node && !lifted.contains(said.change)
        && isLeftOut(said.change, isBeyondCut: said.isBeyondCut)
    }
  }

  /// The changes whose revocations this ruling would bring back, for it leaves out what lifts them.
  func releasing() throws -> [ChangeRef] {
    let own = Set(try snapshot.revocations(by: [node]).filter { !$0.counts }.map(\.change))
    let left = try releases().filter { release, revoking in
      // One that counts no more itself needs no lifting.
      guard try !own.contains(revoking) || isHonoured(revoking) else { return false }
      return try isLeftOut(release.change, isBeyondCut: release.isBeyondCut)
    }
    return Set(left.map(\.revoking)).sorted()
  }

  private func releases() throws -> [(held: HeldStatement, revoking: ChangeRef)] {
    try snapshot.statements(ofType: 4, by: node).compactMap { held in
      guard case .release(let change) = held.statement else { return nil }
      return (held, change)
    }
  }
}

extension LocalNode {
  /// Says again what a ruling leaves out of this region's orders, before it takes effect: who was revoked would write again
  /// meanwhile.
  func stateLostOrders(honouring heads: [ChangeRef], _ listBytes: Int, in commit: Commit) throws {
    let lost = LostOrders(commit.snapshot, of: facts.node, honoured: heads)
    // All of it is read before anything is written.
    let (erasing, revoking, releasing) = (try lost.erasing(), try lost.revoking(), try lost.releasing())
    for (statement, operatorName) in erasing {
      try append(to: notices, operatorName: operatorName, statements: [statement], in: commit)
    }
    for said in revoking {
      let last = try stateFirstParts(of: said.revocation, listBytes, in: commit)
      try append(
        to: notices, operatorName: "", statements: [last] + said.certificates.map { .certificate($0) },
        in: commit)
    }
    for change in releasing {
      try append(to: notices, operatorName: "", statements: [.release(change)], in: commit)
    }
  }
}
