internal import Ledger
internal import Store
internal import Trust

/// Whose signatures count, and where: the offices known here, with their keys read once.
///
/// A certificate counts because its issuer's notices say so, or because the region's CA itself signed it.
struct Authority: HeadVerifier {
  private struct Entry {
    var key: PublicKey
    var scope: Scope
    var rights: Rights
    var certificate: Certificate
    var isRevoked: Bool
  }

  private var entries: [NodeID: Entry] = [:]
  private let own: NodeKey
  let root: Certificate?

  init(_ snapshot: Snapshot, identity: Identity) throws {
    own = identity.key
    root = identity.authority
    for office in try snapshot.offices() {
      let certificate = try Certificate(der: office.certificate)
      add(certificate, isRevoked: office.isRevoked)
    }
  }

  private mutating func add(_ certificate: Certificate, isRevoked: Bool) {
    guard let office = certificate.office else { return }
    entries[certificate.nodeID] = Entry(
      key: certificate.publicKey, scope: office.scope, rights: office.rights, certificate: certificate,
      isRevoked: isRevoked)
  }

  func knows(_ node: NodeID) -> Bool { entries[node] != nil || node == own.nodeID }

  func rights(of node: NodeID) -> Rights { entries[node]?.rights ?? [] }

  func verify(_ head: LogHead, signature: Signature) -> BatchFault? {
    if head.log.node == own.nodeID {
      return own.publicKey.verify(signature, over: head.signedBytes) ? nil : .badSignature(n: head.n)
    }
    guard let entry = entries[head.log.node] else { return .unknownAuthor }
    guard !entry.isRevoked else { return .revoked }
    guard entry.scope.mayWrite(head.log.space) else { return .outOfScope }
    return entry.key.verify(signature, over: head.signedBytes) ? nil : .badSignature(n: head.n)
  }

  func verify(_ receipt: Receipt) -> Bool {
    entries[receipt.signer]?.key.verify(receipt.signature, over: receipt.signedBytes) ?? false
  }

  /// Learns of a certificate, if the region's CA or `issuer` may have issued it.
  /// - Returns: the office as it is to be kept; nil where the certificate does not count.
  mutating func learn(_ der: [UInt8], from issuer: NodeID) throws -> OfficeRow? {
    guard let root, let certificate = try? Certificate(der: der) else { return nil }
    var presented = [certificate]
    if let entry = entries[issuer] { presented.append(entry.certificate) }
    guard let trusted = try? TrustedChain.check(PresentedChain(presented), root: root) else { return nil }
    if let signer = trusted.issuer, signer.nodeID != issuer { return nil }
    add(certificate, isRevoked: entries[certificate.nodeID]?.isRevoked ?? false)
    return try OfficeRow(certificate, issuer: issuer == certificate.nodeID ? nil : issuer)
  }

  mutating func revoke(_ node: NodeID) { entries[node]?.isRevoked = true }
}
