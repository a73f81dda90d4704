internal import Wire

/// What may follow what in a bundle: changes first, then attachments, and at the end at most one Done.
struct BundleOrder {
  private enum Part: Int {
    case changes, attachments, done
  }

  private var part = Part.changes

  /// - Throws: `BundleFault.altered` where a message has no place.
  mutating func take(_ message: Message) throws(BundleFault) {
    let next: Part
    switch message {
    case .changes: next = .changes
    case .attachmentRequest, .attachmentChunk: next = .attachments
    case .done: next = .done
    default: throw .altered
    }
    guard part != .done, next.rawValue >= part.rawValue else { throw .altered }
    part = next
  }
}
