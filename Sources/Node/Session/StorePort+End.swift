internal import Ledger
internal import Store

/// What is noted of a session once it is over.
extension StorePort {
  /// Both sides were through.
  func noteEnd() throws { try note(isWhole: true) }

  /// The session broke off; what was wrong is noted by whoever has a name for it (`LocalNode.noteFailure`).
  func noteFailure() throws { try note(isWhole: false) }

  private func note(isWhole: Bool) throws {
    try node.store.write { commit in
      try commit.noteSession(
        peer: peerKey, at: node.surroundings.now(), isWhole: isWhole, drift: drift, unreceived: awaited)
      if isWhole { try EnrolmentRefusal.clear(of: peerNode, in: commit) }
      try attachments.settle(in: commit)
    }
  }

  /// Stores that differ have not synced; but where either has another certificate by now they do not mean the same by what
  /// both may read.
  /// - Throws: that the link has to be made anew.
  func requireSameScope() throws {
    try requireStanding()
    guard try !node.holdsRenewal() else { throw LinkError.lost(.renewed) }
    guard try node.store.read({ try $0.office(peerNode)?.certificate }) == peerCertificate else {
      throw LinkError.lost(.peerRenewed)
    }
  }
}
