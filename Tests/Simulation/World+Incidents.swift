import Campaign
import Foundation
import Ledger
import Store
import TestSupport

@testable import Node

/// Revocations, clocks that are set, and records beside the account: they move, and have texts erased. What they come to
/// is no matter of a simple model; `Movers` says what must be so in the end.
struct Incidents {
  /// A record whose title stays what it is, wherever it moves.
  struct Mover {
    let title: String
    var secrets: Set<String> = []
  }

  /// Texts that were erased, and the change that says so.
  struct Erased {
    let texts: Set<String>
    let head: LogHead
  }

  /// What the region said of offices, in that order.
  var rulings: [Ruling] = []
  var movers: [Mover] = []
  var erased: [Erased] = []
  /// What was written where only a wide certificate allows it.
  var wide: [(title: String, author: Int)] = []
  var count = 0

  var hasRevoked: Bool { rulings.contains { $0.word == .revoked } }
  var hasNarrowed: Bool { rulings.contains { $0.word == .narrowed } }
}

extension World {
  private static let revocable = 1...3

  /// Something beside what people edit, now and then; it draws from a source of its own, so that a seed that once failed
  /// still does what it did.
  func happen() throws {
    if faults.clockJumps > 0, chances.chance(faults.clockJumps) { setClock() }
    if faults.revocations > 0, chances.chance(faults.revocations) { try revokeOrReinstate() }
    if faults.movers > 0, chances.chance(faults.movers) { try handleMover() }
    if faults.narrowings > 0, chances.chance(faults.narrowings) { try narrowOrWrite() }
  }

  private func setClock() {
    let role = Int.random(in: computers.indices, using: &chances)
    let day: Int64 = 86_400_000
    let by = [-365 * day, -day, -3_600_000, 3_600_000, day, 365 * day].randomElement(using: &chances)!
    computers[role].jump(by: by)
    coverage.note(.clockSet)
    note("\(Cast.roles[role].name)'s clock is set by \(by / 1000) s")
  }

  // MARK: revocations

  private func revokeOrReinstate() throws {
    let role = Int.random(in: World.revocable, using: &chances)
    do {
      if try isRevoked(role) {
        try reinstate(role)
        note("\(Cast.roles[role].name) is reinstated")
      } else {
        try rule(.revoked, on: role) {
          _ = try nodes[0].revoke(nodes[role].facts.node.description, reason: "")
          return true
        }
        coverage.note(.revocation)
        note("\(Cast.roles[role].name) is revoked")
      }
    } catch let error as NodeError {
      note("the region cannot: \(error)")
    }
  }

  private func reinstate(_ role: Int) throws {
    try rule(.reinstated, on: role) {
      _ = try nodes[0].reinstate(nodes[role].facts.node.description)
      return true
    }
  }

  private func isRevoked(_ role: Int) throws -> Bool {
    try nodes[0].store.read { try $0.office(nodes[role].facts.node)?.isRevoked } == true
  }

  /// nil where one of them does not speak with the other.
  func converseIfTrusted(_ a: Int, _ b: Int, cut: Conversation.Cut? = nil, watches: Bool = false) throws
    -> Conversation?
  {
    do {
      return try converse(a, b, cut: cut, watches: watches)
    } catch  where World.isRefusal(error) {
      note("\(Cast.roles[a].name) and \(Cast.roles[b].name) do not speak: \(error)")
      return nil
    }
  }

  /// In the end everybody counts again, so that everything that anybody wrote does. The region may hear of its own
  /// revocations from others, where it lost them.
  func reinstateAll() throws {
    guard incidents.hasRevoked else { return }
    for _ in 0..<6 {
      try meet(rounds: 1)
      let said = Ruling.standing(incidents.rulings).filter { $0.word == .revoked }.map(\.node)
      for role in World.revocable where said.contains(nodes[role].facts.node) {
        if try restored.isEmpty && !isRevoked(role) {
          complain("invariant 5: \(Cast.roles[role].name) counts again, and the region has not said so")
        }
      }
      let revoked = try World.revocable.filter { try isRevoked($0) }
      for role in revoked { try reinstate(role) }
      if revoked.isEmpty { return }
    }
    complain("somebody is revoked whatever the region says")
  }

  // MARK: records that move

  private func handleMover() throws {
    incidents.count += 1
    do {
      switch Int.random(in: 0..<10, using: &chances) {
      case 0..<3: try makeMover()
      case 3..<6: try writeSecret()
      case 6..<9: try move()
      default: try erase()
      }
    } catch let error as NodeError {
      note("refused: \(error)")
    }
  }

  private func makeMover() throws {
    let role = Int.random(in: nodes.indices, using: &chances)
    let division = Cast.divisions.filter { Cast.mayWrite(role, $0) }.randomElement(using: &chances)!
    let title = "移\(incidents.count)号"
    _ = try nodes[role].add(
      kind: "training", division: division, isNotice: false,
      operations: [
        .set("title", to: title), .set("date", to: "2025-09-11"), .set("plan_items", to: "4.2"),
        .set("organiser", to: "市场监管局"), .set("topic", to: "standards"),
      ], operatorName: "")
    incidents.movers.append(.init(title: title))
    note("\(Cast.roles[role].name) makes \(title) in \(division)")
  }

  private func pick(at role: Int) throws -> (mover: Int, view: RecordView)? {
    guard let index = incidents.movers.indices.randomElement(using: &chances) else { return nil }
    let views = try views(titled: incidents.movers[index].title, at: role).filter {
      $0.existence == .present && Cast.mayWrite(role, $0.space.division.description)
    }
    return views.min { $0.id < $1.id }.map { (index, $0) }
  }

  private func writeSecret() throws {
    let role = Int.random(in: nodes.indices, using: &chances)
    guard let (mover, view) = try pick(at: role) else { return }
    let secret = "密文第\(incidents.count)号密文"
    _ = try nodes[role].edit(
      view.id.description, operations: [.set("place", to: secret)], operatorName: "")
    incidents.movers[mover].secrets.insert(secret)
    note("\(Cast.roles[role].name) writes \(secret)")
  }

  private func move() throws {
    guard let (mover, view) = try pick(at: 0) else { return }
    let other = Cast.divisions.first { $0 != view.space.division.description }!
    _ = try nodes[0].move(view.id.description, division: other, operatorName: "")
    coverage.note(.move)
    note("\(incidents.movers[mover].title) moves to \(other)")
  }

  private func erase() throws {
    let erasable = try incidents.movers.flatMap { mover in
      try views(titled: mover.title, at: 0).map { ($0, $0.living("place").intersection(mover.secrets)) }
    }.filter { view, texts in view.existence == .present && !texts.isEmpty }.sorted { $0.0.id < $1.0.id }
    guard let (view, texts) = erasable.randomElement(using: &chances) else { return }
    _ = try nodes[0].redact(view.id.description, field: "place", reason: "", operatorName: "")
    guard let head = try regionNotices() else { return }
    incidents.erased.append(.init(texts: texts, head: head))
    coverage.note(.erasure)
    note("erased: \(texts.sorted())")
  }

  func views(titled title: String, at role: Int) throws -> [RecordView] {
    try nodes[role].store.read { snapshot in
      var found: [RecordView] = []
      var filter = RecordFilter()
      filter.isDeleted = nil
      try snapshot.forEachRecord(filter) { view in
        if view.living("title").contains(title) { found.append(view) }
        return true
      }
      return found
    }
  }
}
