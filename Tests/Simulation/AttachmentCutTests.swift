import Campaign
import Foundation
import Ledger
import Store
import TestSupport
import Testing
import Trust
import Wire

@testable import Node

/// Links that are cut at any byte, while attachments are under way.
@Suite struct AttachmentCutTests {
  /// However often the link is cut, the records come first, no piece that came whole is sent again, and in the end the
  /// content is here.
  @Test func aContentArrivesOverLinksThatAreCutAtAnyByte() throws {
    let template = try Template()
    for seed in 0..<20 as Range<UInt64> {
      var random = SeededRandom(seed: seed)
      let folder = TemporaryFolder()
      let nodes = try template.paths.prefix(2).enumerated().map { index, path in
        try FileManager.default.copyItem(atPath: path, toPath: folder.path + "/\(index)")
        return try LocalNode(opening: folder.path + "/\(index)")
      }
      let (region, office) = (nodes[0], nodes[1])
      let bytes = TestContent.bytes(Int.random(in: 0...1_200_000, using: &random), seed: seed)
      let file = folder.path + "/photo"
      try Data(bytes).write(to: URL(fileURLWithPath: file))
      let id = try office.addTraining(seed)
      #expect(try office.attach(id, files: [file], operatorName: "").failures.isEmpty)
      var carried = 0
      var wasted = 0
      for round in 0..<60 {
        let isCut = round < 50
        let cut = Conversation.Cut(
          message: Int.random(in: 0...14, using: &random), permille: Int.random(in: 0...1000, using: &random))
        var pieces = 0
        let conversation = try Conversation((1, office), (0, region), cut: isCut ? cut : nil) {
          _, _, message in
          guard case .attachmentChunk(let chunk) = message else { return }
          // Records are through when the first piece is said.
          #expect((try? region.store.read { try $0.records(RecordID(id)!).count }) == 1, "seed \(seed)")
          pieces += 1
          carried += chunk.data.count
        }
        conversation.run()
        // Of what was under way when the link broke, a window at most came to nothing.
        if isCut { wasted += min(pieces, Limits.chunkWindow) * Limits.chunkBytes }
        if try region.store.read({ try $0.missingAttachmentCount { _ in true } }) == 0,
          try region.store.read({ try !$0.records(RecordID(id)!).isEmpty })
        {
          break
        }
      }
      #expect(try region.attachmentContent(id, name: "photo").bytes == bytes, "seed \(seed)")
      #expect(carried <= bytes.count + wasted, "seed \(seed): \(carried) of \(bytes.count)")
      #expect(try region.verify().problems.isEmpty, "seed \(seed)")
    }
  }
}

extension LocalNode {
  fileprivate func addTraining(_ seed: UInt64) throws -> String {
    try add(
      kind: "training", division: nil, isNotice: false,
      operations: [
        .set("title", to: "第\(seed)场"), .set("date", to: "2025-09-10"), .set("plan_items", to: "4.2"),
        .set("organiser", to: "市场监管局"), .set("topic", to: "standards"),
      ], operatorName: ""
    ).view.id.description
  }
}
