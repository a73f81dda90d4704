/// Why a frame's payload is no message.
public enum WireFault: Error, Hashable, Sendable {
  case unknownType(UInt8)
  case malformed(type: UInt8)
  case limit(name: String, value: Int, limit: Int)
  case badCompression
}
