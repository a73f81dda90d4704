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
}
