internal import Ledger
internal import Replication
internal import Store
internal import Trust
internal import Wire

/// Carries out a session's effects on the store: every answer comes out of one transaction.
final class StorePort {
  let node: LocalNode
  let peerNode: NodeID
  let peerKey: Int64
  let peer: TrustedPeer
  /// Whether the peer is sent nothing: its certificate was not in force when the session began.
  let withholds: Bool
  let isInitiator: Bool
  /// The same for one that is sent to all the same, because it stands above.
  private let startedPastEnd: Bool
  /// What this node showed of itself.
  private let ownCertificate: Certificate?
  /// What was known as the peer's certificate when the session began: another one than it showed may stand here that it
  /// never takes up.
  let peerCertificate: [UInt8]?
  var authority: Authority
  /// What `authority` was read from.
  private var officesState: OfficesState
  /// The peer's store, as it named itself.
  var peerStore: [UInt8] = []
  var sendFrom: Int64 = 0
  /// Changes taken in since then: their arrivals are the peer's own, and not to be sent.
  var takenSince: Int64 = 0
  /// Where the peer stands as far as it was told.
  var told: ArrivalCursor?
  /// Up to this arrival what came from the peer itself is sent as well: it does not seem to hold it any more.
  var sendsAllThrough: Int64 = 0
  var held = HeldRanges()
  /// What the peer had signed for when the session began.
  var signedFor = HeldRanges()
  /// Changes sent that the peer had signed for and does not hold any more.
  private(set) var sentAgain = 0
  /// What the peer has shown by this node's own receipts.
  private var losses = LocalNode.ShownLosses()
  /// Whether the peer has read this very store further than it now goes.
  var hasReadFurther = false
  var asked: [LogHead] = []
  /// For which of its own heads the peer asks what offices above both have signed.
  var askedAbove: [LogHead] = []
  /// Whether the session goes on after both sides are through.
  var staysOpen = false
  /// What others have signed of the peer's logs and need not be handed on in this session any more; nil before the first
  /// Done.
  var passedOver: Set<NamingReceipt.ID>?
  /// Which words of offices above the peer has heard of; nil before the first Done.
  var toldWords: Set<WholeWord>?
  /// What the peer told that these have lost.
  var takenBack: [TakenBack] = []
  /// What was read ahead of the frame that is dealt with.
  var readAhead: [ReadBatch?] = []
  var intake: Intake
  private var readCursor = ReadCursor()
  /// Whether this side has offered all that it holds, since the two last held the same: an offer that comes then is the
  /// peer's answer in kind.
  var hasPlannedByHeads = false
  var taken = HeadsToSign()
  /// What this session's own transactions did.
  private(set) var trace = LocalNode.Trace()
  let attachments: AttachmentPort
  /// Whether attachments may be asked for: the peer holds nothing back. Where it gives none in this session, this says
  /// what the next one is for.
  var mayFetch = false
  private let defersAttachments: Bool
  private(set) var sent = 0
  private(set) var received = 0
  private(set) var refused = 0
  /// Changes that were offered and not yet answered for, or have to be sent, as far as is known.
  var planned = 0
  var offered: [OfferedRange] = []
  var drift: Int64?
  /// Changes that the peer has said it holds and that have not come; nil where that is not known.
  var awaited: Int?
  /// When the first change moved of those that nobody has been told of.
  private(set) var movedAt: Int64?

  /// - Parameters:
  ///   - shown: this node's certificate (DER) as the peer knows it; nil: the one that it has now.
  ///   - wish: what is asked for of the attachments that are missing here.
  ///   - defersAttachments: whether none are asked for or given in this session, so that both only say what they wish.
  init(
    _ node: LocalNode, peer: TrustedPeer, isInitiator: Bool, shown: [UInt8]? = nil,
    wish: AttachmentWish = .byRule, defersAttachments: Bool = false
  ) throws {
    self.defersAttachments = defersAttachments
    self.node = node
    peerNode = peer.node
    self.peer = peer
    // It may have been renewed since the handshake.
    ownCertificate =
      try shown.map { der throws(TrustError) in try Certificate(der: der) } ?? node.identity.chain.first
    startedPastEnd = peer.notInForce(at: node.surroundings.now() / 1000) != nil
    let withholds = try peer.isWithheld(from: node, isInitiator: isInitiator)
    self.withholds = withholds
    var trace = LocalNode.Trace()
    self.isInitiator = isInitiator
    (intake, authority, officesState, awaited, peerCertificate) = try node.store.write { commit in
      let row = try commit.peer(node: peer.node, name: peer.name)
      // Of a side that is sent nothing no heads are asked.
      var intake = Intake(node: node, source: row.key, onGap: withholds ? .refuse : .leaveOut)
      let authority = try trace.follow(commit) {
        try StorePort.takeUp(peer, at: node, &intake, in: commit)
      }
      return (
        intake, authority, try commit.snapshot.officesState(),
        row.unreceived.map { min($0, Snapshot.mostCounted) },
        try commit.snapshot.office(peer.node)?.certificate
      )
    }
    self.trace = trace
    peerKey = intake.source
    attachments = try AttachmentPort(
      node, peer: peerKey, wish: wish,
      terms: [ownCertificate?.fingerprint, peer.chain.leaf.fingerprint].compactMap { $0 })
    if wish == .insistent { try node.settleContentFiles() }
    node.removeUnwanted()
  }

  /// What the peer shows of itself is taken up, and what follows from it.
  private static func takeUp(
    _ peer: TrustedPeer, at node: LocalNode, _ intake: inout Intake, in commit: Commit
  ) throws -> Authority {
    // The chain that the handshake verified stands for the peer itself until its issuer's notices come.
    let isNew = try node.keepShown(peer.office, in: commit)
    try node.renewIfDue(peer.chain, in: commit)
    try node.showIfDue(to: peer.office, in: commit)
    var authority = try Authority(commit.snapshot, identity: node.identity)
    guard isNew else { return authority }
    let own = node.scope(try commit.pack())
    _ = try intake.takeWhatWaited(
      mayRead: own.mayRead, authority: &authority,
      isOfEnroller: Rights(rawValue: peer.office.rights).contains(.enrol), in: commit)
    return authority
  }

  /// Whether this store found that it had been set back, and goes on under another epoch.
  var wasSetBack: Bool { intake.wasSetBack || losses.isAnother }

  /// Whether the peer has shown that this node's key has signed for what this store does not hold, and did not know of.
  var hasLost: Bool { losses.isAny }

  /// Changes of this node's own that came from the peer: this store had lost them, or a copy of it wrote them.
  var regained: Int { intake.regained }

  /// Whether a log was cut in this session because it has too many branches.
  var hasCut: Bool { intake.hasCut }

  /// What both may read.
  func commonScope(_ snapshot: Snapshot) throws -> @Sendable (Space) -> Bool {
    let own = try ownReading(snapshot)
    let theirs = authority.reading(by: peer.chain.leaf)
    return { own($0) && theirs($0) }
  }

  /// By the certificate that was shown to the peer, though there be another one by now, unless that one is narrower.
  private func ownReading(_ snapshot: Snapshot) throws -> @Sendable (Space) -> Bool {
    if let ownCertificate { return authority.reading(by: ownCertificate) }
    return try node.scope(snapshot.pack()).mayRead
  }

  /// Carries out what concerns the store.
  /// - Returns: what to tell the session of it.
  func perform(_ effect: Session.Effect) throws -> Session.Event? {
    switch effect {
    case .plan(let hello): return .planned(try plan(hello))
    case .planByHeads: return .planned(try planByHeads())
    case .noteLosses(let receipts):
      try noteLosses(receipts)
      return nil
    case .answer(let offer): return .answered(try answer(offer))
    case .narrow(let held):
      try narrow(held)
      return .narrowed
    case .load:
      let (frame, isLast) = try load()
      return .loaded(frame, isLast: isLast)
    case .commit(let frame): return .committed(try commit(frame))
    case .makeDone(let sent, let received):
      return .doneMade(try done(sentFrames: sent, receivedFrames: received))
    case .takeBack(let words, let receipts):
      try takeBack(by: words, named: receipts)
      return nil
    case .keepReceipts(let all):
      try keepReceipts(all)
      return nil
    case .keepCursor(let cursor):
      try node.store.write { try keep(cursor, before: $0.lastArrival, in: $0) }
      return nil
    case .lookForAttachments, .findAttachment, .readChunk, .keepChunk, .noteAbsent, .noteMisfit,
      .attachmentsHandedOver,
      .attachmentsFetched, .notePeerContents:
      return try attachments.perform(effect, reading: reading, asking: commonScope)
    case .send, .checkpoint, .finish, .fail: return nil
    }
  }

  /// What the peer may be given now; nothing where it is sent nothing.
  private func reading(_ snapshot: Snapshot) throws -> (Space) -> Bool {
    if withholds { return { _ in false } }
    try requireInForce()
    try renewAuthority(snapshot)
    return try commonScope(snapshot)
  }

  func hello(watches: Bool) throws -> Hello {
    try node.store.read { snapshot in
      let scope = try commonScope(snapshot)
      let unreceipted =
        withholds
        ? []
        : try snapshot.unreceipted(
          by: peerNode, excluding: peerKey, scope: scope, limit: Limits.unreceiptedHeads)
      return Hello(
        store: try snapshot.meta(.storeID) ?? [], cursor: try snapshot.peer(key: peerKey)?.cursor,
        time: node.surroundings.now(), unreceipted: unreceipted, watches: watches,
        withholds: withholds, attachments: !defersAttachments,
        contents: UInt64(try snapshot.contentNumber()),
        unreceiptedAbove: withholds ? [] : try unreceiptedAbove(snapshot, scope))
    }
  }

  private func noteLosses(_ receipts: [[UInt8]]) throws {
    guard try node.store.read({ try node.hasLost(by: receipts, mayRead: ownReading($0), $0) }) else { return }
    losses.add(
      try node.store.write { commit in
        try node.noteLosses(
          by: receipts, mayRead: ownReading(commit.snapshot), isThisStore: hasReadFurther, in: commit)
      })
  }

  /// What came from the peer is not sent back to it, unless it may have come from another store of the same
  /// node: a copied store and its original are one author, and each lacks what the other wrote.
  /// - Returns: up to which arrival that may be. What came behind it came from the peer's present store.
  func echoThrough(_ snapshot: Snapshot) throws -> Int64 {
    let peer = try snapshot.peer(key: peerKey)
    let known = peer?.cursor?.store == peerStore ? peer?.echoThrough : nil
    return max(sendsAllThrough, try known ?? snapshot.ownCursor().arrival)
  }

  /// Changes that have moved either way, of how many that are known of.
  var moved: (done: Int, of: Int) {
    (sent + received, max(sent, planned) + received + (awaited ?? 0))
  }

  private func load() throws -> (frame: ChangesFrame?, isLast: Bool) {
    if withholds { return (nil, true) }
    // A session that stays open ends with the certificate; the next one takes in, and sends nothing.
    try requireInForce()
    let next = try node.store.read { snapshot in
      try renewAuthority(snapshot)
      let echo = try echoThrough(snapshot)
      if let ahead = try snapshot.redactionsAhead(
        after: sendFrom, scope: try commonScope(snapshot), excluding: peerKey, echoThrough: echo,
        held: &held, limit: Limits.frameTargetBytes)
      {
        return ahead
      }
      return try snapshot.outgoing(
        after: sendFrom, scope: try commonScope(snapshot), excluding: peerKey, echoThrough: echo, held: held,
        signedFor: signedFor, limit: Limits.frameTargetBytes)
    }
    sentAgain += next.signedForCount
    sendFrom = next.through.arrival
    takenSince = 0
    guard !next.batches.isEmpty else { return (nil, next.isLast) }
    noteMoved()
    try noteHandedBack(next.batches)
    sent += next.changeCount
    // What is sent a second time does not put the reader back to where it once stood.
    let through = told.map { $0.arrival > next.through.arrival ? $0 : next.through } ?? next.through
    told = through
    return (ChangesFrame(batches: next.batches, through: through), next.isLast)
  }

  private func requireInForce() throws {
    if !startedPastEnd, let error = peer.notInForce(at: node.surroundings.now() / 1000) { throw error }
  }

  /// Whether a session that is at rest may go on: nothing is loaded or committed in it that would ask.
  /// - Throws: what ends it: the peer's certificate has run out or was revoked, or this node has another one, under
  ///   which the two have to agree anew on what both may read.
  func requireStanding() throws {
    try requireInForce()
    try node.store.read { try renewAuthority($0) }
    try node.renewIdentity()
    guard node.identity.chain.first == ownCertificate else {
      throw LinkError.lost(.renewed)
    }
  }

  private func noteMoved() { movedAt = movedAt ?? node.surroundings.now() }

  func noteTold() { movedAt = nil }

  private func commit(_ frame: ChangesFrame) throws -> IntakeOutcome {
    noteMoved()
    let ahead = readAhead
    readAhead = []
    var trace = trace
    let outcome = try node.store.write { commit in
      try renewAuthority(commit.snapshot)
      let before = commit.lastArrival
      let own = try ownReading(commit.snapshot)
      let outcome = try trace.follow(commit) {
        try intake.take(frame, readAhead: ahead, mayRead: own, authority: &authority, in: commit)
      }
      try keep(frame.through, before: before, in: commit)
      let scope = try commonScope(commit.snapshot)
      for log in Set(frame.batches.map(\.log)) where scope(log.space) {
        taken.note(try commit.heads(ofBranchesOf: log), of: log)
      }
      return outcome
    }
    self.trace = trace
    node.removeUnwanted()
    received += outcome.new
    awaited = awaited.map { max(0, $0 - outcome.new) }
    takenSince += Int64(intake.newFromPeer)
    refused = outcome.refused
    return outcome
  }

  /// Keeps how far the peer was read; not yet where something before that was left out.
  private func keep(_ cursor: ArrivalCursor, before: Int64, in commit: Commit) throws {
    guard let kept = readCursor.pass(cursor, before: before, hasGap: intake.hasGap) else { return }
    try commit.setCursor(kept.cursor, peer: peerKey, before: kept.before)
  }

  /// Certificates and revocations that came since by another session count in this one too: a session that
  /// watches may last for days.
  func renewAuthority(_ snapshot: Snapshot) throws {
    let state = try snapshot.officesState()
    guard state != officesState else { return }
    let standing = try Standing(snapshot, root: node.identity.authority)
    authority = try Authority(snapshot, identity: node.identity, standing)
    officesState = state
    try node.requireStanding(peer.chain, snapshot, standing)
  }

  /// Both sides are through: what the peer held back, or had more of than it sent, is not known.
  func note(_ outcome: Checkpoint.Outcome) throws {
    if outcome == .converged {
      // What follows in a session that stays open may have a gap anew.
      hasPlannedByHeads = false
      intake.endHeads()
    }
    if !intake.hasGap, let kept = readCursor.release() {
      try node.store.write { try $0.setCursor(kept.cursor, peer: peerKey, before: kept.before) }
    }
    switch outcome {
    case .converged: awaited = 0
    case .withheld, .moved: awaited = nil
    case .refused, .unequal: break
    }
  }
}
