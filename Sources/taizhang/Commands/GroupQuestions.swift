import Campaign
import Foundation
import Ledger
import Node
import Store

/// Asks a person for the value of a group, a field each.
struct GroupQuestions {
  let words: Words
  /// What was typed, by the field's code.
  private(set) var typed: [String: String]

  /// - Parameter typed: what was typed before and not taken.
  init(words: Words, typed: [String: String]) { (self.words, self.typed) = (words, typed) }

  /// - Returns: an object of its fields, as `LocalNode.resolve` takes it; nil where nothing was entered, which is said.
  mutating func value(
    of group: FieldGroup, _ conflict: LocalNode.OpenConflict, _ output: RecordOutput,
    from input: inout TerminalInput
  ) -> String? {
    guard let kind = conflict.view.kind else { return nil }
    say(
      words(
        "  逐项填写（回车保留现值，- 清空）：", "  Field by field (Enter keeps what is shown, - empties it):") + "\n")
    for index in group.members {
      let field = kind.fields[index]
      let content = conflict.view.content?[field: index]
      let shown = content.map { output.display.text($0, of: field) } ?? output.emptyWord
      let label = output.name(ofField: field.code, in: kind)
      let now =
        typed[field.code].map { words("此前填写 \($0)", "typed before: \($0)") }
        ?? words("现为 \(shown)", "now \(shown)")
      guard let text = answer(words("  \(label)（\(now)）：", "  \(label) (\(now)): "), from: &input) else {
        say(words("\n  没有取用。", "\n  Nothing was taken.") + "\n")
        return nil
      }
      if !text.isEmpty { typed[field.code] = text }
    }
    guard !typed.isEmpty else {
      say(words("  没有填写，没有取用。", "  Nothing was entered, so nothing was taken.") + "\n")
      return nil
    }
    let shown = Dictionary(shownMembers(conflict, output)) { first, _ in first }
    let members = group.members.map { kind.fields[$0].code }.compactMap { code -> (String, JSON)? in
      guard let text = typed[code] else { return shown[code].map { (code, $0) } }
      return text == "-" ? nil : (code, .string(text))
    }
    return JSON.object(members).text
  }

  /// One line that can be read; it is asked again for as long as none is.
  private func answer(_ question: String, from input: inout TerminalInput) -> String? {
    while true {
      say(SafeText.line(question))
      guard let line = input.line() else { return nil }
      // Else the second line of what was pasted would answer the next question.
      let isPasted = !input.linesAtOnce().isEmpty
      if !isPasted, case .success(let text) = EntryAnswer.text(of: line) {
        return text.trimmingCharacters(in: .whitespaces)
      }
      say(words("  一次只取一行，这次没有取用。", "  One line at a time: nothing was taken of that.") + "\n")
    }
  }

  /// What is shown of the group, by its fields' codes.
  private func shownMembers(_ conflict: LocalNode.OpenConflict, _ output: RecordOutput) -> [(String, JSON)] {
    guard let kind = conflict.view.kind, let cell = kind.cell(named: conflict.field),
      let content = conflict.candidates.first?.content,
      case .object(let members) = output.json(content, cell: cell, kind: kind)
    else { return [] }
    return members
  }

  private func say(_ text: String) { StandardError.write(text) }
}
