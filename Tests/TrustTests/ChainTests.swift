import Ledger
import Testing

@testable import Trust

/// The zoo of chains: what each rule lets through and what it stops.
@Suite struct ChainTests {
  private let zoo = ChainZoo.shared

  private func verify(_ certificates: Certificate...) throws -> TrustedChain {
    try ChainVerifier(root: zoo.ca.certificate).verify(PresentedChain(certificates))
  }

  @Test func aDirectChainIsGood() throws {
    let chain = try verify(zoo.directCounty)
    #expect(chain.office == ChainZoo.countyOffice)
    #expect(chain.leaf == zoo.directCounty)
    #expect(chain.issuer == nil)
    #expect(chain.path == [zoo.directCounty, zoo.ca.certificate])
  }

  @Test func aDelegatedChainIsGoodWithAndWithoutItsRoot() throws {
    let chain = try verify(zoo.delegatedCounty, zoo.prefecture)
    #expect(chain.issuer == zoo.prefecture)
    #expect(chain.path == [zoo.delegatedCounty, zoo.prefecture, zoo.ca.certificate])
    #expect(try verify(zoo.delegatedCounty, zoo.prefecture, zoo.ca.certificate).path == chain.path)
    #expect(try verify(zoo.delegatedCounty, zoo.region, zoo.prefecture).path == chain.path)
  }

  @Test func aMissingLinkIsNotGuessed() {
    #expect(throws: TrustError.untrusted(verification: 20)) {
      try verify(zoo.delegatedCounty)
    }
  }

  @Test func anotherRegionsCAOfTheSameNameIsRefused() throws {
    let certificate = try zoo.strangeCA.issue(
      ChainZoo.countyOffice, key: zoo.countyKey.publicKey, from: ChainZoo.now,
      to: ChainZoo.now + ChainZoo.year, serial: ChainZoo.serial(7))
    #expect(throws: TrustError.self) { try verify(certificate) }
    #expect(throws: TrustError.self) { try verify(certificate, zoo.strangeCA.certificate) }
  }

  /// Invariant 5: nobody gives what they have not.
  @Test func invariant5AScopeBeyondTheIssuersIsRefused() throws {
    for scope in [
      ChainZoo.foreignScope,
      ChainZoo.scope("540102", ["540102", "540200"], ["540100", "540000"]),
      ChainZoo.regionScope,
    ] {
      let office = Office(name: "过宽", id: "w", scope: scope, rights: [])
      let expected = TrustError.scopeNotWithinIssuer(office: "过宽", node: zoo.otherKey.nodeID)
      let certificate = try ChainZoo.odd(
        office, key: zoo.otherKey.publicKey, by: zoo.prefecture, zoo.prefectureKey)
      #expect(throws: expected) { try verify(certificate, zoo.prefecture) }
      #expect(throws: expected) { try issue(office, by: zoo.prefecture, zoo.prefectureKey) }
    }
  }

  /// Ancestors decide the rank and which notices are read, so an enroller may not invent them.
  @Test func ancestorsThatTheIssuerHasNotAreRefused() throws {
    for ancestors in [[], ["540000"], ["540200", "540100", "540000"], ["540100", "540200", "540000"]] {
      let office = Office(name: "假上级", id: "a", scope: ChainZoo.scope("540102", [], ancestors), rights: [])
      let certificate = try ChainZoo.odd(
        office, key: zoo.otherKey.publicKey, by: zoo.prefecture, zoo.prefectureKey)
      #expect(throws: TrustError.scopeNotWithinIssuer(office: "假上级", node: zoo.otherKey.nodeID)) {
        try verify(certificate, zoo.prefecture)
      }
    }
    let colleague = ChainZoo.scope("540100", ["540100"], [])
    #expect(!colleague.isWithin(ChainZoo.prefectureScope))
  }

  @Test func invariant5RightsBeyondTheIssuersAreRefused() throws {
    let office = Office(name: "过权", id: "r", scope: ChainZoo.countyScope, rights: .issuePacks)
    let expected = TrustError.rightsNotWithinIssuer(office: "过权", node: zoo.otherKey.nodeID)
    let certificate = try ChainZoo.odd(
      office, key: zoo.otherKey.publicKey, by: zoo.prefecture, zoo.prefectureKey)
    #expect(throws: expected) { try verify(certificate, zoo.prefecture) }
    #expect(throws: expected) { try issue(office, by: zoo.prefecture, zoo.prefectureKey) }
  }

  @Test func anIssuerWithoutTheRightToEnrolIsRefused() throws {
    // OpenSSL would believe it: the certificate may sign. Our extension says that it may not enrol.
    let issuer = try ChainZoo.odd(
      Office(name: "无权", id: "n", scope: ChainZoo.prefectureScope, rights: []), key: zoo.otherKey.publicKey,
      by: zoo.ca.certificate, zoo.caKey, pathLength: 0)
    let certificate = try ChainZoo.odd(
      ChainZoo.countyOffice, key: zoo.countyKey.publicKey, by: issuer, zoo.otherKey)
    let expected = TrustError.issuerMayNotEnrol(office: "无权", node: zoo.otherKey.nodeID)
    #expect(throws: expected) { try verify(certificate, issuer) }
    #expect(throws: expected) { try issue(ChainZoo.countyOffice, by: issuer, zoo.otherKey) }
  }

  @Test func anOrdinaryOfficeSignsNothing() throws {
    let certificate = try ChainZoo.odd(
      ChainZoo.countyOffice, key: zoo.otherKey.publicKey, by: zoo.directCounty, zoo.countyKey)
    #expect(throws: TrustError.self) { try verify(certificate, zoo.directCounty) }
  }

  @Test func aChainOfFourIsTooLong() throws {
    // With a path length that lets OpenSSL pass, and with the one that we issue.
    for pathLength in [1, 0] {
      let upper = try ChainZoo.odd(
        Office(name: "上", id: "u", scope: ChainZoo.prefectureScope, rights: .enrol),
        key: zoo.otherKey.publicKey,
        by: zoo.ca.certificate, zoo.caKey, pathLength: pathLength)
      let lower = try ChainZoo.odd(
        Office(name: "下", id: "l", scope: ChainZoo.prefectureScope, rights: .enrol),
        key: zoo.prefectureKey.publicKey,
        by: upper, zoo.otherKey, pathLength: 0)
      let leaf = try ChainZoo.odd(
        ChainZoo.countyOffice, key: zoo.countyKey.publicKey, by: lower, zoo.prefectureKey)
      #expect(throws: TrustError.chainTooLong) { try verify(leaf, lower, upper) }
    }
  }

  @Test func anEnrollerMakesNoEnrollers() {
    let office = Office(name: "县", id: "k", scope: ChainZoo.countyScope, rights: .enrol)
    #expect(throws: TrustError.chainTooLong) { try issue(office, by: zoo.prefecture, zoo.prefectureKey) }
  }

  /// A sub-CA without an office would free those below it of every scope.
  @Test func aMiddleWithoutAnOfficeIsRefused() throws {
    let middle = try ChainZoo.odd(
      nil, key: zoo.otherKey.publicKey, by: zoo.ca.certificate, zoo.caKey, pathLength: 1)
    let leaf = try ChainZoo.odd(ChainZoo.countyOffice, key: zoo.countyKey.publicKey, by: middle, zoo.otherKey)
    #expect(throws: TrustError.badCertificate) { try verify(leaf, middle) }
  }

  @Test func theRootIsNoOffice() throws {
    #expect(throws: TrustError.badCertificate) { try verify(zoo.ca.certificate) }
    #expect(throws: TrustError.badCertificate) { try ChainVerifier(root: zoo.prefecture) }
    #expect(throws: TrustError.badCertificate) { try verify() }
  }

  @Test func manyCertificatesAreNotLookedAt() {
    let many = [Certificate](repeating: zoo.prefecture, count: PresentedChain.maxCount)
    let chain = PresentedChain([zoo.delegatedCounty] + many)
    #expect(throws: TrustError.chainTooLong) { try ChainVerifier(root: zoo.ca.certificate).verify(chain) }
    let der = [[UInt8]](repeating: zoo.prefecture.der, count: PresentedChain.maxCount + 1)
    #expect(throws: TrustError.chainTooLong) { try PresentedChain(der: der) }
  }

  /// Expiry ends sessions, never history.
  @Test func anExpiredCertificateStillVerifiesButHasEnded() throws {
    let old = try zoo.ca.issue(
      ChainZoo.countyOffice, key: zoo.countyKey.publicKey, from: 1000, to: 2000, serial: ChainZoo.serial(8))
    let chain = try verify(old)
    #expect(chain.leaf.notBefore == 1000 && chain.leaf.notAfter == 2000)
    // Before it begins only a clock can be wrong.
    #expect([999, 1000, 2000, 2001].map { chain.hasEnded(at: $0) } == [false, false, false, true])
  }

  @Test func anAlteredCertificateIsRefused() throws {
    var believed = 0
    for index in stride(from: 0, to: zoo.directCounty.der.count, by: 3) {
      var der = zoo.directCounty.der
      der[index] ^= 1
      guard let certificate = try? Certificate(der: der) else { continue }
      if (try? verify(certificate)) != nil { believed += 1 }
    }
    #expect(believed == 0)
  }

  @Test func anIssuerWithoutItsKeyIssuesNothing() {
    #expect(throws: TrustError.badKey) { try issue(ChainZoo.countyOffice, by: zoo.prefecture, zoo.otherKey) }
  }

  private func issue(_ office: Office, by issuer: Certificate, _ key: NodeKey) throws -> Certificate {
    try CertificateAuthority(certificate: issuer, key: key).issue(
      office, key: zoo.otherKey.publicKey, from: ChainZoo.now, to: ChainZoo.now + ChainZoo.year,
      serial: ChainZoo.serial(9))
  }
}
