/// Two texts that were made of one, brought together: what only one of them changed is taken, what both changed to the
/// same is taken once, and where they changed the same place otherwise both stand beside each other.
///
/// Khanna, Kunal and Pierce, A Formal Investigation of Diff3 (2007), with changes that touch counted as one place.
public struct ThreeWayText: Hashable, Sendable {
  public enum Part: Hashable, Sendable {
    case agreed(String)
    case disputed(first: String, second: String)
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
  public init?(base: String, first: String, second: String) {
    let tokens = [base, first, second].map { TextTokens($0).pieces }
    var numbers = TokenNumbers()
    let sequences = tokens.map { numbers.number($0) }
    guard let ours = SequenceDifference(from: sequences[0], to: sequences[1]),
      let theirs = SequenceDifference(from: sequences[0], to: sequences[2])
    else { return nil }
    parts = ThreeWayText.parts(
      base: tokens[0], Side(tokens: tokens[1], stretches: ours.stretches[...]),
      Side(tokens: tokens[2], stretches: theirs.stretches[...]))
  }

  /// One of the two texts on the way through the base.
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

  private static func parts(base: [Substring], _ first: Side, _ second: Side) -> [Part] {
    var sides = [first, second]
    var parts: [Part] = []
    var at = 0
    while let start = sides.compactMap(\.start).min() {
      add(.agreed(base[at..<start].joined()), to: &parts)
      let begins = sides.map { start + $0.shift }
      var end = start
      var changed = [false, false]
      // What one side takes in may reach into what the other changed.
      while true {
        let before = changed
        let lastEnd = end
        for side in 0...1 { changed[side] = sides[side].takeChanges(through: &end) || changed[side] }
        if changed == before, end == lastEnd { break }
      }
      let texts = (0...1).map { sides[$0].tokens[begins[$0]..<end + sides[$0].shift].joined() }
      if changed[0], changed[1], !texts[0].utf8.elementsEqual(texts[1].utf8) {
        parts.append(.disputed(first: texts[0], second: texts[1]))
      } else {
        add(.agreed(changed[0] ? texts[0] : texts[1]), to: &parts)
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
