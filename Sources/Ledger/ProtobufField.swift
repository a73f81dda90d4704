/// One field of a protobuf message.
struct ProtobufField {
  enum Content {
    case varint(UInt64)
    case bytes(UnsafeRawBufferPointer)
  }

  var number: UInt64
  var content: Content

  init(from reader: inout ByteReader) throws {
    let tag = try reader.readVarint()
    number = tag >> 3
    switch tag & 7 {
    case 0: content = .varint(try reader.readVarint())
    case 2: content = .bytes(try reader.readLengthPrefixed())
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
