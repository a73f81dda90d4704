/// Elements of which the greatest is asked for again and again: a binary heap. Made of n elements in O(n), so that
/// who wants the first few of many need not sort them all.
struct MaxHeap<Element: Comparable> {
  private var elements: [Element]

  init(_ elements: [Element]) {
    self.elements = elements
    for index in self.elements.indices.prefix(elements.count / 2).reversed() { sink(index) }
  }

  var max: Element? { elements.first }

  mutating func insert(_ element: Element) {
    var index = elements.count
    elements.append(element)
    while index > 0, elements[(index - 1) / 2] < elements[index] {
      elements.swapAt(index, (index - 1) / 2)
      index = (index - 1) / 2
    }
  }

  mutating func removeMax() -> Element? {
    guard let last = elements.popLast() else { return nil }
    guard let max = elements.first else { return last }
    elements[0] = last
    sink(0)
    return max
  }

  private mutating func sink(_ start: Int) {
    var index = start
    while true {
      var greatest = index
      for child in 2 * index + 1..<2 * index + 3 where child < elements.count {
        if elements[greatest] < elements[child] { greatest = child }
      }
      guard greatest != index else { return }
      elements.swapAt(index, greatest)
      index = greatest
    }
  }
}
