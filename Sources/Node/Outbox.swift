internal import Replication
internal import Wire

/// Messages on their way out, in order. One task sends them while the session reads on: two sides that both
/// waited until the other reads would wait for ever.
struct Outbox {
  /// A peer that takes nothing and goes on sending is not read any more when so many answers to it wait. A window
  /// of frames never brings about as many.
  private static let mostWaiting = 16 * Limits.window

  private var waiting: [Message] = []
  private var holdsChanges = false
  private(set) var isSending = false
  /// Why nothing more can be sent.
  private(set) var broken: (any Error)?

  /// Whether a frame of changes may be made ready: one is, while another is being sent.
  var takesChanges: Bool { broken == nil && !holdsChanges }
  /// Whether what comes may be answered.
  var takesAnswers: Bool { waiting.count < Outbox.mostWaiting }
  var isEmpty: Bool { waiting.isEmpty && !isSending }

  mutating func append(_ message: Message) {
    guard broken == nil else { return }
    waiting.append(message)
    if case .changes = message { holdsChanges = true }
  }

  /// All that waits, for the task that is to send it; nil where there is nothing, or a task is at it.
  mutating func takeAll() -> [Message]? {
    guard !isSending, !waiting.isEmpty else { return nil }
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
    holdsChanges = false
  }
}
