import Foundation
import Ledger
import TestSupport
import Testing

@testable import Trust

@Suite struct VectorTests {
  @Test func theTokensAreWhatTheCodeMakes() throws {
    let token = InvitationToken(
      secret: Array(0..<16), authority: Hash256(hashing: [1]), division: DivisionCode("540102")!,
      expires: 1_790_000_000)
    try VectorFile.check(
      "tokens",
      [
        [
          "secret": token.secret.hex, "authority": token.authority.description, "division": "540102",
          "expires": Int(token.expires), "text": token.text, "secret_hash": token.secretHash.description,
        ]
      ])
  }

  /// Of the first term, and of a later one.
  @Test func theReceiptsAreWhatTheCodeMakes() throws {
    let kept = VectorFile.kept("receipts") ?? []
    try VectorFile.check(
      "receipts",
      [UInt64(0), 3].enumerated().map { try receipt(term: $1, kept: $0 < kept.count ? kept[$0] : [:]) })
  }

  /// ECDSA draws a number for each signature: what is kept is checked by its key and then taken over.
  private func receipt(term: UInt64, kept: [String: Any]) throws -> [String: Any] {
    let spki: [UInt8]
    let signature: ([UInt8]) throws -> Signature
    if let hex = kept["public_key"] as? String, let old = kept["signature"] as? String {
      spki = try #require([UInt8](hex: hex))
      let bytes = try #require([UInt8](hex: old))
      signature = { _ in try #require(Signature(bytes)) }
    } else {
      let key = try NodeKey.generate()
      spki = key.publicKey.spki
      signature = { try key.sign($0) }
    }
    let key = try PublicKey(spki: spki)
    let heads = [UInt8(1), 2].map { number in
      LogHead(
        log: LogID(
          node: NodeID(Hash256(hashing: [number])),
          space: Space(division: DivisionCode("540100")!, section: number == 1 ? .records : .notices),
          epoch: 9),
        n: UInt64(number) * 200, hash: Hash256(hashing: [number, number]), time: 0)
    }
    let receipt = try Receipt(
      signer: key.nodeID, at: SigningTime(term: term, time: 1_756_700_000_123), heads: heads, sign: signature)
    #expect(key.verify(receipt.signature, over: receipt.signedBytes))
    #expect(try Receipt(encoded: receipt.encoded) == receipt)
    return [
      "public_key": spki.hex, "signer": receipt.signer.description, "time": Int(receipt.time),
      "term": Int(term),
      "heads": heads.map { ["log": $0.log.canonicalBytes.hex, "n": Int($0.n), "hash": $0.hash.description] },
      "signed": receipt.signedBytes.hex, "signature": receipt.signature.bytes.hex,
      "receipt": receipt.encoded.hex,
    ]
  }
}
