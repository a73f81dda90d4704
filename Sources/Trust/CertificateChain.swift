internal import Ledger

/// Certificates as a peer or a file presents them, leaf first: nothing of them is believed.
public struct PresentedChain: Sendable {
  public let certificates: [Certificate]

  /// More certificates than this are not looked at: a good chain has three, so who sends many only wants
  /// them parsed.
  public static let maxCount = 8

  public init(_ certificates: [Certificate]) { self.certificates = certificates }

  /// - Throws: `chainTooLong` for more than `maxCount`; as `Certificate.init(der:)`.
  public init(der: [[UInt8]]) throws(TrustError) {
    guard der.count <= PresentedChain.maxCount else { throw .chainTooLong }
    var parsed: [Certificate] = []
    for bytes in der { parsed.append(try Certificate(der: bytes)) }
    certificates = parsed
  }
}

/// A chain that leads to the region's CA by this system's rules; only `ChainVerifier` makes one.
public struct TrustedChain: Sendable {
  /// From the office to the root, both included.
  public let path: [Certificate]
  public let office: Office

  /// The most certificates between an office and the CA, both included.
  public static let maxCount = 3

  public var leaf: Certificate { path[0] }

  /// The office that issued it; nil where the regional CA did.
  public var issuer: Certificate? { path.count > 2 ? path[1] : nil }

  /// Whether the office's own certificate has ended by `seconds` (since 1970). An enroller's that has run
  /// out does not end those that it issued while it ran.
  public func hasEnded(at seconds: Int64) -> Bool { leaf.hasEnded(at: seconds) }

  /// Checks one chain. Who checks many keeps a `ChainVerifier`.
  ///
  /// - Throws: as `ChainVerifier.verify`.
  public static func check(_ presented: PresentedChain, root: Certificate) throws(TrustError) -> TrustedChain
  {
    try ChainVerifier(root: root).verify(presented)
  }

  /// - Parameter path: checked by every rule.
  fileprivate init(path: [Certificate], office: Office) {
    self.path = path
    self.office = office
  }
}

/// Judges chains against one region's CA.
///
/// OpenSSL checks the path (signatures, names, who may sign), our rules what the offices' extensions say. No
/// date is judged here: expiry ends sessions, never history.
public struct ChainVerifier: Sendable {
  public let root: Certificate
  private let store: TrustStore

  /// - Throws: `badCertificate` where `root` is not a CA of its own but an office's certificate.
  public init(root: Certificate) throws(TrustError) {
    guard root.isAuthority, root.office == nil else { throw .badCertificate }
    self.root = root
    store = try TrustStore(root: root)
  }

  /// - Throws: `untrusted`, `chainTooLong`, `keyNotNamed`, `scopeNotWithinIssuer`, `rightsNotWithinIssuer`,
  ///   `issuerMayNotEnrol`: the rule that is broken, with the certificate that breaks it; `badCertificate`
  ///   where there is none or one of them is not an office's.
  public func verify(_ presented: PresentedChain) throws(TrustError) -> TrustedChain {
    guard presented.certificates.count <= PresentedChain.maxCount else { throw .chainTooLong }
    guard let leaf = presented.certificates.first, let office = leaf.office else { throw .badCertificate }
    let others = presented.certificates.dropFirst().filter { $0 != root }
    let path = try store.path(from: leaf, through: others)
    try ChainRules.check(path: path)
    return TrustedChain(path: path, office: office)
  }
}
