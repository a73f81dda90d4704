/// An ECDSA P-256 signature as r ‖ s, 32 bytes each, big-endian.
public struct Signature: Hashable, Sendable {
  public static let byteCount = 64
  public let bytes: [UInt8]

  /// - Returns: nil unless `bytes` holds exactly 64 bytes.
  public init?(_ bytes: some Collection<UInt8>) {
    guard bytes.count == Signature.byteCount else { return nil }
    self.bytes = Array(bytes)
  }
}
