import Ledger
import TestSupport
import Testing

@testable import Campaign

/// Values that differ in width, case or the shape of brackets alone are one to a rule of unique values, in sets too.
@Suite struct FoldedKeyTests {
  private static let words = ["a〔1〕", "b2", "质检〔2025〕3号", "zz", "[x]", "~", "m"]

  /// Another spelling of the same.
  private func spelled(_ word: String, using random: inout SeededRandom) -> String {
    var out = String.UnicodeScalarView()
    for scalar in word.unicodeScalars {
      let forms: [Unicode.Scalar]
      switch scalar {
      case "〔", "[": forms = ["〔", "[", "［", "【"]
      case "〕", "]": forms = ["〕", "]", "］", "】"]
      case "a"..."z":
        let capital = Unicode.Scalar(scalar.value - 0x20)!
        forms = [scalar, capital, wide(scalar), wide(capital)]
      case "0"..."9", "~": forms = [scalar, wide(scalar)]
      default: forms = [scalar]
      }
      out.append(forms.randomElement(using: &random)!)
    }
    return String(out)
  }

  private func wide(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
    Unicode.Scalar(scalar.value - 0x21 + 0xff01)!
  }

  @Test func setsThatAreOneWhenFoldedHaveOneKey() throws {
    let kind = Packs.kind("training")
    let field = try #require(kind.fieldIndex("co_organisers"))
    func key(_ words: [String]) -> [UInt8] {
      var content = RecordContent(kind: kind)
      content[field: field] = .set(SetForm.ordered(words.map { .text($0) }))
      return content.foldedKey(of: [field])
    }
    for seed in 0..<2000 as Range<UInt64> {
      var random = SeededRandom(seed: seed)
      func some() -> [String] { FoldedKeyTests.words.filter { _ in Bool.random(using: &random) } }
      func spellings(_ words: [String]) -> [String] {
        (words + words.filter { _ in Bool.random(using: &random) }).map { spelled($0, using: &random) }
      }
      let (one, other) = (some(), some())
      let keys = (key(spellings(one)), key(spellings(one)), key(spellings(other)))
      #expect(keys.0 == keys.1, "seed \(seed)")
      #expect((keys.0 == keys.2) == (one == other), "seed \(seed)")
    }
  }
}
