import Campaign
import Foundation
import Node

/// Asks a person for a record field by field, on a terminal. An answer that is refused is asked for again; the end
/// of input ends the questions.
struct Questions {
  let printer: Printer
  private var words: Words { printer.words }

  init(_ printer: Printer) { self.printer = printer }

  /// Whether there is somebody who sees a question and can answer it.
  static var canBeAsked: Bool { isatty(0) == 1 && isatty(2) == 1 }

  func ask(_ form: EntryForm) -> [EditDraft.Operation] {
    var form = form
    say(
      words(
        "带 * 的必填，其余可直接回车；Ctrl-D 结束。", "Fields with * are required, others may stay empty; Ctrl-D ends.")
        + "\n")
    fields: for field in form.fields {
      while true {
        say(prompt(field, form.choices(field)))
        guard let answer = readLine() else {
          say("\n")
          break fields
        }
        do {
          for warning in try form.answer(answer, for: field) {
            say(words("提醒：", "Warning: ") + FindingWords.text(warning, words) + "\n")
          }
          continue fields
        } catch {
          say(ErrorReport(error, words: words).message + "\n")
        }
      }
    }
    return form.operations
  }

  private func prompt(_ field: Field, _ choices: [Finding.Named]) -> String {
    let name = FindingWords.name(Finding.Named(code: field.code, label: field.label), words)
    var text = name + (field.isRequired ? " *" : "")
    if !choices.isEmpty { text += words("，可用：", ", one of: ") + FindingWords.choices(choices, words) }
    return text + words("：", ": ")
  }

  private func say(_ text: String) {
    let safe = text.split(separator: "\n", omittingEmptySubsequences: false).map { SafeText.line(String($0)) }
    StandardError.write(safe.joined(separator: "\n"))
  }
}
