internal import Ledger

/// Steps through the fields of a protobuf message without decoding them.
struct FieldReader {
  enum Fault: Error { case notProtobuf }

  enum Content {
    case varint(UInt64)
    case bytes(UnsafeRawBufferPointer)
    /// Four or eight bytes of a kind that no message of this version has.
    case fixed
  }

  private var reader: ByteReader

  /// Reads from `bytes`, which must outlive the reader.
  init(_ bytes: UnsafeRawBufferPointer) { reader = ByteReader(bytes) }

  /// The next field; nil at the end.
  mutating func next() throws -> (number: UInt64, content: Content)? {
    guard !reader.isAtEnd else { return nil }
    let tag = try reader.readVarint()
    guard tag >> 3 > 0 else { throw Fault.notProtobuf }
    switch tag & 7 {
    case 0: return (tag >> 3, .varint(try reader.readVarint()))
    case 2: return (tag >> 3, .bytes(try reader.readLengthPrefixed()))
    case 1, 5:
      _ = try reader.read(count: tag & 7 == 1 ? 8 : 4)
      return (tag >> 3, .fixed)
    default: throw Fault.notProtobuf
    }
  }
}
