/// Lists that are kept ascending by a key.
extension Array {
  /// The first place whose key is not less than `wanted`.
  @inline(__always)
  func lowerBound<Key: Comparable>(of wanted: Key, by key: (Element) -> Key) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if key(self[middle]) < wanted { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// Takes in what ascends as well; of several with one key the first stays.
  mutating func merge<Key: Comparable>(_ more: [Element], by key: (Element) -> Key) {
    var merged: [Element] = []
    merged.reserveCapacity(count + more.count)
    var next = 0
    for element in more {
      let wanted = key(element)
      while next < count, key(self[next]) <= wanted {
        merged.append(self[next])
        next += 1
      }
      if let last = merged.last, key(last) == wanted { continue }
      merged.append(element)
    }
    merged.append(contentsOf: self[next...])
    self = merged
  }
}

extension [Dot] {
  /// Whether an ascending list has the dot.
  func hold(_ dot: Dot) -> Bool {
    let index = lowerBound(of: dot) { $0 }
    return index < count && self[index] == dot
  }
}
