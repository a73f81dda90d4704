import TestSupport
import Testing
import Texts

@Suite struct ExcerptsTests {
  @Test func shortTextsStayWhole() {
    #expect(Excerpts.of(["一二三", "一二四"], longest: 3, context: 1) == ["一二三", "一二四"])
    #expect(Excerpts.of([], longest: 3, context: 1) == [])
  }

  @Test func whatAllBeginAndEndWithIsLeftOut() {
    let (before, after) = (String(repeating: "前", count: 900), String(repeating: "后", count: 900))
    let excerpts = Excerpts.of([before + "甲" + after, before + "乙丙" + after], longest: 100, context: 2)
    #expect(excerpts == ["…前前甲后后…", "…前前乙丙后后…"])
  }

  @Test func aTextAloneIsCutBehind() {
    #expect(Excerpts.of([String(repeating: "字", count: 9)], longest: 4, context: 1) == ["字字字字…"])
  }

  /// Whatever the texts are: different ones whose difference has room are told apart, and none is longer than it may be.
  @Test func excerptsOfDifferentTextsDiffer() {
    for seed in 0..<400 as Range<UInt64> {
      var random = SeededRandom(seed: seed)
      let texts = (0..<Int.random(in: 1...3, using: &random)).map { _ in
        String((0..<Int.random(in: 0...12, using: &random)).map { _ in "甲乙".randomElement(using: &random)! })
      }
      let excerpts = Excerpts.of(texts, longest: 6, context: 1)
      #expect(excerpts.allSatisfy { $0.count <= 12 }, "seed \(seed)")
      for (a, b) in zip(texts.indices, texts.indices.dropFirst())
      where texts[a] != texts[b] && texts.count == 2 {
        #expect(excerpts[a] != excerpts[b], "seed \(seed): \(texts)")
      }
    }
  }
}
