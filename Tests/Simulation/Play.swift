import Campaign
import Foundation
import Ledger
import Store
import TestSupport
import Wire

@testable import Node

/// A scenario as a text that reads like a play. A line at the margin is a stage direction; the indented lines
/// below it are what happened, and a play is right when they are what happens again.
///
/// ```
/// lhasa records A title=会 place=拉萨
/// lhasa calls region cut 3          (the link breaks at the fourth message)
/// lhasa edits A place=那曲
/// lhasa deletes A                   (restores)
/// region settles A place 2
/// lhasa packs stick region          (region merges stick)
/// lhasa crashes
/// region shows A
/// compare 540100
/// ```
final class Play {
  private enum Mistake: Error { case direction(String) }

  private let template: Template
  private let folder = TemporaryFolder()
  private var nodes: [LocalNode] = []
  private var records: [String: String] = [:]
  private var lines: [String] = []

  init(_ template: Template) throws {
    self.template = template
    for (index, path) in template.paths.enumerated() {
      let copy = folder.path + "/" + Cast.roles[index].name
      try FileManager.default.copyItem(atPath: path, toPath: copy)
      // Each clock stands apart from the others, and goes on by itself.
      let computer = SimulatedSurroundings(
        seed: UInt64(index), now: 1_757_000_000_000 + Int64(index) * 86_400_000)
      nodes.append(try LocalNode(opening: copy, surroundings: computer.surroundings))
    }
  }

  /// The whole text as it comes out: the directions as they stand, and below each what happened.
  func perform(_ text: String) throws -> String {
    lines = []
    for line in text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
      if line.hasPrefix("  ") { continue }
      lines.append(line)
      if line.isEmpty || line.hasPrefix("#") { continue }
      try direct(line.split(separator: " ").map(String.init))
    }
    return lines.joined(separator: "\n")
  }

  private func happened(_ text: String) { lines.append("  " + text) }

  private func direct(_ words: [String]) throws {
    guard words.count >= 2 else { throw Mistake.direction(words.joined(separator: " ")) }
    if words[0] == "compare" { return try compare(words[1]) }
    guard let role = Cast.index(words[0]) else { throw Mistake.direction(words[0]) }
    let rest = Array(words.dropFirst(2))
    do {
      switch words[1] {
      case "records": try record(role, rest)
      case "edits":
        _ = try nodes[role].edit(id(rest[0]), operations: Play.wishes(rest.dropFirst()), operatorName: "")
      case "deletes": _ = try nodes[role].delete(id(rest[0]), operatorName: "")
      case "restores": _ = try nodes[role].restore(id(rest[0]), operatorName: "")
      case "settles":
        _ = try nodes[role].resolve(id(rest[0]), field: rest[1], .take(Int(rest[2])!), operatorName: "")
      case "calls": try call(role, rest)
      case "packs": try pack(role, rest)
      case "merges": try merge(role, rest[0])
      case "crashes":
        nodes[role] = try LocalNode(
          opening: nodes[role].store.folder, surroundings: nodes[role].surroundings)
      case "shows": try show(role, rest[0])
      default: throw Mistake.direction(words[1])
      }
    } catch let error as NodeError {
      happened("refused: \(Play.name(of: error))")
    } catch let error as StoreError {
      happened("refused: \(Play.name(of: error))")
    }
  }

  /// The case of an error, without what differs from run to run.
  private static func name(of error: any Error) -> String { "\(error)".prefix { $0 != "(" }.description }

  private static func wishes(_ texts: some Sequence<String>) -> [EditDraft.Operation] {
    texts.map { text in
      let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
      if parts[0].hasSuffix("+") { return .increment(String(parts[0].dropLast()), by: parts[1]) }
      return .set(parts[0], to: parts[1])
    }
  }

  private func id(_ letter: String) throws -> String {
    guard let id = records[letter] else { throw Mistake.direction("record \(letter)") }
    return id
  }

  private func record(_ role: Int, _ words: [String]) throws {
    let form: [EditDraft.Operation] = [
      .set("title", to: words[0]), .set("date", to: "2025-09-10"), .set("plan_items", to: "4.2"),
      .set("organiser", to: "市场监管局"), .set("topic", to: "standards"),
    ]
    let recorded = try nodes[role].add(
      kind: "training", division: Cast.roles[role].division == "540000" ? "540100" : nil, isNotice: false,
      operations: form + Play.wishes(words.dropFirst()), operatorName: "")
    records[words[0]] = recorded.view.id.description
  }

  // MARK: links

  private func call(_ role: Int, _ words: [String]) throws {
    guard let other = Cast.index(words[0]) else { throw Mistake.direction(words[0]) }
    let cut = words.count == 3 ? Conversation.Cut(message: Int(words[2])!, permille: 500) : nil
    let conversation = try Conversation((role, nodes[role]), (other, nodes[other]), cut: cut) {
      from, to, message in
      self.happened("\(Cast.roles[from].name) → \(Cast.roles[to].name): \(Play.text(message))")
    }
    // Whoever has nothing to do lets the other go on: no chance is in a play.
    conversation.run()
    if cut != nil {
      happened("the link is cut")
    } else {
      happened(conversation.converged == [true, true] ? "both hold the same" : "they do not hold the same")
    }
  }

  private static func text(_ message: Message) -> String {
    switch message {
    case .hello(let hello): "Hello, \(hello.cursor == nil ? "never read" : "read before")"
    case .offer(let offer):
      "Offer of \(offer.ranges.count) logs\(offer.receipts.isEmpty ? "" : ", with receipts")"
    case .held(let logs): "Held of \(logs.count) logs"
    case .changes(let frame): "Changes, \(frame.batches.reduce(0) { $0 + $1.bodies.count })"
    case .acknowledge(let frames): "Acknowledge \(frames)"
    case .done(let done):
      "Done, sent \(done.sentFrames), received \(done.receivedFrames)\(done.receipt.isEmpty ? "" : ", with a receipt")"
    case .failure(let failure): "Failure \(failure.code)"
    case .joinRequest: "JoinRequest"
    case .joinAnswer: "JoinAnswer"
    case .attachmentRequest: "AttachmentRequest"
    case .attachmentChunk(let chunk): "AttachmentChunk, \(chunk.data.count)"
    case .attachmentAbsent: "AttachmentAbsent"
    case .attachmentsThrough(let fetched): "AttachmentsThrough, \(fetched)"
    }
  }

  private func pack(_ role: Int, _ words: [String]) throws {
    guard let other = Cast.index(words[1]) else { throw Mistake.direction(words[1]) }
    let made = try nodes[role].makeBundle(
      for: nodes[other].facts.node.description, sinceLast: words.count > 2, to: folder.path + "/" + words[0])
    happened("\(made.manifest.changes) changes")
  }

  private func merge(_ role: Int, _ name: String) throws {
    let report = try nodes[role].merge(
      [folder.path + "/" + name], decide: nil, operatorName: "", progress: { _ in })
    let source = report.sources[0]
    if let error = source.error { return happened("refused: \(Play.name(of: error))") }
    happened("\(source.applied) new, \(source.already) known, \(source.rejected) refused")
  }

  // MARK: what stands there

  private func show(_ role: Int, _ letter: String) throws {
    let text = try id(letter)
    guard let view = try nodes[role].store.read({ try $0.records(RecordID(text)!).first }) else {
      return happened("has no \(letter)")
    }
    let places = view.living("place").sorted().joined(separator: " | ")
    happened("place: \(places.isEmpty ? "-" : places); participants: \(view.participants); \(view.existence)")
    if !view.conflicts.isEmpty { happened("in conflict: \(view.conflicts.joined(separator: ", "))") }
  }

  private func compare(_ division: String) throws {
    let holders = nodes.indices.filter { Cast.mayWrite($0, division) }
    let prints = try holders.map { role in
      try nodes[role].store.read { snapshot in
        try snapshot.fingerprint { $0.division.description == division }
      }
    }
    happened(Set(prints).count == 1 ? "all the same" : "not the same")
  }
}
