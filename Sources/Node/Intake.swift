internal import Campaign
internal import Ledger
internal import Replication
internal import Store
internal import Trust
internal import Wire

/// From a frame of changes to what is durable: checked log by log; what cannot be believed is set aside, and
/// everything else flows.
struct Intake {
  let node: LocalNode
  /// The peer's key in the store.
  let source: Int64
  /// What the sender may not send here is refused as well: nothing outside the own reading scope is kept.
  let mayRead: @Sendable (Space) -> Bool

  /// Takes a frame in, within `commit`'s transaction.
  ///
  /// - Parameter ahead: for each batch what was read of it already.
  func take(
    _ frame: ChangesFrame, readAhead ahead: [ReadBatch?] = [], authority: inout Authority, in commit: Commit
  ) throws -> IntakeOutcome {
    var outcome = IntakeOutcome(new: 0, refused: 0)
    var heard = Heard()
    for (index, batch) in frame.batches.enumerated() {
      let read = index < ahead.count ? ahead[index] : nil
      try take(batch, read, authority: &authority, in: commit, &outcome, &heard)
    }
    while heard.standing || heard.certificate {
      if heard.standing {
        let time = node.surroundings.now()
        _ = try Standing.settle(in: commit, identity: node.identity, at: time)
        authority = try Authority(commit.snapshot, identity: node.identity)
      }
      heard = Heard()
      try retry(authority: &authority, in: commit, &outcome, &heard)
    }
    return outcome
  }

  /// What a frame said of who may write.
  private struct Heard {
    /// A certificate came, or one counts again.
    var certificate = false
    /// Something came that bears on what counts.
    var standing = false
  }

  private func take(
    _ batch: Batch, _ ahead: ReadBatch?, authority: inout Authority, in commit: Commit,
    _ outcome: inout IntakeOutcome, _ heard: inout Heard
  ) throws {
    guard mayRead(batch.log.space) else {
      outcome.refused += 1
      return try setAside(batch, n: batch.startN + 1, .outOfScope, in: commit)
    }
    guard let start = try commit.head(of: batch.log, at: batch.startN, batch.startHash) else {
      guard try commit.isSetAside(batch.log, before: batch.startN) else { throw SessionError.gap }
      // What it follows was refused: so is this, and the other logs flow.
      outcome.refused += 1
      return try setAside(batch, n: batch.startN + 1, .doesNotFollow, in: commit)
    }
    if !authority.knows(batch.log.node) { try introduce(batch, start, &authority, in: commit) }
    let read = ahead.flatMap { $0.start == start ? $0 : nil } ?? ReadBatch(batch, from: start)
    let (verified, fault) = VerifiedBatch.check(read, verifier: authority)
    if let verified {
      let applied = try commit.append(verified, source: source)
      outcome.new += applied.new
      for entry in verified.entries where !entry.content.statements.isEmpty {
        try hear(entry, authority: &authority, in: commit, &heard)
      }
      try commit.releaseQuarantine(log: batch.log, through: verified.end.n)
      // The head that is honoured may have come now, which tells which branch leads to it.
      if authority.isRestricted(batch.log.node) { heard.standing = true }
    }
    if let fault {
      outcome.refused += 1
      try setAside(batch, n: (verified?.end.n ?? batch.startN) + 1, fault, in: commit)
    }
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
      if let row = try authority.learn(der, from: batch.log.node), row.node == batch.log.node {
        try commit.keep(row)
      }
    }
  }

  /// Acts on what a believed change says beside records.
  private func hear(
    _ entry: VerifiedBatch.Entry, authority: inout Authority, in commit: Commit, _ heard: inout Heard
  ) throws {
    let author = entry.change.log.node
    guard entry.change.log.space.section == .notices else { return }
    for statement in entry.content.statements {
      switch statement {
      case .certificate(let der):
        if let row = try authority.learn(der, from: author) {
          try commit.keep(row)
          heard.certificate = true
          heard.standing = true
        }
      case .pack(let text) where authority.rights(of: author).contains(.issuePacks):
        // One that this version cannot read at all is kept and relayed all the same.
        guard let pack = try? PackReader.read(text, origin: .received) else { continue }
        try commit.takeIssued(pack, text: text)
      case .revocation: heard.standing = true
      default: continue
      }
    }
  }

  private func setAside(_ batch: Batch, n: UInt64, _ fault: BatchFault, in commit: Commit) throws {
    let cursor = ArrivalCursor(
      store: [UInt8](repeating: 0, count: 16), arrival: 0, running: [UInt8](repeating: 0, count: 16))
    let bytes = Message.changes(ChangesFrame(batches: [batch], through: cursor)).encoded()
    try commit.quarantine(
      log: batch.log, n: n, reason: fault.code, source: source, at: node.surroundings.now(), batch: bytes)
  }

  /// Something came that bears on who may write: what was set aside for want of it is tried again.
  private func retry(
    authority: inout Authority, in commit: Commit, _ outcome: inout IntakeOutcome, _ heard: inout Heard
  ) throws {
    let reasons = [BatchFault.unknownAuthor, .revoked, .doesNotFollow]
    for bytes in try reasons.flatMap({ try commit.quarantinedBatches(reason: $0.code) }) {
      guard case .changes(let frame) = try? Message(type: 4, payload: bytes) else { continue }
      for batch in frame.batches where authority.knows(batch.log.node) {
        guard let start = try commit.head(of: batch.log, at: batch.startN, batch.startHash),
          let verified = VerifiedBatch.check(batch, from: start, verifier: authority).verified
        else { continue }
        let applied = try commit.append(verified, source: source)
        outcome.new += applied.new
        for entry in verified.entries where applied.new > 0 && !entry.content.statements.isEmpty {
          try hear(entry, authority: &authority, in: commit, &heard)
        }
        try commit.releaseQuarantine(log: batch.log, through: verified.end.n)
      }
    }
  }
}
