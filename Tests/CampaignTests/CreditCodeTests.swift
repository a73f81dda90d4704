import Ledger
import TestSupport
import Testing

@testable import Campaign

@Suite struct CreditCodeTests {
  static let alphabet = Array("0123456789ABCDEFGHJKLMNPQRTUWXY")

  /// The slow, obvious way.
  static func checkDigit(_ body: [Character]) -> Character {
    var sum = 0
    for (i, character) in body.enumerated() {
      var weight = 1
      for _ in 0..<i { weight = weight * 3 % 31 }
      sum += alphabet.firstIndex(of: character)! * weight
    }
    return alphabet[(31 - sum % 31) % 31]
  }

  @Test func codesFromAnywhereAreTakenAndEveryWrongDigitIsNamed() {
    let seed: UInt64 = 32_100_2015
    var rng = SeededRandom(seed: seed)
    for _ in 0..<500 {
      let body = (0..<17).map { _ in CreditCodeTests.alphabet.randomElement(using: &rng)! }
      let right = CreditCodeTests.checkDigit(body)
      let code = String(body) + String(right)
      #expect(normal(code, .creditCode) == .success(.code(code)), "seed \(seed)")
      #expect(normal(code.lowercased(), .creditCode) == .success(.code(code)), "seed \(seed)")
      for wrong in CreditCodeTests.alphabet where wrong != right {
        #expect(
          normal(String(body) + String(wrong), .creditCode)
            == .failure(FormFault(.creditCodeCheckDigit, .rightDigit(String(right)))), "seed \(seed)")
      }
    }
  }

  /// Codes that were given out: enterprises of Tibet, Qinghai and Gansu (a public register of 2002), and those that
  /// python-stdnum 2.2 collected for its own tests. Codes of sole traders (92…) are left out: each is a person's.
  private static let real = String(decoding: PackageResources.credit_codes_txt, as: UTF8.self)
    .split(separator: "\n").map(String.init)

  @Test func realCodesAreTakenAndEveryWrongCheckDigitIsRefused() {
    #expect(CreditCodeTests.real.count == 396)
    for code in CreditCodeTests.real {
      #expect(normal(code, .creditCode) == .success(.code(code)), "\(code)")
      for wrong in CreditCodeTests.alphabet where wrong != code.last {
        #expect(
          normal(code.dropLast() + String(wrong), .creditCode)
            == .failure(FormFault(.creditCodeCheckDigit, .rightDigit(String(code.last!)))), "\(code) \(wrong)"
        )
      }
    }
  }

  /// The check digit guards every place, not only its own.
  @Test func oneWrongCharacterAnywhereIsRefused() {
    for code in CreditCodeTests.real.enumerated().filter({ $0.offset % 9 == 0 }).map(\.element) {
      for place in code.indices {
        for wrong in CreditCodeTests.alphabet where wrong != code[place] {
          var mistyped = code
          mistyped.replaceSubrange(place...place, with: String(wrong))
          #expect(normal(mistyped, .creditCode).failure?.code == .creditCodeCheckDigit, "\(mistyped)")
        }
      }
    }
  }

  @Test func widthAndCaseDoNotMatter() {
    #expect(normal("91350100M000100Y43", .creditCode) == .success(.code("91350100M000100Y43")))
    #expect(
      normal(" ９１３５０１００ｍ０００１００ｙ４３ ", .creditCode) == .success(.code("91350100M000100Y43")))
  }

  @Test func whatIsNoCode() {
    #expect(normal("110108012345678", .creditCode).failure?.code == .oldRegistrationNumber)
    #expect(
      normal("91350100M000100Y4", .creditCode)
        == .failure(FormFault(.creditCodeLength, .count(17), .limit(18))))
    #expect(
      normal("91350100MO00100Y43", .creditCode)
        == .failure(FormFault(.creditCodeCharacter, .character("O", position: 10))))
    #expect(
      normal("9135010〇M000100Y43", .creditCode)
        == .failure(FormFault(.creditCodeCharacter, .character("〇", position: 8))))
    #expect(normal("无", .creditCode).failure?.code == .creditCodeLength)
    #expect(normal("91350100-M000100Y43", .creditCode).failure?.code == .creditCodeLength)
  }
}
