import Texts

/// A text with marks for what differs: by colour, or by signs where there is none.
struct StyledText {
  enum Style {
    case plain
    /// What the other one does not have.
    case removed
    /// What the first one does not have.
    case inserted
    /// Where nobody but a person can choose.
    case disputed
  }

  private(set) var runs: [(text: String, style: Style)] = []

  mutating func add(_ text: String, _ style: Style = .plain) {
    if !text.isEmpty { runs.append((text, style)) }
  }

  init(_ text: String = "") { add(text) }

  /// - Parameter side: shows only what the one or the other text has; nil: both.
  init(_ difference: TextDifference, side: Side? = nil) {
    for piece in difference.pieces {
      switch piece {
      case .kept(let text): add(text)
      case .removed(let text): if side != .new { add(text, .removed) }
      case .inserted(let text): if side != .old { add(text, .inserted) }
      }
    }
  }

  enum Side { case old, new }

  /// What disputed places are put between, in a text to be edited.
  static let openMark = "⟪"
  static let middleMark = "‖"
  static let closeMark = "⟫"
  static let marks = [openMark, middleMark, closeMark]

  init(_ merge: MergedText) {
    for part in merge.parts {
      switch part {
      case .agreed(let text): add(text)
      case .disputed(let texts):
        let list = texts.joined(separator: StyledText.middleMark)
        add(StyledText.openMark + list + StyledText.closeMark, .disputed)
      }
    }
  }

  /// Without marks for what differs.
  var text: String { runs.map(\.text).joined() }

  /// In lines of at most `width` columns, parted between characters, at a blank where there is one.
  func lines(width: Int, colour: Bool) -> [Line] {
    var lines: [Line] = []
    var line = Line(colour: colour)
    for (text, style) in runs {
      let (before, after) = colour ? ("", "") : StyledText.signs(style)
      for character in before + text + after {
        if character.isNewline {
          lines.append(line)
          line = Line(colour: colour)
          continue
        }
        let safe = SafeText.line(String(character))
        if line.width + DisplayWidth.of(safe) > width, line.width > 0 {
          let rest = line.splitAtBlank()
          lines.append(line)
          line = rest
        }
        line.add(safe, style)
      }
    }
    return lines + [line]
  }

  private static func signs(_ style: Style) -> (String, String) {
    switch style {
    case .plain, .disputed: ("", "")
    case .removed: ("[-", "-]")
    case .inserted: ("{+", "+}")
    }
  }

  /// One line on a terminal.
  struct Line {
    let colour: Bool
    private var pieces: [(text: String, style: Style)] = []
    private(set) var width = 0

    init(colour: Bool) { self.colour = colour }

    mutating func add(_ text: String, _ style: Style) {
      pieces.append((text, style))
      width += DisplayWidth.of(text)
    }

    /// Keeps what stands before the last blank, where that is not far from the end.
    /// - Returns: what stands behind it.
    mutating func splitAtBlank() -> Line {
      var rest = Line(colour: colour)
      guard let blank = pieces.lastIndex(where: { $0.text == " " }), blank > pieces.count * 2 / 3 else {
        return rest
      }
      let moved = pieces[(blank + 1)...]
      pieces.removeSubrange(blank...)
      width = pieces.reduce(0) { $0 + DisplayWidth.of($1.text) }
      for piece in moved { rest.add(piece.text, piece.style) }
      return rest
    }

    /// - Parameter filled: with blanks to so many columns.
    func text(filled columns: Int = 0) -> String {
      var out = ""
      var open = Style.plain
      for piece in pieces {
        if colour, piece.style != open { out += StyledText.escape(piece.style) }
        open = piece.style
        out += piece.text
      }
      if colour, open != .plain { out += StyledText.escape(.plain) }
      return out + String(repeating: " ", count: max(0, columns - width))
    }
  }

  /// ECMA-48, SGR. Not by colour alone: what differs is bold as well.
  private static func escape(_ style: Style) -> String {
    switch style {
    case .plain: "\u{1b}[0m"
    case .removed: "\u{1b}[0;1;31m"
    case .inserted: "\u{1b}[0;1;32m"
    case .disputed: "\u{1b}[0;1;33m"
    }
  }
}
