internal import Wire

/// What may follow what in a bundle: at the beginning at most one Offer, then changes, then attachments, and at the end at
/// most one Done.
struct BundleOrder {
  private enum Part: Int {
    case start, offer, changes, attachments, done
  }

  private var part = Part.start

  /// - Throws: `BundleFault.altered` where a message has no place.
  mutating func take(_ message: Message) throws(BundleFault) {
    let next: Part
    switch message {
    case .offer: next = .offer
    case .changes: next = .changes
    case .attachmentRequest, .attachmentChunk: next = .attachments
    case .done: next = .done
    default: throw .altered
    }
    let isOneAlone = next == .offer || next == .done
    guard next.rawValue >= part.rawValue, !isOneAlone || next != part else { throw .altered }
    part = next
  }
}
