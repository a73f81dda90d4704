import Campaign
import Foundation
import Ledger
import Node
import Store

/// What is said to a person who enters a record: short, in one language, with an example where a value has a form.
struct EntryPrompt {
  let words: Words
  let pack: Pack
  /// How many fields are asked for.
  let count: Int

  /// Lists up to this are shown with every question, numbered.
  private static let shortListCount = 16
  private static let lineWidth = 76
  static let shownSuspects = 5

  static func isShort(_ choices: [Finding.Named]) -> Bool {
    !choices.isEmpty && choices.count <= shortListCount
  }

  private func label(_ label: Label, _ code: String) -> String { label.text(in: words.labels) ?? code }

  private func label(_ field: Field) -> String { label(field.label, field.code) }

  /// Whether a person calls a field so.
  func isName(_ name: String, of field: Field) -> Bool {
    !name.isEmpty && (name == field.code || name == label(field))
  }

  func greeting(_ form: EntryForm) -> String {
    let kind = label(form.kind.label, form.kind.code)
    let division = pack.divisions[form.space.division]?.name ?? form.space.division.description
    let title =
      form.space.section == .notices
      ? words("新增\(kind)（\(division)，发给下级）", "New record: \(kind) (\(division), for all offices below)")
      : words("新增\(kind)（\(division)）", "New record: \(kind) (\(division))")
    return title + "\n"
      + words(
        """
        带 * 的必填，其余可直接回车。  <  上一项   -  清空   ?  列出可选项   @文件  从文件取文字
        Ctrl-D 其余不填；Ctrl-C 以后再填，已填的留作草稿。

        """,
        """
        Fields with * are required, Enter skips the others.
        <  goes back   -  empties   ?  lists the choices   @FILE  takes text from a file
        Ctrl-D leaves the rest empty; Ctrl-C stops, and what was entered is kept as a draft.

        """)
  }

  // MARK: a field

  /// `3/16 日期 *（如 2025-09-03） [2025-09-10]：`
  func question(_ field: Field, number: Int, _ form: EntryForm) -> String {
    let choices = form.choices(field)
    let place = DisplayWidth.padded("\(number)/\(count)", to: "\(count)/\(count)".count)
    var text = "\(place) \(label(field))" + (field.isRequired ? " *" : "")
    let hints = [hint(field, choices), usual(field)].compactMap(\.self)
    if !hints.isEmpty {
      text += words("（", " (") + hints.joined(separator: words("；", "; ")) + words("）", ")")
    }
    if form.answer(to: field) != nil { text += " [\(EntryPrompt.short(kept(field, form)))]" }
    return text + words("：", ": ")
  }

  private func hint(_ field: Field, _ choices: [Finding.Named]) -> String? {
    let several = field.form == .set ? words("可填几个，用逗号隔开", "several, with commas between") : nil
    if choices.isEmpty {
      let example: String? =
        switch field.type {
        case .date: words("如 \(pack.info.period.from)", "as \(pack.info.period.from)")
        case .money: words("元，如 5000 或 1.2万", "yuan, as 5000 or 1.2万")
        case .integer: words("整数", "a whole number")
        case .decimal: words("数", "a number")
        case .flag: words("是或否", "yes or no")
        case .creditCode: words("18 位", "18 characters")
        case .record: words("记录编号", "a record's id")
        case .text, .code, .attachment: nil
        }
      return [example, several].compactMap(\.self).first
    }
    let list =
      EntryPrompt.isShort(choices)
      ? words("填序号或名称", "number or name")
      : words("填代码或名称，? 列出全部 \(choices.count) 项", "code or name, ? lists all \(choices.count)")
    return [list, several].compactMap(\.self).joined(separator: words("；", "; "))
  }

  private func usual(_ field: Field) -> String? {
    guard let value = field.defaultValue else { return nil }
    let text = DisplayForm(pack: pack, language: words.labels).text(value, of: field)
    return words("不填即为 \(text)", "\(text) if left empty")
  }

  private static func short(_ answer: String) -> String {
    answer.count <= 40 ? answer : answer.prefix(40) + "…"
  }

  /// A short list of choices with their numbers, in lines; nil where there are none, or too many for that.
  func shortList(_ choices: [Finding.Named]) -> String? {
    guard EntryPrompt.isShort(choices) else { return nil }
    let texts = choices.enumerated().map { "\($0 + 1) \(label($1.label, $1.code))" }
    let width = (texts.map { DisplayWidth.of($0) }.max() ?? 0) + 2
    let columns = max(1, EntryPrompt.lineWidth / width)
    let lines = stride(from: 0, to: texts.count, by: columns).map { start in
      let row = texts[start..<min(texts.count, start + columns)]
      return "      "
        + row.dropLast().map { DisplayWidth.padded($0, to: width) }.joined() + (row.last ?? "")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// What is answered to `?`.
  func fullList(_ field: Field, _ choices: [Finding.Named]) -> String {
    if let list = shortList(choices) { return list }
    if choices.isEmpty {
      return words("      \(label(field))没有固定的可选项。\n", "      \(label(field)) takes no list of words.\n")
    }
    return choices.map { "      \(DisplayWidth.padded($0.code, to: 6)) \(label($0.label, $0.code))\n" }
      .joined()
  }

  /// The value as it will be kept, where that is not what was typed.
  func echo(_ typed: String, _ field: Field, _ form: EntryForm) -> String? {
    let kept = kept(field, form)
    return kept.isEmpty || kept == typed || field.type == .text ? nil : "      → \(kept)"
  }

  private func kept(_ field: Field, _ form: EntryForm) -> String {
    DisplayForm(pack: pack, language: words.labels).text(form.content[field.code, in: form.kind], of: field)
  }

  // MARK: before and after

  func offer(_ draft: EntryDraft, _ form: EntryForm) -> String {
    let labels = draft.answers.map { answer in
      form.fields.first { $0.code == answer.field }.map { label($0) } ?? answer.field
    }
    let list = labels.joined(separator: words("、", ", "))
    return words(
      "上次没有填完，草稿里有：\(list)。\n接着填？（回车 是，n 丢弃重填）：",
      "A draft of last time holds: \(list).\nGo on from it? (Enter: yes, n: throw it away): ")
  }

  func noLongerAsked(_ field: String, _ text: String) -> String {
    words(
      "提醒：方案里已没有字段 \(field)，草稿中的“\(text)”没有带上。",
      "Warning: the plan has no field \(field) any more; the draft's \"\(text)\" is left out.")
  }

  func suspect(_ view: RecordView) -> String {
    let heading = view.kind?.heading.flatMap { heading in
      view.kind.map {
        DisplayForm(pack: pack, language: words.labels).text(
          view.content?[field: heading], of: $0.fields[heading])
      }
    }
    let division = pack.divisions[view.space.division]?.name ?? view.space.division.description
    return words("提醒：可能与已有记录是同一活动：", "Warning: probably the same activity as a record that is here: ")
      + "\(view.id) \(heading ?? "")" + words("（\(division)）", " (\(division))")
  }

  var confirmation: String {
    words(
      "保存吗？（回车 保存，< 上一项，字段名或序号 改那一项，n 不保存、留草稿）：",
      "Save? (Enter: yes, <: back, a field's name or number: change it, n: no, keep the draft): ")
  }

  func noSuchField(_ name: String) -> String {
    words("没有字段“\(name)”。", "There is no field \"\(name)\".")
  }

  func noFile(_ answer: String) -> String {
    words(
      "文件“\(answer.dropFirst())”读不出文字（须为 UTF-8；要填以 @ 开头的文字，写 @@）。",
      "No text can be read from \"\(answer.dropFirst())\" (UTF-8; write @@ for a text that begins with @).")
  }

  var again: String { words("      请重填：", "      Again: ") }

  func text(_ fault: EntryAnswer.Fault) -> String {
    switch fault {
    case .cut:
      words(
        "终端一行只能收 4095 字节，后面的已丢失。长文字请存成文件，再填 @文件名。",
        "A terminal hands on 4,095 bytes of a line, the rest is lost. Put a long text into a file and answer @FILE."
      )
    case .control:
      words("这一行里有控制键（如方向键），没有收下。", "The line holds a control key (an arrow?): it was not taken.")
    case .notUTF8: words("终端的编码不是 UTF-8，没有收下。", "The terminal's encoding is not UTF-8: not taken.")
    }
  }
}
