internal import FoundationEssentials
public import Ledger
internal import SwiftProtobuf

extension [OfferedRange] {
  /// As many as one message may hold. What is not offered is sent without asking.
  public var fittingMessage: [OfferedRange] { Array(prefix(Limits.logsPerMessage)) }
}

extension ProtoOffer {
  init(_ ranges: [OfferedRange]) {
    range = ranges.map { range in
      .with {
        $0.log = Data(range.log.canonicalBytes)
        $0.from = range.from
        $0.to = range.to
        $0.toHash = Data(range.toHash.bytes)
      }
    }
  }

  var ranges: [OfferedRange] {
    get throws {
      try range.map {
        OfferedRange(
          log: try $0.log.log(), from: try $0.from.number(), to: try $0.to.number(),
          toHash: try $0.toHash.hash())
      }
    }
  }
}
