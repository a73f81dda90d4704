import Campaign
import Foundation
import Ledger
import Store
import TestSupport
import Testing

@testable import Node

/// A candidate's number means what was listed: what came since is neither taken for it nor settled over.
@Suite struct ListedConflictTests {
  private let offices: TestOffices
  private let nodes: [LocalNode]
  private let id: String
  private var region: LocalNode { offices.region }

  /// A record that three offices have.
  init() async throws {
    offices = try TestOffices()
    nodes = [
      try offices.enrolled("540100", "甲局"), try offices.enrolled("540100", "乙局"),
      try offices.enrolled("540100", "丙局"),
    ]
    id = try offices.region.addTraining("会", division: "540100")
    for node in nodes { _ = try await sync(node, offices.region) }
  }

  /// Two offices have written the place apart, and the region has listed that.
  private func listed(_ places: [String] = ["甲处", "乙处"]) async throws -> [String?] {
    for (node, place) in zip(nodes, places) {
      _ = try node.edit(id, operations: [.set("place", to: place)], operatorName: "")
      _ = try await sync(node, region)
    }
    let conflicts = try region.conflicts(RecordFilter())
    try region.noteListed(conflicts)
    return conflicts.flatMap { $0.candidates.map(\.text) }
  }

  private func take(_ n: Int, at field: String = "place") throws -> FieldValue? {
    _ = try region.resolve(id, field: field, .take(n), operatorName: "")
    return try region.field(id, "place")
  }

  private func isRefused(_ body: () throws -> Void) -> Bool {
    do {
      try body()
      return false
    } catch {
      if case NodeError.conflictChanged = error { return true }
      return false
    }
  }

  @Test func invariant3AValueThatWasNotListedIsNeitherTakenNorSettledOver() async throws {
    let shown = try await listed()
    #expect(shown == ["乙处", "甲处"])
    _ = try nodes[2].edit(id, operations: [.set("place", to: "丙处")], operatorName: "")
    _ = try await sync(nodes[2], region)
    // It is the newest, and so the first by now.
    #expect(isRefused { _ = try take(1) } && isRefused { _ = try take(2) })
    #expect(try region.conflicts(RecordFilter()).first?.candidates.count == 3)
    try region.noteListed(try region.conflicts(RecordFilter()))
    #expect(try take(2) == .single(.text("乙处")))
  }

  /// Whatever the order is by now, the number is that of the listing.
  @Test func theNumberIsThatOfTheListing() async throws {
    let shown = try await listed()
    // Equal to a value that was listed, and newer than both.
    _ = try nodes[2].edit(id, operations: [.set("place", to: "甲处")], operatorName: "")
    _ = try await sync(nodes[2], region)
    #expect(try region.conflicts(RecordFilter()).first?.candidates.first?.text == "甲处")
    #expect(shown.first == "乙处")
    #expect(try take(1) == .single(.text("乙处")))
  }

  /// Where a decision is taken back its candidates are those that were listed.
  @Test func aDecisionThatWasTakenBackIsMadeAnewByTheSameNumbers() async throws {
    _ = try await listed()
    #expect(try take(1) == .single(.text("乙处")))
    _ = try region.undo(id, field: "place", operatorName: "")
    #expect(try take(2) == .single(.text("甲处")))
  }

  @Test func whatWasNeverListedIsCountedAsItIs() async throws {
    for (node, place) in zip(nodes, ["甲处", "乙处"]) {
      _ = try node.edit(id, operations: [.set("place", to: place)], operatorName: "")
      _ = try await sync(node, region)
    }
    #expect(try take(2) == .single(.text("甲处")))
  }

  /// To delete a record ends what was written since it was listed; to keep it ends nothing.
  @Test func aDeletionIsNotConfirmedOverWhatWasNotListed() async throws {
    _ = try region.delete(id, operatorName: "")
    _ = try await listed(["甲处"])
    _ = try nodes[1].edit(id, operations: [.set("notes", to: "乙注")], operatorName: "")
    _ = try await sync(nodes[1], region)
    #expect(isRefused { _ = try take(2, at: "deleted") })
    #expect(try take(1, at: "deleted") == .single(.text("甲处")))
  }

  /// Nobody waits for a listing to be noted, and what is made anew starts without one.
  @Test func aListingIsNotWaitedFor() async throws {
    _ = try await listed()
    let other = try Store(opening: region.store.folder)
    defer { other.close() }
    let isFree = try region.store.write { _ in try other.writeIfFree { _ in true } }
    #expect(isFree == nil)
    #expect(try other.writeIfFree { _ in true } == true)
    // That another one writes is said as that.
    _ = try nodes[2].edit(id, operations: [.set("place", to: "丙处")], operatorName: "")
    _ = try await sync(nodes[2], region)
    let reader = try LocalNode(opening: region.store.folder)
    let conflicts = try reader.conflicts(RecordFilter())
    _ = try region.store.write { _ in
      #expect {
        try reader.noteListed(conflicts)
      } throws: { error in
        if case StoreError.busy = error { true } else { false }
      }
    }
    try reader.noteListed(conflicts)
    let conflict = try #require(try region.conflicts(RecordFilter()).first)
    func noted() throws -> Bool {
      try region.store.read { try $0.listed(conflict.view, field: "place", reason: .concurrent) != nil }
    }
    #expect(try noted())
    _ = try region.diagnose(repairs: true)
    #expect(try !noted())
  }
}
