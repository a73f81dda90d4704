import Foundation
import Node
import Store
import Texts

/// What a person types, pastes or edits as a value.
extension ConflictDialogue {
  mutating func value() -> String? {
    say(
      words(
        "  新值（@文件 从文件取，- 清空，空行返回）：",
        "  The value (@FILE takes it from a file, - empties it, an empty line goes back): "))
    guard let line = input.line() else { return nil }
    guard case .success(let text) = EntryAnswer.text(of: line) else {
      sayUnreadable()
      return nil
    }
    guard text.contains(where: { !$0.isWhitespace }) else { return nil }
    // Else the second line would answer the next question.
    let more = input.linesAtOnce()
    guard more.isEmpty else { return pasted([line] + more) }
    if text == "-" { return "" }
    guard text.hasPrefix("@"), !text.hasPrefix("@@") else {
      return text.hasPrefix("@@") ? String(text.dropFirst()) : text
    }
    return content(ofFile: String(text.dropFirst()))
  }

  /// - Returns: nil where it is not there or is no text, which is said.
  private func content(ofFile path: String) -> String? {
    guard let data = FileManager.default.contents(atPath: path) else {
      tell(NodeError.unreadable(path))
      return nil
    }
    guard let text = String(validating: data, as: UTF8.self) else {
      say(SafeText.line(words("  \(path) 不是 UTF-8 文本。", "  \(path) is no text in UTF-8.")) + "\n")
      return nil
    }
    return text
  }

  func sayUnreadable() {
    say(words("  这一行无法辨认，没有取用。", "  That line cannot be read; it was not taken.") + "\n")
  }

  /// Several lines at once: one text, if that is what was meant.
  private mutating func pasted(_ lines: [[UInt8]]) -> String? {
    let texts = lines.compactMap { try? EntryAnswer.text(of: $0).get() }
    guard texts.count == lines.count else {
      say(
        words("  贴入的内容不全，没有取用；长文请用 @文件。", "  What was pasted is not whole, so it was not taken: use @FILE.")
          + "\n")
      return nil
    }
    say(words("  贴入 \(lines.count) 行，作为一个值？[y/N] ", "  \(lines.count) lines were pasted: one value? [y/N] "))
    guard let line = input.line(), let answer = String(validating: line, as: UTF8.self),
      EntryAnswer.isYes(answer) == true
    else { return nil }
    return texts.joined(separator: "\n")
  }

  mutating func edited(_ conflict: LocalNode.OpenConflict, _ comparison: ConflictComparison)
    -> String?
  {
    guard let command = TextEditor.command else {
      say(words("  没有编辑器，请设 $EDITOR。", "  There is no editor: set $EDITOR.") + "\n")
      return nil
    }
    let kept = drafts[ConflictDialogue.key(conflict)]
    let draft =
      kept ?? comparison.proposal.map { StyledText($0).text } ?? conflict.candidates.first?.text ?? ""
    guard let text = TextEditor.edit(draft, with: command) else {
      say(words("  没有取用编辑结果。", "  What was edited was not taken.") + "\n")
      return nil
    }
    // Who leaves an editor without a change, or with nothing, has decided nothing.
    guard text != draft || kept != nil, text.contains(where: { !$0.isWhitespace }) else {
      say(
        words(
          "  没有改动，没有取用；要取合并建议请按 m，要清空请用 v。",
          "  Nothing was changed, so nothing was taken: m takes the proposal, v empties the field.") + "\n")
      return nil
    }
    guard StyledText.marks.allSatisfy({ mark in count(mark, text) <= most(mark, conflict) }) else {
      drafts[ConflictDialogue.key(conflict)] = text
      say(
        words(
          "  还有 ⟪甲‖乙⟫ 的记号未改，没有取用；再按 e 接着改。",
          "  Signs of a ⟪one‖other⟫ are left, so it was not taken; e goes on with it.") + "\n")
      return nil
    }
    return text
  }

  private func count(_ mark: String, _ text: String) -> Int { text.components(separatedBy: mark).count - 1 }

  /// How often a mark stands in a candidate's own text.
  private func most(_ mark: String, _ conflict: LocalNode.OpenConflict) -> Int {
    conflict.candidates.compactMap(\.text).map { count(mark, $0) }.max() ?? 0
  }
}
