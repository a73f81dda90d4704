internal import Replication
internal import Wire

/// Messages on their way out, in order. One task sends them while the session reads on: two sides that both
/// waited until the other reads would wait for ever.
///
/// Pieces of attachments wait apart, and go one by one when nothing else waits: over a slow link a record does not
/// stand behind what was asked for before it.
struct Outbox {
  /// A peer that takes nothing and goes on sending is not read any more when so many answers to it wait. A window
  /// of frames never brings about as many.
  private static let mostWaiting = 16 * Limits.window

  private var waiting: [Message] = []
  /// Answers to requests for pieces; the peer counts on their order.
  private var pieces: [Message] = []
  private var holdsChanges = false
  private(set) var isSending = false
  /// Why nothing more can be sent.
  private(set) var broken: (any Error)?

  /// Whether a frame of changes may be made ready: one is, while another is being sent.
  var takesChanges: Bool { broken == nil && !holdsChanges }
  /// Whether what comes may be answered.
  var takesAnswers: Bool { waiting.count + pieces.count < Outbox.mostWaiting }
  var isEmpty: Bool { waiting.isEmpty && pieces.isEmpty && !isSending }

  mutating func append(_ message: Message) {
    guard broken == nil else { return }
    switch message {
    case .attachmentChunk, .attachmentAbsent: return pieces.append(message)
    case .changes: holdsChanges = true
    // Nothing is said behind it.
    case .failure: pieces.removeAll()
    default: break
    }
    waiting.append(message)
  }

  /// All that waits, or else one piece of an attachment, for the task that is to send it; nil where there is nothing,
  /// or a task is at it.
  mutating func takeAll() -> [Message]? {
    guard !isSending else { return nil }
    if waiting.isEmpty {
      guard !pieces.isEmpty else { return nil }
      isSending = true
      return [pieces.removeFirst()]
    }
    isSending = true
    holdsChanges = false
    defer { waiting.removeAll() }
    return waiting
  }

  /// The task has sent what it took, or failed.
  mutating func noteSent(_ error: (any Error)?) {
    isSending = false
    if let error { giveUp(error) }
  }

  /// Nothing more is sent.
  mutating func giveUp(_ error: any Error) {
    isSending = false
    broken = broken ?? error
    waiting.removeAll()
    pieces.removeAll()
    holdsChanges = false
  }
}
