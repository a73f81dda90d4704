/// Texts that were made of one, brought together: what only one of them changed is taken, what several changed to the
/// same is taken once, and where they changed the same place otherwise all of it stands beside each other.
///
/// Khanna, Kunal and Pierce, A Formal Investigation of Diff3 (2007), for any number of texts, with changes that touch
/// counted as one place.
public struct MergedText: Hashable, Sendable {
  public enum Part: Hashable, Sendable {
    case agreed(String)
    /// At least two, each once, in the order of the texts.
    case disputed([String])
  }

  public let parts: [Part]

  /// The text, where nothing is disputed.
  public var merged: String? {
    var text = ""
    for part in parts {
      guard case .agreed(let piece) = part else { return nil }
      text += piece
    }
    return text
  }

  /// - Returns: nil where one of them differs from the base in too much to be compared.
  public init?(base: String, texts: [String]) {
    let base = TextTokens(base).pieces
    var numbers = TokenNumbers()
    let origin = numbers.number(base)
    var sides: [Side] = []
    for text in texts {
      let tokens = TextTokens(text).pieces
      guard let difference = SequenceDifference(from: origin, to: numbers.number(tokens)) else { return nil }
      sides.append(Side(tokens: tokens, stretches: difference.stretches[...]))
    }
    parts = MergedText.parts(base: base, sides)
  }

  /// One of the texts on the way through the base.
  private struct Side {
    var tokens: [Substring]
    var stretches: ArraySlice<SequenceDifference.Stretch>
    /// How much further on it is than the base.
    var shift = 0

    var start: Int? { stretches.first?.old.lowerBound }

    /// Takes in the changes that begin at or before `end`.
    /// - Returns: whether there were any; `end` moves on to the last one's.
    mutating func takeChanges(through end: inout Int) -> Bool {
      var hasChanges = false
      while let next = stretches.first, next.old.lowerBound <= end {
        end = max(end, next.old.upperBound)
        shift += next.new.count - next.old.count
        stretches.removeFirst()
        hasChanges = true
      }
      return hasChanges
    }
  }

  private static func parts(base: [Substring], _ texts: [Side]) -> [Part] {
    var sides = texts
    var parts: [Part] = []
    var at = 0
    while let start = sides.compactMap(\.start).min() {
      add(.agreed(base[at..<start].joined()), to: &parts)
      let begins = sides.map { start + $0.shift }
      var end = start
      var changed = sides.map { _ in false }
      // What one side takes in may reach into what another changed.
      while true {
        let before = changed
        let lastEnd = end
        for side in sides.indices {
          changed[side] = sides[side].takeChanges(through: &end) || changed[side]
        }
        if changed == before, end == lastEnd { break }
      }
      let made = sides.indices.filter { changed[$0] }.map {
        sides[$0].tokens[begins[$0]..<end + sides[$0].shift].joined()
      }
      let distinct = made.reduce(into: [String]()) { found, text in
        if !found.contains(where: { $0.utf8.elementsEqual(text.utf8) }) { found.append(text) }
      }
      if distinct.count == 1 {
        add(.agreed(distinct[0]), to: &parts)
      } else {
        parts.append(.disputed(distinct))
      }
      at = end
    }
    add(.agreed(base[at...].joined()), to: &parts)
    return parts
  }

  private static func add(_ part: Part, to parts: inout [Part]) {
    guard case .agreed(let text) = part, text != "" else { return }
    if case .agreed(let before)? = parts.last {
      parts[parts.count - 1] = .agreed(before + text)
    } else {
      parts.append(part)
    }
  }
}
