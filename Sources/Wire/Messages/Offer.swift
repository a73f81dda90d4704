internal import FoundationEssentials
public import Ledger
internal import SwiftProtobuf

/// What a sender is about to send, before it sends it.
public struct Offer: Hashable, Sendable {
  public var ranges: [OfferedRange]
  /// The reader's own receipts, where it seems to have lost what it signed for.
  public var receipts: [[UInt8]]

  public init(_ ranges: [OfferedRange], receipts: [[UInt8]] = []) {
    self.ranges = ranges
    self.receipts = receipts
  }

  /// As much as one message may hold. What is not offered is sent without asking.
  public var fittingMessage: Offer {
    Offer(
      Array(ranges.prefix(Limits.logsPerMessage)), receipts: Array(receipts.prefix(Limits.receiptsPerMessage))
    )
  }
}

extension Offer: ExpressibleByArrayLiteral {
  public init(arrayLiteral ranges: OfferedRange...) { self.init(ranges) }
}

extension ProtoOffer {
  init(_ offer: Offer) {
    range = offer.ranges.map { range in
      .with {
        $0.log = Data(range.log.canonicalBytes)
        $0.from = range.from
        $0.to = range.to
        $0.toHash = Data(range.toHash.bytes)
      }
    }
    receipt = offer.receipts.map { Data($0) }
  }

  var offer: Offer {
    get throws {
      for receipt in receipt { try WireFault.check(receipt: receipt) }
      return Offer(
        try range.map {
          OfferedRange(
            log: try $0.log.log(), from: try $0.from.number(), to: try $0.to.number(),
            toHash: try $0.toHash.hash())
        }, receipts: receipt.map { [UInt8]($0) })
    }
  }
}
