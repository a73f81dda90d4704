internal import Ledger
internal import Store
internal import Trust

/// What offices may read by the certificates that are known of them, within one transaction: each is read once.
final class ReadingScopes {
  private let snapshot: Snapshot
  private var known: [NodeID: Scope?] = [:]

  init(_ snapshot: Snapshot) { self.snapshot = snapshot }

  func mayRead(_ node: NodeID, _ space: Space) throws -> Bool { try scope(of: node)?.mayRead(space) == true }

  func isRevoked(_ node: NodeID) throws -> Bool { try snapshot.office(node)?.isRevoked == true }

  private func scope(of node: NodeID) throws -> Scope? {
    if let scope = known[node] { return scope }
    let scope = try snapshot.office(node).flatMap { try Certificate(der: $0.certificate).office?.scope }
    known[node] = .some(scope)
    return scope
  }
}
