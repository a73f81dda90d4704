import Campaign
import Ledger
import Store
import TestSupport
import Testing

@testable import Node

/// An edit that closes a conflict is of what was listed: what came since is not edited over.
@Suite struct UnseenEditTests {
  @Test func invariant3AnEditIsNotMadeOverValuesThatWereNotListed() async throws {
    let offices = try TestOffices()
    let office = try offices.enrolled("540100", "拉萨市局")
    let region = offices.region
    let id = try office.addTraining("会")
    _ = try await sync(office, region)
    _ = try office.edit(id, operations: [.set("place", to: "甲")], operatorName: "")
    _ = try region.edit(id, operations: [.set("place", to: "乙")], operatorName: "")
    _ = try await sync(office, region)
    let listed = try #require(try region.conflicts(RecordFilter()).first)
    // Of another field than the conflict's, which was shown as well.
    _ = try office.edit(id, operations: [.set("notes", to: "丙")], operatorName: "")
    _ = try await sync(office, region)
    do {
      _ = try region.edit(listed, operations: [.set("notes", to: "丁")], operatorName: "")
      Issue.record("it was edited over")
    } catch NodeError.conflictChanged {}
    #expect(try region.field(id, "notes") == .single(.text("丙")))
    _ = try office.edit(id, operations: [.set("place", to: "戊")], operatorName: "")
    _ = try await sync(office, region)
    do {
      _ = try region.edit(listed, operations: [.set("title", to: "大会")], operatorName: "")
      Issue.record("it was edited over")
    } catch NodeError.conflictChanged {}
    // Who wrote last had seen both values, and has settled it.
    #expect(try region.current(listed) == nil)
  }

  // MARK: what is done to a whole record

  private func expectChanged(_ body: () throws -> Void, location: SourceLocation = #_sourceLocation) {
    #expect(sourceLocation: location) {
      try body()
    } throws: { error in
      if case NodeError.conflictChanged = error { true } else { false }
    }
  }

  private func existence(_ node: LocalNode, _ id: String) throws -> Existence {
    try node.store.read { try $0.record(prefix: id).existence }
  }

  /// A deletion names all that lives in a record: nothing is named that nobody saw.
  @Test func invariant3ARecordIsNotDeletedOverWhatWasNotListed() async throws {
    let offices = try TestOffices()
    let office = try offices.enrolled("540100", "拉萨市局")
    let region = offices.region
    let ids = try ["一", "二"].map { try office.add("summary", with: ["title": $0, "body": "总结"]) }
    _ = try await sync(office, region)
    func listed() throws -> LocalNode.OpenConflict {
      try #require(try region.conflicts(RecordFilter()).first { $0.view.id.description == ids[0] })
    }
    var conflict = try listed()
    #expect(conflict.reason == .unique)
    _ = try office.edit(ids[0], operations: [.set("body", to: "重写的总结")], operatorName: "")
    _ = try await sync(office, region)
    expectChanged { _ = try region.delete(conflict, operatorName: "") }
    #expect(try existence(region, ids[0]) == .present)
    #expect(try region.field(ids[0], "body") == .single(.text("重写的总结")))
    // The other one went: with this one none would be left.
    conflict = try listed()
    _ = try office.delete(ids[1], operatorName: "")
    _ = try await sync(office, region)
    expectChanged { _ = try region.delete(conflict, operatorName: "") }
    #expect(try existence(region, ids[0]) == .present)
    // What was seen is deleted as ever.
    let third = try office.add("summary", with: ["title": "三", "body": "总结"])
    _ = try await sync(office, region)
    _ = try region.delete(try listed(), operatorName: "")
    #expect(try existence(region, ids[0]) == .deleted && existence(region, third) == .present)
  }

  @Test func invariant3RecordsAreNotLinkedOverWhatWasNotListed() async throws {
    let offices = try TestOffices()
    let office = try offices.enrolled("540100", "拉萨市局")
    let region = offices.region
    let ids = try ["甲案", "乙案"].map {
      try office.add(
        "enforcement", with: ["title": $0, "operation": "iron_fist", "case_number": "案1", "violation": "事实"])
    }
    _ = try await sync(office, region)
    func listed() throws -> LocalNode.OpenConflict {
      try #require(try region.conflicts(RecordFilter()).first { $0.view.id.description == ids[0] })
    }
    let other = try #require(try listed().others.first)
    #expect(other.description == ids[1])
    // Either of the two.
    for id in ids {
      let conflict = try listed()
      _ = try office.edit(id, operations: [.set("place", to: "现场")], operatorName: "")
      _ = try await sync(office, region)
      expectChanged { _ = try region.link(conflict, with: other, operatorName: "") }
    }
    let conflict = try listed()
    _ = try office.edit(ids[1], operations: [.set("case_number", to: "案2")], operatorName: "")
    _ = try await sync(office, region)
    expectChanged { _ = try region.link(conflict, with: other, operatorName: "") }
    _ = try office.edit(ids[1], operations: [.set("case_number", to: "案1")], operatorName: "")
    _ = try await sync(office, region)
    _ = try region.link(try listed(), with: other, operatorName: "")
    #expect(try region.conflicts(RecordFilter()).isEmpty)
  }
}
