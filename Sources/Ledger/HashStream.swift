internal import COpenSSL

/// SHA-256 of bytes that come piece by piece.
public struct HashStream: Sendable {
  private var context = SHA256_CTX()

  public init() { SHA256_Init(&context) }

  public mutating func take(_ bytes: [UInt8]) { SHA256_Update(&context, bytes, bytes.count) }

  /// The digest of all that was taken so far.
  public var digest: Hash256 {
    var context = context
    var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    withUnsafeMutableBytes(of: &words) { out in
      _ = SHA256_Final(out.baseAddress?.assumingMemoryBound(to: UInt8.self), &context)
    }
    return Hash256(bigEndianWords: words)
  }
}
