import Campaign
import Foundation
import Ledger
import Node
import Store
import Texts

/// Walks a person through open conflicts on a terminal. Each decision is a change of its own, durable at once: who
/// stops midway has lost nothing.
struct ConflictDialogue {
  private let printer: Printer
  private let node: LocalNode
  var input = TerminalInput()
  private var done: [Done] = []
  /// Conflicts that an edit has settled which was made for another one.
  private var settledBeside = 0
  /// What was edited and could not be taken, by record and field: it is offered again.
  var drafts: [String: String] = [:]
  /// What was typed for the fields of a group, by the conflict and the field's code: one that is not taken costs no others.
  private var typed: [String: [String: String]] = [:]
  var words: Words { printer.words }

  /// A decision that was made here.
  private struct Done {
    var index: Int
    var conflict: LocalNode.OpenConflict
    var deed: Deed
    /// What a resolution says; nil of other deeds.
    var change: ChangeRef?
  }

  /// By what a conflict was closed. `undo` takes a resolution back; the others are changed by another command.
  private enum Deed {
    case resolution
    case edit
    case link
    case deletion
    case keeping
  }

  private enum Step {
    case settled(Deed, by: ChangeRef? = nil)
    /// It was written to and is open still: what is asked next is asked of what it is now.
    case changed
    case skipped
    case undone(to: Int)
    case end
  }

  init(_ printer: Printer, _ node: LocalNode) {
    self.printer = printer
    self.node = node
  }

  /// - Throws: `UsageError` where nobody can be asked.
  static func requireTerminal() throws {
    guard Questions.canBeAsked else {
      throw UsageError(
        chinese: "逐个裁定需要终端；在脚本里用 taizhang conflicts 列出，用 taizhang conflicts resolve 裁定。",
        english:
          "Going through conflicts needs a terminal; a script lists them with `taizhang conflicts` and settles them with `taizhang conflicts resolve`."
      )
    }
  }

  /// How many conflicts were settled.
  var settled: Int { done.count + settledBeside }

  /// - Returns: how many conflicts were settled.
  @discardableResult
  mutating func run(_ filter: RecordFilter) throws -> Int {
    let conflicts = try node.conflicts(filter)
    if conflicts.isEmpty { say(words("没有待裁定的冲突。", "No conflict is open.") + "\n") }
    var index = 0
    while index < conflicts.count {
      // An earlier decision, or a peer's, may have closed it.
      guard let conflict = try node.current(conflicts[index]) else {
        index += 1
        continue
      }
      switch try ask(conflict, index, of: conflicts.count) {
      case .settled(let deed, let change):
        done.append(Done(index: index, conflict: conflict, deed: deed, change: change))
        index += 1
      case .skipped, .changed: index += 1
      case .undone(let former): index = former
      case .end: return settled
      }
    }
    // There is no question any more that could be answered by `u`.
    if let last = done.last { say(wayBack(last) + "\n") }
    return settled
  }

  // MARK: one conflict

  private mutating func ask(
    _ listed: LocalNode.OpenConflict, _ index: Int, of count: Int
  ) throws -> Step {
    var conflict = listed
    var comparison = try comparison(conflict)
    say("\n")
    show(["\(index + 1)/\(count)"] + comparison.lines)
    while true {
      say(question(conflict, comparison))
      guard let line = input.line() else {
        say("\n")
        return .end
      }
      guard case .success(let typed) = EntryAnswer.text(of: line) else {
        sayUnreadable()
        continue
      }
      do {
        let step = try answer(ConflictDialogue.plain(typed), conflict, comparison)
        guard case .changed? = step else {
          if let step { return step }
          continue
        }
      } catch NodeError.conflictChanged(let id, let field) {
        // It is shown anew at once.
        tell(NodeError.conflictChanged(id: id, field: field), hinted: false)
      } catch {
        tell(error)
        continue
      }
      guard let now = try node.current(conflict) else { return .skipped }
      conflict = now
      comparison = try self.comparison(conflict)
      show(comparison.lines)
    }
  }

  /// An answer as it is meant, where an input method made its signs full-width.
  private static func plain(_ typed: String) -> String {
    let folded = typed.applyingTransform(.fullwidthToHalfwidth, reverse: false) ?? typed
    return folded.trimmingCharacters(in: .whitespaces)
  }

  /// - Returns: nil where the answer leads nowhere: it is asked for again.
  private mutating func answer(
    _ answer: String, _ conflict: LocalNode.OpenConflict, _ comparison: ConflictComparison
  ) throws -> Step? {
    let isOfValues = conflict.reason == .concurrent || conflict.reason == .deleted
    switch answer.lowercased() {
    case "s", "": return .skipped
    case "q": return .end
    case "u": return try undo()
    case "m":
      guard let merged = comparison.proposal?.merged else { return noSuchChoice() }
      return try settle(conflict, .value(merged))
    case "e":
      guard conflict.reason == .concurrent, conflict.candidates.first?.text != nil else {
        return noSuchChoice()
      }
      guard let text = edited(conflict, comparison) else { return nil }
      drafts[ConflictDialogue.key(conflict)] = text
      let step = try settle(conflict, .value(text))
      drafts[ConflictDialogue.key(conflict)] = nil
      return step
    case "d" where ConflictDialogue.isClosedByDeletion(conflict):
      _ = try node.delete(conflict, operatorName: printer.options.operatorText)
      say(words("  已删除本记录。", "  This record is deleted.") + "\n")
      return .settled(.deletion)
    case "v" where conflict.reason != .deleted && !ConflictDialogue.isClosedByDeletion(conflict):
      if conflict.reason == .concurrent, let group = conflict.view.kind?.group(named: conflict.field),
        conflict.view.kind?.fieldIndex(named: conflict.field) == nil
      {
        let key = ConflictDialogue.key(conflict)
        var questions = GroupQuestions(words: words, typed: typed[key] ?? [:])
        let value = questions.value(of: group, conflict, comparison.output, from: &input)
        typed[key] = questions.typed
        guard let value else { return nil }
        let step = try settle(conflict, .value(value))
        typed[key] = nil
        return step
      }
      guard let text = value() else { return nil }
      if isOfValues { return try settle(conflict, .value(text)) }
      let field = conflict.view.kind?.fieldIndex(named: conflict.field) == nil ? nil : conflict.field
      return try edit(conflict, field, text)
    case "l" where conflict.reason == .unique:
      guard conflict.otherCount == 1, let other = conflict.others.first else {
        say(
          words(
            "  涉及几条记录，请用 taizhang duplicates link 指明是哪一条。",
            "  Several records are concerned: say which with `taizhang duplicates link`.") + "\n")
        return nil
      }
      _ = try node.link(conflict, with: other, operatorName: printer.options.operatorText)
      return .settled(.link)
    default:
      guard isOfValues, let number = Int(answer) else { return noSuchChoice() }
      return try settle(conflict, .take(number))
    }
  }

  /// Whether no edit of a value closes it, but that one of the records goes: two heirs of one record, or two of a kind of
  /// which an office has one.
  private static func isClosedByDeletion(_ conflict: LocalNode.OpenConflict) -> Bool {
    guard conflict.reason == .unique else { return false }
    return conflict.field == RecordView.originField
      || conflict.view.kind?.fieldIndex(named: conflict.field) == nil
  }

  private func noSuchChoice() -> Step? {
    say(words("  没有这个选项。", "  There is no such choice.") + "\n")
    return nil
  }

  static func key(_ conflict: LocalNode.OpenConflict) -> String {
    "\(conflict.view.space)/\(conflict.view.id)/\(conflict.field)"
  }

  private func settle(_ conflict: LocalNode.OpenConflict, _ decision: LocalNode.Decision) throws -> Step {
    let recorded = try node.resolve(conflict, decision, operatorName: printer.options.operatorText)
    for warning in recorded.warnings { say("  " + SafeText.line(FindingWords.text(warning, words)) + "\n") }
    say(words("  已裁定。", "  Settled.") + "\n")
    guard conflict.reason == .deleted else { return .settled(.resolution, by: recorded.change) }
    return .settled(recorded.view.existence == .deleted ? .deletion : .keeping)
  }

  /// A rule holds again by an edit: `FIELD=VALUE`, or the value alone where the conflict is one field's.
  private mutating func edit(_ conflict: LocalNode.OpenConflict, _ field: String?, _ text: String) throws
    -> Step?
  {
    let operation: EditDraft.Operation
    if let pair = try? Assignments.split(text), conflict.view.kind?.fieldIndex(named: pair.0) != nil {
      operation = .set(pair.0, to: pair.1)
    } else if let field {
      operation = .set(field, to: text)
    } else {
      say(words("  请写成 字段=值。", "  Write it as FIELD=VALUE.") + "\n")
      return nil
    }
    let recorded = try node.edit(
      conflict, operations: [operation], operatorName: printer.options.operatorText)
    settledBeside += recorded.settled.count
    try RecordedOutput(common: printer.options).tellSettled(by: recorded, node.store)
    guard recorded.change != nil else {
      say(words("  已是这个值，没有改动。", "  It has that value already: nothing was changed.") + "\n")
      return nil
    }
    guard try node.current(conflict) == nil else {
      say(words("  已改，但规则仍不成立。", "  Edited, but the rule does not hold yet.") + "\n")
      return .changed
    }
    say(words("  已改，冲突已消除。", "  Edited; the conflict is closed.") + "\n")
    return .settled(.edit)
  }

  private mutating func undo() throws -> Step? {
    guard let last = done.last else {
      say(words("  这里还没有裁定过。", "  Nothing was settled here yet.") + "\n")
      return nil
    }
    guard last.deed == .resolution, let change = last.change else {
      say("  " + wayBack(last) + "\n")
      return nil
    }
    _ = try node.undo(last.conflict, settledBy: change, operatorName: printer.options.operatorText)
    done.removeLast()
    say(words("  已撤销。", "  Taken back.") + "\n")
    return .undone(to: last.index)
  }

  /// By which command what was done is changed.
  private func wayBack(_ last: Done) -> String {
    let id = last.conflict.view.id
    return switch last.deed {
    case .resolution:
      words(
        "撤销最后一个裁定：taizhang conflicts undo \(id) \(last.conflict.field)",
        "To take the last decision back: `taizhang conflicts undo \(id) \(last.conflict.field)`")
    case .edit:
      words("上一个是修改：用 taizhang edit \(id) 改回。", "The last one was an edit: `taizhang edit \(id)` changes it.")
    case .link:
      words(
        "上一个认作同一活动：用 taizhang duplicates unlink \(id) \(last.conflict.others.first?.description ?? "") 撤销。",
        "The last one was a link: `taizhang duplicates unlink \(id) \(last.conflict.others.first?.description ?? "")` takes it back."
      )
    case .deletion:
      words(
        "上一个删除了记录：用 taizhang restore \(id) 恢复。",
        "The last one deleted the record: `taizhang restore \(id)` brings it back.")
    case .keeping:
      words(
        "上一个保留了记录：要删除用 taizhang delete \(id)。",
        "The last one kept the record: `taizhang delete \(id)` deletes it.")
    }
  }

  // MARK: the terminal

  private func comparison(_ conflict: LocalNode.OpenConflict) throws -> ConflictComparison {
    let ancestor = try node.commonAncestor(of: conflict)
    return try node.store.read { snapshot in
      let output = try RecordOutput(snapshot, words: words)
      let offices = Dictionary(uniqueKeysWithValues: try snapshot.offices().map { ($0.node, $0.division) })
      return ConflictComparison(
        conflict: conflict,
        listed: ConflictOutput(conflict: conflict, output: output, offices: offices, node: node),
        output: output, ancestor: ancestor, columns: TerminalSize.columns(),
        colour: printer.options.showsColour(on: 2))
    }
  }

  private func question(_ conflict: LocalNode.OpenConflict, _ comparison: ConflictComparison) -> String {
    var choices: [String] = []
    switch conflict.reason {
    case .concurrent, .deleted:
      choices.append(words("\(comparison.numbers) 取该值", "\(comparison.numbers) take it"))
      if conflict.reason == .concurrent { choices.append(words("v 填写", "v another value")) }
    case .invalid: choices.append(words("v 修改（字段=值）", "v edit (FIELD=VALUE)"))
    case .unique:
      choices.append(
        ConflictDialogue.isClosedByDeletion(conflict)
          ? words("d 删除本记录", "d delete this record") : words("v 改值", "v another value"))
      choices.append(words("l 是同一活动", "l one activity"))
    }
    if comparison.proposal?.merged != nil { choices.append(words("m 取合并建议", "m take the proposal")) }
    if conflict.candidates.first?.text != nil, conflict.reason == .concurrent {
      choices.append(words("e 编辑", "e edit"))
    }
    choices.append(words("s 或回车 跳过", "s or Enter skip"))
    if done.last?.deed == .resolution { choices.append(words("u 撤销上一个", "u undo the last")) }
    choices.append(words("q 结束", "q quit"))
    return "[" + choices.joined(separator: "  ") + "]" + words("：", ": ")
  }

  func tell(_ error: any Error, hinted: Bool = true) {
    let report = ErrorReport(error, words: words)
    say("  " + SafeText.line(report.message) + "\n")
    if hinted, !report.hint.isEmpty { say("  " + SafeText.line(report.hint) + "\n") }
  }

  /// Lines that are safe already, with their colours.
  private func show(_ lines: [String]) { StandardError.write(lines.joined(separator: "\n") + "\n") }

  func say(_ text: String) { StandardError.write(text) }
}
