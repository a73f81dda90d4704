import Campaign
import Ledger
import Node
import Store
import Texts

/// A conflict as a person settles it: its candidates beside or below each other, with who, where and when, what
/// differs between them, and what comes of all where they were made of one text.
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

  /// What comes of the texts and the one that they were made of.
  var proposal: MergedText? {
    let texts = conflict.candidates.compactMap(\.text)
    guard let ancestor, conflict.candidates.count > 1, texts.count == conflict.candidates.count else {
      return nil
    }
    return MergedText(base: ancestor, texts: texts)
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
    let isWide = listed.groups.count == 2 && width >= ConflictComparison.leastColumn
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
            "合并建议（⟪甲‖乙⟫ 处改得不同，须编辑）：",
            "Proposal (edit it: at ⟪1‖2⟫ the same place was changed otherwise by each):")
          : words("合并建议：", "Proposal:"))
      lines += StyledText(proposal).lines(width: columns - 2, colour: colour).map { "  " + $0.text() }
    }
    return lines
  }

  /// Whose a value is: `1 拉萨市局（扎西） 540100 2025-09-10 12:00`; of several who wrote the same the others behind it.
  private func title(_ group: [Int]) -> String {
    let mark = group.contains { listed.isShown($0) } ? words("（当前显示）", " (shown)") : ""
    let number = conflict.reason == .invalid ? "·" : "\(group[0] + 1)"
    let whose = group.map { index in
      let entry = conflict.candidates[index]
      let division = listed.division(of: entry.author).map { " \($0)" } ?? ""
      return "\(listed.author(index))\(division)  \(LocalTime.minute(entry.time))"
    }
    return SafeText.line("\(number)  \(whose.joined(separator: words("；", "; ")))\(mark)")
  }

  private func sideBySide(_ width: Int) -> [String] {
    let groups = listed.groups
    let difference = TextDifference(from: texts[groups[0][0]], to: texts[groups[1][0]])
    return beside(StyledText(title(groups[0])), StyledText(title(groups[1])), width)
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
    listed.groups.flatMap { group in
      let index = group[0]
      let text =
        index == 0 || conflict.reason != .concurrent
        ? StyledText(texts[index]) : StyledText(TextDifference(from: texts[0], to: texts[index]))
      return [title(group)] + text.lines(width: columns - 2, colour: colour).map { "  " + $0.text() }
    }
  }

  /// The numbers of the values, as they are asked for: `1-3`, or each where some numbers are of one value.
  var numbers: String {
    let firsts = listed.groups.map { $0[0] + 1 }
    return firsts.last == firsts.count
      ? "1-\(firsts.count)" : firsts.map { "\($0)" }.joined(separator: words("、", ", "))
  }
}
