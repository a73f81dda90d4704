import Campaign
import Foundation
import Ledger
import Store
import TestSupport
import Testing

@testable import Node

/// The hard cases of a merge, each at both sides: an office and the region wrote apart, then they synced.
@Suite struct ConflictCasesTests {
  private let offices: TestOffices
  private let office: LocalNode
  private var region: LocalNode { offices.region }

  init() throws {
    offices = try TestOffices()
    office = try offices.enrolled("540100", "拉萨市局")
  }

  private func edit(_ node: LocalNode, _ id: String, _ values: [String: String]) throws {
    _ = try node.edit(
      id, operations: values.sorted { $0.key < $1.key }.map { .set($0.key, to: $0.value) }, operatorName: "")
  }

  private func meet() async throws {
    _ = try await sync(office, region)
    #expect(try office.fingerprint(of: "540100") == region.fingerprint(of: "540100"))
    for node in [office, region] { #expect(try node.verify().problems == []) }
  }

  /// The open conflicts, which are the same at both.
  private func open() throws -> [LocalNode.OpenConflict] {
    let both = try [office, region].map { try $0.conflicts(RecordFilter()) }
    let told = both.map { $0.map { "\($0.view.id) \($0.field) \($0.reason)" }.sorted() }
    #expect(told[0] == told[1])
    return both[1]
  }

  /// Fields that mean something only together never make a row that nobody entered.
  @Test func aGroupMergesAsOne() async throws {
    let id = try office.add(
      "inspection", with: ["title": "查", "object": "food", "checked": "10", "failed": "1"])
    try await meet()
    try edit(office, id, ["checked": "20"])
    try edit(region, id, ["failed": "7"])
    try await meet()
    let conflict = try #require(try open().first)
    #expect(conflict.field == "result" && conflict.reason == .concurrent && conflict.candidates.count == 2)
    for node in [office, region] {
      let pair = (try node.field(id, "checked"), try node.field(id, "failed"))
      #expect(
        pair == (.single(.integer(20)), .single(.integer(1)))
          || pair == (.single(.integer(10)), .single(.integer(7))))
    }
  }

  /// Values that each were right and together break a rule: both versions are kept, and an edit that makes the rule
  /// hold closes it.
  @Test func aMergeThatBreaksARuleIsAConflictUntilAnEditMendsIt() async throws {
    let id = try office.add("training", with: ["title": "会", "topic": "standards"])
    try await meet()
    try edit(office, id, ["end_date": "2025-09-12"])
    try edit(region, id, ["date": "2025-09-15"])
    try await meet()
    let conflict = try #require(try open().first)
    #expect(conflict.reason == .invalid, "\(conflict.reason)")
    let values = conflict.candidates.compactMap { entry -> Value? in
      if case .register(let value) = entry.content { return value }
      return nil
    }
    let days = ["2025-09-12", "2025-09-15"].compactMap { CivilDate(iso: $0)?.days }
    #expect(Set(values) == Set(days.map { Value.date($0) }), "\(values)")
    #expect(throws: NodeError.self) { try region.resolve(conflict, .take(1), operatorName: "") }
    try edit(office, id, ["end_date": "2025-09-16"])
    #expect(try office.conflicts(RecordFilter()).isEmpty)
    try await meet()
    #expect(try open().isEmpty)
  }

  @Test func aDeletionAgainstAnEditKeepsTheRecordAndSaysSo() async throws {
    let id = try office.addTraining("会")
    try await meet()
    _ = try region.delete(id, operatorName: "")
    try edit(office, id, ["place": "礼堂"])
    try await meet()
    #expect(try open().map(\.reason) == [.deleted])
    #expect(try office.field(id, "place") == .single(.text("礼堂")))
    #expect(try region.store.read { try $0.recordCount() } == 1)
  }

  /// Two records with one number, two summaries of one office: each names the other.
  @Test func whatOnlyOneMayHaveNamesBoth() async throws {
    let penalty = ["title": "案", "operation": "iron_fist", "case_number": "案1", "violation": "事实"]
    let cases = [try office.add("enforcement", with: penalty), try region.add("enforcement", with: penalty)]
    let summaries = try ["一", "二"].map { try office.add("summary", with: ["title": $0, "body": "总结"]) }
    try await meet()
    let conflicts = try open()
    #expect(conflicts.count == 4 && conflicts.allSatisfy { $0.reason == .unique })
    for pair in [cases, summaries] {
      for (one, other) in [(pair[0], pair[1]), (pair[1], pair[0])] {
        let named = conflicts.first { $0.view.id.description == one }?.others.map(\.description)
        #expect(named == [other])
      }
    }
    try edit(region, cases[1], ["case_number": "案2"])
    _ = try office.delete(summaries[1], operatorName: "")
    try await meet()
    #expect(try open().isEmpty)
  }

  /// Invariant 3: who settles apart from each other has not settled: both decisions stand beside each other.
  @Test func invariant3TwoResolutionsMadeApartAreAConflictAgain() async throws {
    let id = try office.addTraining("会")
    try await meet()
    try edit(office, id, ["place": "甲"])
    try edit(region, id, ["place": "乙"])
    try await meet()
    _ = try office.resolve(id, field: "place", .value("丙"), operatorName: "")
    _ = try region.resolve(id, field: "place", .value("丁"), operatorName: "")
    #expect(try office.conflicts(RecordFilter()).isEmpty && region.conflicts(RecordFilter()).isEmpty)
    try await meet()
    let texts = try open().first?.candidates.compactMap(\.text)
    #expect(texts.map { Set($0) } == ["丙", "丁"])
    // Both are told as decisions out of the same two, at both.
    for node in [office, region] {
      let settled = try settlements(node, id)
      #expect(settled.map { Set($0) } == [["乙", "甲"], ["乙", "甲"]], "\(node.facts.name)")
    }
    // The same decision made apart is none.
    _ = try office.resolve(id, field: "place", .value("戊"), operatorName: "")
    _ = try region.resolve(id, field: "place", .value("戊"), operatorName: "")
    try await meet()
    #expect(try open().isEmpty)
    #expect(try office.field(id, "place") == .single(.text("戊")))
    // To take that back is to take both back.
    _ = try office.undo(id, field: "place", operatorName: "")
    try await meet()
    let former = try open().first?.candidates.compactMap(\.text)
    #expect(former.map { Set($0) } == ["丙", "丁"])
  }

  /// Of each decision the texts that it was made among, in the order in which they are told.
  private func settlements(_ node: LocalNode, _ id: String) throws -> [[String]] {
    try node.store.read { snapshot in
      try snapshot.history(of: snapshot.record(prefix: id)).flatMap(\.writes).filter(\.settles).map { write in
        write.seenValues.compactMap { value in
          if case .register(.text(let text)) = value.content { text } else { nil }
        }
      }
    }
  }

  /// Invariant 3: one settles that a record is kept, another apart that it is deleted. Both are told as decisions, and a
  /// person who sees both settles it.
  @Test func invariant3KeepingAndDeletingApartAreAConflict() async throws {
    let id = try office.addTraining("会")
    try await meet()
    _ = try region.delete(id, operatorName: "")
    try edit(office, id, ["place": "礼堂"])
    try await meet()
    let listed = try #require(try open().first)
    #expect(listed.unseen.map(\.entry.content) == [.register(.text("礼堂"))])
    _ = try region.resolve(id, field: "deleted", .value("no"), operatorName: "")
    _ = try office.resolve(id, field: "deleted", .value("yes"), operatorName: "")
    try await meet()
    let conflict = try #require(try open().first)
    #expect(conflict.reason == .deleted)
    #expect(conflict.candidates.map(\.content) == [.restoration, .deletion])
    #expect(conflict.candidates.map(\.author) == [region.facts.node, office.facts.node])
    for node in [office, region] {
      let writes = try node.store.read { snapshot in
        try snapshot.history(of: snapshot.record(prefix: id)).flatMap(\.writes).filter {
          $0.write.content.sort == .existence
        }
      }
      #expect(writes.map(\.settles) == [false, true, true], "\(node.facts.name)")
      #expect(writes.last?.unseen.count == 1)
    }
    _ = try region.delete(id, operatorName: "")
    try await meet()
    #expect(try open().isEmpty)
    #expect(try office.store.read { try $0.record(prefix: id).existence } == .deleted)
  }

  /// Two take one resolution back apart: each candidate is listed once. No rule decides it again; what a rule decides is
  /// told as the rule's.
  @Test func invariant3WhatWasTakenBackIsListedOnceAndLeftToPeople() async throws {
    let id = try office.addTraining("会")
    try await meet()
    try edit(office, id, ["place": "甲"])
    try edit(region, id, ["place": "乙"])
    try await meet()
    let decided = try region.merge([], decide: .latest, operatorName: "", progress: { _ in })
    #expect(decided.conflictsDecided == 1)
    try await meet()
    let rules = try office.store.read { snapshot in
      try snapshot.history(of: snapshot.record(prefix: id)).filter { $0.writes.contains(where: \.settles) }
        .map(\.rule)
    }
    #expect(rules == [.latest])
    for node in [office, region] { _ = try node.undo(id, field: "place", operatorName: "") }
    try await meet()
    #expect(try open().first?.candidates.compactMap(\.text).sorted() == ["乙", "甲"])
    let again = try region.merge([], decide: .latest, operatorName: "", progress: { _ in })
    #expect(again.conflictsDecided == 0 && again.reopened.count == 1)
    #expect(try open().count == 1)
  }

  /// A document number is the same in whatever width, case and brackets it was typed; it is stored as it was typed.
  @Test func aUniqueValueIsComparedWithoutWidthAndBrackets() async throws {
    let numbers = ["藏市监罚〔2025〕a1号", "藏市监罚［２０２５］Ａ１号"]
    let cases = try zip([office, region], numbers).map { node, number in
      try node.add(
        "enforcement",
        with: ["title": "案", "operation": "iron_fist", "case_number": number, "violation": "事实"])
    }
    try await meet()
    #expect(try open().filter { $0.reason == .unique && $0.field == "case_number" }.count == 2)
    #expect(try region.field(cases[1], "case_number") == .single(.text(numbers[1])))
  }

  /// The value that two texts were made of is the newest that both authors saw.
  @Test func theCommonAncestorIsTheNewestThatBothSaw() async throws {
    let id = try office.addTraining("会")
    try edit(office, id, ["notes": "一"])
    try await meet()
    try edit(region, id, ["notes": "二"])
    try await meet()
    try edit(office, id, ["notes": "二甲"])
    try edit(office, id, ["notes": "二甲甲"])
    try edit(region, id, ["notes": "乙二"])
    try await meet()
    for node in [office, region] {
      let conflict = try #require(try node.conflicts(RecordFilter()).first)
      #expect(try node.commonAncestor(of: conflict) == "二")
    }
    // Once it is settled and written apart anew, that decision is what both saw.
    let conflict = try #require(try open().first)
    _ = try region.resolve(conflict, .value("三"), operatorName: "")
    try await meet()
    try edit(office, id, ["notes": "三甲"])
    try edit(region, id, ["notes": "乙三"])
    try await meet()
    #expect(try office.commonAncestor(of: #require(try open().first)) == "三")
    // Two that never had one have none.
    try edit(office, id, ["place": "东"])
    try edit(region, id, ["place": "西"])
    try await meet()
    let place = try #require(try open().first { $0.field == "place" })
    #expect(try region.commonAncestor(of: place) == nil)
  }
}
