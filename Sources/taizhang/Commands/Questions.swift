import Campaign
import Foundation
import Node
import Store

/// Asks a person for a record field by field, on a terminal: an answer that is refused is asked for again, one
/// can go back, and what was answered is kept as a draft until the record is saved.
struct Questions {
  private let printer: Printer
  private let node: LocalNode
  private let prompt: EntryPrompt
  private var form: EntryForm
  private var input = TerminalInput()
  private var words: Words { printer.words }
  private var fields: [Field] { form.fields }

  init(_ printer: Printer, _ node: LocalNode, _ form: EntryForm) {
    self.printer = printer
    self.node = node
    self.form = form
    prompt = EntryPrompt(words: printer.words, pack: form.pack, count: form.fields.count)
  }

  /// Whether there is somebody who sees a question and can answer it.
  static var canBeAsked: Bool { isatty(0) == 1 && isatty(2) == 1 }

  /// Where an answer leads.
  private enum Step { case on, back, end }

  /// - Returns: the form as it is to be saved; nil where the person leaves it for later.
  mutating func ask() throws -> EntryForm? {
    let note = draftNote
    let interruption = Interruption([SIGINT, SIGTERM, SIGHUP]) { number in
      StandardError.write("\n\(note)\n")
      Interruption.obey(number)
    }
    defer { interruption.cancel() }
    say(prompt.greeting(form) + "\n")
    try offerDraft()
    // Behind the draft's last answer, but no required field is left out.
    let answered = fields.lastIndex { form.answer(to: $0) != nil } ?? -1
    let missing = fields.firstIndex { $0.isRequired && form.answer(to: $0) == nil } ?? fields.count
    try walk(from: min(answered + 1, missing), through: fields.count - 1)
    guard form.missing.isEmpty else {
      // The check of the whole record says what it lacks.
      say("\n" + draftNote + "\n")
      return form
    }
    return try confirm()
  }

  /// Asks for these fields in turn, and for earlier ones where the person goes back.
  private mutating func walk(from first: Int, through last: Int) throws {
    var index = first
    while index <= last {
      switch try ask(index) {
      case .on: index += 1
      case .back: index = max(0, index - 1)
      case .end: return
      }
    }
  }

  // MARK: one field

  private mutating func ask(_ index: Int) throws -> Step {
    let field = fields[index]
    if let list = prompt.shortList(form.choices(field)) { say(list) }
    while true {
      say(prompt.question(field, number: index + 1, form))
      guard let line = read() else {
        say("\n")
        return .end
      }
      switch line.trimmingCharacters(in: .whitespaces) {
      case "<", "＜", "《": return .back
      case "?", "？":
        say(prompt.fullList(field, form.choices(field)))
        continue
      case "" where form.answer(to: field) != nil: return .on
      case "-", "－":
        if try take("", for: field) { return .on }
      case let answer:
        guard let text = EntryAnswer.text(answer, of: field, form.choices(field)) else {
          say("      " + prompt.noFile(answer) + "\n")
          continue
        }
        guard try take(text, for: field) else { continue }
        if let echo = prompt.echo(text, field, form) { say(echo + "\n") }
        return .on
      }
    }
  }

  /// - Returns: whether the answer was taken; else it has been said what is wrong with it.
  private mutating func take(_ text: String, for field: Field) throws -> Bool {
    do {
      for warning in try form.answer(text, for: field) { warn(warning) }
    } catch NodeError.rejected(let findings) {
      // The words that it takes stand above the question.
      for finding in findings { say("      " + FindingWords.text(finding, words, listing: false) + "\n") }
      return false
    }
    try node.keepDraft(of: form)
    return true
  }

  // MARK: before and after

  private mutating func offerDraft() throws {
    guard let draft = node.draft(of: form) else { return }
    say(prompt.offer(draft, form))
    // A terminal that is gone says neither yes nor no.
    guard let answer = read() else { return }
    guard EntryAnswer.isYes(answer) ?? true else {
      node.dropDraft(of: form)
      return
    }
    for (code, text) in draft.answers {
      guard let field = fields.first(where: { $0.code == code }) else {
        say(prompt.noLongerAsked(code, text) + "\n")
        continue
      }
      _ = try take(text, for: field)
    }
  }

  /// Shows the record and what looks like it, and asks whether it is to be saved.
  private mutating func confirm() throws -> EntryForm? {
    while true {
      say("\n" + RecordOutput.lines(form, words).joined(separator: "\n") + "\n")
      for alike in try node.suspects(like: form).prefix(EntryPrompt.shownSuspects) {
        say(prompt.suspect(alike) + "\n")
      }
      say(prompt.confirmation)
      guard let answer = read()?.trimmingCharacters(in: .whitespaces) else {
        say("\n" + draftNote + "\n")
        return nil
      }
      let field = Int(answer).map { $0 - 1 } ?? fields.firstIndex { prompt.isName(answer, of: $0) }
      if answer.isEmpty || EntryAnswer.isYes(answer) == true {
        return form
      } else if EntryAnswer.isYes(answer) == false {
        say(draftNote + "\n")
        return nil
      } else if answer == "<" || answer == "＜" {
        try walk(from: fields.count - 1, through: fields.count - 1)
      } else if let field, fields.indices.contains(field) {
        try walk(from: field, through: field)
      } else {
        say(prompt.noSuchField(answer) + "\n")
      }
    }
  }

  private var draftNote: String {
    words(
      "没有保存。已填的内容留作草稿，下次 taizhang add \(form.kind.code) 会接着问。",
      "Not saved. What was entered is kept as a draft: taizhang add \(form.kind.code) goes on from it.")
  }

  // MARK: the terminal

  /// A line that was typed whole and as text; nil at the end of input.
  private mutating func read() -> String? {
    while let line = input.line() {
      switch EntryAnswer.text(of: line) {
      case .success(let text): return text
      case .failure(let fault): say("      " + prompt.text(fault) + "\n" + prompt.again)
      }
    }
    return nil
  }

  private func warn(_ warning: Finding) {
    say("      " + words("提醒：", "Warning: ") + FindingWords.text(warning, words) + "\n")
  }

  private func say(_ text: String) {
    let safe = text.split(separator: "\n", omittingEmptySubsequences: false).map { SafeText.line(String($0)) }
    StandardError.write(safe.joined(separator: "\n"))
  }
}
