/// Finds the word that was probably meant.
public enum Nearest {
  /// The candidate closest to `word`, where it is close enough to be worth a guess: a third of its
  /// characters may differ, one in short words.
  public static func match(for word: String, among candidates: some Sequence<String>) -> String? {
    let target = Array(String(decoding: Folding.folded(word), as: UTF8.self).unicodeScalars.prefix(64))
    guard !target.isEmpty else { return nil }
    var best: (distance: Int, candidate: String)?
    for candidate in candidates {
      let folded = Array(String(decoding: Folding.folded(candidate), as: UTF8.self).unicodeScalars.prefix(64))
      let limit = min(best.map { $0.distance - 1 } ?? .max, max(1, max(target.count, folded.count) / 3))
      guard abs(folded.count - target.count) <= limit else { continue }
      let distance = distance(target, folded)
      // A guess that shares no character with what was typed is none.
      if distance <= limit, distance < max(target.count, folded.count) { best = (distance, candidate) }
    }
    return best?.candidate
  }

  /// Edits (insert, delete, replace, swap neighbours) from one text to the other.
  static func distance(_ a: [Unicode.Scalar], _ b: [Unicode.Scalar]) -> Int {
    var before = [Int](repeating: 0, count: b.count + 1)
    var last = Array(0...b.count)
    for i in 0..<a.count {
      var row = [i + 1]
      row.reserveCapacity(b.count + 1)
      for j in 0..<b.count {
        var cost = min(last[j + 1] + 1, row[j] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
        if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { cost = min(cost, before[j - 1] + 1) }
        row.append(cost)
      }
      before = last
      last = row
    }
    return last[b.count]
  }
}
