import COpenSSL
import Ledger
import Testing

@testable import Trust

/// Who issued a certificate is told by the key identifiers in it: nobody leaves them out.
@Suite struct KeyIdentifierTests {
  private let zoo = ChainZoo.shared

  private func verify(_ certificates: Certificate...) throws -> TrustedChain {
    try ChainVerifier(root: zoo.ca.certificate).verify(PresentedChain(certificates))
  }

  /// Invariant 5: OpenSSL finds the issuer by its name alone and believes these; a revoked enroller would date back with them.
  @Test func invariant5ACertificateThatDoesNotNameItsIssuersKeyIsRefused() throws {
    let county = zoo.delegatedCounty
    #expect(
      try verify(county.without(nil, signedBy: zoo.prefectureKey), zoo.prefecture).issuer == zoo.prefecture)
    let expected = TrustError.keyNotNamed(office: ChainZoo.countyOffice.name, node: zoo.countyKey.nodeID)
    for extensionKind in [Certificate.Identifier.authority, .subject] {
      let odd = try county.without(extensionKind, signedBy: zoo.prefectureKey)
      #expect(throws: expected) { try verify(odd, zoo.prefecture) }
    }
    let direct = try zoo.directCounty.without(.authority, signedBy: zoo.caKey)
    #expect(direct.issuerKeyID == nil)
    #expect(throws: expected) { try verify(direct) }
    // An issuer that does not name its own key could be found by no certificate of its.
    let mute = try zoo.prefecture.without(.subject, signedBy: zoo.caKey)
    #expect(throws: TrustError.self) { try verify(county, mute) }
  }

  @Test func belowAnEnrollerNobodyMayEnrol() throws {
    let office = Office(name: "县", id: "k", scope: ChainZoo.countyScope, rights: .enrol)
    let odd = try ChainZoo.odd(office, key: zoo.otherKey.publicKey, by: zoo.prefecture, zoo.prefectureKey)
    #expect(throws: TrustError.chainTooLong) { try verify(odd, zoo.prefecture) }
  }
}

extension Certificate {
  enum Identifier { case authority, subject }

  /// The same certificate without an identifier, signed anew.
  func without(_ identifier: Identifier?, signedBy key: NodeKey) throws -> Certificate {
    let raw = der.withUnsafeBufferPointer { buffer -> OpaquePointer? in
      var start = buffer.baseAddress
      return d2i_X509(nil, &start, buffer.count)
    }
    let copy = CertificateHandle(owning: try #require(raw))
    if let identifier {
      let nid = identifier == .authority ? NID_authority_key_identifier : NID_subject_key_identifier
      X509_EXTENSION_free(X509_delete_ext(copy.raw, X509_get_ext_by_NID(copy.raw, nid, -1)))
    }
    #expect(X509_sign(copy.raw, key.handle.raw, EVP_sha256()) > 0)
    return try Certificate(der: copy.der)
  }
}
