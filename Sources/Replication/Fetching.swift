internal import Ledger
internal import Wire

/// Attachments, after the records: each side asks for the pieces that it lacks, several at a time, and answers what it
/// is asked. Answers come in the order of the requests.
struct Fetching: Sendable {
  private struct Request {
    var ask: AttachmentAsk
    var offset: Int
    var count: Int
  }

  /// Set while this side asks.
  private var isAsking = false
  /// A later checkpoint wants another look from the front.
  private var isWantedAgain = false
  /// The next attachment is being looked for.
  private var isLooking = false
  private var isExhausted = false
  private var isStopping = false
  /// What is asked for piece by piece, and where its next piece begins.
  private var current: (ask: AttachmentAsk, offset: Int)?
  /// Asked for and not answered, in order.
  private var pending: [Request] = []
  /// Pieces that are being written.
  private var keeping = 0
  /// Given up while more of it was asked for already: what comes of it is passed over.
  private var givenUp: Set<AttachmentAsk> = []
  /// Whether the peer has said that it will ask, and not yet that it is through.
  private var peerIsAsking = false
  /// How often the peer has said that it will ask, beyond how often it was through: two may end as one.
  private var announced = 0
  private var fetched: UInt64 = 0
  /// Whether anything was answered since this side began to ask: requests overlap, so that it waits once.
  private var isAnswered = false
  private var trips = 0
  private(set) var error: SessionError?

  /// Neither side asks for anything.
  var isThrough: Bool { !isAsking && !peerIsAsking }
  /// Nothing that this side has asked for is under way.
  var isQuiet: Bool { pending.isEmpty && !isLooking && keeping == 0 }

  mutating func takeRoundTrips() -> Int {
    defer { trips = 0 }
    return trips
  }

  /// Both sides are through with their records.
  ///
  /// - Parameters:
  ///   - own: whether this side lacks something that it may ask for.
  ///   - theirs: whether the peer has said so of itself.
  mutating func begin(own: Bool, theirs: Bool) -> [Session.Effect] {
    if theirs { peerIsAsking = true }
    guard own, !isStopping else { return [] }
    guard !isAsking else {
      isWantedAgain = true
      return []
    }
    isAsking = true
    isAnswered = false
    var effects: [Session.Effect] = []
    look(&effects)
    return effects
  }

  /// Asks for nothing more; what is under way is awaited.
  mutating func stop() { isStopping = true }

  /// - Returns: nil of an event that is not about attachments.
  mutating func handle(_ event: Session.Event) -> [Session.Effect]? {
    var effects: [Session.Effect] = []
    switch event {
    case .attachmentFound(let found, let offset):
      isLooking = false
      isExhausted = found == nil
      current = found.map { ($0, offset) }
      if let found { givenUp.remove(found) }
    case .chunkKept(let kept, let result):
      keeping -= 1
      note(kept.ask, result)
    case .chunkRead(let request, let data):
      effects.append(.send(Fetching.answer(request, data)))
    case .received(.attachmentRequest(let request)): effects.append(.readChunk(request))
    case .received(.attachmentChunk(let chunk)): receive(chunk, &effects)
    case .received(.attachmentAbsent(let absent)): receive(absent, &effects)
    case .received(.done(let done)):
      if done.fetches { announced += 1 }
      return nil
    case .received(.attachmentsThrough(let fetched)):
      guard announced > 0 else {
        error = .unexpected(type: 13)
        return effects
      }
      announced -= 1
      peerIsAsking = false
      effects.append(.attachmentsHandedOver(Int(clamping: fetched)))
    default: return nil
    }
    goOn(&effects)
    return effects
  }

  private static func answer(_ request: AttachmentRequest, _ data: [UInt8]?) -> Message {
    guard let data else {
      return .attachmentAbsent(AttachmentAbsent(content: request.content, offset: request.offset))
    }
    return .attachmentChunk(AttachmentChunk(content: request.content, offset: request.offset, data: data))
  }

  // MARK: receiving

  private mutating func receive(_ chunk: AttachmentChunk, _ effects: inout [Session.Effect]) {
    guard let asked = take(chunk.content, chunk.offset, type: 11), !givenUp.contains(asked.ask) else {
      return
    }
    // The record says another length than the content has. That may be the record's fault, and ends nothing else.
    guard chunk.data.count == asked.count else {
      finish(asked.ask)
      return effects.append(.noteMisfit(asked.ask))
    }
    keeping += 1
    effects.append(.keepChunk(AskedChunk(ask: asked.ask, chunk: chunk)))
  }

  private mutating func receive(_ absent: AttachmentAbsent, _ effects: inout [Session.Effect]) {
    guard let asked = take(absent.content, absent.offset, type: 12), !givenUp.contains(asked.ask) else {
      return
    }
    finish(asked.ask)
    effects.append(.noteAbsent(asked.ask))
  }

  /// The request that an answer is to: the one that has waited longest.
  private mutating func take(_ content: Hash256, _ offset: UInt64, type: UInt8) -> Request? {
    guard let first = pending.first, first.ask.content == content, UInt64(first.offset) == offset else {
      error = .unexpected(type: type)
      return nil
    }
    if !isAnswered { trips += 1 }
    isAnswered = true
    pending.removeFirst()
    return first
  }

  private mutating func note(_ ask: AttachmentAsk, _ result: Session.ChunkResult) {
    switch result {
    case .kept: break
    case .whole:
      fetched += 1
      finish(ask)
    case .refused: finish(ask)
    }
  }

  /// Asks for no more of it; what is under way is passed over. Something may have waited for it: itself, to be asked for
  /// once more from its beginning, or the same content by another record.
  private mutating func finish(_ ask: AttachmentAsk) {
    if current?.ask == ask { current = nil }
    if pending.contains(where: { $0.ask == ask }) { givenUp.insert(ask) }
    isExhausted = false
  }

  // MARK: asking

  private mutating func goOn(_ effects: inout [Session.Effect]) {
    guard isAsking, error == nil else { return }
    while !isLooking, !isStopping, pending.count < Limits.chunkWindow {
      if let (ask, offset) = current {
        let count = min(Limits.chunkBytes, ask.byteCount - offset)
        let request = AttachmentRequest(
          space: ask.space, record: ask.record, content: ask.content, offset: UInt64(offset))
        effects.append(.send(.attachmentRequest(request)))
        pending.append(Request(ask: ask, offset: offset, count: count))
        current = offset + count < ask.byteCount ? (ask, offset + count) : nil
      } else if isExhausted {
        break
      } else {
        isLooking = true
        effects.append(.findAttachment)
      }
    }
    if pending.isEmpty { givenUp = [] }
    guard isQuiet, isExhausted || isStopping else { return }
    end(&effects)
  }

  private mutating func end(_ effects: inout [Session.Effect]) {
    if isWantedAgain, !isStopping {
      isWantedAgain = false
      return look(&effects)
    }
    isAsking = false
    effects.append(.send(.attachmentsThrough(fetched: fetched)))
    effects.append(.attachmentsFetched)
    fetched = 0
  }

  /// Looks through what is missing from the front.
  private mutating func look(_ effects: inout [Session.Effect]) {
    isExhausted = false
    effects.append(.lookForAttachments)
    goOn(&effects)
  }
}
