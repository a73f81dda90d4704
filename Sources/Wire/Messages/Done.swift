internal import FoundationEssentials
public import Ledger
internal import SwiftProtobuf

/// The sender has nothing more to send for now.
public struct Done: Sendable, Hashable {
  /// Frames of changes sent in this session, and frames taken in and made durable.
  public var sentFrames: UInt64
  public var receivedFrames: UInt64
  /// Over the heads of the scope that both may read.
  public var digest: Hash256
  /// The sender's signed word for what it holds, where that is more than it said before.
  public var receipt: [UInt8]
  /// Whether the sender's store went on in that scope since it last read what to send, so that unequal
  /// digests mean nothing.
  public var hasMoved: Bool
  /// Stretches of logs that the sender refused in this session.
  public var refused: UInt64
  /// Where the reader stands, where that is beyond what it was told by a frame or has said itself.
  public var through: ArrivalCursor?
  /// Whether the sender will ask for attachments once both are through.
  public var fetches: Bool
  /// Whether the sender left out batches that follow on nothing it holds: it lost that, or its cursor was taken for more
  /// than it is.
  public var hasGap: Bool
  /// As of Hello.
  public var contents: UInt64
  /// Whether the sender lacks no content of what the records of that scope have.
  public var isComplete: Bool
  /// Receipts that go with it, each of heads that one office may be shown: the sender's own once more, a division each,
  /// for the reader to hand on; and those of offices above both that the reader asked for.
  public var receipts: [[UInt8]]
  /// Whether the receipt of a bundle names all that its maker holds of its own logs as well, be it nothing.
  public var namesOwn: Bool
  /// When offices above both last named all that they hold. What they said then of what the reader may read stands in
  /// `receipts`.
  public var words: [WholeWord]

  public init(
    sentFrames: UInt64, receivedFrames: UInt64, digest: Hash256, receipt: [UInt8], hasMoved: Bool = false,
    refused: UInt64 = 0, through: ArrivalCursor? = nil, fetches: Bool = false,
    hasGap: Bool = false, contents: UInt64 = 0, isComplete: Bool = false,
    receipts: [[UInt8]] = [], namesOwn: Bool = false, words: [WholeWord] = []
  ) {
    self.sentFrames = sentFrames
    self.receivedFrames = receivedFrames
    self.digest = digest
    self.receipt = receipt
    self.hasMoved = hasMoved
    self.refused = refused
    self.through = through
    self.fetches = fetches
    self.hasGap = hasGap
    self.contents = contents
    self.isComplete = isComplete
    self.receipts = receipts
    self.namesOwn = namesOwn
    self.words = words
  }
}

extension Done {
  var carrier: ProtoDone {
    .with {
      $0.sentFrames = sentFrames
      $0.receivedFrames = receivedFrames
      $0.digest = Data(digest.bytes)
      $0.receipt = Data(receipt)
      $0.moved = hasMoved
      $0.refused = refused
      if let through { $0.through = ProtoCursor(through) }
      $0.fetches = fetches
      $0.gap = hasGap
      $0.contents = contents
      $0.complete = isComplete
      $0.receipts = receipts.map { Data($0) }
      $0.namesOwn = namesOwn
      $0.words = words.map { ProtoWholeWord($0) }
    }
  }

  init(_ carrier: ProtoDone) throws {
    for receipt in [carrier.receipt] + carrier.receipts { try WireFault.check(receipt: receipt) }
    self.init(
      sentFrames: carrier.sentFrames, receivedFrames: carrier.receivedFrames,
      digest: try carrier.digest.hash(), receipt: [UInt8](carrier.receipt), hasMoved: carrier.moved,
      refused: carrier.refused, through: carrier.hasThrough ? try carrier.through.cursor() : nil,
      fetches: carrier.fetches, hasGap: carrier.gap, contents: carrier.contents, isComplete: carrier.complete,
      receipts: carrier.receipts.map { [UInt8]($0) }, namesOwn: carrier.namesOwn,
      words: try carrier.words.map { try $0.word() })
  }
}
