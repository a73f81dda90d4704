internal import FoundationEssentials
public import Ledger
internal import SwiftProtobuf

/// The first message of both sides: who speaks, and how far the other was read.
public struct Hello: Sendable, Hashable {
  /// The highest protocol version spoken; 1.
  public var version: UInt64
  /// The sender's store: 16 random bytes.
  public var store: [UInt8]
  /// How far the sender has read the receiver, if it ever has.
  public var cursor: ArrivalCursor?
  /// The sender's clock in milliseconds since 1970.
  public var time: Int64
  /// Heads that the sender holds and for which it has no receipt of the receiver.
  public var unreceipted: [LogHead]
  /// Heads of the sender's own logs for which it has no receipt of an office above both: the receiver may have one.
  public var unreceiptedAbove: [LogHead]
  /// Whether the session goes on after both sides are done.
  public var watches: Bool
  /// The receiver's certificate is not in force by the sender's clock: it may hand in, and is sent no changes.
  public var withholds: Bool
  /// Whether the sender asks and answers by the messages about attachments in this session.
  public var attachments: Bool
  /// How many contents of attachments have come to be at the sender so far: another number than before says that what
  /// it had not got it may have by now.
  public var contents: UInt64

  public init(
    version: UInt64 = 1, store: [UInt8], cursor: ArrivalCursor?, time: Int64, unreceipted: [LogHead],
    watches: Bool, withholds: Bool = false, attachments: Bool = false, contents: UInt64 = 0,
    unreceiptedAbove: [LogHead] = []
  ) {
    self.version = version
    self.store = store
    self.cursor = cursor
    self.time = time
    self.unreceipted = unreceipted
    self.watches = watches
    self.withholds = withholds
    self.attachments = attachments
    self.contents = contents
    self.unreceiptedAbove = unreceiptedAbove
  }
}

extension Hello {
  var carrier: ProtoHello {
    .with {
      $0.version = version
      $0.store = Data(store)
      $0.time = time
      if let cursor { $0.cursor = ProtoCursor(cursor) }
      $0.watches = watches
      $0.unreceipted = unreceipted.map { ProtoHead($0) }
      $0.withholds = withholds
      $0.attachments = attachments
      $0.contents = contents
      $0.unreceiptedAbove = unreceiptedAbove.map { ProtoHead($0) }
    }
  }

  /// Beyond any calendar, and far from where the difference of two clocks would not fit.
  static let timeLimit: UInt64 = 1 << 53

  init(_ carrier: ProtoHello) throws {
    guard carrier.time.magnitude <= Hello.timeLimit else { throw CarriedFault() }
    self.init(
      version: carrier.version, store: try carrier.store.exactly(16),
      cursor: carrier.hasCursor ? try carrier.cursor.cursor() : nil, time: carrier.time,
      unreceipted: try carrier.unreceipted.map { try $0.head() }, watches: carrier.watches,
      withholds: carrier.withholds, attachments: carrier.attachments, contents: carrier.contents,
      unreceiptedAbove: try carrier.unreceiptedAbove.map { try $0.head() })
  }
}
