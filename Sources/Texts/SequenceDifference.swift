/// How one sequence becomes another: the stretches in which they differ, ascending; between two there is at least one
/// element that both have.
///
/// Eugene W. Myers, An O(ND) Difference Algorithm and Its Variations, Algorithmica 1 (1986): the greedy algorithm of
/// its section 2, with what both begin and end with left out first.
struct SequenceDifference: Hashable {
  struct Stretch: Hashable {
    var old: Range<Int>
    var new: Range<Int>
  }

  let stretches: [Stretch]

  /// Beyond so many insertions and deletions nothing is looked for: what was kept of every step would take more
  /// memory than the answer is worth.
  static let limit = 1500

  /// - Returns: nil where they differ in more than `limit` elements.
  init?(from old: [Int], to new: [Int], limit: Int = SequenceDifference.limit) {
    var first = 0
    while first < old.count, first < new.count, old[first] == new[first] { first += 1 }
    var end = 0
    while end < old.count - first, end < new.count - first,
      old[old.count - 1 - end] == new[new.count - 1 - end]
    {
      end += 1
    }
    let (a, b) = (old[first..<old.count - end], new[first..<new.count - end])
    guard let steps = SequenceDifference.trace(a, b, limit) else { return nil }
    stretches = SequenceDifference.joined(SequenceDifference.edits(steps, a, b))
  }

  /// For each number of edits the furthest place in `a` on each diagonal; the last one reaches both ends.
  private static func trace(_ a: ArraySlice<Int>, _ b: ArraySlice<Int>, _ limit: Int) -> [[Int32]]? {
    let most = min(a.count + b.count, limit)
    var steps: [[Int32]] = []
    var furthest: [Int32] = [0]
    for d in 0...most {
      // Diagonals -d … d: the one at index i is i - d, and of the former step i - d + 1.
      var here = [Int32](repeating: 0, count: 2 * d + 1)
      for i in stride(from: 0, through: 2 * d, by: 2) {
        let k = i - d
        var x: Int
        if d == 0 {
          x = 0
        } else {
          let below = i < 2 * d ? Int(furthest[safe: i] ?? -1) : -1
          let left = i > 0 ? Int(furthest[safe: i - 2] ?? -1) : -1
          x = i == 0 || (i < 2 * d && left < below) ? below : left + 1
        }
        var y = x - k
        while x < a.count, y < b.count, y >= 0, a[a.startIndex + x] == b[b.startIndex + y] {
          x += 1
          y += 1
        }
        here[i] = Int32(x)
        if x >= a.count, y >= b.count {
          steps.append(here)
          return steps
        }
      }
      steps.append(here)
      furthest = here
    }
    return nil
  }

  /// Back from the ends: each insertion or deletion, the last one first.
  private static func edits(_ steps: [[Int32]], _ a: ArraySlice<Int>, _ b: ArraySlice<Int>) -> [Stretch] {
    var edits: [Stretch] = []
    var (x, y) = (a.count, b.count)
    for d in stride(from: steps.count - 1, to: 0, by: -1) {
      let former = steps[d - 1]
      let i = x - y + d
      let below = i < 2 * d ? Int(former[safe: i] ?? -1) : -1
      let left = i > 0 ? Int(former[safe: i - 2] ?? -1) : -1
      let isInsertion = i == 0 || (i < 2 * d && left < below)
      let fromX = isInsertion ? below : left
      let fromY = fromX - (isInsertion ? x - y + 1 : x - y - 1)
      let (oldStart, newStart) = (a.startIndex + fromX, b.startIndex + fromY)
      edits.append(
        isInsertion
          ? Stretch(old: oldStart..<oldStart, new: newStart..<newStart + 1)
          : Stretch(old: oldStart..<oldStart + 1, new: newStart..<newStart))
      (x, y) = (fromX, fromY)
    }
    return edits.reversed()
  }

  private static func joined(_ edits: [Stretch]) -> [Stretch] {
    edits.reduce(into: []) { stretches, edit in
      if let last = stretches.last, last.old.upperBound == edit.old.lowerBound,
        last.new.upperBound == edit.new.lowerBound
      {
        stretches[stretches.count - 1] = Stretch(
          old: last.old.lowerBound..<edit.old.upperBound, new: last.new.lowerBound..<edit.new.upperBound)
      } else {
        stretches.append(edit)
      }
    }
  }
}

extension [Int32] {
  fileprivate subscript(safe index: Int) -> Int32? { indices.contains(index) ? self[index] : nil }
}
