import Campaign
import Foundation
import Ledger
import Store
import TestSupport
import Testing

@testable import Node

/// Search finds all that is there, whatever the index covers.
@Suite struct SearchTests {
  private func found(_ node: LocalNode, _ text: String) throws -> Set<String> {
    Set(try hits(node, SearchText(text)).map(\.id.description))
  }

  private func hits(_ node: LocalNode, _ text: SearchText) throws -> [RecordView] {
    var hits: [RecordView] = []
    try node.store.read { snapshot in
      try snapshot.search(text, RecordFilter()) { view in
        hits.append(view)
        return true
      }
    }
    return hits
  }

  @Test func wordsOfTwoCharactersTibetanSyllablesWidthAndCase() throws {
    let node = try TestOffices().region
    let lift = try node.addTraining("电梯安全宣传 ISO9001")
    let tibetan = try node.addTraining("བཀྲ་ཤིས་བདེ་ལེགས།")
    let quoted = try node.addTraining("说\"质量 第一\"的人 Ñandú")
    for _ in 0..<2 {
      #expect(try found(node, "电梯") == [lift])
      #expect(try found(node, "梯") == [lift])
      #expect(try found(node, "传") == [lift])
      #expect(try found(node, "ｉｓｏ９００１") == [lift])
      #expect(try found(node, "安全 电梯") == [lift])
      #expect(try found(node, "\"质量 第一\"") == [quoted])
      #expect(try found(node, "\"第一 质量\"").isEmpty)
      #expect(try found(node, "ñANDÚ") == [quoted])
      #expect(try found(node, "བདེ་ལེགས") == [tibetan])
      #expect(try found(node, "\u{f56}") == [tibetan])
      #expect(try found(node, "市场监管局") == [lift, tibetan, quoted])
      #expect(try found(node, "").isEmpty)
      for odd in ["\"", "*", "a OR b", "' ; DROP TABLE records", "-电梯", "%"] { _ = try found(node, odd) }
      try node.store.indexTail()
      #expect(try node.store.read { try $0.unindexedCount() } == 0)
    }
  }

  /// The index and a look through everything give the same, over edits and segments that were joined.
  @Test func whatTheIndexGivesIsWhatALookThroughGives() throws {
    let node = try TestOffices().region
    let words = ["电梯", "质量", "安全", "宣传", "检查", "བཀྲ", "ཤིས", "abc", "12"]
    var random = SeededRandom(seed: 7)
    var ids: [String] = []
    for round in 0..<14 {
      for _ in 0..<4 {
        let title = (0..<3).map { _ in words[Int.random(in: 0..<words.count, using: &random)] }.joined()
        ids.append(try node.addTraining(title))
      }
      let edited = ids[Int.random(in: 0..<ids.count, using: &random)]
      _ = try node.edit(
        edited, operations: [.set("place", to: words[Int.random(in: 0..<words.count, using: &random)])],
        operatorName: "")
      if round % 3 != 2 { try node.store.indexTail() }
      for word in words + ["梯", "电梯 质量", "c1"] {
        let text = SearchText(word)
        let scanned = try node.store.read { snapshot in
          var all: Set<String> = []
          try snapshot.forEachRecord(RecordFilter()) { view in
            if let kind = view.kind, let content = view.content, text.score(content, kind) != nil {
              all.insert(view.id.description)
            }
            return true
          }
          return all
        }
        #expect(try found(node, word) == scanned, "\(word) in round \(round)")
      }
    }
  }

  @Test func theBestComesFirstAndTheHitStandsInItsContext() throws {
    let node = try TestOffices().region
    let inPlace = try node.addTraining("标准宣贯会")
    _ = try node.edit(inPlace, operations: [.set("place", to: "电梯厂")], operatorName: "")
    let inTitle = try node.addTraining("城区老旧小区的电梯安全检查与宣传活动总结会议")
    let text = SearchText("电梯")
    let hits = try hits(node, text)
    #expect(hits.map(\.id.description) == [inTitle, inPlace])
    let first = try #require(hits.first)
    let content = try #require(first.content)
    let kind = try #require(first.kind)
    let excerpt = try #require(text.excerpt(content, kind, width: 3))
    #expect([excerpt.before, excerpt.hit, excerpt.after] == ["…小区的", "电梯", "安全检…"])
  }
}
