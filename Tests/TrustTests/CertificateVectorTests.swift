import Ledger
import TestSupport
import Testing

@testable import Trust

/// Certificates as they are on the wire, what is read out of them, and which chains of them are believed. ECDSA draws
/// a number for each signature: they were made once, and are read here.
@Suite struct CertificateVectorTests {
  private let certificates: [(title: String, certificate: Certificate)]

  init() throws {
    let made = try CertificateVectorTests.made()
    let kept = try VectorFile.kept("certificates")?.map { vector in
      (
        title: try #require(vector["title"] as? String),
        certificate: try Certificate(
          der: try #require((vector["der"] as? String).flatMap { [UInt8](hex: $0) }))
      )
    }
    // Those of two zoos do not belong together.
    certificates = kept.flatMap { $0.map(\.title) == made.map(\.title) ? $0 : nil } ?? made
  }

  private static func made() throws -> [(title: String, certificate: Certificate)] {
    let zoo = ChainZoo.shared
    func below(_ issuer: Certificate, _ key: NodeKey, _ office: Office) throws -> Certificate {
      try ChainZoo.odd(office, key: zoo.otherKey.publicKey, by: issuer, key)
    }
    func office(_ name: String, _ scope: Scope, _ rights: Rights = []) -> Office {
      Office(name: name, id: "0102", scope: scope, rights: rights)
    }
    let mute = try ChainZoo.odd(
      office("无权", ChainZoo.prefectureScope), key: zoo.otherKey.publicKey, by: zoo.ca.certificate, zoo.caKey,
      pathLength: 0)
    let upper = try ChainZoo.odd(
      office("上", ChainZoo.prefectureScope, .enrol), key: zoo.otherKey.publicKey, by: zoo.ca.certificate,
      zoo.caKey, pathLength: 1)
    let lower = try ChainZoo.odd(
      office("下", ChainZoo.prefectureScope, .enrol), key: zoo.prefectureKey.publicKey, by: upper,
      zoo.otherKey,
      pathLength: 0)
    let middle = try ChainZoo.odd(
      nil, key: zoo.otherKey.publicKey, by: zoo.ca.certificate, zoo.caKey, pathLength: 1)
    let county = ChainZoo.countyOffice
    return [
      ("ca", zoo.ca.certificate), ("other-ca", zoo.strangeCA.certificate), ("region", zoo.region),
      ("prefecture", zoo.prefecture), ("county-by-ca", zoo.directCounty),
      ("county-by-prefecture", zoo.delegatedCounty),
      (
        "county-by-other-ca",
        try zoo.strangeCA.issue(
          county, key: zoo.countyKey.publicKey, from: ChainZoo.now, to: ChainZoo.now + ChainZoo.year,
          serial: ChainZoo.serial(7))
      ),
      ("scope-too-wide", try below(zoo.prefecture, zoo.prefectureKey, office("过宽", ChainZoo.foreignScope))),
      (
        "ancestors-invented",
        try below(
          zoo.prefecture, zoo.prefectureKey, office("假上级", ChainZoo.scope("540102", [], ["540000"])))
      ),
      (
        "rights-too-many",
        try below(zoo.prefecture, zoo.prefectureKey, office("过权", ChainZoo.countyScope, .issuePacks))
      ),
      ("may-sign-but-not-enrol", mute),
      ("below-may-not-enrol", try ChainZoo.odd(county, key: zoo.countyKey.publicKey, by: mute, zoo.otherKey)),
      ("by-an-ordinary-office", try below(zoo.directCounty, zoo.countyKey, county)),
      ("issuer-not-named", try zoo.delegatedCounty.without(.authority, signedBy: zoo.prefectureKey)),
      ("four-upper", upper), ("four-lower", lower),
      ("four-leaf", try ChainZoo.odd(county, key: zoo.countyKey.publicKey, by: lower, zoo.prefectureKey)),
      ("no-office", middle),
      ("below-no-office", try ChainZoo.odd(county, key: zoo.countyKey.publicKey, by: middle, zoo.otherKey)),
    ]
  }

  @Test func theCertificatesAreReadAsTheVectorsSay() throws {
    try VectorFile.check("certificates", certificates.map { vector($0.title, $0.certificate) })
  }

  private func vector(_ title: String, _ certificate: Certificate) -> [String: Any] {
    var vector: [String: Any] = [
      "title": title, "der": certificate.der.hex, "fingerprint": certificate.fingerprint.description,
      "node": certificate.nodeID.description, "common_name": certificate.commonName,
      "not_before": Int(certificate.notBefore), "not_after": Int(certificate.notAfter),
      "may_sign": certificate.isAuthority,
    ]
    guard let office = certificate.office else { return vector }
    vector["office"] = [
      "name": office.name, "id": office.id, "division": office.scope.division.description,
      "covered": office.scope.covered.map(\.description),
      "ancestors": office.scope.ancestors.map(\.description), "rank": Int(office.scope.rank),
      "rights": Int(office.rights.rawValue), "extension": office.encoded.hex,
    ]
    return vector
  }

  /// What is shown, leaf first, and the rule that it breaks.
  private static let chains: [(shown: [String], verdict: String)] = [
    (["county-by-ca"], "good"), (["region"], "good"), (["prefecture"], "good"),
    (["county-by-prefecture", "prefecture"], "good"), (["county-by-prefecture", "prefecture", "ca"], "good"),
    (["county-by-prefecture", "region", "prefecture"], "good"),
    (["county-by-prefecture"], "untrusted"), (["county-by-prefecture", "region"], "untrusted"),
    (["county-by-other-ca"], "untrusted"), (["county-by-other-ca", "other-ca"], "untrusted"),
    (["scope-too-wide", "prefecture"], "scope-not-within-issuer"),
    (["ancestors-invented", "prefecture"], "scope-not-within-issuer"),
    (["rights-too-many", "prefecture"], "rights-not-within-issuer"),
    (["below-may-not-enrol", "may-sign-but-not-enrol"], "issuer-may-not-enrol"),
    (["by-an-ordinary-office", "county-by-ca"], "untrusted"),
    (["four-leaf", "four-lower", "four-upper"], "chain-too-long"),
    (["four-lower", "four-upper"], "chain-too-long"), (["issuer-not-named", "prefecture"], "key-not-named"),
    (["below-no-office", "no-office"], "bad-certificate"), (["ca"], "bad-certificate"),
    ([], "bad-certificate"),
  ]

  /// Invariant 5: the chains that another implementation has to judge as this one does.
  @Test func invariant5TheChainsAreJudgedAsTheVectorsSay() throws {
    let named = Dictionary(uniqueKeysWithValues: certificates.map { ($0.title, $0.certificate) })
    let verifier = try ChainVerifier(root: try #require(named["ca"]))
    for (shown, verdict) in CertificateVectorTests.chains {
      let chain = PresentedChain(try shown.map { try #require(named[$0]) })
      #expect(judge(chain, verifier) == verdict, "\(shown)")
    }
    try VectorFile.check(
      "chains",
      CertificateVectorTests.chains.map { ["root": "ca", "shown": $0.shown, "verdict": $0.verdict] })
  }

  private func judge(_ chain: PresentedChain, _ verifier: ChainVerifier) -> String {
    do throws(TrustError) {
      _ = try verifier.verify(chain)
      return "good"
    } catch {
      switch error {
      case .untrusted: return "untrusted"
      case .scopeNotWithinIssuer: return "scope-not-within-issuer"
      case .rightsNotWithinIssuer: return "rights-not-within-issuer"
      case .keyNotNamed: return "key-not-named"
      case .issuerMayNotEnrol: return "issuer-may-not-enrol"
      case .chainTooLong: return "chain-too-long"
      case .badCertificate: return "bad-certificate"
      default: return "\(error)"
      }
    }
  }
}
