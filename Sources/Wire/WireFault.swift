/// Why a frame's payload is no message.
public enum WireFault: Error, Hashable, Sendable {
  case unknownType(UInt8)
  case malformed(type: UInt8)
  /// Beyond a limit; SPEC.md lists the names.
  case limit(name: String, value: Int, limit: Int)
  case badCompression

  /// - Throws: `limit` where `value` is beyond it.
  static func check(_ name: String, _ value: Int, limit: Int) throws(WireFault) {
    guard value <= limit else { throw .limit(name: name, value: value, limit: limit) }
  }
}
