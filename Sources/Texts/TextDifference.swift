/// How one text becomes another, in pieces that a person can read.
public struct TextDifference: Hashable, Sendable {
  public enum Piece: Hashable, Sendable {
    case kept(String)
    case removed(String)
    case inserted(String)
  }

  /// Between two kept ones what was removed comes before what was inserted. None is empty.
  public let pieces: [Piece]

  /// Compared in words and characters; where they differ in too many of these in sentences, and where in too many of
  /// these too, as wholes.
  public init(from old: String, to new: String) {
    let isReadable = TextDifference.pieces(TextTokens(old), TextTokens(new), joining: true)
    pieces =
      isReadable
      ?? TextDifference.pieces(TextTokens(sentencesOf: old), TextTokens(sentencesOf: new), joining: false)
      ?? [.removed(old), .inserted(new)].filter { $0.text != "" }
  }

  private static func pieces(_ old: TextTokens, _ new: TextTokens, joining: Bool) -> [Piece]? {
    var numbers = TokenNumbers()
    let (a, b) = (numbers.number(old.pieces), numbers.number(new.pieces))
    guard let difference = SequenceDifference(from: a, to: b) else { return nil }
    let stretches = joining ? readable(difference.stretches) : difference.stretches
    var pieces: [Piece] = []
    func add(_ tokens: ArraySlice<Substring>, _ make: (String) -> Piece) {
      if !tokens.isEmpty { pieces.append(make(tokens.joined())) }
    }
    var at = 0
    for stretch in stretches {
      add(old.pieces[at..<stretch.old.lowerBound]) { .kept($0) }
      add(old.pieces[stretch.old]) { .removed($0) }
      add(new.pieces[stretch.new]) { .inserted($0) }
      at = stretch.old.upperBound
    }
    add(old.pieces[at...]) { .kept($0) }
    return pieces
  }

  /// A single piece that stands between two longer changes tells nothing: they are one.
  private static func readable(_ stretches: [SequenceDifference.Stretch]) -> [SequenceDifference.Stretch] {
    stretches.reduce(into: []) { joined, stretch in
      guard let last = joined.last, stretch.old.lowerBound - last.old.upperBound == 1,
        last.old.count + last.new.count > 2, stretch.old.count + stretch.new.count > 2
      else { return joined.append(stretch) }
      joined[joined.count - 1] = SequenceDifference.Stretch(
        old: last.old.lowerBound..<stretch.old.upperBound, new: last.new.lowerBound..<stretch.new.upperBound)
    }
  }
}

extension TextDifference.Piece {
  public var text: String {
    switch self {
    case .kept(let text), .removed(let text), .inserted(let text): text
    }
  }
}
