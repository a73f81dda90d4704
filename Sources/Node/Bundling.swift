internal import Foundation
internal import Ledger
internal import Replication
internal import Store
internal import Trust
internal import Wire

/// A session for a USB stick: the same frames in a file, sealed to the recipient, with a signed manifest.
extension LocalNode {
  public struct MadeBundle: Sendable {
    public var manifest: BundleManifest
    /// The size of the file.
    public var bytes: Int
    /// Whether it carries everything though only what is new was asked for: the recipient seems to have several stores.
    public var isWholeUnasked: Bool
    /// Contents of attachments that were left out because their files are lost, damaged or cannot be read.
    public var attachmentsUnread: Int
  }

  /// A bundle for an office (a name or node-id prefix; nil: the enroller).
  ///
  /// - Throws: `officeRevoked`, `peerNotInForce`, `noRecipient`, `unknownPeer`, `notHeardOfYet`, `ambiguousPeer`.
  /// - Parameters:
  ///   - sinceLast: only what the recipient's receipts do not cover, and attachments that it is not known to have.
  ///   - attachments: whether the contents of attachments that are here are carried too.
  public func makeBundle(
    for name: String?, sinceLast: Bool, attachments: Bool = false, to path: String
  ) throws -> MadeBundle {
    guard !identity.chain.isEmpty else { throw NodeError.notEnrolled }
    let row = try store.read { try bundleRecipient(name, $0) }
    if isRenewalDue { try writeWherePossible { try showIfDue(to: row, in: $0) } }
    let signing = try writeWherePossible { try $0.nextSigning(now: surroundings.now()) }
    return try store.read { snapshot in
      let recipient = try Certificate(der: row.certificate)
      guard let theirs = recipient.office else { throw TrustError.badCertificate }
      let now = surroundings.now() / 1000
      // As in a session: what an office below may read ends with its certificate.
      let pack = try snapshot.pack()
      guard !recipient.hasEnded(at: now) || isBelow(theirs.scope, pack) else {
        throw NodeError.peerNotInForce(name: theirs.name, until: recipient.notAfter)
      }
      let own = scope(pack)
      let scope = { @Sendable (space: Space) in own.mayRead(space) && theirs.scope.mayRead(space) }
      let receipt = try BundledReceipt(
        of: self, for: recipient.nodeID, at: signing, scope: scope, theirs: theirs.scope, snapshot)
      let shown = try snapshot.receiptTexts(
        by: recipient.nodeID, limit: Limits.receiptsPerMessage, bytes: Limits.receiptBytesPerMessage)
      let isTyped = attachments || receipt.isAny || !shown.isEmpty
      var writer = try bundleWriter(for: recipient, format: isTyped ? BundledAttachments.format : 1, to: path)
      // Before the changes: it tells by them what it lost, and what of that comes back.
      if !shown.isEmpty { try writer.write(.offer(Offer([], receipts: shown))) }
      let isWavering = try snapshot.isWavering(recipient.nodeID)
      let sparing = sinceLast && !isWavering
      let peer = sparing ? try snapshot.peer(node: recipient.nodeID) : nil
      let frames = try writeChanges(
        to: &writer, isTyped: isTyped, but: peer,
        held: sparing ? try snapshot.receiptedRanges(by: recipient.nodeID) : HeldRanges(), scope: scope,
        snapshot)
      var carried = (written: 0, unread: 0)
      if attachments {
        // Not by its receipts: these are for records, and say nothing of files.
        carried = try BundledAttachments.write(
          to: &writer, snapshot, store.contents, scope: scope,
          isHeld: { content, space in
            try peer.map { try snapshot.isHeld(content, in: space, by: $0.key) } ?? false
          })
        writer.note(attachments: carried.written)
      }
      if let done = receipt.message(after: frames, digest: try snapshot.digest(scope: scope)) {
        try writer.write(done)
      }
      let manifest = try writer.finish()
      return MadeBundle(
        manifest: manifest, bytes: writer.byteCount, isWholeUnasked: sinceLast && isWavering,
        attachmentsUnread: carried.unread)
    }
  }

  /// What a bundle asks of its own store. Where nothing can be written the records go out without it.
  private func writeWherePossible<T: Sendable>(_ body: (Commit) throws -> T) throws -> T? {
    do {
      return try store.write(body)
    } catch StoreError.diskFull, StoreError.busy {
      return nil
    }
  }

  /// - Parameters:
  ///   - peer: the recipient, where what came from it is left out, but for what it may have lost since; nil where nothing
  ///     tells what it holds: it may have been restored from a backup, and a stick be its only way.
  ///   - held: what it has signed for.
  /// - Returns: how many Changes payloads it wrote.
  private func writeChanges(
    to writer: inout BundleWriter, isTyped: Bool, but peer: Peer?, held: HeldRanges,
    scope: @escaping @Sendable (Space) -> Bool, _ snapshot: Snapshot
  ) throws -> UInt64 {
    var frames: UInt64 = 0
    var held = held
    // Who was never restored says nothing of its own logs: what came from it is there.
    let echo = try peer.flatMap { try $0.node.map(snapshot.namesOwnLogs) == true ? $0.echoThrough : nil } ?? 0
    func write(_ next: Outgoing) throws {
      guard !next.batches.isEmpty else { return }
      let message = Message.changes(ChangesFrame(batches: next.batches, through: next.through))
      frames += 1
      if isTyped {
        try writer.write(message, changes: next.changeCount)
      } else {
        try writer.write(frame: message.encoded(), changes: next.changeCount)
      }
    }
    while let ahead = try snapshot.redactionsAhead(
      after: 0, scope: scope, excluding: peer?.key, echoThrough: echo, held: &held,
      limit: Limits.frameTargetBytes)
    { try write(ahead) }
    var from: Int64 = 0
    while true {
      let next = try snapshot.outgoing(
        after: from, scope: scope, excluding: peer?.key, echoThrough: echo, held: held,
        limit: Limits.frameTargetBytes)
      try write(next)
      from = next.through.arrival
      if next.isLast { return frames }
    }
  }

  private func bundleRecipient(_ name: String?, _ snapshot: Snapshot) throws -> OfficeRow {
    let found = try name.map { try recipient(called: $0, snapshot) } ?? enroller(snapshot)
    // Whoever has its key reads the file: as in a session it is sent nothing.
    guard !found.isRevoked else { throw try revoked(found.node, name: found.name, snapshot) }
    return found
  }

  private func recipient(called name: String, _ snapshot: Snapshot) throws -> OfficeRow {
    do {
      return try snapshot.office(called: name, inForce: true)
    } catch NodeError.unknownPeer {
      let peers = try snapshot.peers()
      // Who joined by files, and the region, have nobody to sync with.
      // And who has had sticks has heard of the others by them.
      let known = try snapshot.offices().filter { $0.node != facts.node && !isIssuer($0) && $0.rank > 0 }
      guard known.isEmpty, peers.contains(where: { $0.isEnroller && $0.address != nil }),
        peers.allSatisfy({ $0.lastSync == nil })
      else {
        throw NodeError.unknownPeer(name)
      }
      throw NodeError.notHeardOfYet(name)
    }
  }

  /// Who issued the certificate that this office has by now: another one may have since it was enrolled. The region has
  /// none, and a bundle for whoever comes first would be read by nobody.
  private func enroller(_ snapshot: Snapshot) throws -> OfficeRow {
    let marked = try snapshot.peers().first(where: \.isEnroller)?.node.flatMap { try snapshot.office($0) }
    if let marked, facts.isRegion || isIssuer(marked) { return marked }
    let issuer = try snapshot.offices().first { !$0.isRevoked && $0.node != facts.node && isIssuer($0) }
    guard let found = facts.isRegion ? marked : issuer ?? marked else { throw NodeError.noRecipient }
    return found
  }

  private func bundleWriter(for recipient: Certificate, format: UInt8, to path: String) throws -> BundleWriter
  {
    let key = surroundings.random(SealedEnvelope.keyByteCount)
    let manifest = BundleManifest(
      maker: facts.node, makerName: facts.name, recipient: recipient.nodeID,
      recipientName: recipient.office?.name ?? "", madeAt: surroundings.now(), changes: 0, content: .zero)
    let own = identity
    return try BundleWriter(
      to: path, manifest, format: format, chain: try own.chain.map { try $0.pem }.joined(), key: key,
      sealedKey: try SealedEnvelope.seal(key, to: [recipient])
    ) { try own.key.sign($0) }
  }

  // MARK: reading

  /// What a bundle says of itself, of which its head alone is read.
  static func manifest(ofBundle path: String) throws -> BundleManifest {
    try BundleReader(path).head.manifest
  }

  /// Takes a bundle in.
  ///
  /// - Parameter progressed: is told how many bytes of its content were taken in, of how many; where it throws, nothing
  ///   was taken in.
  /// - Returns: what came of it.
  @discardableResult
  func apply(
    bundle path: String, progressed: (_ bytes: Int, _ of: Int) throws -> Void = { _, _ in }
  ) throws -> Taken {
    var taken = Taken()
    try apply(bundle: path, &taken, progressed: progressed)
    return taken
  }

  /// - Parameter taken: gets what came of it; where this throws, what the bundle showed all the same.
  func apply(
    bundle path: String, _ taken: inout Taken, progressed: (_ bytes: Int, _ of: Int) throws -> Void
  ) throws {
    let bundle = try BundleReader(path)
    let head = bundle.head
    guard let own = identity.chain.first, let root = identity.authority else { throw NodeError.notEnrolled }
    let maker = try LocalNode.maker(of: head, root: root)
    try store.read { snapshot in
      do {
        try requireStanding(maker, snapshot)
      } catch let refusal as CertificateRefusal where refusal.reason == .revoked && refusal.holder == .other {
        throw try revoked(maker.leaf.nodeID, name: refusal.name, snapshot)
      }
    }
    guard head.manifest.recipient == facts.node else {
      throw try BundleFault.notForHere(head.manifest, facts, store)
    }
    try bundle.checkContent()
    let key: [UInt8]
    do throws(TrustError) {
      key = try SealedEnvelope.open(head.sealedKey, certificate: own, key: identity.key)
    } catch {
      throw error == .notForThisRecipient
        ? BundleFault.wrongRecipient(name: head.manifest.recipientName) : error
    }
    var bundled = BundledAttachments(store.contents) { [self] in (try? requireRoom(for: $0)) != nil }
    var shown: [[UInt8]] = []
    do {
      taken = try take(bundle, key, from: maker, &bundled, shown: &shown, progressed)
      removeStrays(bundled.placed.subtracting(bundled.kept.map(\.content)))
      removeUnwanted()
      taken.attachments = bundled.kept.count
      taken.unkept = bundled.unkept
      taken.unwritten = bundled.unwritten
    } catch {
      removeStrays(bundled.placed)
      guard case BundleFault.gap = error else { throw error }
      // What it goes on from may be lost here: that much it has told, though nothing of it is kept.
      let (losses, isRestored) = try store.write { commit in
        let own = scope(try commit.pack())
        let losses = try noteLosses(by: shown, mayRead: own.mayRead, in: commit)
        return (losses, try commit.snapshot.restoredAt() != nil)
      }
      taken.losses.add(losses)
      throw BundleFault.gap(afterRestore: isRestored)
    }
  }

  /// Who signed a head, where its chain leads to the region.
  ///
  /// - Throws: `BundleFault.altered` where it is not as its maker wrote it; what speaks against a chain that is.
  private static func maker(of head: BundleHead, root: Certificate) throws -> TrustedChain {
    let chain = try head.requireSigned()
    do throws(TrustError) {
      return try TrustedChain.check(PresentedChain(chain), root: root)
    } catch {
      throw error == .badSignature ? BundleFault.altered : error
    }
  }

  /// - Parameter shown: gets this node's own receipts that it brings, also where it throws later.
  private func take(
    _ bundle: BundleReader, _ key: [UInt8], from maker: TrustedChain, _ bundled: inout BundledAttachments,
    shown: inout [[UInt8]], _ progressed: (_ bytes: Int, _ of: Int) throws -> Void
  ) throws -> Taken {
    var trace = Trace()
    var taken = try store.write { commit in
      try trace.follow(commit) {
        try take(bundle, key, from: maker, &bundled, &shown, progressed, in: commit)
      }
    }
    taken.trace = trace
    return taken
  }

  private func take(
    _ bundle: BundleReader, _ key: [UInt8], from maker: TrustedChain, _ bundled: inout BundledAttachments,
    _ shown: inout [[UInt8]], _ progressed: (_ bytes: Int, _ of: Int) throws -> Void, in commit: Commit
  ) throws -> Taken {
    let manifest = bundle.head.manifest
    let isNew = try keepShown(
      OfficeRow(maker.leaf, issuer: maker.issuer?.nodeID, under: identity.authority), in: commit)
    try renewIfDue(maker, in: commit)
    let source = try commit.peer(node: manifest.maker, name: maker.office.name).key
    var authority = try Authority(commit.snapshot, identity: identity)
    let own = scope(try commit.pack())
    var intake = Intake(node: self, source: source)
    let now = surroundings.now()
    var clock = BundleClock(madeAt: manifest.madeAt, now: now)
    if let founded = identity.authority?.notBefore { clock.note(held: founded * 1000) }
    var taken = Taken()
    if isNew {
      taken.new +=
        try intake.takeWhatWaited(
          mayRead: own.mayRead, authority: &authority,
          isOfEnroller: maker.office.rights.contains(.enrol), in: commit
        ).new
    }
    var order = BundleOrder()
    // It returns only where the file was what the maker signed for to the last byte, and so ends the transaction.
    try bundle.read(key, progressed: progressed) { payload in
      let message = try LocalNode.message(payload, format: bundle.head.format)
      try order.take(message)
      switch message {
      case .offer(let offer):
        shown = offer.receipts
        taken.losses.add(try noteLosses(by: shown, mayRead: own.mayRead, in: commit))
      case .changes(let frame):
        let outcome = try LocalNode.take(frame, &intake, mayRead: own.mayRead, &authority, in: commit)
        taken.changes += frame.batches.reduce(0) { $0 + $1.bodies.count }
        taken.new += outcome.new
      case .done(let done):
        let receipt = BundledReceipt.read(done, of: manifest.maker, authority)
        let last = try commit.snapshot.lastSigning(of: manifest.maker)
        taken.isLatest = receipt.map { one in last.map { $0 < one.signing } ?? true } ?? false
        taken.takenBack = try takeBack(
          by: done.words, named: done.receipts, told: maker.office, authority, in: commit)
        let theirs = authority.reading(by: maker.leaf)
        // By what came the maker may know of a narrowing that this node has not taken up yet.
        let left = identity.chain.first.map { authority.reading(by: $0) } ?? { _ in true }
        try commit.snapshot.lastOwnTime(among: receipt?.heads ?? [], until: now).map { clock.note(held: $0) }
        let count = try BundledReceipt.keep(
          receipt, with: done, peer: source, scope: { own.mayRead($0) && left($0) && theirs($0) }, authority,
          in: commit)
        if count > 0 { taken.takenBack.append(TakenBack(office: maker.office.name, count: count)) }
      default: try bundled.take(message, mayRead: own.mayRead, in: commit)
      }
    }
    try bundled.end(in: commit)
    // What its maker says of it is told to people before it is opened.
    guard taken.changes == manifest.changes, [0, bundled.carried].contains(manifest.attachments) else {
      throw BundleFault.altered
    }
    taken.note(intake)
    for one in bundled.kept {
      try commit.noteHolder(one.content, in: one.space, peer: source, at: now)
    }
    taken.drift = clock.drift
    try LocalNode.noteMaker(manifest, taken, at: now, in: commit)
    return taken
  }

  /// What a bundle that was taken in says of whoever made it.
  private static func noteMaker(_ manifest: BundleManifest, _ taken: Taken, at now: Int64, in commit: Commit)
    throws
  {
    // One that brings nothing, and was not signed after all that is known of its maker, may be older than the last, and says
    // what the clock was like then.
    if taken.new > 0 || taken.isLatest { try commit.noteDrift(of: manifest.maker, atLeast: taken.drift) }
    if taken.refused == 0 {
      try commit.noteSeen(manifest.maker, at: min(manifest.madeAt, now), now: now)
    }
  }

  /// What one payload of a bundle says.
  private static func message(_ payload: [UInt8], format: UInt8) throws(BundleFault) -> Message {
    do throws(WireFault) {
      guard format == BundledAttachments.format else { return try Message(type: 4, payload: payload) }
      return try Message(type: payload.first ?? 0, payload: Array(payload.dropFirst()))
    } catch {
      if case .limit(let name, let value, let limit) = error {
        throw .overLimit(name: name, value: value, limit: limit)
      }
      throw .altered
    }
  }

  /// Takes one frame of a bundle in.
  private static func take(
    _ frame: ChangesFrame, _ intake: inout Intake, mayRead: (Space) -> Bool, _ authority: inout Authority,
    in commit: Commit
  ) throws -> IntakeOutcome {
    do {
      return try intake.take(frame, mayRead: mayRead, authority: &authority, in: commit)
    } catch SessionError.gap {
      throw BundleFault.gap(afterRestore: false)
    }
  }
}
