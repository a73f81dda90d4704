/// Bytes in the order in which they are written: the one writer behind every canonical form.
public struct ByteWriter {
  public private(set) var bytes: [UInt8]

  public init(capacity: Int = 0) {
    bytes = []
    if capacity > 0 { bytes.reserveCapacity(capacity) }
  }

  public var count: Int { bytes.count }

  public mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }

  public mutating func write(byte: UInt8) { bytes.append(byte) }

  public mutating func write(bytes more: some Collection<UInt8>) { bytes.append(contentsOf: more) }

  public mutating func write(buffer: UnsafeRawBufferPointer) { bytes.append(contentsOf: buffer) }

  public mutating func write(_ hash: Hash256) {
    write(bigEndian: hash.word0)
    write(bigEndian: hash.word1)
    write(bigEndian: hash.word2)
    write(bigEndian: hash.word3)
  }

  public mutating func write(bigEndian word: UInt64) {
    withUnsafeBytes(of: word.bigEndian) { bytes.append(contentsOf: $0) }
  }

  public mutating func write(bigEndian word: UInt32) {
    withUnsafeBytes(of: word.bigEndian) { bytes.append(contentsOf: $0) }
  }

  /// A base-128 varint, shortest form (protobuf's encoding).
  @inline(__always)
  public mutating func write(varint value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(truncatingIfNeeded: rest))
  }

  /// Length as a varint, then the bytes.
  public mutating func write(lengthPrefixed more: some Collection<UInt8>) {
    write(varint: UInt64(more.count))
    bytes.append(contentsOf: more)
  }

  /// The same for a text's UTF-8.
  public mutating func write(lengthPrefixed text: String) {
    var text = text
    text.withUTF8 {
      write(varint: UInt64($0.count))
      write(buffer: UnsafeRawBufferPointer($0))
    }
  }
}

extension FixedWidthInteger {
  public var bigEndianBytes: [UInt8] { withUnsafeBytes(of: bigEndian) { Array($0) } }
}

/// Protobuf's ZigZag: small numbers of either sign become small varints.
@inline(__always)
public func zigZag(_ value: Int64) -> UInt64 { UInt64(bitPattern: value << 1 ^ value >> 63) }

/// The inverse of `zigZag`.
@inline(__always)
public func unZigZag(_ value: UInt64) -> Int64 {
  Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
}
