import Campaign
import Ledger
import Store

/// What a change did to one field, told as a sentence.
struct HistorySentence {
  let output: RecordOutput
  let kind: Kind?
  let entry: HistoryEntry
  let told: HistoryWrite
  /// The field's code.
  let field: String
  /// What stood there before and stands there now; empty for nothing.
  let from: String
  let to: String
  /// Of a set that keeps some of its elements: what went in and out.
  let changes: SetChanges?
  /// Whether it writes the erased value itself, as a redaction leaves it.
  let isErasing: Bool

  private var words: Words { output.words }
  private var write: CellWrite { told.write }
  private var name: String { output.quoted(output.name(ofField: field, in: kind)) }

  var text: String { HistorySentence.text(rule + deed + unseen + standing, entry, output) }

  /// When and who, then what was done.
  static func text(_ deed: String, _ entry: HistoryEntry, _ output: RecordOutput) -> String {
    let words = output.words
    let author = author(entry.change.log.node, entry.operatorName, output)
    return "\(LocalTime.text(entry.time))  \(author)\(words("", " "))\(deed)"
  }

  private static func author(_ node: NodeID, _ person: String, _ output: RecordOutput) -> String {
    let office = output.label(node)
    return person.isEmpty ? office : output.words("\(office)（\(person)）", "\(office) (\(person))")
  }

  /// That a field was redacted.
  static func redaction(
    _ stated: StatedRedaction, field: String, _ output: RecordOutput, _ kind: Kind?
  ) -> String {
    let author = author(stated.author, stated.operatorName, output)
    let name = output.quoted(output.name(ofField: field, in: kind))
    let reason = stated.redaction.reason
    let deed = output.words(
      "抹除了\(name)此前的内容，理由：\(reason)", "redacted what \(name) had held (reason: \(reason))")
    return "\(LocalTime.text(stated.time))  \(author)\(output.words("", " "))\(deed)"
  }

  /// That the content of an attachment was erased.
  static func erasure(_ stated: StatedErasure, name: String, _ output: RecordOutput) -> String {
    let author = author(stated.author, stated.operatorName, output)
    let (file, reason) = (output.quoted(name), stated.erasure.reason)
    let deed = output.words(
      "抹除了附件\(file)的内容，理由：\(reason)", "erased what the attachment \(file) held (reason: \(reason))")
    return "\(LocalTime.text(stated.time))  \(author)\(output.words("", " "))\(deed)"
  }

  /// By which rule it was decided, where no person chose.
  private var rule: String {
    guard told.settles else { return "" }
    return switch entry.rule {
    case .latest: words("按“以最后填写的为准”的规则", "by the rule \"the latest\" ")
    case .authority: words("按“以上级为准”的规则", "by the rule \"the higher office's\" ")
    case .person, nil: ""
    }
  }

  /// Where a deletion and what it has not seen stand beside each other, neither is done yet.
  private var standing: String {
    guard write.content.sort == .existence, entry.after.existence == .disputed, !unseen.isEmpty else {
      return ""
    }
    return words("；两者并存，待裁定", "; both stand and are to be settled")
  }

  private var deed: String {
    switch write.content {
    case .deletion:
      return told.settles
        ? words("裁定删除记录", "settled that the record is deleted") : words("删除了记录", "deleted the record")
    case .restoration: return restoration
    case .candidates where !told.reopens:
      let values = output.text(write.content, cell: write.cell, kind: kind)
      return words(
        "照迁移前的样子保留\(name)的分歧，待裁定：\(values)",
        "kept what stood beside each other at \(name) before the move, to be settled: \(values)")
    case .candidates:
      let values = output.text(write.content, cell: write.cell, kind: kind)
      let isAgain = entry.before.cell(write.cell, write.content.sort)?.writes.contains { living in
        if case .candidates = living.content { true } else { false }
      }
      guard isAgain != true else {
        return words(
          "也撤销了\(name)的裁定，仍待定：\(values)",
          "took the decision on \(name) back as well; still open: \(values)")
      }
      return words(
        "撤销裁定，\(name)重新待定：\(values)", "took the decision on \(name) back; open again: \(values)")
    default: break
    }
    // Whatever stood there: it is erased, and nobody chose between it. A group's other members may have changed as well.
    if isErasing, from == to || write.content.sort == .register {
      return words("把\(name)记为已抹除", "noted \(name) as redacted")
    }
    let (old, new) = (output.shown(from), output.shown(to))
    if case .tallyIncrement(let step) = write.content {
      let amount = output.quoted("\(step.magnitude)")
      return step < 0
        ? words("\(name)减少\(amount)，合计\(new)", "took \(amount) off \(name), \(new) in all")
        : words("\(name)增加\(amount)，合计\(new)", "added \(amount) to \(name), \(new) in all")
    }
    if told.settles, case .tallyBase = write.content {
      let base = output.shown(output.text(write.content, cell: write.cell, kind: kind))
      // What was added apart counts on top of the base that was chosen.
      guard base == new else {
        return words(
          "裁定\(name)的基数为\(base)\(former)，连同另加的合计\(new)",
          "settled the base of \(name) as \(base)\(former); \(new) with what was added")
      }
    }
    if told.settles {
      return words("裁定\(name)为\(new)\(former)", "settled \(name) as \(new)\(former)")
    }
    if let changes { return deed(changes) }
    switch (from.isEmpty, to.isEmpty) {
    case (true, true): return words("\(name)仍无内容", "left \(name) empty")
    case (true, false): return words("填写\(name)为\(new)", "set \(name) to \(new)")
    case (false, true): return words("清空\(name)（原为\(old)）", "emptied \(name) (it was \(old))")
    case (false, false): return words("把\(name)由\(old)改为\(new)", "changed \(name) from \(old) to \(new)")
    }
  }

  /// By what it did itself: what else stands in the set may have come from others, unseen.
  private func deed(_ changes: SetChanges) -> String {
    func list(_ values: [SetChanges.Element]) -> String {
      let named = values.prefix(HistorySentence.named).map { output.quoted($0.text) }.joined(
        separator: words("、", ", "))
      guard values.count > HistorySentence.named else { return named }
      return named
        + words(" 等 \(values.count) 项", " and \(values.count - HistorySentence.named) more")
    }
    let removed = changes.removed.isEmpty ? nil : list(changes.removed)
    let added = changes.added.isEmpty ? nil : list(changes.added)
    let deed =
      switch (removed, added) {
      case (let removed?, let added?):
        words(
          "从\(name)中去掉\(removed)、加上\(added)", "took \(removed) out of \(name) and put \(added) in")
      case (let removed?, nil): words("从\(name)中去掉\(removed)", "took \(removed) out of \(name)")
      case (nil, let added?): words("给\(name)加上\(added)", "put \(added) into \(name)")
      case (nil, nil): ""
      }
    return deed + words("，现为\(output.shown(to))", "; it is \(output.shown(to)) now")
  }

  /// A record is brought back that was deleted; else it is kept, where a deletion and an edit did not see each other.
  private var restoration: String {
    if told.settles { return words("裁定保留记录", "settled that the record is kept") }
    return entry.before.existence == .deleted
      ? words("恢复了记录", "brought the record back") : words("保留了记录", "kept the record")
  }

  /// The values between which a decision chose.
  private var former: String {
    let list = list(told.seenValues)
    return words("（原有\(list)）", " (out of \(list))")
  }

  /// What the author had not seen, and what therefore stands beside it.
  private var unseen: String {
    var parts = [list(told.unseen)] + unseenEdits
    if write.content.sort != .existence, entry.before.existence == .deleted,
      entry.after.existence == .disputed
    {
      parts.append(words("记录已被删除", "that the record had been deleted"))
    }
    let list = parts.filter { !$0.isEmpty }.joined(separator: words("、", ", "))
    return list.isEmpty ? unseenByDeletion : words("，当时没有看到\(list)", ", without having seen \(list)")
  }

  /// Of an edit beside a deletion that others stand beside already: whether its author knew of the deletion nobody says,
  /// but that one did not know of it.
  private var unseenByDeletion: String {
    guard write.content.sort != .existence, entry.before.existence == .disputed,
      entry.after.existence == .disputed,
      entry.after.decisions.contains(where: { $0.content == .deletion && !$0.covers.contains(told.dot) })
    else { return "" }
    return words("，删除记录时也没有看到这项改动", ", which the deletion had not seen either")
  }

  /// Of a deletion: the edits told before it that it had not seen.
  private var unseenEdits: [String] {
    guard let deletion = entry.after.decisions.first(where: { $0.dot == told.dot }),
      deletion.content == .deletion, deletion.awaits.isEmpty
    else { return [] }
    let covered = Set(deletion.covers)
    var edits: [String] = []
    var untold = 0
    for cell in entry.after.cells where cell.sort != .existence {
      for living in cell.writes where !covered.contains(living.dot) {
        guard edits.count < HistorySentence.named else {
          untold += 1
          continue
        }
        let text = output.shown(output.text(living.content, cell: cell.number, kind: kind))
        edits.append(output.name(ofCell: cell.number, in: kind) + words("", " ") + text)
      }
    }
    return untold == 0 ? edits : edits + [words("另 \(untold) 处", "\(untold) more")]
  }

  /// So many values are named in a sentence, and the others counted: whoever writes many beside each other would else make
  /// a history of the square of what he wrote.
  private static let named = 8

  private func list(_ writes: [RecordState.LivingWrite]) -> String {
    var told: [String] = []
    var seen: Set<String> = []
    for living in writes {
      if case .tallyIncrement = living.content { continue }
      let text = output.shown(output.text(living.content, cell: write.cell, kind: kind))
      guard seen.insert(text).inserted, seen.count <= HistorySentence.named else { continue }
      told.append(text)
    }
    let list = told.joined(separator: words("、", ", "))
    guard seen.count > told.count else { return list }
    return list + words(" 等 \(seen.count) 个值", " and \(seen.count - told.count) more")
  }
}

/// What a change put into a set and took out of it.
struct SetChanges {
  struct Element {
    var text: String
    var json: JSON
    /// What tells it from others that read alike.
    var key: String

    init(_ text: String, _ json: JSON? = nil, key: String? = nil) {
      self.text = text
      self.json = json ?? .string(text)
      self.key = key ?? text
    }
  }

  var added: [Element]
  var removed: [Element]
  /// Whether others of its elements stayed: the author may not have seen these.
  var keepsSome: Bool
}
