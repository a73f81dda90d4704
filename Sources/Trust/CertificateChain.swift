internal import COpenSSL

/// Certificates as a peer or a file presents them, leaf first: nothing of them is believed.
public struct PresentedChain: Sendable {
  public let certificates: [Certificate]
  public init(_ certificates: [Certificate]) { self.certificates = certificates }

  public init(der: [[UInt8]]) throws(TrustError) {
    var parsed: [Certificate] = []
    for bytes in der { parsed.append(try Certificate(der: bytes)) }
    certificates = parsed
  }
}

/// A chain that leads to the region's CA by this system's rules; only the check makes one.
public struct TrustedChain: Sendable {
  public let leaf: Certificate
  public let office: Office
  /// The office that issued it; nil where the regional CA did.
  public let issuer: Certificate?

  /// The most certificates between an office and the CA, both included.
  public static let maxCount = 3

  /// Checks a chain against the CA. Dates are not judged here: expiry ends sessions, never history.
  public static func check(_ presented: PresentedChain, root: Certificate) throws(TrustError) -> TrustedChain
  {
    guard let leaf = presented.certificates.first, let office = leaf.office else { throw .badCertificate }
    let path = try X509Path.build(leaf, presented.certificates.dropFirst().filter { $0 != root }, root: root)
    guard path.count <= maxCount else { throw .chainTooLong }
    for (child, parent) in zip(path, path.dropFirst()) {
      guard let below = child.office else { throw .badCertificate }
      guard let above = parent.office else { continue }
      guard above.rights.contains(.enrol) else { throw .mayNotEnrol(office: above.name) }
      guard below.scope.isWithin(above.scope), above.rights.isSuperset(of: below.rights) else {
        throw .beyondIssuer(office: below.name)
      }
    }
    let issuer = path.count > 2 ? path[1] : nil
    return TrustedChain(leaf: leaf, office: office, issuer: issuer)
  }

  private init(leaf: Certificate, office: Office, issuer: Certificate?) {
    self.leaf = leaf
    self.office = office
    self.issuer = issuer
  }
}

/// OpenSSL's own path validation, without the dates.
private enum X509Path {
  static func build(_ leaf: Certificate, _ others: some Sequence<Certificate>, root: Certificate)
    throws(TrustError)
    -> [Certificate]
  {
    let store = try OpenSSLCall.pointer("X509_STORE_new") { X509_STORE_new() }
    defer { X509_STORE_free(store) }
    try OpenSSLCall.check("add root") { X509_STORE_add_cert(store, root.handle.raw) }
    let untrusted = try OpenSSLCall.pointer("stack") { taizhang_x509_stack() }
    defer { taizhang_x509_stack_free(untrusted) }
    for other in others { _ = taizhang_x509_push(untrusted, other.handle.raw) }
    let context = try OpenSSLCall.pointer("X509_STORE_CTX_new") { X509_STORE_CTX_new() }
    defer { X509_STORE_CTX_free(context) }
    try OpenSSLCall.check("init") { X509_STORE_CTX_init(context, store, leaf.handle.raw, untrusted) }
    X509_STORE_CTX_set_flags(context, UInt(X509_V_FLAG_NO_CHECK_TIME))
    guard X509_verify_cert(context) == 1 else {
      let code = X509_STORE_CTX_get_error(context)
      let reason = String(cString: X509_verify_cert_error_string(Int(code)))
      ERR_clear_error()
      throw .untrusted(reason: reason)
    }
    let chain = X509_STORE_CTX_get0_chain(context)
    var path: [Certificate] = []
    for i in 0..<taizhang_x509_count(chain) {
      guard let raw = taizhang_x509_at(chain, i) else { throw .badCertificate }
      X509_up_ref(raw)
      path.append(try Certificate(CertificateHandle(owning: raw)))
    }
    return path
  }
}
