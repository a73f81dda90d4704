import Ledger
import Testing

@testable import Trust

@Suite struct TokenTests {
  private let token = InvitationToken(
    secret: Array(0..<16), authority: ChainZoo.shared.ca.certificate.fingerprint,
    division: ChainZoo.code("540102"),
    expires: ChainZoo.now)

  @Test func aTokenMakesTheRoundTrip() throws {
    #expect(token.text.hasPrefix("tz1-"))
    #expect(try InvitationToken(text: token.text) == token)
    #expect(try InvitationToken(text: " \n" + token.text + "\r\n") == token)
    #expect(token.text.utf8.allSatisfy { $0 > 32 && $0 < 127 })
  }

  @Test func aTokenAlteredInAnyCharacterIsRefused() {
    let text = Array(token.text.utf8)
    for index in text.indices {
      for replacement in "AZaz09-_ =".utf8 where replacement != text[index] {
        var altered = text
        altered[index] = replacement
        // White space at the end is what pasting adds, but it must not eat a character.
        #expect(throws: TrustError.badToken, "character \(index)") {
          try InvitationToken(text: String(decoding: altered, as: UTF8.self))
        }
      }
      var swapped = text
      if index > 0, swapped[index] != swapped[index - 1] {
        swapped.swapAt(index, index - 1)
        #expect(throws: TrustError.badToken) {
          try InvitationToken(text: String(decoding: swapped, as: UTF8.self))
        }
      }
      #expect(throws: TrustError.badToken) {
        try InvitationToken(text: String(decoding: text[..<index], as: UTF8.self))
      }
    }
  }

  @Test func rubbishIsRefused() {
    for text in [
      "", "tz1-", "tz2-" + token.text.dropFirst(4), token.text + token.text,
      String(repeating: "A", count: 100_000),
    ] {
      #expect(throws: TrustError.badToken) { try InvitationToken(text: String(text)) }
    }
  }

  @Test func theSecretIsKnownByItsHash() {
    #expect(token.secretHash == Hash256(hashing: Array(0..<16)))
  }
}
