/// Finds a number by a text: names, labels and codes as people write them.
///
/// Keys are kept folded (`Folding`), so that width and case do not matter. Swift's own dictionary spends
/// more on Unicode equivalence of Chinese keys than all else in checking a row.
struct TextIndex: Hashable, Sendable {
  private var slots: [Int32]
  private var blob: [UInt8] = []
  private var ends: [Int32] = []
  private var values: [Int32] = []

  init(capacity: Int = 4) {
    var size = 8
    while size < capacity * 2 { size *= 2 }
    slots = Array(repeating: -1, count: size)
    blob.reserveCapacity(capacity * 12)
    ends.reserveCapacity(capacity)
    values.reserveCapacity(capacity)
  }

  /// Adds a key.
  /// - Returns: the value that the key has already, where that is another one; it is then kept.
  @discardableResult
  mutating func insert(_ key: String, _ value: Int) -> Int? {
    var key = key
    return key.withUTF8 { key in
      Folding.changes(key)
        ? Folding.folded(key).withUnsafeBufferPointer { insert(folded: $0, value) }
        : insert(folded: key, value)
    }
  }

  private mutating func insert(folded key: UnsafeBufferPointer<UInt8>, _ value: Int) -> Int? {
    if let there = findFolded(key) { return there == value ? nil : there }
    if (values.count + 1) * 2 > slots.count { grow() }
    blob.append(contentsOf: key)
    ends.append(Int32(blob.count))
    values.append(Int32(value))
    place(values.count - 1, hash: TextIndex.hash(key))
    return nil
  }

  func find(_ text: String) -> Int? {
    var text = text
    return text.withUTF8 { find($0) }
  }

  /// Most texts come folded already, so that they are looked up as they stand first.
  func find(_ text: UnsafeBufferPointer<UInt8>) -> Int? {
    if let value = findFolded(text) { return value }
    guard Folding.changes(text) else { return nil }
    return Folding.folded(text).withUnsafeBufferPointer { findFolded($0) }
  }

  private func findFolded(_ key: UnsafeBufferPointer<UInt8>) -> Int? {
    let mask = slots.count - 1
    var slot = TextIndex.hash(key) & mask
    while true {
      let entry = Int(slots[slot])
      if entry < 0 { return nil }
      let start = entry == 0 ? 0 : Int(ends[entry - 1])
      if Int(ends[entry]) - start == key.count, matches(key, at: start) { return Int(values[entry]) }
      slot = (slot + 1) & mask
    }
  }

  private func matches(_ key: UnsafeBufferPointer<UInt8>, at start: Int) -> Bool {
    for i in 0..<key.count where blob[start + i] != key[i] { return false }
    return true
  }

  private mutating func place(_ entry: Int, hash: Int) {
    let mask = slots.count - 1
    var slot = hash & mask
    while slots[slot] >= 0 { slot = (slot + 1) & mask }
    slots[slot] = Int32(entry)
  }

  private mutating func grow() {
    slots = Array(repeating: -1, count: slots.count * 2)
    var start = 0
    for entry in values.indices {
      let end = Int(ends[entry])
      let hash = blob.withUnsafeBufferPointer {
        TextIndex.hash(UnsafeBufferPointer(rebasing: $0[start..<end]))
      }
      place(entry, hash: hash)
      start = end
    }
  }

  /// FNV-1a; keys come from the pack, not from strangers.
  private static func hash(_ key: UnsafeBufferPointer<UInt8>) -> Int {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in key { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    return Int(truncatingIfNeeded: (hash ^ hash >> 29) & 0x7fff_ffff)
  }
}
