internal import GRDB
internal import Ledger

/// The posting lists of one segment while it is built: a hash table of its own, for Swift's dictionary costs
/// more than all else here. Records are added in ascending order.
struct SegmentBuilder {
  private struct List {
    var gram: Int64
    var last: Int64 = 0
    var bytes = ByteWriter()
  }

  private var lists: [List] = []
  /// Indexes into `lists`, open addressing; -1 is free.
  private var slots = [Int32](repeating: -1, count: 1 << 12)

  mutating func add(_ gram: Int64, record: Int64) {
    let index = index(of: gram)
    guard lists[index].last != record else { return }
    lists[index].bytes.write(varint: UInt64(record - lists[index].last))
    lists[index].last = record
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

  func write(_ db: Database, segment: Int64) throws {
    let statement = try HotStatement(db, "INSERT INTO postings(gram, segment, records) VALUES (?, ?, ?)")
    for index in lists.indices.sorted(by: { lists[$0].gram < lists[$1].gram }) {
      try statement.run { values in
        values.add(lists[index].gram)
        values.add(segment)
        values.add(lists[index].bytes.bytes)
      }
    }
  }
}
