import Campaign
import Ledger
import TestSupport
import Testing

@testable import Node
@testable import Store

/// Stores that the program of an earlier schema step made are opened, with all that was in them.
@Suite(.serialized) struct FrozenStoreTests {
  private let folder = TemporaryFolder()

  @Test func theCurrentStepHasAStoreToo() async throws {
    let isKept = FrozenStore.all.contains { $0.step == Schema.current }
    if !isKept, FrozenStore.isRecording { return try await FrozenStore.record() }
    #expect(isKept, "TAIZHANG_RECORD=1 swift test --filter FrozenStoreTests keeps one")
  }

  private func expectAll(of frozen: FrozenStore, in node: LocalNode) throws {
    #expect(try FrozenStore.Facts(node) == frozen.facts())
    #expect(try node.verify().problems == [])
    var hits = 0
    try node.store.read { snapshot in
      try snapshot.search(SearchText("电梯"), RecordFilter()) { _ in
        hits += 1
        return true
      }
    }
    #expect(hits == 1)
    // What is written to it goes on from what it holds.
    let id = try #require(try node.ids(titled: "电梯安全培训").first)
    _ = try node.edit(id, operations: [.set("title", to: "后来改的")], operatorName: "")
    #expect(try node.field(id, "title") == .single(.text("后来改的")))
    #expect(try node.verify().problems == [])
  }

  @Test(arguments: FrozenStore.all) func anOlderStoreHasAllThatItHad(frozen: FrozenStore) throws {
    let place = folder.path + "/store"
    try frozen.put(store: place)
    try expectAll(of: frozen, in: LocalNode(opening: place, surroundings: FrozenStore.surroundings))
  }

  @Test(arguments: FrozenStore.all) func anOlderBackupIsRestored(frozen: FrozenStore) throws {
    let place = folder.path + "/restored"
    try frozen.put(backup: folder.path + "/b", contentsOf: place)
    let node = try LocalNode.restore(
      backup: folder.path + "/b", into: place, surroundings: FrozenStore.surroundings)
    try expectAll(of: frozen, in: node)
  }
}
