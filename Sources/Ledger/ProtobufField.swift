/// One field of a protobuf message.
struct ProtobufField {
  enum Content {
    case varint(UInt64)
    case bytes(UnsafeRawBufferPointer)
    /// Four or eight bytes (wire types 5 and 1): no field of this version is one, a newer format's may be.
    case fixed
  }

  var number: UInt64
  var content: Content

  init(from reader: inout ByteReader) throws {
    let tag = try reader.readVarint()
    guard tag <= UInt64(UInt32.max) else { throw ChangeBody.Fault.malformed }
    number = tag >> 3
    switch tag & 7 {
    case 0: content = .varint(try reader.readVarint())
    case 1:
      _ = try reader.read(count: 8)
      content = .fixed
    case 2: content = .bytes(try reader.readLengthPrefixed())
    case 5:
      _ = try reader.read(count: 4)
      content = .fixed
    default: throw ChangeBody.Fault.malformed
    }
  }

  var pair: (UInt64, Content) { (number, content) }

  /// Fields ascend, and only some may come more than once.
  func follows(_ last: UInt64, repeated: [UInt64]) throws {
    guard number > last || number == last && repeated.contains(number) else {
      throw ChangeBody.Fault.notCanonical
    }
  }
}
