internal import Foundation
internal import GRDB
internal import Ledger

/// Which changes that others name will never count here, as far as this store can tell: they are held and taken out,
/// or their author was revoked and nothing that is honoured reaches so far. What only may come is not lost.
final class LostChanges {
  private let db: Database
  private let revoked: Set<NodeID>
  /// By change, for a record's are asked for again and again.
  private var known: [ChangeRef: Bool] = [:]
  /// By node, for each of its revocations how far each of its logs is honoured.
  private var honoured: [NodeID: [[LogID: UInt64]]]?

  init(_ db: Database, revoked: Set<NodeID>) {
    self.db = db
    self.revoked = revoked
  }

  /// What cannot be read is not known to be lost.
  func contains(_ change: ChangeRef) -> Bool {
    if let isLost = known[change] { return isLost }
    let isLost = ((try? isTakenOut(change)) ?? false) || ((try? isBeyondRevocation(change)) ?? false)
    known[change] = isLost
    return isLost
  }

  private func isTakenOut(_ change: ChangeRef) throws -> Bool {
    guard let space = try LogRegistry(db).existingSpace(change.log.space)?.key else { return false }
    let statement = try db.cachedStatement(
      sql: """
        SELECT c.hash FROM branches b JOIN changes c ON c.branch = b.key
        WHERE b.space = ? AND b.node = ? AND b.epoch = ? AND c.n = ? AND b.withdrawn
        """)
    return try Data.fetchAll(
      statement,
      arguments: [
        space, change.log.node.hash.data, Int64(bitPattern: change.log.epoch), Int64(change.n),
      ]
    ).contains { try hash($0).prefix == change.hashPrefix }
  }

  private func isBeyondRevocation(_ change: ChangeRef) throws -> Bool {
    guard revoked.contains(change.log.node) else { return false }
    let ends = try honoured ?? readHonoured()
    honoured = ends
    return ends[change.log.node, default: []].contains { ends in (ends[change.log] ?? 0) < change.n }
  }

  private func readHonoured() throws -> [NodeID: [[LogID: UInt64]]] {
    var ends: [NodeID: [[LogID: UInt64]]] = [:]
    for stated in try Snapshot(db).revocations() where stated.counts {
      let revocation = stated.revocation
      guard revoked.contains(revocation.node), stated.certificates.isEmpty else { continue }
      let reached = Dictionary(revocation.honoured.map { ($0.log, $0.n) }, uniquingKeysWith: max)
      ends[revocation.node, default: []].append(reached)
    }
    return ends
  }
}
