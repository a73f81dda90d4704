internal import Campaign
internal import Foundation
internal import GRDB
internal import Ledger

/// The posting lists of one segment while it is built: a hash table of its own, for Swift's dictionary costs
/// more than all else here. Records are added in ascending order.
struct SegmentBuilder {
  private struct List {
    var gram: Int64
    /// The last record that is in `bytes`.
    var written: Int64 = 0
    var bytes = ByteWriter()
    /// The record that is being added, the last of its texts that the pair was met in, and what it weighs so far.
    var record: Int64 = 0
    var text = 0
    var weight = 0

    mutating func finishRecord() {
      guard weight > 0 else { return }
      PostingList.write(record - written, weight: weight, to: &bytes)
      written = record
      weight = 0
    }
  }

  private var lists: [List] = []
  /// Indexes into `lists`, open addressing; -1 is free.
  private var slots = [Int32](repeating: -1, count: 1 << 12)

  mutating func add(_ gram: SearchGram, record: Int64) {
    let index = index(of: gram.pair)
    if lists[index].record != record {
      lists[index].finishRecord()
      lists[index].record = record
    } else if lists[index].text == gram.text {
      return
    }
    lists[index].text = gram.text
    lists[index].weight += gram.weight
  }

  private mutating func index(of gram: Int64) -> Int {
    var slot = SegmentBuilder.slot(of: gram, slots.count)
    while slots[slot] >= 0 {
      let index = Int(slots[slot])
      if lists[index].gram == gram { return index }
      slot = (slot + 1) & (slots.count - 1)
    }
    slots[slot] = Int32(lists.count)
    lists.append(List(gram: gram))
    if lists.count * 2 > slots.count { grow() }
    return lists.count - 1
  }

  private static func slot(of gram: Int64, _ count: Int) -> Int {
    // Fibonacci hashing: Knuth, The Art of Computer Programming 3, 6.4.
    let product = UInt64(bitPattern: gram) &* 0x9e37_79b9_7f4a_7c15
    return Int(product >> 32) & (count - 1)
  }

  private mutating func grow() {
    slots = [Int32](repeating: -1, count: slots.count * 2)
    for (index, list) in lists.enumerated() {
      var slot = SegmentBuilder.slot(of: list.gram, slots.count)
      while slots[slot] >= 0 { slot = (slot + 1) & (slots.count - 1) }
      slots[slot] = Int32(index)
    }
  }

  /// Each pair with the records that it stands in, ascending by pair.
  mutating func forEachList(_ body: (_ gram: Int64, _ list: PostingList) throws -> Void) throws {
    for index in lists.indices.sorted(by: { lists[$0].gram < lists[$1].gram }) {
      lists[index].finishRecord()
      var list = PostingList()
      list.add(encoded: Data(lists[index].bytes.bytes))
      try body(lists[index].gram, list)
    }
  }

  mutating func write(_ db: Database, segment: Int64) throws {
    let statement = try HotStatement(db, "INSERT INTO postings(gram, segment, records) VALUES (?, ?, ?)")
    for index in lists.indices.sorted(by: { lists[$0].gram < lists[$1].gram }) {
      lists[index].finishRecord()
      try statement.run { values in
        values.add(lists[index].gram)
        values.add(segment)
        values.add(lists[index].bytes.bytes)
      }
    }
  }
}
