import Campaign
import Foundation
import GRDB
import Ledger
import TestSupport
import Testing

@testable import Node
@testable import Store

/// A pack that is put in force makes all that was derived from records due again.
@Suite struct PlanMarkTests {
  /// An index that was read before and is written after must not count for what the new pack says.
  @Test func whatIsDerivedAnewIsMarkedAsLaterThanAllThatWasRead() throws {
    let offices = try TestOffices()
    let region = offices.region
    try region.addTraining("一")
    let text = String(decoding: BuiltInPack.yaml, as: UTF8.self).replacingOccurrences(
      of: "      - {number: 23, code: hours,",
      with: "      - {number: 71, code: venue, label: Venue, type: text}\n      - {number: 23, code: hours,")
    let folder = TemporaryFolder()
    let path = folder.path + "/plan.yaml"
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    let before = try region.store.read { try $0.ownCursor().arrival }
    #expect(try region.importPlan(path).info.version == 2)
    let marks = try region.store.read {
      try Int64.fetchAll($0.db, sql: "SELECT arrival FROM unindexed")
    }
    #expect(!marks.isEmpty && marks.allSatisfy { $0 > before }, "\(marks) after \(before)")
  }
}
