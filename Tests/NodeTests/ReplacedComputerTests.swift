import Campaign
import Foundation
import GRDB
import Ledger
import TestSupport
import Testing

@testable import Node
@testable import Store

/// A computer that takes the place of another, or stands beside it, is the same office's.
@Suite struct ReplacedComputerTests {
  private let folder = TemporaryFolder()
  private let offices: TestOffices
  private var region: LocalNode { offices.region }

  init() throws { offices = try TestOffices() }

  /// A computer of an office, in a folder of its own.
  private func computer(_ folderName: String, _ division: String, _ name: String) throws -> LocalNode {
    try LocalNode.create(
      folder: folder.path + "/" + folderName, division: division, name: name, isRegion: false)
  }

  private func addSummary(_ title: String, to node: LocalNode) throws -> String {
    let values = [
      "title": title, "body": "总结", "date": "2025-09-30", "organiser": "局", "plan_items": "4.2",
    ]
    return try node.add(
      kind: "summary", division: nil, isNotice: false,
      operations: values.sorted { $0.key < $1.key }.map { .set($0.key, to: $0.value) }, operatorName: ""
    ).view.id.description
  }

  /// The records that are contested as a second one of an office, as a store has them.
  private func contested(_ node: LocalNode) throws -> Set<String> {
    #expect(try node.verify().problems == [])
    let found = try node.conflicts(RecordFilter())
    #expect(found.allSatisfy { $0.reason == .unique })
    return Set(found.map(\.view.id.description))
  }

  private func officeID(_ node: LocalNode, at store: LocalNode) throws -> String? {
    try store.store.read { try $0.office(node.facts.node)?.officeID }
  }

  /// Design §3: a replaced computer is a new node of the same office. What an office may have one of is counted for all
  /// of its computers, wherever it is looked at.
  @Test func whatAnOfficeMayHaveOneOfIsCountedForAllItsComputers() async throws {
    let old = try offices.enrolled("540100", "拉萨市局")
    let first = try addSummary("一", to: old)
    _ = try await sync(old, region)
    _ = try region.revoke(old.facts.node.description, reason: "遗失")
    let new = try offices.join(computer("新机", "540100", "拉萨市局"), by: region)
    #expect(try officeID(new, at: region) == officeID(old, at: region))
    _ = try await sync(new, region)
    #expect(try contested(region).isEmpty)
    let second = try addSummary("二", to: new)
    // It knows that there is one already.
    #expect(try contested(new) == [first, second])
    _ = try await sync(new, region)
    #expect(try contested(region) == [first, second])
    let county = try offices.enrolled("540102", "城关区局")
    _ = try await sync(county, region)
    #expect(try officeID(county, at: region) != officeID(new, at: region))
    _ = try new.delete(second, operatorName: "")
    _ = try await sync(new, region)
    #expect(try contested(region).isEmpty && contested(new).isEmpty)
  }

  @Test func officesOfOneDivisionMayEachHaveOne() async throws {
    for name in ["市场监管局", "农业农村局"] {
      let office = try offices.enrolled("540100", name)
      _ = try addSummary(name, to: office)
      _ = try await sync(office, region)
    }
    #expect(try contested(region).isEmpty)
  }

  /// Before a computer joins nothing says which office it is.
  @Test func whatWasRecordedBeforeItJoinedIsTheOffices() async throws {
    let old = try offices.enrolled("540100", "拉萨市局")
    let first = try addSummary("一", to: old)
    _ = try await sync(old, region)
    let alone = try computer("新机", "540100", "拉萨市局")
    let second = try addSummary("二", to: alone)
    #expect(try contested(alone).isEmpty)
    let new = try offices.join(alone, by: region)
    _ = try await sync(new, region)
    #expect(try contested(region) == [first, second])
    #expect(try contested(new) == [first, second])
    #expect(try new.diagnose(repairs: true).problems == [])
    #expect(try contested(new) == [first, second])
  }

  /// It is the same office also where the request comes as a file, and where an enroller answers for the region.
  @Test func aSignedRequestAndAnEnrollerKeepTheOfficeToo() async throws {
    let lhasa = try offices.enrolled("540100", "拉萨市局", mayEnrol: true)
    let old = try offices.enrolled("540102", "城关区局")
    _ = try await sync(lhasa, region)
    let byToken = try offices.join(computer("二", "540102", "城关区局"), by: lhasa)
    let byFile = try computer("三", "540102", "城关区局")
    _ = try lhasa.sign(request: byFile.certificateRequest(), mayEnrol: false)
    for node in [byToken, byFile] {
      #expect(try officeID(node, at: lhasa) == officeID(old, at: region), "\(node.store.folder)")
    }
    #expect(
      try lhasa.invite(division: "540102", name: "城关区局", days: 1, only: false, mayEnrol: false).computers
        .count == 3)
  }

  /// A store of a time that did not note offices' ids learns them from the certificates when it is opened.
  @Test func anOlderStoreLearnsWhichOfficesItsComputersAre() async throws {
    let old = try offices.enrolled("540100", "拉萨市局")
    let first = try addSummary("一", to: old)
    _ = try await sync(old, region)
    let new = try offices.join(computer("新机", "540100", "拉萨市局"), by: region)
    let second = try addSummary("二", to: new)
    _ = try await sync(new, region)
    let id = try #require(try officeID(old, at: region))
    try takeBack(region.store.folder, [first: old.facts.node, second: new.facts.node], office: id)
    let opened = try LocalNode(opening: region.store.folder)
    #expect(try officeID(old, at: opened) == id)
    #expect(try contested(opened) == [first, second])
  }

  /// Makes a store one of the step that noted no offices' ids.
  private func takeBack(_ folder: String, _ authors: [String: NodeID], office: String) throws {
    try DatabaseQueue(path: folder + "/store.sqlite").writeWithoutTransaction { db in
      for (title, node) in authors {
        let record = try #require(RecordID(title))
        try db.execute(
          sql: """
            UPDATE unique_values SET rule = replace(rule, ?, ?)
            WHERE record = (SELECT key FROM records WHERE id = ?)
            """, arguments: [office, node.description, Data(record.bytes)])
      }
      try db.execute(
        sql: """
          DELETE FROM conflicts; UPDATE records SET flags = flags & ~2;
          ALTER TABLE offices DROP COLUMN office_id; DROP TABLE standing; DROP TABLE listings; DROP INDEX records_reappeared;
          DROP INDEX holders_by_content;
          PRAGMA user_version = \(Schema.steps.firstIndex(of: Schema.offices)!)
          """)
    }
  }
}
