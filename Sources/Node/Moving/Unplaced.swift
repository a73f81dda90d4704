internal import Ledger
internal import Store
internal import Trust

/// Records that should have been brought into this office's division (`relocateRecords`), and could not be: a person enters
/// them anew.
extension LocalNode {
  /// Of the records that are held here alone those that were not entered anew yet where this office may write.
  func unplacedRecords(_ snapshot: Snapshot) throws -> [RecordView] {
    guard let covered = identity.chain.first?.office?.scope.covered else { return [] }
    return try recordsHeldHereAlone(snapshot).filter { try !snapshot.isEnteredAnew($0, in: covered) }
  }

  /// The records that this node made where its certificate does not let it write, that nobody else counts as its own to
  /// have there, and that stand there still: they hold too much for a deletion to name it all. Nobody else gets them.
  ///
  /// - Returns: none where what this node wrote is still to be looked through.
  func recordsHeldHereAlone(_ snapshot: Snapshot) throws -> [RecordView] {
    guard let scope = identity.chain.first?.office?.scope, try isPlaced(in: snapshot) else { return [] }
    let outside = try snapshot.spacesWritten(by: facts.node).filter { !scope.mayWrite($0) }
    guard !outside.isEmpty else { return [] }
    let standing = try Standing(snapshot, root: identity.authority)
    return try outside.flatMap { space -> [RecordView] in
      // Of what is not its own alone everything that does not count was taken out.
      guard try !standing.isShared(space, with: facts.node) else { return [] }
      // Those that were brought along are deleted.
      return try snapshot.livingRecords(in: space, of: facts.node)
        .compactMap { try snapshot.record($0.id, in: space) }
        .filter { try !LocalNode.isMovable($0, from: ownLog(space, snapshot), to: scope.division) }
    }
  }
}
