internal import Campaign
public import Ledger
public import Store
internal import Trust

/// What a node says of itself.
extension LocalNode {
  public struct Status: Sendable {
    public var records: Int
    public var changes: Int
    public var unsent: Int
    /// Of these, those that none of the listed peers may be given.
    public var stranded: Stranded?
    /// Why this office must be enrolled anew; nil where it need not.
    public var enrolmentLoss: EnrolmentLoss?
    /// Of this node's own changes, those in divisions that its certificate does not cover: they stay here.
    public var staying: Int
    /// Of these, those in divisions where somebody has signed for them: their records are left as they are.
    public var leftThere: Int
    public var conflicts: Int
    /// The records with a redacted field that holds something again, at who may redact it.
    public var reappeared: [Reappearance]
    public var quarantined: Int
    /// Records of which a change is named that has not come: no conflict is opened where it may settle it.
    public var incomplete: Int
    /// Contents of attachments that records have and this store has not, in the divisions that its office covers: of
    /// others it may hold what it did before it was narrowed, and asks for nothing.
    public var attachmentsMissing: Int
    /// Who holds these, or may.
    public var missingHolders: [MissingHolder]
    /// Contents of attachments that are here and that no other store is known to hold.
    public var attachmentsOnlyHere: Int
    public var fingerprint: Hash256
    /// The clock of the peer that this store last spoke with; where it spoke with nobody, of the one whose bundles tell that it
    /// is farthest off.
    public var drift: ClockDrift?
    /// Peers that are not on the list, but have called or handed in a bundle, and of whose clocks something is known by that.
    public var callers: [Peer]
    public var peers: [PeerStanding]
    /// Where this store was restored from a backup, or set back: how far it has back what it lost.
    public var restoration: Restoration?
    /// Where this store is a copy of another one.
    public var copy: StoreCopy?
    /// Records that this node made outside its scope, and that could not be brought into its own division: nobody else
    /// gets them.
    public var unplaced: [RecordView]
    /// Logs with more than one branch, the one that was forked last first.
    public var forkedLogs: [LogID]
  }

  /// A store that holds less than this office has signed for. Those who kept its receipts bring it back.
  public struct Restoration: Sendable {
    /// Why a store does.
    public enum Cause: Sendable {
      /// It was made out of a backup.
      case backup
      /// It is a copy of a store that has taken in more since.
      case copy
      /// It was set back in its place, or a copy of it has taken in more: that cannot be told apart.
      case setBackOrCopied
      /// An older program noted it, and not why.
      case unknown
    }

    /// Milliseconds since 1970.
    public var since: Int64
    public var cause: Cause
    /// Of what this office may read.
    public var account: LossAccount
    /// The offices below, and the one that this office was certified by, that have not been in touch since: what they hold
    /// of the time after the backup is not known. One that was never in touch itself hands in by whoever enrolled it.
    public var awaited: [String]

    /// Whether anything may still be missing.
    public var isOpen: Bool { account.out > 0 || !awaited.isEmpty }
  }

  private func restoration(_ snapshot: Snapshot, _ own: Scope) throws -> Restoration? {
    guard let since = try snapshot.restoredAt() else { return nil }
    let enrollers = try Set(snapshot.peers().filter(\.isEnroller).compactMap(\.node))
    let others = try snapshot.offices().filter { office in
      office.node != facts.node && !office.isRevoked
        && (facts.isRegion || office.issuer == facts.node || enrollers.contains(office.node))
    }
    let all = try snapshot.offices()
    let issuers = Dictionary(all.map { ($0.node, $0) }, uniquingKeysWith: { $1 })
    // By any computer of the office that enrolled it: the one that did may have been replaced.
    let isAwaited = { (office: OfficeRow) in
      let issuer = office.issuer.flatMap { issuers[$0] }
      let way = all.filter {
        $0.node == issuer?.node || !$0.officeID.isEmpty && $0.officeID == issuer?.officeID
      }
      return (office.lastSeen ?? way.compactMap(\.lastSeen).max() ?? .min) < since
    }
    let evidence = try snapshot.lossEvidence()
    let isCopy = try StoreCopy(snapshot) != nil
    return Restoration(
      since: since,
      cause: evidence == .backup ? .backup : isCopy ? .copy : evidence == nil ? .unknown : .setBackOrCopied,
      account: try snapshot.lossAccount(in: own.mayRead),
      awaited: others.filter(isAwaited).map(\.name).sorted())
  }

  /// A listed peer, and what it lacks as far as is known.
  public struct PeerStanding: Sendable {
    public var peer: Peer
    /// How many of this node's changes, of those that it may read as far as is known, no receipt of its covers.
    public var unsent: Int
    /// How many changes of all that are held here and that it may read it neither sent nor signed for; nil where its
    /// certificate is not known.
    public var lacks: Int?
    /// How many of this node's own changes, of those that nobody above has signed for, it may not be given.
    public var stranded = 0
    /// Whether its certificate counts no more, as this node knows.
    public var isRevoked = false
  }

  /// - Parameter division: the scope to account for, by code or name; nil for the office's own.
  /// - Throws: `outsideReport` where it is not all of it held here.
  public func status(division text: String?) throws -> Status {
    let reappeared = try reappeared()
    let contacts = ContactOrder(now: surroundings.now())
    return try store.read { snapshot in
      let pack = try snapshot.pack()
      let code = try text.map { try reportDivision($0, pack) }
      let own = scope(pack)
      let all = try snapshot.peers()
      let peers = all.filter(\.isListed)
      let signers = try signersAbove(own, snapshot)
      let readers = ReadingScopes(snapshot)
      let unsent =
        facts.isRegion
        ? 0 : try snapshot.unsentCount(node: facts.node, coveredBy: signers, in: own.mayWrite)
      return Status(
        records: try snapshot.recordCount(), changes: try snapshot.changeCount(), unsent: unsent,
        stranded: try stranded(snapshot), enrolmentLoss: try enrolmentLoss(snapshot),
        staying: try snapshot.changeCount(of: facts.node) { !own.mayWrite($0) },
        leftThere: try snapshot.changeCount(of: facts.node) { space in
          try !own.mayWrite(space) && snapshot.isReceipted(facts.node, in: space)
        },
        conflicts: try snapshot.conflictCount(), reappeared: reappeared,
        quarantined: try snapshot.quarantinedCount(), incomplete: try snapshot.incompleteCount(),
        attachmentsMissing: try snapshot.missingAttachmentCount(scope: own.mayRead),
        missingHolders: try snapshot.missingHolders(
          scope: own.mayRead, own: facts.node, mayRead: readers.mayRead),
        attachmentsOnlyHere: try snapshot.soleContentCount(own: facts.node, mayRead: readers.mayRead),
        fingerprint: try snapshot.fingerprint(scope: readingScope(of: code, pack)),
        drift: all.filter { $0.clock?.isLeast == false }.max {
          contacts.precedes($0.lastSync ?? 0, $1.lastSync ?? 0)
        }?.clock ?? all.compactMap(\.clock).max { $0.milliseconds.magnitude < $1.milliseconds.magnitude },
        callers: all.filter { !$0.isListed && $0.clock != nil },
        peers: try peers.map { try standing(of: $0, own, signers, snapshot) },
        restoration: try restoration(snapshot, own),
        copy: try StoreCopy(snapshot), unplaced: try unplacedRecords(snapshot),
        forkedLogs: try snapshot.forkedLogs())
    }
  }

  private func standing(of peer: Peer, _ own: Scope, _ signers: [NodeID], _ snapshot: Snapshot) throws
    -> PeerStanding
  {
    let office = try peer.node.flatMap { try snapshot.office($0) }
    let theirs = try office.flatMap { try Certificate(der: $0.certificate).office?.scope }
    return PeerStanding(
      peer: peer,
      unsent: try snapshot.unsentCount(node: facts.node, coveredBy: peer.node.map { [$0] } ?? []) {
        own.mayWrite($0) && theirs?.mayRead($0) != false
      },
      lacks: try theirs.map { theirs in
        try snapshot.lackingCount(of: peer) { own.mayRead($0) && theirs.mayRead($0) }
      },
      stranded: facts.isRegion ? 0 : try strandedCount(at: peer.node, own, signers, snapshot),
      isRevoked: office?.isRevoked ?? false)
  }

  /// Takes a peer off the list.
  ///
  /// - Parameter name: its address, its office's name, or 4 or more digits of its node id.
  /// - Returns: how it stood.
  /// - Throws: `unknownPeer`, `ambiguousPeer`.
  public func removePeer(_ name: String) throws -> PeerStanding {
    let found = try store.read { try $0.peers(listedOnly: true).peer(called: name) }
    let standing = try status(division: nil).peers.first { $0.peer.key == found.key }
    try store.write { try $0.unlistPeer(key: found.key) }
    return standing ?? PeerStanding(peer: found, unsent: 0, lacks: nil)
  }

  /// - Parameter progressed: is told now and then how many changes were checked, of how many.
  public func verify(progressed: (_ changes: Int, _ of: Int) -> Void = { _, _ in }) throws -> Verification {
    var report = Verification()
    try verify(into: &report, progressed: progressed)
    return report
  }

  /// - Parameter report: gets each problem as it is found: what was, stays there where this throws.
  func verify(
    into report: inout Verification, progressed: (_ changes: Int, _ of: Int) -> Void
  ) throws {
    let isReadable = try store.read { snapshot in
      guard try snapshot.verifyFile(&report) else { return false }
      var authority = try Authority(snapshot, identity: identity)
      for log in try snapshot.allLogs() { try authority.look(for: log, in: snapshot) }
      try snapshot.verify(authority, into: &report, progressed: progressed)
      for line in try snapshot.unfoundedReceipts(authority.mayHaveSigned) {
        report.note(log: line.log.description, n: line.n, "receipt-mismatch", detail: "\(line.signer)")
      }
      for office in try snapshot.offices() where !office.isAsCertified {
        report.note(log: "\(office.node)", "office-mismatch", detail: office.name)
      }
      let standing = try Standing(snapshot, root: identity.authority)
      // Of its own logs a node sets aside what it wrote before it joined elsewhere, and no revocation says so.
      let own = standing.own(identity)
      for log in try snapshot.misdrawnLogs({ try standing.honoured(of: $0, identity) })
      where try log.node != identity.key.nodeID || own?.concerns(log) == true {
        report.note(log: log.description, "withdrawn-mismatch")
      }
      return true
    }
    guard isReadable else { return }
    for problem in try attachmentProblems() { report.add(problem) }
  }
}
