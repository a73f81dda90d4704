import COpenSSL
import NIOCore

/// One TLS connection without a socket: bytes of the wire in and out, plaintext in and out.
///
/// Call order: `handshake` until it is complete; then `read` and `write`; `shutDown` once. Before each of
/// them `feed` what the peer sent, after each of them send what `takeOutgoing` gives, also where it failed:
/// that is the alert.
final class TLSConnection {
  /// How far a call came.
  enum Step {
    case complete
    /// OpenSSL needs more bytes from the peer.
    case incomplete
    /// The peer has said that it will send no more (close_notify).
    case closed
    case failed(TLSFailure)
  }

  /// The most plaintext that one record holds.
  static let recordLimit = 16_384

  private let ssl: OpaquePointer
  private let wire: MemoryBIO
  private let context: TLSContext
  private var alertReceived: TLSAlert?
  private var alertSent: TLSAlert?

  init(context: TLSContext) throws(TLSContextError) {
    ERR_clear_error()
    let wire = try MemoryBIO()
    guard let ssl = SSL_new(context.pointer) else { throw .openSSL(OpenSSLError.takeAll()) }
    self.context = context
    self.wire = wire
    self.ssl = ssl
    wire.attach(to: ssl)
    SSL_set_ex_data(ssl, Self.ownerSlot, Unmanaged.passUnretained(self).toOpaque())
    SSL_set_info_callback(ssl, Self.noteAlert)
    switch context.role {
    case .listener: SSL_set_accept_state(ssl)
    case .dialler: SSL_set_connect_state(ssl)
    }
  }

  deinit {
    SSL_free(ssl)
  }

  // MARK: The wire

  /// Bytes fed that have not been looked at: of them nothing is known yet.
  var unreadCount: Int { wire.unreadCount }

  func feed(_ bytes: ByteBuffer) {
    wire.feed(bytes)
  }

  func takeOutgoing() -> ByteBuffer? {
    wire.takeOutgoing()
  }

  /// Makes room for the records of so much plaintext.
  func reserve(plaintext count: Int) {
    wire.reserve(count + (count / Self.recordLimit + 1) * Self.recordOverhead)
  }

  // MARK: Steps

  func handshake() -> Step {
    ERR_clear_error()
    let step = outcome(of: SSL_do_handshake(ssl))
    guard case .complete = step else { return step }
    guard !isPeerAdmitted else { return .complete }
    // Our last flight shows our certificate and would let the peer begin: it stays here.
    _ = wire.takeOutgoing()
    return .failed(takeFailure())
  }

  /// Decrypts all that has arrived into the buffer.
  /// - Returns: `.incomplete` where the peer may send more.
  func read(into buffer: inout ByteBuffer) -> Step {
    while true {
      ERR_clear_error()
      var count = 0
      var result: CInt = 0
      buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: Self.smallestRead) { target in
        result = SSL_read_ex(ssl, target.baseAddress, target.count, &count)
        return count
      }
      guard result == 1 else { return outcome(of: result) }
    }
  }

  /// Encrypts one record's worth. The wire always has room, so this is complete or failed.
  func write(_ plaintext: UnsafeRawBufferPointer) -> Step {
    guard plaintext.count > 0 else { return .complete }
    ERR_clear_error()
    var count = 0
    let result = SSL_write_ex(ssl, plaintext.baseAddress, plaintext.count, &count)
    guard result == 1 else { return outcome(of: result) }
    precondition(count == plaintext.count, "a record was cut: \(count) of \(plaintext.count)")
    return .complete
  }

  /// Says to the peer that nothing more comes (close_notify).
  func shutDown() {
    ERR_clear_error()
    SSL_shutdown(ssl)
    ERR_clear_error()
  }

  // MARK: What the handshake settled

  var agreedProtocol: ApplicationProtocol? { Self.agreedProtocol(of: ssl) }

  /// The peer's chain in DER, its own certificate first, the root last. Of a computer that joins it is what
  /// that showed, signed by nobody we know; empty if it showed nothing.
  var peerChain: [[UInt8]] {
    let verified = SSL_get0_verified_chain(ssl)
    let chain = (0..<taizhang_x509_count(verified)).compactMap { index in
      taizhang_x509_at(verified, index).flatMap(X509Certificate.der(of:))
    }
    if !chain.isEmpty { return chain }
    guard let leaf = SSL_get1_peer_certificate(ssl) else { return [] }
    let owned = X509Certificate(owning: leaf)
    return X509Certificate.der(of: owned.pointer).map { [$0] } ?? []
  }

  /// This side's own certificate in DER; nil where it has none.
  var ownCertificate: [UInt8]? { SSL_get_certificate(ssl).flatMap(X509Certificate.der(of:)) }

  static func agreedProtocol(of ssl: OpaquePointer) -> ApplicationProtocol? {
    var name: UnsafePointer<UInt8>?
    var count: UInt32 = 0
    SSL_get0_alpn_selected(ssl, &name, &count)
    let bytes = UnsafeBufferPointer(start: name, count: Int(count))
    return ApplicationProtocol(rawValue: String(decoding: bytes, as: UTF8.self))
  }

  /// Whether the settled protocol and the peer's certificate belong together. The callbacks have seen to it
  /// already; this is asked of the finished handshake, so that a mistake in one of them opens no door.
  private var isPeerAdmitted: Bool {
    guard let agreed = agreedProtocol else { return false }
    let isVerified =
      SSL_get_verify_result(ssl) == Int(X509_V_OK) && taizhang_x509_count(SSL_get0_verified_chain(ssl)) > 0
    switch context.role {
    case .dialler(let offered): return agreed == offered && isVerified
    case .listener(let offersJoining):
      switch agreed {
      case .session: return isVerified
      case .joining: return offersJoining
      }
    }
  }

  // MARK: Outcomes

  private static let smallestRead = 512
  private static let recordOverhead = 22
  private static let ownerSlot: CInt = 0

  private func outcome(of result: CInt) -> Step {
    switch SSL_get_error(ssl, result) {
    case SSL_ERROR_NONE: .complete
    case SSL_ERROR_WANT_READ: .incomplete
    case SSL_ERROR_ZERO_RETURN: .closed
    default: .failed(takeFailure())
    }
  }

  private func takeFailure() -> TLSFailure {
    let verdict = SSL_get_verify_result(ssl)
    let fault: TLSFailure.Fault =
      if alertReceived != nil {
        .ours
      } else if alertSent == .internalError {
        .local
      } else {
        .peer
      }
    return TLSFailure(
      fault: fault, alertReceived: alertReceived, alertSent: alertSent,
      chainFault: verdict == Int(X509_V_OK) ? nil : verdict, stack: OpenSSLError.takeAll())
  }

  private static let noteAlert: @convention(c) (OpaquePointer?, CInt, CInt) -> Void = { ssl, event, value in
    guard event & SSL_CB_ALERT != 0, let data = SSL_get_ex_data(ssl, ownerSlot) else { return }
    let alert = TLSAlert(rawValue: UInt8(truncatingIfNeeded: value))
    guard alert != .closeNotify else { return }
    let owner = Unmanaged<TLSConnection>.fromOpaque(data).takeUnretainedValue()
    if event & SSL_CB_WRITE != 0 { owner.alertSent = alert } else { owner.alertReceived = alert }
  }
}
