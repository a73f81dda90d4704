import COpenSSL

/// OpenSSL's questions about the peer's certificate, answered.
enum PeerVerification {
  typealias StepCallback = @convention(c) (CInt, OpaquePointer?) -> CInt
  typealias ChainCallback = @convention(c) (OpaquePointer?, UnsafeMutableRawPointer?) -> CInt

  static let strict = SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT

  /// OpenSSL's own verdict, and on the dialler's side that the listener has settled the protocol we offered.
  /// This is the last moment before the dialler's certificate leaves.
  static let requireAgreedProtocol: StepCallback = { verdict, store in
    guard verdict == 1 else { return 0 }
    guard let ssl = ssl(of: store), SSL_is_server(ssl) == 0 else { return 1 }
    if TLSConnection.agreedProtocol(of: ssl) == nil {
      X509_STORE_CTX_set_error(store, X509_V_ERR_APPLICATION_VERIFICATION)
      return 0
    }
    return 1
  }

  /// For a dialler that joins: whoever asks for a certificate vouches for it afterwards, not now.
  static let acceptAny: StepCallback = { _, _ in 1 }

  /// In place of OpenSSL's check: the root is that presented certificate which has the pinned fingerprint,
  /// and the chain is verified against it in full.
  static let requirePinnedRoot: ChainCallback = { store, owner in
    guard let store, let owner else { return 0 }
    let context = Unmanaged<TLSContext>.fromOpaque(owner).takeUnretainedValue()
    guard let pin = context.authorityFingerprint,
      let root = presented(to: store).first(where: { fingerprint(of: $0) == pin })
    else {
      X509_STORE_CTX_set_error(store, X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN)
      return 0
    }
    guard let trusted = taizhang_x509_stack() else { return 0 }
    // The stack only points to the root, which the store context keeps for as long as it lives.
    defer { taizhang_x509_stack_free(trusted) }
    guard taizhang_x509_push(trusted, root) > 0 else { return 0 }
    X509_STORE_CTX_set0_trusted_stack(store, trusted)
    return X509_verify_cert(store) == 1 ? 1 : 0
  }

  private static func presented(to store: OpaquePointer) -> [OpaquePointer] {
    let chain = X509_STORE_CTX_get0_untrusted(store)
    return (0..<taizhang_x509_count(chain)).compactMap { taizhang_x509_at(chain, $0) }
  }

  private static func fingerprint(of certificate: OpaquePointer) -> [UInt8]? {
    var count: UInt32 = 0
    var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
    guard X509_digest(certificate, EVP_sha256(), &digest, &count) == 1 else { return nil }
    return Array(digest.prefix(Int(count)))
  }

  private static func ssl(of store: OpaquePointer?) -> OpaquePointer? {
    X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()).map { OpaquePointer($0) }
  }
}
