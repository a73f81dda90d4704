import Campaign
import Foundation
import Ledger
import Node
import Store

/// Asks a person for the value of a group, a field each.
struct GroupQuestions {
  let words: Words

  /// - Returns: an object of its fields, as `LocalNode.resolve` takes it; nil where nothing was entered, which is said.
  func value(
    of group: FieldGroup, _ conflict: LocalNode.OpenConflict, _ output: RecordOutput,
    from input: inout TerminalInput
  ) -> String? {
    guard let kind = conflict.view.kind else { return nil }
    let shown = Dictionary(uniqueKeysWithValues: shownMembers(conflict, output))
    say(
      words(
        "  逐项填写（回车保留现值，- 清空）：", "  Field by field (Enter keeps what is shown, - empties it):") + "\n")
    var members: [(String, JSON)] = []
    var hasEntered = false
    for index in group.members {
      let field = kind.fields[index]
      let content = conflict.view.content?[field: index]
      let now = content.map { output.display.text($0, of: field) } ?? output.emptyWord
      let label = output.name(ofField: field.code, in: kind)
      say(SafeText.line(words("  \(label)（现为 \(now)）：", "  \(label) (now \(now)): ")))
      guard let line = input.line(), case .success(let typed) = EntryAnswer.text(of: line) else {
        say(words("\n  没有取用。", "\n  Nothing was taken.") + "\n")
        return nil
      }
      let text = typed.trimmingCharacters(in: .whitespaces)
      hasEntered = hasEntered || !text.isEmpty
      switch text {
      case "": if let kept = shown[field.code] { members.append((field.code, kept)) }
      case "-": break
      default: members.append((field.code, .string(text)))
      }
    }
    guard hasEntered else {
      say(words("  没有填写，没有取用。", "  Nothing was entered, so nothing was taken.") + "\n")
      return nil
    }
    return JSON.object(members).text
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
