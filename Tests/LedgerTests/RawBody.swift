import Ledger

/// A body put together byte by byte: what this program's own encoder would never write.
enum RawBody {
  static func varint(_ value: UInt64) -> [UInt8] {
    var out = ByteWriter()
    out.write(varint: value)
    return out.bytes
  }

  static func field(_ number: UInt64, _ bytes: [UInt8]) -> [UInt8] {
    varint(number << 3 | 2) + varint(UInt64(bytes.count)) + bytes
  }

  static func field(_ number: UInt64, varint value: UInt64) -> [UInt8] { varint(number << 3) + varint(value) }

  /// - Parameter rest: what stands behind the skeleton.
  static func body(_ skeleton: [UInt8], _ rest: [UInt8] = []) -> [UInt8] { field(1, skeleton) + rest }

  /// A mutation of the test's record: its cells, then fields as they are given.
  static func mutation(cells: [UInt8], _ more: [UInt8] = []) -> [UInt8] {
    field(6, field(1, testRecord.bytes) + (cells.isEmpty ? [] : field(5, cells)) + more)
  }

  static func log(_ log: LogID) -> [UInt8] { field(4, log.node.hash.bytes + log.epoch.bigEndianBytes) }

  /// The seed of a body, where it has one.
  static func seed(of body: [UInt8]) -> [UInt8]? {
    body.withUnsafeBytes { raw in
      var reader = ByteReader(raw)
      while let tag = try? reader.readVarint(), let part = try? reader.readLengthPrefixed() {
        if tag >> 3 == 2 { return Array(part) }
      }
      return nil
    }
  }
}
