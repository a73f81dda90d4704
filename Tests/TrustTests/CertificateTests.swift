import Ledger
import Testing

@testable import Trust

@Suite struct CertificateTests {
  private let zoo = ChainZoo.shared

  @Test func aCertificateSaysWhatItWasGiven() throws {
    let certificate = zoo.prefecture
    #expect(certificate.office?.name == "拉萨市市场监管局")
    #expect(certificate.office?.id == "p")
    #expect(certificate.office?.scope == ChainZoo.prefectureScope)
    #expect(certificate.office?.rights == .enrol)
    #expect(certificate.nodeID == zoo.prefectureKey.nodeID)
    #expect(certificate.notBefore == ChainZoo.now && certificate.notAfter == ChainZoo.now + ChainZoo.year)
    #expect(certificate.isAuthority && !zoo.directCounty.isAuthority)
    #expect(certificate.issuerKeyID == zoo.ca.certificate.keyID && certificate.keyID != nil)
    #expect(certificate.fingerprint == Hash256(hashing: certificate.der))
  }

  @Test func theRootIsTheRegionsOwn() {
    let root = zoo.ca.certificate
    #expect(root.isAuthority && root.office == nil)
    #expect(root.commonName == "西藏自治区 CA")
    #expect(!root.hasEnded(at: ChainZoo.now) && !root.hasEnded(at: ChainZoo.now + 20 * ChainZoo.year))
  }

  @Test func itMakesTheRoundTripThroughPEMAndDER() throws {
    let all = [zoo.delegatedCounty, zoo.prefecture, zoo.ca.certificate]
    #expect(try Certificate(der: zoo.region.der) == zoo.region)
    #expect(try Certificate(pem: try zoo.region.pem) == zoo.region)
    let text = try all.map { try $0.pem }.joined(separator: "说明文字\n")
    #expect(try Certificate.all(pem: text) == all)
    #expect(try Certificate.all(pem: "").isEmpty)
  }

  @Test func aDamagedBlockIsNotPassedOver() throws {
    let pem = try zoo.region.pem
    #expect(throws: TrustError.badCertificate) { try Certificate.all(pem: pem + pem.dropLast(40)) }
    #expect(throws: TrustError.badCertificate) { try Certificate(pem: try zoo.countyKey.pem) }
    #expect(throws: TrustError.badCertificate) { try Certificate(der: zoo.region.der + [0]) }
    #expect(throws: TrustError.badCertificate) { try Certificate(der: Array(zoo.region.der.dropLast())) }
    #expect(throws: TrustError.badCertificate) { try Certificate(der: []) }
  }

  /// OpenSSL asks for a passphrase on the terminal unless it is told not to, and the test would hang.
  @Test func anEncryptedBlockAsksNobody() {
    let header = "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00112233445566778899AABBCCDDEEFF\n\nAAAA\n"
    for kind in ["CERTIFICATE", "EC PRIVATE KEY", "CERTIFICATE REQUEST"] {
      let pem = "-----BEGIN \(kind)-----\n\(header)-----END \(kind)-----\n"
      #expect(throws: TrustError.badCertificate) { try Certificate(pem: pem) }
      #expect(throws: TrustError.badKey) { try NodeKey(pem: pem) }
      #expect(throws: TrustError.badRequest) { try CertificateRequest(pem: pem) }
    }
  }

  @Test(arguments: [
    String(repeating: "拉萨市城关区市场监督管理局", count: 10),
    // Each of these is one character to a reader and four code points to X.520.
    String(repeating: "བརྒྱུད་", count: 40),
    "x",
  ])
  func aNameOfAnyLengthStaysWhole(name: String) throws {
    let office = Office(name: name, id: "n", scope: ChainZoo.countyScope, rights: [])
    let certificate = try zoo.ca.issue(
      office, key: zoo.countyKey.publicKey, from: ChainZoo.now, to: ChainZoo.now + 1,
      serial: ChainZoo.serial(1))
    #expect(certificate.office?.name == name)
    #expect(certificate.commonName.unicodeScalars.elementsEqual(name.unicodeScalars.prefix(64)))
    let request = try CertificateRequest(
      key: zoo.countyKey, officeName: name, division: ChainZoo.code("540102"))
    #expect(try CertificateRequest(pem: request.pem).officeName == name)
  }

  @Test func aDateThatX509CannotSayIsAnError() {
    #expect(throws: TrustError.self) {
      try zoo.ca.issue(
        ChainZoo.countyOffice, key: zoo.countyKey.publicKey, from: 0, to: .max, serial: ChainZoo.serial(1))
    }
  }

  @Test func aWideScopeFits() throws {
    let codes = (0..<1000).map { "D\($0)" }
    let office = Office(name: "自治区", id: "w", scope: ChainZoo.scope("D0", codes, []), rights: .all)
    let certificate = try zoo.ca.issue(
      office, key: zoo.regionKey.publicKey, from: ChainZoo.now, to: ChainZoo.now + 1,
      serial: ChainZoo.serial(1))
    #expect(certificate.office == office)
  }
}
