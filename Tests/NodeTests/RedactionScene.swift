import Campaign
import Foundation
import GRDB
import Ledger
import Store
import TestSupport
import Testing

@testable import Node

/// An office and its region, in whose records texts are erased; and what is looked at then.
protocol RedactionScene {
  var offices: TestOffices { get }
  var lhasa: LocalNode { get }
}

extension RedactionScene {
  var secret: String { "卓玛央宗身份信息" }

  func erased(_ node: LocalNode, _ id: String) throws -> [String] {
    try node.store.read { try $0.record(prefix: id).redacted }
  }

  func reappeared(_ node: LocalNode, _ id: String) throws -> [String] {
    try node.store.read { try $0.reappeared(in: $0.record(prefix: id)) }
  }

  func redact(_ id: String, _ field: String = "title") throws {
    let (_, _, isScrubbed) = try offices.region.redact(
      id, field: field, reason: "本人申请", operatorName: "次仁")
    #expect(isScrubbed)
  }

  /// The store's files, byte for byte.
  private func bytes(_ node: LocalNode) throws -> Data {
    try ["", "-wal"].reduce(into: Data()) { all, suffix in
      let path = node.store.folder + "/store.sqlite" + suffix
      if FileManager.default.fileExists(atPath: path) {
        all += try Data(contentsOf: URL(fileURLWithPath: path))
      }
    }
  }

  func expectNothingLeft(_ node: LocalNode, _ text: String, _ id: String) throws {
    node.tidyUp()
    #expect(try bytes(node).range(of: Data(text.utf8)) == nil, "\(node.facts.name)")
    #expect(try node.verify().problems == [], "\(node.facts.name)")
    let hits = try node.store.read { snapshot in
      var hits = 0
      try snapshot.search(SearchText(String(text.prefix(2))), RecordFilter()) { _ in
        hits += 1
        return true
      }
      return hits
    }
    #expect(hits == 0, "\(node.facts.name)")
    #expect(try postings(node, SearchGrams.pairs(in: text)) == 0, "\(node.facts.name)")
  }

  /// How many posting lists there are of some pairs of characters.
  func postings(_ node: LocalNode, _ pairs: Set<Int64>) throws -> Int {
    let list = pairs.map(String.init).joined(separator: ",")
    return try DatabaseQueue(path: node.store.folder + "/store.sqlite").read { db in
      try Int.fetchOne(db, sql: "SELECT count(*) FROM postings WHERE gram IN (\(list))") ?? 0
    }
  }
}
