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
    /// Contents that came and were not what their hash says.
    var refused = 0
    /// Contents that could not be written here.
    var unwritten = 0
    /// Bytes of pieces that came, and of all that was missing at first.
    var bytes = 0
    var bytesWanted = 0

    static func -= (a: inout Tally, b: Tally) {
      a.fetched -= b.fetched
      a.handedOver -= b.handedOver
      a.absent -= b.absent
      a.refused -= b.refused
      a.unwritten -= b.unwritten
      a.bytes -= b.bytes
      a.bytesWanted -= b.bytesWanted
    }
  }

  typealias SpacesNow = (Snapshot) throws -> (Space) -> Bool

  private let node: LocalNode
  private let peerKey: Int64
  /// Whether all that is missing is asked for, or what this node itself attached.
  private let fetchesAll: Bool
  /// Whether what the peer has said it has not got is asked for again.
  private let insists: Bool
  private(set) var tally = Tally()
  private var queue: [MissingAttachment] = []
  /// How far what is missing has been looked through.
  private var last: MissingAttachment?
  private var isLookedThrough = false
  private var open: [AttachmentAsk: (part: PartialContent, from: Int)] = [:]
  /// Not asked for again in this session.
  private var givenUp: Set<AttachmentAsk> = []
  /// Begun anew once, because what was here of it did not fit.
  private var restarted: Set<AttachmentAsk> = []
  /// There is no place for more: nothing else is asked for in this session.
  private var isDiskFull = false

  /// How long a peer is not asked again for what it has not got, in milliseconds.
  private static let absenceHolds: Int64 = 24 * 3600 * 1000
  private static let page = 64

  init(_ node: LocalNode, peer: Int64, insists: Bool) {
    self.node = node
    peerKey = peer
    self.insists = insists
    fetchesAll = insists || node.facts.isRegion
  }

  private var filter: MissingFilter {
    MissingFilter(
      author: fetchesAll ? nil : node.facts.node,
      absentSince: insists ? nil : (peerKey, node.surroundings.now() - AttachmentPort.absenceHolds))
  }

  /// Whether there is anything to ask the peer for.
  func isMissingAny(_ snapshot: Snapshot, _ scope: (Space) -> Bool) throws -> Bool {
    try !snapshot.missingAttachments(after: nil, scope: scope, filter, limit: 1).isEmpty
  }

  /// - Parameters:
  ///   - reading: what the peer may be given, by all that is known now.
  ///   - asking: what it may be asked for.
  /// - Returns: what to tell the session of it.
  func perform(_ effect: Session.Effect, reading: SpacesNow, asking: SpacesNow) throws -> Session.Event? {
    switch effect {
    case .lookForAttachments:
      queue = []
      last = nil
      isLookedThrough = false
      return nil
    case .findAttachment:
      let (ask, offset) = try find(asking)
      return .attachmentFound(ask, from: offset)
    case .readChunk(let request): return .chunkRead(request, try read(request, reading))
    case .keepChunk(let asked): return .chunkKept(asked, try keep(asked))
    case .noteAbsent(let ask):
      try noteAbsent(ask)
      return nil
    case .attachmentsHandedOver(let count):
      // It is the peer's word, as often as it likes.
      let (sum, isTooMuch) = tally.handedOver.addingReportingOverflow(count)
      tally.handedOver = isTooMuch ? .max : sum
      return nil
    default: return nil
    }
  }

  // MARK: asking

  private func find(_ asking: SpacesNow) throws -> (AttachmentAsk?, offset: Int) {
    while !isDiskFull {
      if queue.isEmpty, !isLookedThrough { try lookOn(asking) }
      guard !queue.isEmpty else { return (nil, 0) }
      let missing = queue.removeFirst()
      let ask = AttachmentAsk(missing)
      // It may have come by another record, by another session, or have been erased since.
      guard open[ask] == nil, !givenUp.contains(ask), try node.store.read({ try $0.isMissing(missing) }),
        let part = filing(
          ask, { files throws(StoreError) in try files.partial(ask.content, byteCount: ask.byteCount) })
          ?? nil
      else { continue }
      let offset = part.resumesAt
      open[ask] = (part, offset)
      tally.bytesWanted += ask.byteCount - offset
      return (ask, offset)
    }
    return (nil, 0)
  }

  /// What is done with the files of one attachment. That they cannot be written ends nothing but the asking for it, and
  /// a full disk that for all.
  ///
  /// - Returns: nil where it failed.
  private func filing<T>(_ ask: AttachmentAsk, _ body: (ContentFiles) throws(StoreError) -> T) -> T? {
    do throws(StoreError) {
      return try body(node.store.contents)
    } catch {
      if error == .diskFull { isDiskFull = true }
      open[ask] = nil
      if givenUp.insert(ask).inserted { tally.unwritten += 1 }
      return nil
    }
  }

  private func lookOn(_ asking: SpacesNow) throws {
    queue = try node.store.read { snapshot in
      try snapshot.missingAttachments(
        after: last, scope: try asking(snapshot), filter, limit: AttachmentPort.page)
    }
    last = queue.last ?? last
    isLookedThrough = queue.count < AttachmentPort.page
  }

  private func noteAbsent(_ ask: AttachmentAsk) throws {
    open[ask] = nil
    givenUp.insert(ask)
    tally.absent += 1
    try node.store.write {
      try $0.noteAbsent(ask.content, in: ask.space, peer: peerKey, at: node.surroundings.now())
    }
  }

  private func keep(_ asked: AskedChunk) throws -> Session.ChunkResult {
    guard let (part, from) = open[asked.ask] else { return .refused }
    let chunk = asked.chunk
    guard
      filing(asked.ask, { _ throws(StoreError) in try part.write(chunk.data, at: Int(chunk.offset)) }) != nil
    else { return .refused }
    tally.bytes += asked.chunk.data.count
    guard asked.isLast else { return .kept }
    open[asked.ask] = nil
    let ask = asked.ask
    guard let fits = filing(ask, { _ throws(StoreError) in try part.finish() }) else { return .refused }
    guard fits else {
      // What was here from before may be what does not fit: once, all of it is asked for.
      if from > 0, restarted.insert(ask).inserted {
        queue.insert(MissingAttachment(ask), at: 0)
      } else {
        givenUp.insert(ask)
        tally.refused += 1
      }
      return .refused
    }
    guard try node.store.write({ try $0.noteHere(ask.content, in: ask.space) }) else {
      try? node.removeStray(ask.content)
      return .refused
    }
    tally.fetched += 1
    return .whole
  }

  // MARK: answering

  /// A piece of an attachment of a record that the peer may read; nil of any other.
  private func read(_ request: AttachmentRequest, _ reading: SpacesNow) throws -> [UInt8]? {
    guard
      try node.store.read({ snapshot in
        try reading(snapshot)(request.space)
          && snapshot.gives(request.content, of: request.record, in: request.space)
      })
    else { return nil }
    let files = node.store.contents
    guard let total = files.byteCount(request.content) else {
      try node.store.write { try $0.noteMissing(request.content) }
      return nil
    }
    guard request.offset == 0 || request.offset < UInt64(total) else { return nil }
    // One that cannot be read is none: the next one may be.
    return try? files.read(request.content, offset: Int(request.offset), count: Limits.chunkBytes)
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
