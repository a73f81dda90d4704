import COpenSSL

/// The listener's part of ALPN: no protocol, no connection.
enum ProtocolSelection {
  typealias HelloCallback =
    @convention(c) (
      OpaquePointer?, UnsafeMutablePointer<CInt>?, UnsafeMutableRawPointer?
    ) -> CInt
  typealias SelectCallback =
    @convention(c) (
      OpaquePointer?, UnsafeMutablePointer<UnsafePointer<UInt8>?>?, UnsafeMutablePointer<UInt8>?,
      UnsafePointer<UInt8>?, UInt32, UnsafeMutableRawPointer?
    ) -> CInt

  /// OpenSSL asks nobody where a dialler offers no ALPN at all, and would go on without: refused here.
  /// A dialler without TLS 1.3 is let through to be told so.
  static let requireOffer: HelloCallback = { ssl, alert, _ in
    let hasALPN = extensionBytes(UInt32(TLSEXT_TYPE_application_layer_protocol_negotiation), of: ssl) != nil
    guard !hasALPN, offersTLS13(ssl) else { return SSL_CLIENT_HELLO_SUCCESS }
    alert?.pointee = SSL_AD_NO_APPLICATION_PROTOCOL
    return SSL_CLIENT_HELLO_ERROR
  }

  static let select: SelectCallback = { ssl, chosen, chosenCount, offered, offeredCount, owner in
    guard let ssl, let offered, let owner else { return SSL_TLSEXT_ERR_ALERT_FATAL }
    let context = Unmanaged<TLSContext>.fromOpaque(owner).takeUnretainedValue()
    let offers = UnsafeBufferPointer(start: offered, count: Int(offeredCount))
    var candidates: [ApplicationProtocol] = [.session]
    if context.role == .listener(offersJoining: true) { candidates.append(.joining) }
    for candidate in candidates {
      guard let index = find(candidate, in: offers) else { continue }
      guard admit(ssl, to: candidate, context: context) else { return SSL_TLSEXT_ERR_ALERT_FATAL }
      chosen?.pointee = offered + index
      chosenCount?.pointee = UInt8(candidate.rawValue.utf8.count)
      return SSL_TLSEXT_ERR_OK
    }
    return SSL_TLSEXT_ERR_ALERT_FATAL
  }

  /// Sets how the dialler is to be verified. Both ways each time: after a HelloRetryRequest the second hello
  /// is asked anew, and must not inherit the first one's leniency.
  private static func admit(
    _ ssl: OpaquePointer, to name: ApplicationProtocol, context: TLSContext
  ) -> Bool {
    switch name {
    case .session:
      SSL_set_verify(ssl, PeerVerification.strict, PeerVerification.requireAgreedProtocol)
      return true
    case .joining:
      // A certificate is asked for, as proof of the key; nobody has signed it yet.
      SSL_set_verify(ssl, SSL_VERIFY_PEER, PeerVerification.acceptAny)
      // The dialler knows the root by its fingerprint alone, so it has to see it.
      return context.authority.map { taizhang_tls_add_own_chain(ssl, $0.pointer) == 1 } ?? false
    }
  }

  /// - Returns: where the name's characters begin in the list of length-prefixed names.
  private static func find(_ name: ApplicationProtocol, in offers: UnsafeBufferPointer<UInt8>) -> Int? {
    var index = 0
    while index < offers.count {
      let start = index + 1
      let end = start + Int(offers[index])
      guard end <= offers.count else { return nil }
      if offers[start..<end].elementsEqual(name.rawValue.utf8) { return start }
      index = end
    }
    return nil
  }

  private static func extensionBytes(_ type: UInt32, of ssl: OpaquePointer?) -> UnsafeBufferPointer<UInt8>? {
    var bytes: UnsafePointer<UInt8>?
    var count = 0
    guard SSL_client_hello_get0_ext(ssl, type, &bytes, &count) == 1 else { return nil }
    return UnsafeBufferPointer(start: bytes, count: count)
  }

  /// supported_versions: the list's length in one byte, then two bytes a version.
  private static func offersTLS13(_ ssl: OpaquePointer?) -> Bool {
    guard let bytes = extensionBytes(UInt32(TLSEXT_TYPE_supported_versions), of: ssl) else { return false }
    return stride(from: 1, to: bytes.count - 1, by: 2).contains { bytes[$0] == 3 && bytes[$0 + 1] == 4 }
  }
}
