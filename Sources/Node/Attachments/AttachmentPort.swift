internal import Ledger
internal import Replication
internal import Store
internal import Wire

/// Carries out what a session wants of attachments: which are missing, a piece from here, a piece to here.
final class AttachmentPort {
  /// What moved, and what did not.
  struct Tally: Sendable, Hashable {
    /// Contents that became whole here, and there.
    var fetched = 0
    var handedOver = 0
    /// Contents that the peer has not got, or does not give.
    var absent = 0
    /// Contents that came and had another length, or another hash, than records say.
    var refused = 0
    /// Contents that another session, or somebody who attaches them, was at.
    var busy = 0
    /// Contents that could not be written here, or not be kept for want of room.
    var unwritten = 0
    /// Bytes of pieces that came, and of all that was missing at first.
    var bytes = 0
    var bytesWanted = 0

    static func -= (a: inout Tally, b: Tally) {
      a.fetched -= b.fetched
      a.handedOver -= b.handedOver
      a.absent -= b.absent
      a.refused -= b.refused
      a.busy -= b.busy
      a.unwritten -= b.unwritten
      a.bytes -= b.bytes
      a.bytesWanted -= b.bytesWanted
    }
  }

  typealias SpacesNow = (Snapshot) throws -> (Space) -> Bool

  private let node: LocalNode
  private let peerKey: Int64
  /// Whose attachments are asked for; nil: everybody's.
  private let author: NodeID?
  private(set) var tally = Tally()
  /// What first kept contents from being written here.
  private(set) var fault: (any Error)?
  private var cursor: AttachmentCursor
  private var queue: [MissingAttachment] = []
  /// How far what is missing has been looked through.
  private var last: Int64 = 0
  private var isLookedThrough = false
  /// Whether all that was taken out of the queue was asked for: what another session is fetching was not, nor what could
  /// not be written.
  private var isAllAsked = true
  private var open: [AttachmentAsk: Opened] = [:]
  /// What waits until the same content, by another record, is done with.
  private var waiting: [MissingAttachment] = []
  /// What was no good at first and is asked for once from its beginning.
  private var restarted: Set<AttachmentAsk> = []
  /// What did not fit, and is not asked for again in this session.
  private var givenUp: Set<AttachmentAsk> = []
  /// What could not be written here: nor is that, but in the next one.
  private var unwritten: Set<AttachmentAsk> = []
  /// What others were at.
  private var busy: Set<AttachmentAsk> = []
  /// What the peer has not got, since this side last was through with asking.
  private var absent: Set<AttachmentAsk> = []
  /// Contents that were given and, before that, held against their hashes.
  private var checked: Set<Hash256> = []
  /// What the peer has taken to its last piece and not yet said to be whole.
  private var handing: Set<Content> = []
  /// Of what was here and missing when this side last said Done.
  private var numbersAtDone = ContentNumbers()
  /// Nothing more can be written here.
  private var isDiskFull = false

  /// A content on its way in.
  private struct Opened {
    var part: PartialContent
    /// Where its first piece of this session begins.
    var from: Int
    /// Whether any piece has come.
    var hasCome = false
  }

  private struct Content: Hashable {
    var space: Space
    var hash: Hash256
  }

  private static let page = 64

  /// - Parameter terms: the certificates by which the two read what both may.
  init(_ node: LocalNode, peer: Int64, wish: AttachmentWish, terms: [Hash256]) throws {
    self.node = node
    peerKey = peer
    author = wish == .byRule && !node.facts.isRegion ? node.facts.node : nil
    let bytes = [author == nil ? 1 : 0] + terms.flatMap(\.bytes)
    cursor = AttachmentCursor(
      try node.store.read { try $0.asked(peer: peer) }, terms: Hash256(hashing: bytes),
      insists: wish == .insistent, at: node.surroundings.now())
  }

  /// Whether there is anything to ask the peer for. What was looked at in vain is not looked at again.
  func isMissingAny(_ snapshot: Snapshot, _ scope: (Space) -> Bool) throws -> Bool {
    cursor.begin(at: node.surroundings.now())
    let page = try snapshot.missingAttachments(after: cursor.through, author: author, scope: scope, limit: 1)
    if page.found.isEmpty { cursor.advance(to: page.through) }
    return !page.found.isEmpty
  }

  /// This side says Done: what its records have now the peer may come to say that it has.
  func noteDone(_ snapshot: Snapshot) throws { numbersAtDone = try snapshot.contentNumbers() }

  /// The peer has said how many contents have come to be there.
  func note(peerContents count: UInt64) throws {
    try cursor.note(contents: count) {
      try node.store.read { try $0.missingNumber(beforeLast: AttachmentCursor.askedAgain) }
    }
  }

  /// - Parameters:
  ///   - reading: what the peer may be given, by all that is known now.
  ///   - asking: what it may be asked for.
  /// - Returns: what to tell the session of it.
  func perform(_ effect: Session.Effect, reading: SpacesNow, asking: SpacesNow) throws -> Session.Event? {
    switch effect {
    case .lookForAttachments: try look()
    case .findAttachment:
      let (ask, offset) = try find(asking)
      return .attachmentFound(ask, from: offset)
    case .readChunk(let request): return .chunkRead(request, try read(request, reading))
    case .keepChunk(let asked): return .chunkKept(asked, try keep(asked))
    case .noteAbsent(let ask): noteAbsent(ask)
    case .noteMisfit(let ask):
      close(ask)
      givenUp.insert(ask)
      tally.refused += 1
    case .attachmentsFetched: try endAsking()
    case .attachmentsHandedOver(let count): try noteHandedOver(count)
    case .notePeerContents(let count, let isComplete):
      try note(peerContents: count)
      if isComplete { try noteComplete(asking) }
    default: break
    }
    return nil
  }

  /// What is known of the peer by now, within a transaction.
  func settle(in commit: Commit) throws {
    for ask in absent { try commit.noteLack(ask.content, in: ask.space, peer: peerKey) }
    if let asked = cursor.take() { try commit.keep(asked, peer: peerKey) }
  }

  // MARK: asking

  private func look() throws {
    // Another look goes by what came of the one before; and what the peer had not got then it may have now.
    noteLooked()
    if !absent.isEmpty { try settleNow() }
    queue = []
    waiting = []
    last = cursor.look()
    isLookedThrough = false
    isAllAsked = true
  }

  private func endAsking() throws {
    noteLooked()
    open = [:]
    if cursor.isChanged || !absent.isEmpty { try settleNow() }
  }

  /// The peer was asked for all that was looked through, unless an end was wanted before.
  private func noteLooked() {
    guard isLookedThrough, isAllAsked, queue.isEmpty, waiting.isEmpty, open.isEmpty else { return }
    cursor.endLook(at: last)
  }

  private func settleNow() throws {
    try node.store.write { try settle(in: $0) }
    absent = []
  }

  /// The peer gives none of it. Where pieces of it had come the record may say more bytes than there are.
  private func noteAbsent(_ ask: AttachmentAsk) {
    if open[ask]?.hasCome == true { givenUp.insert(ask) } else { absent.insert(ask) }
    tally.absent += 1
    close(ask)
  }

  /// It is not under way any more; what waited for that is next.
  private func close(_ ask: AttachmentAsk) {
    open[ask] = nil
    guard waiting.contains(where: { $0.content == ask.content }) else { return }
    queue.insert(contentsOf: waiting.filter { $0.content == ask.content }, at: 0)
    waiting.removeAll { $0.content == ask.content }
  }

  private func find(_ asking: SpacesNow) throws -> (AttachmentAsk?, offset: Int) {
    while !isDiskFull {
      if queue.isEmpty, !isLookedThrough { try lookOn(asking) }
      guard !queue.isEmpty else { return (nil, 0) }
      let missing = queue.removeFirst()
      if open.keys.contains(where: { $0.content == missing.content }) {
        waiting.append(missing)
      } else if let (ask, offset) = try begin(missing) {
        return (ask, offset)
      }
    }
    return (nil, 0)
  }

  /// - Returns: nil of one that is not asked for.
  private func begin(_ missing: MissingAttachment) throws -> (AttachmentAsk, offset: Int)? {
    let ask = AttachmentAsk(missing)
    if unwritten.contains(ask) { isAllAsked = false }
    // It may have come by another record, by another session, or have been erased since.
    guard !unwritten.contains(ask), !givenUp.contains(ask), !absent.contains(ask),
      try node.store.read({ try $0.isMissing(missing) }),
      let part = filing(ask, { try $0.partial(ask.content, byteCount: ask.byteCount) })
    else { return nil }
    guard let part else {
      isAllAsked = false
      if busy.insert(ask).inserted { tally.busy += 1 }
      return nil
    }
    let offset = part.resumesAt
    guard filing(ask, { _ in try node.requireRoom(for: ask.byteCount - offset) }) != nil else { return nil }
    open[ask] = Opened(part: part, from: offset)
    tally.bytesWanted += ask.byteCount - offset
    return (ask, offset)
  }

  /// What is done with the files of one attachment. That they cannot be written ends nothing but the asking for it, and
  /// a full disk that for all.
  ///
  /// - Returns: nil where it failed.
  private func filing<T>(_ ask: AttachmentAsk, _ body: (ContentFiles) throws -> T) -> T? {
    do {
      return try body(node.store.contents)
    } catch {
      // Of what would leave too little of it a smaller one may still find room.
      if case StoreError.diskFull = error { isDiskFull = true }
      fault = fault ?? error
      isAllAsked = false
      close(ask)
      if unwritten.insert(ask).inserted { tally.unwritten += 1 }
      return nil
    }
  }

  private func lookOn(_ asking: SpacesNow) throws {
    let page = try node.store.read { snapshot in
      try snapshot.missingAttachments(
        after: last, author: author, scope: try asking(snapshot), limit: AttachmentPort.page)
    }
    queue = page.found
    last = page.through
    isLookedThrough = page.isLast
  }

  private func keep(_ asked: AskedChunk) throws -> Session.ChunkResult {
    let (ask, chunk) = (asked.ask, asked.chunk)
    guard let opened = open[ask] else { return .refused }
    let part = opened.part
    guard filing(ask, { _ in try part.write(chunk.data, at: Int(chunk.offset)) }) != nil else {
      return .refused
    }
    tally.bytes += chunk.data.count
    open[ask]?.hasCome = true
    guard asked.isLast else { return .kept }
    close(ask)
    guard let fits = filing(ask, { _ in try part.finish() }) else { return .refused }
    guard fits else {
      // What was here from before may be what does not fit: once, all of it is asked for.
      if opened.from > 0, restarted.insert(ask).inserted {
        queue.insert(MissingAttachment(ask), at: 0)
      } else {
        givenUp.insert(ask)
        tally.refused += 1
      }
      return .refused
    }
    let isKept = try node.store.write { commit in
      // Another process that kept it in vain may have taken the file away between the two.
      guard node.store.contents.byteCount(ask.content) != nil, try commit.noteHere(ask.content, in: ask.space)
      else { return false }
      try commit.noteHolder(ask.content, in: ask.space, peer: peerKey, at: node.surroundings.now())
      return true
    }
    guard isKept else {
      node.removeStrays([ask.content])
      return .refused
    }
    tally.fetched += 1
    return .whole
  }

  // MARK: answering

  /// A piece of an attachment of a record that the peer may read; nil of any other.
  private func read(_ request: AttachmentRequest, _ reading: SpacesNow) throws -> [UInt8]? {
    let (isGiven, isHeld) = try node.store.read { snapshot in
      guard try reading(snapshot)(request.space) else { return (false, false) }
      return (
        try snapshot.gives(request.content, of: request.record, in: request.space),
        try snapshot.isHeld(request.content, in: request.space, by: peerKey)
      )
    }
    // Who asks for it has not got it, whatever was known.
    if isHeld { try node.store.write { try $0.noteLack(request.content, in: request.space, peer: peerKey) } }
    let files = node.store.contents
    guard isGiven, try isSound(request.content), let total = files.byteCount(request.content) else {
      return nil
    }
    guard request.offset == 0 || request.offset < UInt64(total) else { return nil }
    let data = try? files.read(request.content, offset: Int(request.offset), count: Limits.chunkBytes)
    if let data, Int(request.offset) + data.count == total {
      handing.insert(Content(space: request.space, hash: request.content))
    }
    return data
  }

  /// Whether a file is there and is what its name says, which is looked at once a session: what a disk has spoilt is not
  /// given to one after the other.
  private func isSound(_ content: Hash256) throws -> Bool {
    let files = node.store.contents
    do {
      let isWhole =
        try checked.contains(content) ? files.byteCount(content) != nil : files.isWhole(content)
      if isWhole {
        checked.insert(content)
        return true
      }
    } catch {
      // One that cannot be read is none: the next one may be.
      return false
    }
    try node.store.write { try $0.noteMissing(content) }
    return false
  }

  /// So many are whole there, by the peer's word. Where these are all that it took, it is known which.
  private func noteHandedOver(_ count: Int) throws {
    // As often as it likes.
    let (sum, isTooMuch) = tally.handedOver.addingReportingOverflow(count)
    tally.handedOver = isTooMuch ? .max : sum
    defer { handing = [] }
    guard !handing.isEmpty, count >= handing.count else { return }
    try node.store.write { commit in
      for content in handing {
        try commit.noteHolder(content.hash, in: content.space, peer: peerKey, at: node.surroundings.now())
      }
    }
  }

  /// The peer holds the same records and lacks nothing that they have.
  private func noteComplete(_ asking: SpacesNow) throws {
    let through = numbersAtDone
    guard
      try node.store.read({ snapshot in
        try snapshot.mayNoteComplete(peer: peerKey, scope: try asking(snapshot), through: through)
      })
    else { return }
    try node.store.write { commit in
      try commit.noteComplete(
        peer: peerKey, scope: try asking(commit.snapshot), through: through, at: node.surroundings.now())
    }
  }
}

extension AttachmentAsk {
  fileprivate init(_ missing: MissingAttachment) {
    self.init(
      space: missing.space, record: missing.record, content: missing.content, byteCount: missing.byteCount)
  }
}

extension MissingAttachment {
  fileprivate init(_ ask: AttachmentAsk) {
    self.init(space: ask.space, record: ask.record, content: ask.content, byteCount: ask.byteCount)
  }
}
