/// Text in lines of so many columns on a terminal, by display width: parted at blanks, and between Chinese
/// characters, where no line begins with a sign that closes or ends with one that opens.
enum LineWrap {
  /// - Parameter width: columns of a line; a single word wider than that is parted where it must be.
  static func lines(_ text: String, width: Int) -> [String] {
    var lines: [String] = []
    var line = ""
    for piece in pieces(text) {
      let joined = line.isEmpty ? piece.text : line + (piece.followsBlank ? " " : "") + piece.text
      if DisplayWidth.of(joined) <= width {
        line = joined
        continue
      }
      if !line.isEmpty { lines.append(line) }
      line = piece.text
      while DisplayWidth.of(line) > width { lines.append(cutHead(of: &line, width)) }
    }
    return line.isEmpty ? lines : lines + [line]
  }

  /// What is not parted.
  private struct Piece {
    var text: String
    let followsBlank: Bool
  }

  private static func pieces(_ text: String) -> [Piece] {
    var pieces: [Piece] = []
    var isAfterBlank = false
    for character in text {
      if character.isWhitespace {
        isAfterBlank = true
        continue
      }
      if !isAfterBlank, let last = pieces.last?.text.last, belongTogether(last, character) {
        pieces[pieces.count - 1].text.append(character)
      } else {
        pieces.append(Piece(text: String(character), followsBlank: isAfterBlank))
      }
      isAfterBlank = false
    }
    return pieces
  }

  private static func belongTogether(_ left: Character, _ right: Character) -> Bool {
    closing.contains(right) || opening.contains(left)
      || DisplayWidth.of(String(left)) < 2 && DisplayWidth.of(String(right)) < 2
  }

  private static let closing: Set<Character> = Set("，。；：、！？）》」』”’…,.;:!?)]}>")
  private static let opening: Set<Character> = Set("（《「『“‘([{<")

  private static func cutHead(of text: inout String, _ width: Int) -> String {
    var head = String(text.removeFirst())
    while let next = text.first, DisplayWidth.of(head) + DisplayWidth.of(String(next)) <= width {
      head.append(text.removeFirst())
    }
    return head
  }
}
