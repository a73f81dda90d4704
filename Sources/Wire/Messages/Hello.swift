public import Ledger

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
  /// Whether the session goes on after both sides are done.
  public var watches: Bool

  public init(
    version: UInt64 = 1, store: [UInt8], cursor: ArrivalCursor?, time: Int64, unreceipted: [LogHead],
    watches: Bool
  ) {
    self.version = version
    self.store = store
    self.cursor = cursor
    self.time = time
    self.unreceipted = unreceipted
    self.watches = watches
  }

  func write(to out: inout ByteWriter) {
    out.write(varint: version)
    out.write(bytes: store)
    out.write(varint: zigZag(time))
    out.write(byte: (watches ? 2 : 0) | (cursor == nil ? 0 : 1))
    if let cursor {
      out.write(bytes: cursor.store)
      out.write(varint: UInt64(cursor.arrival))
      out.write(bytes: cursor.running)
    }
    out.write(varint: UInt64(unreceipted.count))
    for head in unreceipted { head.write(to: &out) }
  }

  init(from reader: inout ByteReader) throws {
    version = try reader.readVarint()
    store = Array(try reader.read(count: 16))
    time = unZigZag(try reader.readVarint())
    let flags = try reader.readByte()
    watches = flags & 2 != 0
    if flags & 1 != 0 {
      let other = Array(try reader.read(count: 16))
      let arrival = Int64(clamping: try reader.readVarint())
      cursor = ArrivalCursor(store: other, arrival: arrival, running: Array(try reader.read(count: 16)))
    }
    unreceipted = try reader.list(limit: Limits.logsPerMessage, "logs") { try LogHead(from: &$0) }
  }
}

extension LogHead {
  /// The log's canonical bytes, length-prefixed; n; the hash. The time is not sent.
  func write(to out: inout ByteWriter) {
    out.write(lengthPrefixed: log.canonicalBytes)
    out.write(varint: n)
    out.write(hash)
  }

  init(from reader: inout ByteReader) throws {
    self.init(log: try reader.log(), n: try reader.readVarint(), hash: try reader.readHash(), time: 0)
  }
}
