import Ledger
import Testing

@testable import Campaign

@Suite struct SearchTextTests {
  private let kind = Packs.kind("training")

  private func content(_ values: [(field: String, text: String)]) throws -> RecordContent {
    var content = RecordContent(kind: kind)
    for (field, text) in values {
      content[field: try #require(kind.fieldIndex(field))] = .single(.text(text))
    }
    return content
  }

  /// A record without a title (as an edit that arrives before its record has none) has no heading: its first
  /// other text counts as any text does.
  @Test func onlyTheHeadingCountsAsOne() throws {
    let word = SearchText("电梯")
    let headed = try content([("title", "说电梯"), ("place", "广场")])
    let titled = try content([("title", "广场"), ("place", "说电梯")])
    let untitled = try content([("place", "说电梯")])
    let score = try #require(word.score(headed, kind))
    let low = try #require(word.score(titled, kind))
    #expect(score > low)
    #expect(word.score(untitled, kind) == low)
  }
}
