internal import COpenSSL

/// An X509_STORE that holds one root: OpenSSL's own path validation, without the dates.
///
/// `@unchecked Sendable`: it is set up in the initialiser and never changed afterwards, and OpenSSL allows
/// any number of threads to verify against one.
final class TrustStore: @unchecked Sendable {
  private let store: Owned<OpaquePointer>
  private let root: Certificate

  init(root: Certificate) throws(TrustError) {
    self.root = root
    let store = try Owned("X509_STORE_new", free: X509_STORE_free) { X509_STORE_new() }
    try OpenSSLCall.check("X509_STORE_add_cert") { X509_STORE_add_cert(store.raw, root.handle.raw) }
    let parameters = try OpenSSLCall.pointer("parameters") { X509_STORE_get0_param(store.raw) }
    try OpenSSLCall.check("no dates") {
      X509_VERIFY_PARAM_set_flags(parameters, UInt(X509_V_FLAG_NO_CHECK_TIME))
    }
    // Level 2 asks for 112 bits: no certificate of a chain counts by SHA-1.
    X509_VERIFY_PARAM_set_auth_level(parameters, 2)
    self.store = store
  }

  /// - Parameter others: what may stand between `leaf` and the root, in any order.
  /// - Returns: the path found, from `leaf` to the root, both included.
  /// - Throws: `untrusted`, or `chainTooLong` where a certificate on the path forbids its length.
  func path(from leaf: Certificate, through others: [Certificate]) throws(TrustError) -> [Certificate] {
    let untrusted = try Owned("stack", free: taizhang_x509_stack_free) { taizhang_x509_stack() }
    for other in others {
      try OpenSSLCall.check("push") { taizhang_x509_push(untrusted.raw, other.handle.raw) }
    }
    let context = try Owned("X509_STORE_CTX_new", free: X509_STORE_CTX_free) { X509_STORE_CTX_new() }
    try OpenSSLCall.check("X509_STORE_CTX_init") {
      X509_STORE_CTX_init(context.raw, store.raw, leaf.handle.raw, untrusted.raw)
    }
    guard X509_verify_cert(context.raw) == 1 else {
      let code = X509_STORE_CTX_get_error(context.raw)
      ERR_clear_error()
      switch code {
      case X509_V_ERR_PATH_LENGTH_EXCEEDED, X509_V_ERR_CERT_CHAIN_TOO_LONG: throw .chainTooLong
      case X509_V_ERR_CERT_SIGNATURE_FAILURE: throw .badSignature
      default: throw .untrusted(verification: Int(code))
      }
    }
    return try certificates(of: X509_STORE_CTX_get0_chain(context.raw), among: [leaf, root] + others)
  }

  /// OpenSSL's chain holds the objects that it was given; they need not be parsed again.
  private func certificates(of chain: OpaquePointer?, among known: [Certificate]) throws(TrustError)
    -> [Certificate]
  {
    var path: [Certificate] = []
    for i in 0..<taizhang_x509_count(chain) {
      let raw = taizhang_x509_at(chain, i)
      guard let certificate = known.first(where: { $0.handle.raw == raw }) else { throw .badCertificate }
      path.append(certificate)
    }
    return path
  }
}
