/// Reads a canonical form back: bounds are checked at every step, and a varint that is not the shortest
/// spelling of its number is refused.
public struct ByteReader {
  public enum Fault: Error, Equatable, Sendable {
    case truncated
    case overlongVarint
  }

  private let base: UnsafeRawBufferPointer
  public private(set) var position: Int

  /// Reads from `base`, which must outlive the reader.
  public init(_ base: UnsafeRawBufferPointer) {
    self.base = base
    position = 0
  }

  public var isAtEnd: Bool { position == base.count }
  public var remaining: Int { base.count - position }

  @inline(__always)
  public mutating func readByte() throws(Fault) -> UInt8 {
    guard position < base.count else { throw .truncated }
    defer { position += 1 }
    return base[position]
  }

  @inline(__always)
  public mutating func readVarint() throws(Fault) -> UInt64 {
    let first = try readByte()
    if first < 0x80 { return UInt64(first) }
    var value = UInt64(first & 0x7f)
    var shift: UInt64 = 7
    while true {
      let byte = try readByte()
      if shift == 63 && byte > 1 { throw .overlongVarint }
      value |= UInt64(byte & 0x7f) << shift
      if byte < 0x80 {
        if byte == 0 { throw .overlongVarint }
        return value
      }
      shift += 7
      if shift > 63 { throw .overlongVarint }
    }
  }

  @inline(__always)
  public mutating func read(count: Int) throws(Fault) -> UnsafeRawBufferPointer {
    guard count >= 0, count <= remaining else { throw .truncated }
    defer { position += count }
    return UnsafeRawBufferPointer(rebasing: base[position..<position + count])
  }

  @inline(__always)
  public mutating func readLengthPrefixed() throws(Fault) -> UnsafeRawBufferPointer {
    let count = try readVarint()
    guard count <= UInt64(remaining) else { throw .truncated }
    return try read(count: Int(count))
  }

  public mutating func readHash() throws(Fault) -> Hash256 {
    Hash256(try read(count: 32))!
  }

  public mutating func readBigEndian64() throws(Fault) -> UInt64 {
    try read(count: 8).loadUnaligned(as: UInt64.self).bigEndian
  }
}
