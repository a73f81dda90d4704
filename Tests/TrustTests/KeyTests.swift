import Ledger
import Testing

@testable import Trust

@Suite struct KeyTests {
  private let key = ChainZoo.shared.countyKey
  private let message = Array("台账".utf8)

  @Test func aSignatureVerifiesAndNoFlippedBitDoes() throws {
    let signature = try key.sign(message)
    #expect(key.publicKey.verify(signature, over: message))
    #expect(!ChainZoo.shared.otherKey.publicKey.verify(signature, over: message))
    #expect(!key.publicKey.verify(signature, over: message + [0]))
    for bit in 0..<512 {
      var bytes = signature.bytes
      bytes[bit / 8] ^= 1 << (bit % 8)
      let flipped = try #require(Signature(bytes))
      #expect(!key.publicKey.verify(flipped, over: message), "bit \(bit)")
    }
    for bit in 0..<message.count * 8 {
      var altered = message
      altered[bit / 8] ^= 1 << (bit % 8)
      #expect(!key.publicKey.verify(signature, over: altered), "bit \(bit)")
    }
  }

  /// One prepared context is copied by every caller: no copy may feel another's.
  @Test func manyThreadsSignAndVerifyWithOneKey() async {
    let key = key
    let wrong = await withTaskGroup(of: Int.self) { group in
      for task in UInt8(0)..<4 {
        group.addTask {
          (UInt8(0)..<100).count { i in
            guard let signature = try? key.sign([task, i]) else { return true }
            return !key.publicKey.verify(signature, over: [task, i])
              || key.publicKey.verify(signature, over: [task, i, 0])
          }
        }
      }
      return await group.reduce(0, +)
    }
    #expect(wrong == 0)
  }

  @Test func whatIsNoSignatureIsRefused() throws {
    for bytes in [[UInt8](repeating: 0, count: 64), [UInt8](repeating: 0xff, count: 64)] {
      #expect(!key.publicKey.verify(try #require(Signature(bytes)), over: message))
    }
  }

  @Test func signaturesOfEveryShapeMakeTheRoundTrip() throws {
    // Leading zeros and high bits, which DER spells in another length.
    for first in [UInt8(0), 1, 0x7f, 0x80, 0xff] {
      for second in [UInt8(0), 0x7f, 0x80] {
        let half = [first, second] + [UInt8](repeating: 0x5a, count: 30)
        let signature = try #require(Signature(half + half.reversed()))
        #expect(Signature(der: signature.der) == signature)
      }
    }
    for _ in 0..<300 {
      let signature = try key.sign(message)
      #expect(key.publicKey.verify(signature, over: message))
      #expect(Signature(der: signature.der) == signature)
    }
  }

  @Test func aSignatureIsReadFromWholeDEROnly() throws {
    let der = try key.sign(message).der
    for cut in 0..<der.count { #expect(Signature(der: der[..<cut]) == nil) }
    #expect(Signature(der: der + [0]) == nil)
  }

  @Test func aKeyMakesTheRoundTripThroughPEM() throws {
    let pem = try key.pem
    #expect(pem.hasPrefix("-----BEGIN PRIVATE KEY-----"))
    let read = try NodeKey(pem: pem)
    #expect(read.publicKey == key.publicKey)
    #expect(read.nodeID == NodeID(Hash256(hashing: key.publicKey.spki)))
    #expect(key.publicKey.verify(try read.sign(message), over: message))
  }

  @Test func whatIsNoKeyIsRefused() throws {
    #expect(throws: TrustError.badKey) { try NodeKey(pem: "") }
    #expect(throws: TrustError.badKey) { try NodeKey(pem: String(try key.pem.dropLast(60))) }
    #expect(throws: TrustError.badKey) { try NodeKey(pem: try ChainZoo.shared.region.pem) }
  }

  @Test func aPublicKeyHasOneSpelling() throws {
    let spki = key.publicKey.spki
    #expect(try PublicKey(spki: spki) == key.publicKey)
    #expect(throws: TrustError.badKey) { try PublicKey(spki: []) }
    #expect(throws: TrustError.badKey) { try PublicKey(spki: spki + [0]) }
    #expect(throws: TrustError.badKey) { try PublicKey(spki: Array(spki.dropLast())) }
    var offCurve = spki
    offCurve[90] ^= 1
    #expect(throws: TrustError.badKey) { try PublicKey(spki: offCurve) }
    // The compressed point: the same key, but another NodeID.
    let compressed =
      [0x30, 0x39] + Array(spki[2..<23]) + [0x03, 0x22, 0x00, 2 + spki[90] % 2] + Array(spki[27..<59])
    #expect(throws: TrustError.badKey) { try PublicKey(spki: compressed) }
  }
}
