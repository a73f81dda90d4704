import Campaign
import Ledger
import Node
import Store
import Texts

/// A conflict as a person settles it: its candidates beside or below each other, with who, where and when, what
/// differs between them, and what comes of both where they were made of one text.
struct ConflictComparison {
  let conflict: LocalNode.OpenConflict
  let listed: ConflictOutput
  let output: RecordOutput
  /// The text that all candidates were made of.
  let ancestor: String?
  let columns: Int
  let colour: Bool

  /// Narrower columns are not readable beside each other.
  private static let leastColumn = 34
  private static let gap = " │ "

  private var words: Words { output.words }
  private var texts: [String] { conflict.candidates.indices.map { listed.text(of: $0) } }

  /// What comes of two texts and the one that they were made of.
  var proposal: ThreeWayText? {
    guard let ancestor, conflict.candidates.count == 2, let first = conflict.candidates[0].text,
      let second = conflict.candidates[1].text
    else { return nil }
    return ThreeWayText(base: ancestor, first: first, second: second)
  }

  var lines: [String] {
    let view = conflict.view
    let division = output.pack.divisions[view.space.division]?.name ?? view.space.division.description
    var lines = [
      SafeText.line(
        "\(output.kindName(view))  \(output.heading(view))  \(division) \(view.space.division)  \(view.id)"),
      SafeText.line(
        "\(output.name(ofField: conflict.field, in: view.kind))\(words("：", ": "))\(listed.reason)"
      ),
    ]
    if let shared = listed.sharedLine { lines.append(shared) }
    if let ancestor {
      lines.append(words("原值：", "Before:"))
      lines += StyledText(ancestor).lines(width: columns - 2, colour: colour).map { "  " + $0.text() }
    }
    let width = (columns - DisplayWidth.of(ConflictComparison.gap)) / 2
    let isWide = conflict.candidates.count == 2 && width >= ConflictComparison.leastColumn
    lines += isWide ? sideBySide(width) : stacked
    lines += listed.unseenLines
    for rule in listed.brokenRules { lines.append(SafeText.line("  ! \(rule)")) }
    // Of a kind of which an office has one there is no value that is the same.
    let isOfValue =
      conflict.reason == .unique && conflict.field != RecordView.originField
      && view.kind?.isUniquePerOffice(at: conflict.field) != true
    let label = isOfValue ? words("  同值记录 ", "  the same value: ") : "  "
    for other in listed.others { lines.append(SafeText.line(label + other)) }
    if let proposal {
      lines.append(
        proposal.merged == nil
          ? words(
            "合并建议（⟪甲‖乙⟫ 处两边改得不同，须编辑）：",
            "Proposal (edit it: at ⟪1‖2⟫ both were changed, each otherwise):")
          : words("合并建议：", "Proposal:"))
      lines += StyledText(proposal).lines(width: columns - 2, colour: colour).map { "  " + $0.text() }
    }
    return lines
  }

  /// Whose a candidate is: `1 拉萨市局（扎西） 540100 2025-09-10 12:00`.
  private func title(_ index: Int) -> String {
    let entry = conflict.candidates[index]
    let division = listed.division(of: entry.author).map { " \($0)" } ?? ""
    let time = LocalTime.minute(entry.time)
    let mark = listed.isShown(index) ? words("（当前显示）", " (shown)") : ""
    let number = conflict.reason == .invalid ? "·" : "\(index + 1)"
    return SafeText.line("\(number)  \(listed.author(index))\(division)  \(time)\(mark)")
  }

  private func sideBySide(_ width: Int) -> [String] {
    let difference = TextDifference(from: texts[0], to: texts[1])
    return beside(StyledText(title(0)), StyledText(title(1)), width)
      + beside(StyledText(difference, side: .old), StyledText(difference, side: .new), width)
  }

  private func beside(_ left: StyledText, _ right: StyledText, _ width: Int) -> [String] {
    let columns = [left, right].map { $0.lines(width: width, colour: colour) }
    let blank = String(repeating: " ", count: width)
    return (0..<max(columns[0].count, columns[1].count)).map { row in
      let left = row < columns[0].count ? columns[0][row].text(filled: width) : blank
      let right = row < columns[1].count ? columns[1][row].text() : ""
      return left + ConflictComparison.gap + right
    }
  }

  /// Each below the other; what differs is marked against the first.
  private var stacked: [String] {
    conflict.candidates.indices.flatMap { index in
      let text =
        index == 0 || conflict.reason != .concurrent
        ? StyledText(texts[index]) : StyledText(TextDifference(from: texts[0], to: texts[index]))
      return [title(index)] + text.lines(width: columns - 2, colour: colour).map { "  " + $0.text() }
    }
  }
}
