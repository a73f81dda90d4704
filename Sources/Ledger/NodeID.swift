/// A node (one computer's store): SHA-256 of its key's DER SubjectPublicKeyInfo.
public struct NodeID: Hashable, Sendable, Comparable, CustomStringConvertible {
  public var hash: Hash256

  public init(_ hash: Hash256) { self.hash = hash }

  /// - Returns: nil unless `bytes` holds exactly 32 bytes.
  public init?(_ bytes: some Collection<UInt8>) {
    guard let hash = Hash256(bytes) else { return nil }
    self.hash = hash
  }

  public var bytes: [UInt8] { hash.bytes }
  public var description: String { hash.description }
  public static func < (a: NodeID, b: NodeID) -> Bool { a.hash < b.hash }
}
