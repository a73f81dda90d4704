import TestSupport
import Testing

@testable import Texts

/// Texts of a few pieces each, so that they have much in common and much not.
private struct Drawn {
  var random: SeededRandom
  private static let pieces = [
    "市", "场", "监", "管", "局", " ", "abc", "12", "。", "\n", "བོད", "་", "e\u{301}", "é",
  ]

  mutating func text(_ most: Int = 14) -> String {
    (0..<Int.random(in: 0...most, using: &random)).map { _ in Drawn.pieces.randomElement(using: &random)! }
      .joined()
  }

  /// A text with a few of its characters taken out, doubled or replaced.
  mutating func edited(_ text: String) -> String {
    var characters = Array(text)
    for _ in 0..<Int.random(in: 0...3, using: &random) where !characters.isEmpty {
      let place = Int.random(in: 0..<characters.count, using: &random)
      switch Int.random(in: 0..<3, using: &random) {
      case 0: characters.remove(at: place)
      case 1: characters.insert(contentsOf: Drawn.pieces.randomElement(using: &random)!, at: place)
      default: characters[place] = "改"
      }
    }
    return String(characters)
  }
}

@Suite struct TextsTests {
  private func forEachSeed(_ body: (UInt64, inout Drawn) throws -> Void) rethrows {
    for seed in 1...600 as ClosedRange<UInt64> {
      var drawn = Drawn(random: SeededRandom(seed: seed))
      try body(seed, &drawn)
    }
  }

  private func same(_ a: String, _ b: String) -> Bool { a.utf8.elementsEqual(b.utf8) }

  @Test func tokensTogetherAreTheText() {
    forEachSeed { seed, drawn in
      let text = drawn.text()
      #expect(same(TextTokens(text).pieces.joined(), text), "seed \(seed)")
      #expect(same(TextTokens(sentencesOf: text).pieces.joined(), text), "seed \(seed)")
    }
    #expect(
      TextTokens("检查35家，ok go\nབོད་ཡིག").pieces.map(String.init)
        == ["检", "查", "35", "家", "，", "ok", " ", "go", "\n", "བོད", "་", "ཡིག"])
  }

  /// What is kept and removed is the old text, what is kept and inserted the new one.
  @Test func aDifferenceLeadsFromOneTextToTheOther() {
    forEachSeed { seed, drawn in
      let old = drawn.text()
      let new = seed % 2 == 0 ? drawn.text() : drawn.edited(old)
      let pieces = TextDifference(from: old, to: new).pieces
      var (before, after) = ("", "")
      for piece in pieces {
        #expect(piece.text != "", "seed \(seed)")
        if case .inserted = piece {} else { before += piece.text }
        if case .removed = piece {} else { after += piece.text }
      }
      #expect(same(before, old) && same(after, new), "seed \(seed): \(pieces)")
    }
  }

  /// As few edits as there can be, by the slow and obvious way.
  @Test func noFewerEditsWouldDo() throws {
    for seed in 1...600 as ClosedRange<UInt64> {
      var random = SeededRandom(seed: seed)
      func draw() -> [Int] {
        (0..<Int.random(in: 0...12, using: &random)).map { _ in Int.random(in: 0..<4, using: &random) }
      }
      let (a, b) = (draw(), draw())
      let found = try #require(SequenceDifference(from: a, to: b))
      var common = [[Int]](repeating: [Int](repeating: 0, count: b.count + 1), count: a.count + 1)
      for i in a.indices {
        for j in b.indices {
          common[i + 1][j + 1] = a[i] == b[j] ? common[i][j] + 1 : max(common[i][j + 1], common[i + 1][j])
        }
      }
      let edits = found.stretches.reduce(0) { $0 + $1.old.count + $1.new.count }
      #expect(edits == a.count + b.count - 2 * common[a.count][b.count], "seed \(seed): \(a) \(b)")
      var made: [Int] = []
      var at = 0
      for stretch in found.stretches {
        made += a[at..<stretch.old.lowerBound] + b[stretch.new]
        at = stretch.old.upperBound
      }
      #expect(made + a[at...] == b, "seed \(seed)")
      #expect(
        zip(found.stretches, found.stretches.dropFirst()).allSatisfy { $0.old.upperBound < $1.old.lowerBound }
      )
    }
  }

  @Test func whatOnlyOneChangedIsTaken() throws {
    try forEachSeed { seed, drawn in
      let base = drawn.text()
      let (a, b) = (drawn.edited(base), drawn.edited(base))
      for (first, second, wanted) in [(a, base, a), (base, b, b), (a, a, a), (base, base, base)] {
        let merged = try #require(MergedText(base: base, texts: [first, second])).merged
        #expect(merged.map { same($0, wanted) } == true, "seed \(seed)")
      }
    }
  }

  /// Who is first makes no difference.
  @Test func mergingIsTheSameEitherWay() throws {
    try forEachSeed { seed, drawn in
      let base = drawn.text(24)
      let (a, b) = (drawn.edited(base), drawn.edited(base))
      let one = try #require(MergedText(base: base, texts: [a, b]))
      let other = try #require(MergedText(base: base, texts: [b, a]))
      let turned = other.parts.map { part -> MergedText.Part in
        if case .disputed(let texts) = part { .disputed(texts.reversed()) } else { part }
      }
      #expect(one.parts == turned, "seed \(seed)")
    }
  }

  @Test func changesInTwoPlacesComeTogether() throws {
    let base = "九月十日在拉萨召开标准宣贯会，到会三十五人，发放资料一百份。"
    let a = "九月十一日在拉萨召开标准宣贯会，到会三十五人，发放资料一百份。"
    let b = "九月十日在拉萨召开标准宣贯会，到会三十六人，发放资料二百份。"
    #expect(
      MergedText(base: base, texts: [a, b])?.merged == "九月十一日在拉萨召开标准宣贯会，到会三十六人，发放资料二百份。")
    let c = "九月十二日在拉萨召开标准宣贯会，到会三十五人，发放资料一百份。"
    let parts = try #require(MergedText(base: base, texts: [a, c])).parts
    #expect(parts.contains(.disputed(["一", "二"])), "\(parts)")
  }

  /// Three offices change three places of one text; where two of them meet, both stand there, and equal changes count once.
  @Test func changesOfManyComeTogether() throws {
    let base = "第一段：全区质量月活动。第二段：检查企业一百家。第三段：下一步打算。"
    let texts = [
      base.replacing("一百家", with: "一百二十家"), base.replacing("一百家", with: "九十家"),
      base.replacing("下一步", with: "今后"), base.replacing("一百家", with: "九十家"),
    ]
    let parts = try #require(MergedText(base: base, texts: texts)).parts
    #expect(
      parts == [
        .agreed("第一段：全区质量月活动。第二段：检查企业"), .disputed(["一百二十", "九十"]),
        .agreed("家。第三段：今后打算。"),
      ], "\(parts)")
    #expect(
      MergedText(base: base, texts: [texts[0], base, texts[2]])?.merged
        == "第一段：全区质量月活动。第二段：检查企业一百二十家。第三段：今后打算。")
    forEachSeed { seed, drawn in
      let base = drawn.text(24)
      let (a, b) = (drawn.edited(base), drawn.edited(base))
      #expect(
        MergedText(base: base, texts: [a, b, a, b]) == MergedText(base: base, texts: [a, b]), "seed \(seed)")
    }
  }

  /// Bounded: texts that have nothing in common cost no more than they are long.
  @Test func longTextsWithoutAnythingInCommonAreReplaced() {
    let old = String(repeating: "甲。", count: 4000)
    let new = String(repeating: "乙！", count: 4000)
    #expect(TextDifference(from: old, to: new).pieces == [.removed(old), .inserted(new)])
    #expect(MergedText(base: old, texts: [new, old]) == nil)
  }
}
