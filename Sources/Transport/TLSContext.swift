import COpenSSL

/// What all handshakes of one role share: TLS 1.3 only, both certificates, one root, ALPN.
///
/// `@unchecked Sendable`: the `SSL_CTX` is set up in the initialiser and never changed afterwards; OpenSSL
/// allows any number of threads to make connections from one, and counts its references atomically.
public final class TLSContext: @unchecked Sendable {
  enum Role: Hashable {
    case listener(offersJoining: Bool)
    case dialler(ApplicationProtocol)
  }

  let pointer: OpaquePointer
  let role: Role
  /// What a joining dialler is shown as the root of our chain.
  let authority: X509Certificate?
  /// What a joining dialler knows of the root.
  let authorityFingerprint: [UInt8]?

  /// A listener for sessions and, where it `offersJoining`, for computers that have no certificate yet.
  public static func listener(_ identity: TLSIdentity, offersJoining: Bool) throws(TLSContextError)
    -> TLSContext
  {
    let context = try TLSContext(
      role: .listener(offersJoining: offersJoining), authority: try authority(of: identity))
    try context.present(identity.certificateChainPEM, key: identity.privateKeyPEM)
    try context.requirePeerOfAuthority()
    context.settleProtocolAsListener()
    return context
  }

  /// A dialler for sessions. The host's name is not checked: a peer is known by its certificate.
  public static func dialler(_ identity: TLSIdentity) throws(TLSContextError) -> TLSContext {
    let context = try TLSContext(role: .dialler(.session), authority: try authority(of: identity))
    try context.present(identity.certificateChainPEM, key: identity.privateKeyPEM)
    try context.requirePeerOfAuthority()
    try context.offer(.session)
    return context
  }

  /// A dialler that joins: of the authority it knows the SHA-256 of its certificate (DER), no more. The
  /// handshake fails unless the listener's chain ends in that very certificate.
  public static func joiningDialler(authorityFingerprint: [UInt8]) throws(TLSContextError) -> TLSContext {
    guard authorityFingerprint.count == 32 else {
      throw .badFingerprint(count: authorityFingerprint.count)
    }
    let context = try TLSContext(
      role: .dialler(.joining), authority: nil, authorityFingerprint: authorityFingerprint)
    SSL_CTX_set_verify(context.pointer, SSL_VERIFY_PEER, PeerVerification.requireAgreedProtocol)
    SSL_CTX_set_cert_verify_callback(
      context.pointer, PeerVerification.requirePinnedRoot, Unmanaged.passUnretained(context).toOpaque())
    try context.offer(.joining)
    return context
  }

  private init(
    role: Role, authority: X509Certificate?, authorityFingerprint: [UInt8]? = nil
  ) throws(TLSContextError) {
    ERR_clear_error()
    guard let pointer = SSL_CTX_new(TLS_method()) else { throw .openSSL(OpenSSLError.takeAll()) }
    self.pointer = pointer
    self.role = role
    self.authority = authority
    self.authorityFingerprint = authorityFingerprint
    // AES-128 first: it is the fastest on every machine with AES instructions.
    let suites = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256"
    try check(taizhang_tls_context_defaults(pointer))
    try check(SSL_CTX_set_ciphersuites(pointer, suites))
    // A resumed session would outlive a revocation, and a handshake costs a round trip at most.
    try check(SSL_CTX_set_num_tickets(pointer, 0))
    // Certificate dates are judged after Hello, by the session (design, section 6).
    guard let parameters = SSL_CTX_get0_param(pointer) else { throw .openSSL(OpenSSLError.takeAll()) }
    try check(X509_VERIFY_PARAM_set_flags(parameters, UInt(X509_V_FLAG_NO_CHECK_TIME)))
    SSL_CTX_set_verify_depth(pointer, Self.longestChain)
  }

  deinit {
    SSL_CTX_free(pointer)
  }

  /// Certificates between a node's and the root that are looked at. Trust has the rule, this bounds work.
  private static let longestChain: CInt = 4

  private static func authority(of identity: TLSIdentity) throws(TLSContextError) -> X509Certificate {
    guard let root = X509Certificate.all(inPEM: identity.authorityPEM).first else {
      throw .unreadableAuthority(OpenSSLError.takeAll())
    }
    return root
  }

  private func present(_ chainPEM: String, key keyPEM: String) throws(TLSContextError) {
    let chain = X509Certificate.all(inPEM: chainPEM)
    guard let leaf = chain.first else { throw .unreadableCertificate(OpenSSLError.takeAll()) }
    guard let key = PrivateKey(pem: keyPEM) else { throw .unreadableKey(OpenSSLError.takeAll()) }
    try check(SSL_CTX_use_certificate(pointer, leaf.pointer))
    // The peer of a session holds the root; sending it would only cost bytes.
    for certificate in chain.dropFirst() where authority.map(certificate.equals) != true {
      try check(taizhang_tls_add_chain(pointer, certificate.pointer))
    }
    guard SSL_CTX_use_PrivateKey(pointer, key.pointer) == 1, SSL_CTX_check_private_key(pointer) == 1 else {
      throw .keyDoesNotFit(OpenSSLError.takeAll())
    }
  }

  private func requirePeerOfAuthority() throws(TLSContextError) {
    guard let authority, let store = SSL_CTX_get_cert_store(pointer) else {
      throw .openSSL(OpenSSLError.takeAll())
    }
    try check(X509_STORE_add_cert(store, authority.pointer))
    SSL_CTX_set_verify(pointer, PeerVerification.strict, PeerVerification.requireAgreedProtocol)
  }

  private func offer(_ name: ApplicationProtocol) throws(TLSContextError) {
    let wire = name.wireName
    // This call, unlike its siblings, answers 0 for success.
    guard SSL_CTX_set_alpn_protos(pointer, wire, UInt32(wire.count)) == 0 else {
      throw .openSSL(OpenSSLError.takeAll())
    }
  }

  private func settleProtocolAsListener() {
    let owner = Unmanaged.passUnretained(self).toOpaque()
    SSL_CTX_set_client_hello_cb(pointer, ProtocolSelection.requireOffer, nil)
    SSL_CTX_set_alpn_select_cb(pointer, ProtocolSelection.select, owner)
  }

  private func check(_ result: CInt) throws(TLSContextError) {
    guard result == 1 else { throw .openSSL(OpenSSLError.takeAll()) }
  }

  private func check(_ result: Int) throws(TLSContextError) {
    guard result == 1 else { throw .openSSL(OpenSSLError.takeAll()) }
  }
}
