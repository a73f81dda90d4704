import Ledger
import Testing
import Trust

private let now: Int64 = 1_760_000_000

private func serial(_ byte: UInt8) -> [UInt8] { [UInt8](repeating: byte, count: 16) }

private func code(_ text: String) -> DivisionCode { DivisionCode(text)! }

/// Keys and certificates of a small region, made once a test.
private struct Zoo {
  let root: CertificateAuthority
  let prefectureKey: NodeKey
  let prefecture: Certificate
  let wide: Scope
  let narrow: Scope

  init() throws {
    root = try CertificateAuthority.make(name: "区", key: NodeKey.generate(), now: now, serial: serial(1))
    wide = Scope(
      division: code("540100"), covered: [code("540100"), code("540102")], ancestors: [code("540000")])
    narrow = Scope(division: code("540102"), covered: [], ancestors: [code("540100"), code("540000")])
    prefectureKey = try NodeKey.generate()
    prefecture = try root.issue(
      Office(name: "拉萨市局", id: "a", scope: wide, rights: .enrol), key: prefectureKey.publicKey, from: now,
      to: now + 1000, serial: serial(2))
  }

  func county(by issuer: CertificateAuthority, scope: Scope? = nil, rights: Rights = []) throws -> Certificate
  {
    try issuer.issue(
      Office(name: "城关区局", id: "b", scope: scope ?? narrow, rights: rights),
      key: NodeKey.generate().publicKey,
      from: now, to: now + 1000, serial: serial(3))
  }
}

@Suite struct TrustTests {
  @Test func aSignatureIsGoodForItsMessageOnly() throws {
    let key = try NodeKey(pem: NodeKey.generate().pem)
    let message = Array("台账".utf8)
    let signature = try key.sign(message)
    #expect(key.publicKey.verify(signature, over: message))
    for bit in 0..<512 {
      var bytes = signature.bytes
      bytes[bit / 8] ^= 1 << (bit % 8)
      #expect(!key.publicKey.verify(Signature(bytes)!, over: message), "bit \(bit)")
    }
    #expect(!key.publicKey.verify(signature, over: message + [0]))
    #expect(!(try NodeKey.generate().publicKey.verify(signature, over: message)))
  }

  @Test func chainsHoldDirectlyAndByDelegation() throws {
    let zoo = try Zoo()
    let delegate = CertificateAuthority(certificate: zoo.prefecture, key: zoo.prefectureKey)
    let county = try zoo.county(by: delegate)
    let direct = try TrustedChain.check(PresentedChain([zoo.prefecture]), root: zoo.root.certificate)
    #expect(direct.issuer == nil)
    let trusted = try TrustedChain.check(
      PresentedChain([county, zoo.prefecture]), root: zoo.root.certificate)
    #expect(trusted.office.name == "城关区局")
    #expect(trusted.issuer == zoo.prefecture)
  }

  @Test func anotherRegionsCertificateIsNotTrusted() throws {
    let zoo = try Zoo()
    let other = try Zoo()
    #expect(throws: TrustError.self) {
      try TrustedChain.check(PresentedChain([other.prefecture]), root: zoo.root.certificate)
    }
  }

  /// Invariant 5: nobody gives what they have not.
  @Test func invariant5AnIssuerGivesNoMoreThanItHas() throws {
    let zoo = try Zoo()
    let delegate = CertificateAuthority(certificate: zoo.prefecture, key: zoo.prefectureKey)
    let elsewhere = Scope(division: code("540600"), covered: [], ancestors: [code("540000")])
    #expect {
      try zoo.county(by: delegate, scope: elsewhere)
    } throws: {
      if case .scopeNotWithinIssuer("城关区局", _) = $0 as? TrustError { true } else { false }
    }
    #expect {
      try zoo.county(by: delegate, rights: .redact)
    } throws: {
      if case .rightsNotWithinIssuer("城关区局", _) = $0 as? TrustError { true } else { false }
    }
    let plainKey = try NodeKey.generate()
    let plain = try zoo.root.issue(
      Office(name: "平", id: "c", scope: zoo.wide, rights: []), key: plainKey.publicKey, from: now,
      to: now + 1,
      serial: serial(4))
    #expect(throws: TrustError.issuerMayNotEnrol(office: "平", node: plainKey.nodeID)) {
      try zoo.county(by: CertificateAuthority(certificate: plain, key: plainKey))
    }
  }

  @Test func anAlteredTokenIsRefusedWhereverItWasAltered() throws {
    let token = InvitationToken(
      secret: serial(9), authority: Hash256(hashing: [1]), division: code("540100"), expires: now)
    #expect(try InvitationToken(text: token.text) == token)
    let text = Array(token.text)
    for i in text.indices {
      var altered = text
      altered[i] = altered[i] == "A" ? "B" : "A"
      #expect(throws: TrustError.badToken, "character \(i)") { try InvitationToken(text: String(altered)) }
    }
  }

  @Test func aRequestShowsThatItsSignerHoldsTheKey() throws {
    let key = try NodeKey.generate()
    let request = try CertificateRequest(key: key, officeName: "那曲市市场监管局", division: code("540600"))
    let read = try CertificateRequest(pem: request.pem)
    #expect(read.publicKey.nodeID == key.nodeID)
    #expect(read.officeName == "那曲市市场监管局")
    #expect(throws: TrustError.self) { try CertificateRequest(pem: "no request") }
  }

  @Test func anEnvelopeOpensForItsRecipientOnly() throws {
    let zoo = try Zoo()
    let secret = [UInt8](repeating: 5, count: 32)
    let sealed = try SealedEnvelope.seal(secret, to: [zoo.prefecture])
    #expect(try SealedEnvelope.open(sealed, certificate: zoo.prefecture, key: zoo.prefectureKey) == secret)
    let otherKey = try NodeKey.generate()
    let other = try zoo.root.issue(
      Office(name: "别", id: "d", scope: zoo.wide, rights: []), key: otherKey.publicKey, from: now,
      to: now + 1,
      serial: serial(5))
    #expect(throws: TrustError.notForThisRecipient) {
      try SealedEnvelope.open(sealed, certificate: other, key: otherKey)
    }
  }

  @Test func segmentsCannotBeSwappedCutOrChanged() throws {
    let cipher = SegmentCipher(key: [UInt8](repeating: 1, count: 32))
    let first = try cipher.seal([1, 2, 3], index: 0, isLast: false)
    let last = try cipher.seal([4, 5], index: 1, isLast: true)
    #expect(try cipher.open(first, index: 0, isLast: false) == [1, 2, 3])
    #expect(try cipher.open(last, index: 1, isLast: true) == [4, 5])
    #expect(throws: TrustError.altered) { try cipher.open(first, index: 0, isLast: true) }
    #expect(throws: TrustError.altered) { try cipher.open(last, index: 0, isLast: true) }
    #expect(throws: TrustError.altered) { try cipher.open(Array(first.dropLast()), index: 0, isLast: false) }
  }
}
