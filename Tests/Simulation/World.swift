import Campaign
import Foundation
import Ledger
import Store
import TestSupport
import Wire

@testable import Node

/// The whole system in one process and one thread: real stores, real sessions and bundles; a network, clocks and
/// crashes that the seed owns. The keys are the machine's, so hashes differ from run to run; what is done, in
/// which order, and what breaks where does not.
final class World {
  let faults: Faults
  var nodes: [LocalNode] = []
  var records: [RecordModel] = []
  /// What checkers that watch things happen have found.
  private(set) var complaints: [String] = []
  /// What was done, for whoever reads a failure.
  private(set) var diary: [String] = []

  var random: SeededRandom
  let folder = TemporaryFolder()
  var computers: [SimulatedSurroundings] = []
  var conversations: [Conversation] = []
  var sticks: [Stick] = []
  var counter = 0
  var backups: [Int: String] = [:]
  var snapshots: [Int: String] = [:]
  /// Whose store was set back: until the end it may have less than it signed for.
  var restored: Set<Int> = []
  /// What happens beside people's edits (`World+Incidents`), and what that draws from.
  var incidents = Incidents()
  /// What rogues have sent.
  private(set) var attempts: [Rogue.Attempt] = []
  var chances: SeededRandom
  /// Records that were made in a store that was then lost.
  var mayBeLost: Set<Int> = []
  /// How often the world came to what it is there for.
  var coverage = Coverage()

  init(seed: UInt64, template: Template) throws {
    random = SeededRandom(seed: seed)
    chances = SeededRandom(seed: seed ^ 0x1BC1_DE47)
    faults = Faults(drawnFrom: &random)
    let year: Int64 = 365 * 86_400_000
    for (path, role) in zip(template.paths, Cast.roles) {
      let copy = folder.path + "/" + role.name
      try FileManager.default.copyItem(atPath: path, toPath: copy)
      let skew = Int64.random(
        in: -Int64(faults.clockYears) * year...Int64(faults.clockYears) * year, using: &random)
      let computer = SimulatedSurroundings(seed: random.next(), now: 1_757_000_000_000 + skew)
      computers.append(computer)
      nodes.append(try LocalNode(opening: copy, surroundings: computer.surroundings))
    }
  }

  func complain(_ text: String) { complaints.append(text) }

  func note(_ text: String) { diary.append(text) }

  /// Something happens: mostly a session moves on by a bit.
  func step() throws {
    try happen()
    if random.chance(faults.crashes) { return try crash(Int.random(in: nodes.indices, using: &random)) }
    if random.chance(faults.restores) { return try backUpOrRestore() }
    if faults.setBacks > 0, random.chance(faults.setBacks) { return try takeOrPutBackSnapshot() }
    if nodes.count == Cast.twin, random.chance(faults.copies) { return try copyStore() }
    switch Int.random(in: 0..<100, using: &random) {
    case 0..<3: try record()
    case 3..<22: try edit(at: Int.random(in: nodes.indices, using: &random))
    case 22..<32: try open()
    case 32..<35: try packStick()
    case 35..<38: try carryStick()
    case 38..<46: tell()
    default: moveOn(steps: Int.random(in: 1...30, using: &random))
    }
  }

  /// The links between those who are on.
  var links: [(Int, Int)] { Cast.links.filter { $0.0 < nodes.count && $0.1 < nodes.count } }

  // MARK: people

  private func record() throws {
    let role = Int.random(in: nodes.indices, using: &random)
    let division = Cast.divisions.filter { Cast.mayWrite(role, $0) }.randomElement(using: &random)!
    let recorded = try nodes[role].add(
      kind: "training", division: division, isNotice: false,
      operations: [
        .set("title", to: "第\(records.count)场"), .set("date", to: "2025-09-10"),
        .set("plan_items", to: "4.2"),
        .set("organiser", to: "市场监管局"), .set("topic", to: "standards"),
      ], operatorName: "")
    records.append(RecordModel(id: recorded.view.id.description, division: division))
    note("\(Cast.roles[role].name) records \(records.count - 1) in \(division)")
  }

  /// What one computer writes beside what the seed draws, so that a seed that once failed still does what it did.
  func editAside(at role: Int) throws {
    swap(&random, &chances)
    defer { swap(&random, &chances) }
    try edit(at: role)
  }

  /// Somebody changes a record that his computer holds, if he may.
  private func edit(at role: Int) throws {
    let own = records.indices.filter { Cast.mayWrite(role, records[$0].division) }
    guard let index = own.randomElement(using: &random), let view = try view(of: index, at: role) else {
      return
    }
    let node = nodes[role]
    let id = records[index].id
    let seen = try seen(of: index, at: role)
    let before = try ownHead(of: index, at: role)
    let action = choose(view)
    switch action {
    case .place(let text) where view.conflicts.contains("place") && !text.hasPrefix("地"):
      _ = try node.resolve(id, field: "place", .value(text), operatorName: "")
    case .place(let text): _ = try node.edit(id, operations: [.set("place", to: text)], operatorName: "")
    case .addPartner(let name):
      _ = try node.edit(id, operations: [.add("co_organisers", name)], operatorName: "")
    case .removePartner(let name):
      _ = try node.edit(id, operations: [.remove("co_organisers", name)], operatorName: "")
    case .count(let number):
      _ = try node.edit(id, operations: [.increment("participants", by: "\(number)")], operatorName: "")
    case .delete: _ = try node.delete(id, operatorName: "")
    case .restore: _ = try node.restore(id, operatorName: "")
    }
    let name = Cast.roles[role].name
    guard let head = try ownHead(of: index, at: role), head != before else {
      if !isIdle(action, view) { complain("invariant 2: \(name) wrote nothing by \(action) on \(index)") }
      return
    }
    records[index].append(.init(action: action, seen: seen, author: role, head: head))
    if view.conflicts.contains("place") { coverage.note(.editInConflict) }
    note("\(name) on \(index): \(action)")
  }

  /// Whether what is wished for is so already, and nothing has to be written.
  private func isIdle(_ action: RecordModel.Action, _ view: RecordView) -> Bool {
    switch action {
    case .addPartner(let name): view.texts("co_organisers").contains(name)
    case .removePartner(let name): !view.texts("co_organisers").contains(name)
    case .place, .count, .delete, .restore: false
    }
  }

  private func choose(_ view: RecordView) -> RecordModel.Action {
    counter += 1
    if view.existence == .deleted { return .restore }
    let partners = view.texts("co_organisers")
    switch Int.random(in: 0..<20, using: &random) {
    case 0..<8: return .place("地点\(counter)")
    case 8: return .place("裁定\(counter)")
    case 9..<12: return .addPartner(["甲局", "乙局", "丙局"].randomElement(using: &random)!)
    case 12..<15:
      return partners.sorted().randomElement(using: &random).map { .removePartner($0) } ?? .count(1)
    case 15..<18: return .count(Int64.random(in: 1...9, using: &random))
    case 18: return .delete
    default: return view.existence == .disputed ? .restore : .place("地点\(counter)")
    }
  }

  // MARK: links

  private func open() throws {
    guard conversations.count < faults.parallelSessions else { return moveOn(steps: 20) }
    let (a, b) = links.randomElement(using: &random)!
    let cut =
      random.chance(faults.cuts)
      ? Conversation.Cut(
        message: Int.random(in: 0..<12, using: &random), permille: Int.random(in: 0..<1000, using: &random))
      : nil
    let watches = random.chance(faults.watches)
    guard let conversation = try converseIfTrusted(a, b, cut: cut, watches: watches) else { return }
    conversations.append(conversation)
    note("\(Cast.roles[a].name) dials \(Cast.roles[b].name)\(cut.map { ", cut at \($0.message)" } ?? "")")
    guard random.chance(faults.rogues), a != 3 else { return }
    let deed = Rogue.Deed.allCases.randomElement(using: &chances)!
    guard let attempt = try Rogue.attempt(by: nodes[a], deed, in: self) else { return }
    for _ in 0..<6 { conversation.step(0) }
    guard conversation.inject(.changes(attempt.frame), from: 0) else { return }
    attempts.append(attempt)
    note("\(Cast.roles[a].name) does what it may not: \(deed)")
  }

  func converse(_ a: Int, _ b: Int, cut: Conversation.Cut? = nil, watches: Bool = false) throws
    -> Conversation
  {
    try Conversation(
      (a, nodes[a]), (b, nodes[b]), cut: cut, watches: watches,
      made: { [unowned self] from, to, message in
        checkConfidentiality(of: message, from: from, to: to)
      })
  }

  func checkConfidentiality(of message: Message, from: Int, to: Int) {
    do {
      for text in try Confidentiality.complaints(about: message, from: from, to: to, in: self) {
        complain(text)
      }
    } catch {
      complain("threw \(error)")
    }
  }

  private func moveOn(steps: Int) {
    guard let conversation = conversations.randomElement(using: &random) else { return }
    for _ in 0..<steps { conversation.step(Int.random(in: 0...1, using: &random)) }
    conversations.filter(\.isOver).forEach(review)
    conversations.removeAll(where: \.isOver)
  }

  /// What a session came to that is over: between honest computers over a link that holds, none fails but where one
  /// refuses the other by right.
  func review(_ conversation: Conversation) {
    if conversation.hasCutChanges { coverage.note(.frameCut) }
    guard !conversation.isCut, !conversation.hasInjected else { return }
    let names = conversation.roles.map { Cast.roles[$0].name }.joined(separator: " and ")
    for failure in conversation.failures where !World.isRefusal(failure) {
      complain("\(names) failed: \(failure) after \(conversation.trail.joined(separator: " "))")
    }
    if !conversation.isOver { complain("\(names) are stuck") }
  }

  /// Whether an error says that an office was revoked, or a certificate is not in force.
  static func isRefusal(_ error: any Error) -> Bool {
    switch error {
    case is CertificateRefusal, NodeError.peerRefused, NodeError.peerNotInForce,
      NodeError.certificateNotInForce,
      NodeError.officeRevoked:
      true
    default: false
    }
  }

  private func tell() {
    guard let conversation = conversations.randomElement(using: &random) else { return }
    let word: Conversation.Word = [.localCommit, .localCommit, .localCommit, .idle, .stop].randomElement(
      using: &random)!
    conversation.tell(word, Int.random(in: 0...1, using: &random))
  }

  // MARK: what a computer holds

  /// For each computer the operations of a record that it holds.
  func holders(of record: Int) throws -> [Set<Int>] { try nodes.indices.map { try seen(of: record, at: $0) } }

  /// What must stand in the end: the account of every record, less what went down with a store.
  func accounts() throws -> [Account] {
    try records.indices.compactMap { index in
      if mayBeLost.contains(index), try nodes.indices.allSatisfy({ try view(of: index, at: $0) == nil }) {
        return nil
      }
      let model = records[index].surviving(heldBy: try holders(of: index)) { _ in true }
      return Account(index: index, model: model, mustBeThere: true)
    }
  }

  /// What must stand of every record while some operations do not count.
  func accounts(
    counting counts: (_ record: Int, _ operation: (index: Int, author: Int)) -> Bool
  ) throws -> [Account] {
    try records.indices.map { record in
      let operations = records[record].operations
      let model = records[record].surviving(heldBy: try holders(of: record)) {
        counts(record, ($0, operations[$0].author))
      }
      return Account(index: record, model: model, mustBeThere: false)
    }
  }

  func view(of record: Int, at role: Int) throws -> RecordView? {
    try nodes[role].store.read { snapshot in
      try snapshot.records(RecordID(records[record].id)!).first { $0.kind != nil }
    }
  }

  /// The operations of a record whose changes a computer holds.
  func seen(of record: Int, at role: Int) throws -> Set<Int> {
    let heads = records[record].operations.map(\.head)
    let held = Set(try nodes[role].store.read { try $0.vouched(heads) })
    return Set(heads.indices.filter { held.contains(heads[$0]) })
  }

  private func ownHead(of record: Int, at role: Int) throws -> LogHead? {
    let node = nodes[role]
    let space = Space(division: DivisionCode(records[record].division)!, section: .records)
    return try node.store.read { snapshot in
      let log = try node.ownLog(space, snapshot)
      return try snapshot.heads(of: node.facts.node).first { $0.log == log }
    }
  }
}

extension RecordView {
  /// A set's elements, as texts.
  func texts(_ field: String) -> Set<String> {
    guard let kind, case .set(let elements)? = content?[field, in: kind] else { return [] }
    return Set(elements.compactMap { if case .text(let text) = $0 { text } else { nil } })
  }

  /// Every living value of a register.
  func living(_ field: String) -> Set<String> {
    guard let number = kind?.cell(named: field), let cell = state.cell(number, .register) else { return [] }
    return Set(
      cell.writes.compactMap { write in
        if case .register(.text(let text)) = write.content { text } else { nil }
      })
  }

  var participants: Int64 {
    guard let kind, case .tally(let count)? = content?["participants", in: kind] else { return 0 }
    return count
  }
}
