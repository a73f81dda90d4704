internal import COpenSSL

/// SHA-256 of what comes piece by piece, so that no more than one piece is in memory.
public final class PieceHasher {
  private let context: OpaquePointer

  public init() {
    guard let context = EVP_MD_CTX_new(), EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1 else {
      preconditionFailure("OpenSSL has no SHA-256")
    }
    self.context = context
  }

  deinit { EVP_MD_CTX_free(context) }

  public func update(_ piece: UnsafeRawBufferPointer) {
    let code = EVP_DigestUpdate(context, piece.baseAddress, piece.count)
    precondition(code == 1, "a hash that was begun takes pieces")
  }

  /// The hash of all pieces. Nothing is added afterwards.
  public func finish() -> Hash256 {
    var bytes = [UInt8](repeating: 0, count: Hash256.byteCount)
    let code = EVP_DigestFinal_ex(context, &bytes, nil)
    guard code == 1, let hash = Hash256(bytes) else { preconditionFailure("a hash that was begun ends") }
    return hash
  }
}
