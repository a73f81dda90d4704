internal import Campaign
internal import Ledger
internal import Replication
internal import Store
internal import Trust
internal import Wire

/// From a frame of changes to what is durable: checked log by log; what cannot be believed is set aside, and
/// everything else flows. One takes in what comes in a session, or in a bundle.
struct Intake {
  let node: LocalNode
  /// The peer's key in the store.
  let source: Int64
  /// What was refused so far and is still set aside.
  private var refusals = Refusals()
  /// Whether something of a log that this store is writing came from elsewhere: it was set back, and goes on under
  /// another epoch.
  private(set) var wasSetBack = false
  /// Whether a log was cut, or cut lower, because it has too many branches.
  private(set) var hasCut = false
  /// Logs of which a further branch came that counts, each with how many branches it has.
  private(set) var forks: [LogID: Int] = [:]
  /// Changes of the frame under way that were new, whoever they came from: some may have waited here.
  private var new = 0
  /// Of these, the ones that are the peer's.
  private(set) var newFromPeer = 0
  /// Changes of this node's own that were taken in: it wrote them in another store, or in this one before that was set back.
  private(set) var regained = 0
  /// Changes that frames brought and that were held before.
  private(set) var known = 0
  /// Changes that frames brought and that lie on further branches of logs with too many, of which no more is kept.
  private(set) var beyondBranches = 0
  /// Changes of the stretches that were refused and still are.
  var refusedChanges: Int { refusals.changeCount }
  /// Whether what is gone through is what a frame brought, and not what waited here.
  private var isOfFrame = false
  private var heard = Heard()
  /// What becomes of a batch that follows on nothing held here.
  private var onGap: GapRule
  /// The same before heads are exchanged.
  private let onFirstGap: GapRule
  /// Whether such a batch was left out.
  private(set) var hasGap = false

  enum GapRule {
    /// The frame is refused: whoever sent it knew what is held here.
    case refuse
    /// The batch is left out, and asked for by heads: the sender may believe that this store holds what it has lost.
    case leaveOut
  }

  init(node: LocalNode, source: Int64, onGap: GapRule = .refuse) {
    self.node = node
    self.source = source
    self.onGap = onGap
    onFirstGap = onGap
  }

  /// The peer has offered all that it holds: what was left out comes again, with what it follows.
  mutating func beginByHeads() {
    onGap = .refuse
    hasGap = false
  }

  /// Both hold the same: nothing is lacking after all, and what comes next is not by heads.
  mutating func endHeads() {
    onGap = onFirstGap
    hasGap = false
  }

  /// What a frame said of who may write.
  private struct Heard {
    /// A certificate came, or one counts again.
    var certificate = false
    /// Something came that bears on what counts.
    var standing = false
    /// Somebody who enrols has another certificate: what he had issued may count by it.
    var enroller = false
    /// Texts or attachments are to be erased.
    var erasure = false

    var isAnything: Bool { certificate || standing || enroller || erasure }
  }

  /// Takes a frame in, within `commit`'s transaction.
  ///
  /// - Parameters:
  ///   - ahead: for each batch what was read of it already.
  ///   - mayRead: what the sender may not send here is refused as well: nothing outside the own reading scope is
  ///     kept.
  mutating func take(
    _ frame: ChangesFrame, readAhead ahead: [ReadBatch?] = [], mayRead: (Space) -> Bool,
    authority: inout Authority, in commit: Commit
  ) throws -> IntakeOutcome {
    new = 0
    newFromPeer = 0
    heard = Heard()
    defer { isOfFrame = false }
    for (index, batch) in frame.batches.enumerated() {
      let read = index < ahead.count ? ahead[index] : nil
      isOfFrame = true
      guard mayRead(batch.log.space) else {
        try setAside(batch, n: batch.startN + 1, .outOfScope, in: commit)
        continue
      }
      try take(batch, read, from: source, authority: &authority, in: commit)
    }
    isOfFrame = false
    return try goOn(mayRead: mayRead, authority: &authority, in: commit)
  }

  /// A certificate became known by other ways than a change, or something was said here that bears on what counts: what
  /// was set aside for want of it is tried again.
  ///
  /// - Parameter isOfEnroller: whether the certificate is that of somebody who enrols.
  mutating func takeWhatWaited(
    mayRead: (Space) -> Bool, authority: inout Authority, isOfEnroller: Bool = false, in commit: Commit
  ) throws -> IntakeOutcome {
    new = 0
    newFromPeer = 0
    heard = Heard(certificate: true, standing: true, enroller: isOfEnroller)
    return try goOn(mayRead: mayRead, authority: &authority, in: commit)
  }

  private mutating func goOn(
    mayRead: (Space) -> Bool, authority: inout Authority, in commit: Commit
  ) throws -> IntakeOutcome {
    var erased: [Redaction] = []
    try commit.settleCuts()
    while heard.isAnything {
      if heard.standing || heard.enroller {
        let time = node.surroundings.now()
        let settled = try Standing.settle(
          in: commit, identity: node.identity, at: time, certificatesAnew: heard.enroller)
        authority = try Authority(commit.snapshot, identity: node.identity, settled.standing)
      }
      // One may have come before the certificate that it counts by.
      let new = try authority.erase(in: commit)
      if !new.isEmpty {
        erased += new
        authority = try Authority(commit.snapshot, identity: node.identity)
      }
      heard = Heard()
      try retry(mayRead: mayRead, authority: &authority, in: commit)
    }
    try commit.settleCuts()
    // What waited for them has been taken in by now.
    for redaction in erased { try commit.dropSetAside(namedBy: redaction) }
    return IntakeOutcome(new: new, refused: refusals.count)
  }

  /// - Parameter source: whose batch it is.
  private mutating func take(
    _ batch: Batch, _ ahead: ReadBatch?, from source: Int64, authority: inout Authority, in commit: Commit
  ) throws {
    guard let end = try takeAlone(batch, ahead, from: source, authority: &authority, in: commit) else {
      return
    }
    try release(end, authority: &authority, in: commit)
  }

  /// - Returns: how far it was taken in, by which what was refused before may be released; nil where none of it was.
  private mutating func takeAlone(
    _ batch: Batch, _ ahead: ReadBatch?, from source: Int64, authority: inout Authority, in commit: Commit
  ) throws -> LogHead? {
    guard let start = try commit.head(of: batch.log, at: batch.startN, batch.startHash) else {
      // What it follows may have been left out: that moves nothing, and comes again where it comes to count.
      if try commit.mayLackBranches(of: batch.log) {
        if isOfFrame { beyondBranches += batch.bodies.count }
        return nil
      }
      guard try followsRefused(batch, in: commit) else {
        guard onGap == .leaveOut else { throw SessionError.gap }
        hasGap = true
        return nil
      }
      // What it follows was refused: so is this, and the other logs flow.
      try setAside(batch, n: batch.startN + 1, .doesNotFollow, in: commit)
      return nil
    }
    if !authority.knows(batch.log.node) { try introduce(batch, start, &authority, in: commit) }
    try authority.look(for: batch.log, in: commit.snapshot)
    let read = ahead.flatMap { $0.start == start ? $0 : nil } ?? ReadBatch(batch, from: start)
    let (verified, fault) = VerifiedBatch.check(read, verifier: authority)
    let leftOut = try verified.flatMap {
      try append($0, from: source, authority: &authority, in: commit)
    }
    let end = verified?.end.n ?? batch.startN
    let rest = leftOut.map { ($0, BatchFault.doesNotFollow) } ?? fault.map { (end + 1, $0) }
    if let (n, fault) = rest { try setAside(batch, n: n, fault, from: source, in: commit) }
    // What was refused of it before may be held now; the rest of such a stretch has a start that is held.
    isOfFrame = false
    return verified?.end
  }

  /// Whether a batch that has no start here follows something that was refused, and not something that never came or was
  /// lost. What an earlier session refused of its log tells only where nothing can be asked for.
  private func followsRefused(_ batch: Batch, in commit: Commit) throws -> Bool {
    if refusals.precede(batch.startN, of: batch.log) { return true }
    if try commit.isTakenOut(batch.log, at: batch.startN, batch.startHash) { return true }
    return try onGap == .refuse && commit.isSetAside(batch.log, before: batch.startN)
  }

  /// - Returns: the first number of what follows on something that was taken out, and was not taken in; nil where nothing
  ///   does.
  private mutating func append(
    _ verified: VerifiedBatch, from source: Int64, authority: inout Authority, in commit: Commit
  ) throws -> UInt64? {
    let isRestricted = authority.isRestricted(verified.end.log.node)
    let applied = try commit.append(
      verified, source: source, honouring: authority.honouredHeads(of: verified.end.log))
    new += applied.new
    if isOfFrame {
      known += applied.known
      let taken = (applied.leftOutFrom ?? verified.end.n + 1) - verified.start.n - 1
      beyondBranches += Int(taken) - applied.new - applied.known
    }
    if source == self.source { newFromPeer += applied.new }
    if verified.end.log.node == node.facts.node { regained += applied.new }
    guard applied.new > 0 else { return applied.leftOutFrom }
    if applied.hasForked, !isRestricted {
      forks[verified.end.log] = try commit.branchCount(of: verified.end.log)
    }
    if applied.hasCut {
      hasCut = true
      // What came of it before in this session does not count any more.
      forks[verified.end.log] = nil
      // Certificates and revocations may have come to lie beyond it.
      if verified.end.log.space.section == .notices { heard.standing = true }
    }
    if !applied.isBeyondCut {
      for entry in verified.entries where !entry.content.statements.isEmpty {
        try hear(entry, authority: &authority, in: commit)
      }
    } else if verified.entries.contains(where: \.countsBeyondCut) {
      heard.standing = true
    }
    // The head that is honoured may have come now, which tells which branch leads to it.
    if isRestricted { heard.standing = true }
    if try node.isBeingWritten(verified.end.log, commit.snapshot) {
      wasSetBack = true
      try LocalNode.becomeAnother(in: commit, node.surroundings)
    }
    return nil
  }

  /// Takes back what was refused before and is held now, and takes in what follows it in the same stretch.
  private mutating func release(_ end: LogHead, authority: inout Authority, in commit: Commit) throws {
    // One behind the other and none within another: each may release the next, as many as the quarantine has room for.
    var ends = [end]
    while let end = ends.popLast() {
      for stretch in try commit.releaseQuarantine(log: end.log, through: end.n) {
        forget(stretch)
        for batch in stretch.batches where try !isHeld(batch, in: commit) {
          let next = try takeAlone(batch, nil, from: stretch.source, authority: &authority, in: commit)
          if let next { ends.append(next) }
        }
      }
      for stretch in try commit.dropSuperseded(log: end.log, through: end.n) { forget(stretch) }
    }
  }

  /// Whether all of it is: by its last hash, for of another branch as many may be held.
  private func isHeld(_ batch: Batch, in commit: Commit) throws -> Bool {
    let hashes = batch.hashes
    guard let last = hashes.last, hashes.count == batch.bodies.count else { return false }
    return try commit.head(of: batch.log, at: batch.startN + UInt64(hashes.count), last) != nil
  }

  private mutating func forget(_ stretch: RefusedStretch) {
    refusals.remove(Refusals.Place(stretch))
  }

  /// A log may begin with its own author's certificate, if the region's CA itself signed that.
  private func introduce(
    _ batch: Batch, _ start: LogHead, _ authority: inout Authority, in commit: Commit
  ) throws {
    guard start.n == 0, batch.log.space.section == .notices, let first = batch.bodies.first,
      let body = try? ChangeBody(first),
      let content = try? ChangeDecoder.decode(
        body, of: ChangeRef(log: batch.log, n: 1, hashPrefix: 0), previousTime: 0)
    else { return }
    for case .certificate(let der) in content.statements {
      if let row = try authority.learn(der, from: batch.log.node, commit.snapshot), row.node == batch.log.node
      {
        try commit.keep(row)
      }
    }
  }

  /// Acts on what a believed change says beside records.
  private mutating func hear(
    _ entry: VerifiedBatch.Entry, authority: inout Authority, in commit: Commit
  ) throws {
    let author = entry.change.log.node
    guard entry.change.log.space.section == .notices else { return }
    for statement in entry.content.statements {
      switch statement {
      case .certificate(let der):
        if let row = try authority.learn(der, from: author, commit.snapshot) {
          try commit.keep(row)
          heard.certificate = true
          heard.standing = true
          if Rights(rawValue: row.rights).contains(.enrol) { heard.enroller = true }
        }
      case .pack(let text) where authority.rights(of: author).contains(.issuePacks):
        // One that this version cannot read at all is kept and relayed all the same.
        guard let pack = try? PackReader.read(text, origin: .received) else { continue }
        try commit.takeIssued(pack, text: text)
        // One that does not count may be in force for want of any that does.
        heard.standing = true
      case .revocation, .revocationPart, .release: heard.standing = true
      case .redaction, .erasure: heard.erasure = true
      default: continue
      }
    }
  }

  /// Sets a batch aside from its `n`-th change of the log on, but for what of it is held already.
  ///
  /// - Parameter isOfThisSession: whether it counts as refused in this one.
  private mutating func setAside(
    _ batch: Batch, n first: UInt64, _ fault: BatchFault, from source: Int64? = nil,
    isOfThisSession: Bool = true, in commit: Commit
  ) throws {
    let hashes = batch.hashes
    var n = first
    func hash() -> Hash256? {
      let index = Int(n - batch.startN) - 1
      return index < hashes.count ? hashes[index] : nil
    }
    while let hash = hash(), try commit.head(of: batch.log, at: n, hash) != nil { n += 1 }
    if isOfFrame { known += Int(n - first) }
    let end = batch.startN + UInt64(batch.bodies.count)
    guard n <= end else { return }
    // The rest of what came from somebody else is not counted in this session.
    if isOfThisSession, source ?? self.source == self.source {
      refusals.insert(Refusals.Place(log: batch.log, n: n, hash: hash()), changes: Int(end - n + 1))
    }
    // What nobody signed is not kept where what belongs there is held.
    if fault.isForgery, try commit.holds(batch.log, n) { return }
    let cursor = ArrivalCursor(
      store: [UInt8](repeating: 0, count: 16), arrival: 0, running: [UInt8](repeating: 0, count: 16))
    let bytes = Message.changes(ChangesFrame(batches: [batch], through: cursor)).encoded()
    try commit.quarantine(
      log: batch.log, n: n, hash: hash(), reason: fault.code, source: source ?? self.source,
      at: node.surroundings.now(),
      // What a redaction names may be in it, whole; but for what waits for one it is asked for again.
      batch: try fault != .valuesMissing(n: n) && commit.isErased(anythingOf: batch.log) ? nil : bytes)
  }

  /// Why a stretch may be taken in once something has come that bears on who may write.
  private static let passing = [
    BatchFault.unknownAuthor, .revoked, .narrowed, .ruledOut, .outOfScope, .unsigned(n: 0), .doesNotFollow,
    .valuesMissing(n: 0),
  ]

  /// Something came that bears on who may write: what was set aside for want of it is tried again. It stays whose it
  /// was, and what still cannot be believed of it is set aside anew.
  private mutating func retry(
    mayRead: (Space) -> Bool, authority: inout Authority, in commit: Commit
  ) throws {
    let waiting = try Intake.passing.flatMap { try commit.refusedStretches(reason: $0.code) }
    // What follows something else that waits comes after it, whatever each waits for.
    for stretch in waiting.sorted(by: { ($0.log, $0.n) < ($1.log, $1.n) }) {
      guard mayRead(stretch.log.space), authority.knows(stretch.log.node) else { continue }
      try authority.look(for: stretch.log, in: commit.snapshot)
      for batch in stretch.batches {
        guard let start = try commit.head(of: batch.log, at: batch.startN, batch.startHash) else { continue }
        let (verified, fault) = VerifiedBatch.check(batch, from: start, verifier: authority)
        guard let verified, verified.end.n >= stretch.n else { continue }
        try commit.drop(stretch)
        // The rest of what another session refused is not counted in this one.
        let isOfThisSession = refusals.contains(Refusals.Place(stretch))
        forget(stretch)
        let leftOut = try append(verified, from: stretch.source, authority: &authority, in: commit)
        let rest = leftOut.map { ($0, BatchFault.doesNotFollow) } ?? fault.map { (verified.end.n + 1, $0) }
        if let (n, fault) = rest {
          try setAside(
            batch, n: n, fault, from: stretch.source, isOfThisSession: isOfThisSession, in: commit)
        }
        try release(verified.end, authority: &authority, in: commit)
      }
    }
  }
}

extension BatchFault {
  /// Whether it is no word of the author's at all, as far as anybody can tell.
  fileprivate var isForgery: Bool {
    switch self {
    case .badBody, .badSignature: true
    default: false
    }
  }
}
