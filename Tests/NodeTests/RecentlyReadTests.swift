import Campaign
import Ledger
import TestSupport
import Testing

@testable import Node
@testable import Store

/// Invariant 8: what is kept of what was read is bounded by bytes, whatever the changes are like.
@Suite struct RecentlyReadTests {
  @Test(arguments: 1...20 as ClosedRange<UInt64>)
  func theNewestIsThereAndTheBoundsHold(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    let (most, limit) = (5, 1000)
    var kept = RecentlyRead<Int>(most: most, bytes: limit)
    var sizes: [Int64: Int] = [:]
    for step in 0..<500 {
      let arrival = Int64.random(in: 0..<12, using: &random)
      let bytes = Int.random(in: 0...(step % 50 == 0 ? 3000 : 400), using: &random)
      kept.keep(step, bytes: bytes, as: arrival)
      sizes[arrival] = bytes
      #expect(kept[arrival] == step)
      #expect(kept.count <= most)
      let there = (0..<12 as Range<Int64>).filter { kept[$0] != nil }
      #expect(kept.bytes == there.reduce(0) { $0 + sizes[$1]! })
      #expect(kept.bytes <= limit || kept.count == 1)
    }
  }

  /// A hundred and twenty changes of half a MiB each, one record in each.
  @Test func recordsInLongChangesAreReadWithoutKeepingThemAll() throws {
    let offices = try TestOffices()
    let node = offices.region
    let texts = (0..<3).map { String(repeating: ["长", "很", "文"][$0], count: 80_000) }
    for number in 0..<120 {
      _ = try node.add(
        kind: "training", division: nil, isNotice: false,
        operations: [
          .set("title", to: "第\(number)期"), .set("date", to: "2025-09-10"), .set("plan_items", to: "4.2"),
          .set("organiser", to: texts[0]), .set("topic", to: "standards"), .set("notes", to: texts[1]),
        ], operatorName: "")
    }
    try node.store.read { snapshot in
      var count = 0
      try snapshot.forEachRecord(RecordFilter()) { _ in
        count += 1
        return true
      }
      #expect(count == 120)
      #expect(snapshot.decoded.bytes > 1 << 20)
      #expect(snapshot.decoded.bytes <= 40 << 20)
    }
  }
}
