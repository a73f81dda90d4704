import Campaign
import Foundation
import GRDB
import Ledger
import Store
import TestSupport
import Testing

@testable import Node

/// `doctor`: what is derived can be made anew from the logs, and what cannot be mended is said.
@Suite struct DoctorTests {
  /// Tables whose every row is derived, or that keep what is derived beside what is not.
  private static let tables = [
    "records", "states", "touches", "conflicts", "unique_values", "pairs", "statements", "spaces", "branches",
    "changes", "offices", "redactions", "redacting", "awaited", "attachments", "contents", "imported",
  ]

  /// What the tables hold, but for the search index: its segments may be cut otherwise.
  private func dump(_ folder: String) throws -> [String: [String]] {
    let file = try DatabaseQueue(path: folder + "/store.sqlite")
    defer { try? file.close() }
    return try file.read { db in
      var dump: [String: [String]] = [:]
      for table in DoctorTests.tables {
        dump[table] = try Row.fetchAll(db, sql: "SELECT * FROM \(table)").map { row in
          // When an office was last seen stands in no log, and in whose notices its certificate was first met depends on
          // how it came.
          row.filter { $0.0 != "last_seen" && $0.0 != "issuer" }.map {
            "\($0.0)=\(($0.1.storage.value as? Data).map { Data($0).base64EncodedString() } ?? "\($0.1)")"
          }
          .joined(separator: " ")
        }.sorted()
      }
      return dump
    }
  }

  private func harm(_ folder: String, _ sql: String) throws {
    let file = try DatabaseQueue(path: folder + "/store.sqlite")
    try file.writeWithoutTransaction { try $0.execute(sql: sql) }
    try file.close()
  }

  /// Some weeks of three offices: edits apart and together, deletions, links, values that only one may have.
  ///
  /// - Parameter revoking: one of them is revoked in the end, and what another has of it and the region has not is
  ///   taken out there.
  /// - Returns: whose store is to be looked at.
  private func history(
    _ offices: TestOffices, _ random: inout SeededRandom, revoking: Bool
  ) async throws -> LocalNode {
    let region = offices.region
    let first = try offices.enrolled("540100", "甲局")
    let second = try offices.enrolled("540100", "乙局")
    let nodes = [region, first, second]
    var ids: [String] = []
    for step in 0..<60 {
      let node = nodes.randomElement(using: &random)!
      func pick() -> String { ids.randomElement(using: &random)! }
      switch ids.isEmpty ? 0 : Int.random(in: 0..<11, using: &random) {
      case 0, 1:
        ids.append(try node.addTraining("培训\(step)", division: "540100"))
      case 2:
        let number = Int.random(in: 1...2, using: &random)
        ids.append(
          try node.add(
            kind: "enforcement", division: "540100", isNotice: false,
            operations: [
              .set("title", to: "案\(step)"), .set("date", to: "2025-09-10"), .set("plan_items", to: "4.4"),
              .set("organiser", to: "局"), .set("operation", to: "iron_fist"),
              .set("case_number", to: "案号\(number)"), .set("violation", to: "事实"),
            ], operatorName: ""
          ).view.id.description)
      case 3, 4: _ = try? node.edit(pick(), operations: [.set("title", to: "题\(step)")], operatorName: "央金")
      case 5: _ = try? node.edit(pick(), operations: [.set("case_number", to: "案号1")], operatorName: "")
      case 6: _ = try? node.edit(pick(), operations: [.increment("participants", by: "3")], operatorName: "")
      case 7: _ = try? node.edit(pick(), operations: [.add("co_organisers", "局\(step)")], operatorName: "")
      case 8: _ = try? node.delete(pick(), operatorName: "")
      case 9: _ = try? node.pair(pick(), pick(), .link, operatorName: "")
      default: _ = try await sync([first, second].randomElement(using: &random)!, region)
      }
      if step == 30 { try region.store.indexTail() }
    }
    // Two of one kind that are one activity, whatever was drawn.
    let linked = try (1...2).map { try region.addTraining("联合\($0)", division: "540100") }
    _ = try region.pair(linked[0], linked[1], .link, operatorName: "")
    _ = try await sync(second, region)
    if revoking {
      let last = try second.addTraining("收回之后", division: "540100")
      for id in ids + [last] {
        _ = try? second.edit(id, operations: [.set("place", to: "丙")], operatorName: "")
      }
      _ = try await sync(second, first)
      _ = try region.revoke(second.facts.node.description, reason: "")
    }
    _ = try await sync(first, region)
    return revoking ? first : region
  }

  private static let wrongs = [
    "DELETE FROM records", "DELETE FROM states", "DELETE FROM touches", "DELETE FROM conflicts",
    "DELETE FROM unique_values", "DELETE FROM pairs", "DELETE FROM statements",
    "UPDATE records SET kind = NULL", "UPDATE records SET date = 1", "UPDATE records SET items = ';9;'",
    "UPDATE records SET flags = flags + 1", "UPDATE records SET flags = flags + 2 WHERE flags & 2 = 0",
    "UPDATE records SET flags = flags - 2 WHERE flags & 2 = 2",
    "UPDATE states SET state = x'00'", "DELETE FROM touches WHERE arrival % 2 = 0",
    "INSERT OR IGNORE INTO touches(record, arrival) VALUES (1, 9999)",
    "INSERT OR IGNORE INTO conflicts(record, field, reason) VALUES (1, 'title', 0)",
    "INSERT OR IGNORE INTO conflicts(record, field, reason) VALUES (9999, 'title', 0)",
    "UPDATE conflicts SET reason = 1 - reason WHERE reason < 2",
    "DELETE FROM conflicts WHERE reason = 3",
    "INSERT OR IGNORE INTO unique_values(rule, value, record) VALUES ('enforcement/0', x'00', 1)",
    "UPDATE spaces SET state_sum = zeroblob(32)", "UPDATE spaces SET digest = zeroblob(32)",
    "UPDATE changes SET running = zeroblob(16)", "UPDATE changes SET time = 5",
    "UPDATE branches SET n = n - 1", "UPDATE branches SET hash = zeroblob(32)",
    "UPDATE offices SET name = '冒名'", "DELETE FROM offices",
    "UPDATE branches SET withdrawn = 0 WHERE withdrawn = 1",
    "UPDATE branches SET withdrawn = 1 WHERE withdrawn = 0",
    "DELETE FROM postings", "UPDATE postings SET records = x''", "DELETE FROM search_days",
    "UPDATE meta SET value = substr(value, 1, length(value) - 1) WHERE name = 'pack'",
  ]

  /// Whatever derived table is emptied or altered is found, and made anew as it was.
  @Test func whatIsDerivedIsMadeAnewAsItWas() async throws {
    var harmful: Set<String> = []
    for seed in 1...2 as ClosedRange<UInt64> { harmful.formUnion(try await harmAndMend(seed)) }
    let idle = DoctorTests.wrongs.filter { !harmful.contains($0) }
    #expect(idle == [], "harms nothing in any of the histories")
  }

  /// - Returns: what did harm in a seed's history.
  private func harmAndMend(_ seed: UInt64) async throws -> Set<String> {
    var harmful: Set<String> = []
    var random = SeededRandom(seed: seed)
    let offices = try TestOffices()
    let node = try await history(offices, &random, revoking: seed == 2)
    let folder = node.store.folder
    #expect(try node.store.read { try $0.quarantine().isEmpty } == (seed == 1))
    #expect(try node.verify().problems == [], "seed \(seed)")
    let print = try node.fingerprint(of: "540000")
    var before = try dump(folder)
    #expect(try node.diagnose(repairs: true).repaired == [], "seed \(seed)")
    for sql in DoctorTests.wrongs + [""] {
      // The last one finds nothing to do, and does it all the same.
      try node.store.indexTail()
      let held = try dump(folder)
      for table in DoctorTests.tables {
        #expect(held[table] == before[table], "seed \(seed) before \(sql): \(table)")
      }
      try harm(folder, sql)
      let isHarmed =
        try dump(folder) != before || sql.contains("postings") || sql.contains("search_days")
        || sql.contains("meta")
      if isHarmed { harmful.insert(sql) }
      let found = try node.diagnose(repairs: false)
      #expect(found.problems.isEmpty != isHarmed, "seed \(seed) \(sql): \(found.problems)")
      #expect(found.repaired.isEmpty)
      let mended = try node.diagnose(repairs: true)
      #expect(mended.problems == [], "seed \(seed) \(sql)")
      #expect(mended.repaired.isEmpty != isHarmed, "seed \(seed) \(sql)")
      #expect(try node.fingerprint(of: "540000") == print, "seed \(seed) \(sql)")
      if sql.contains("withdrawn") {
        // A line that is drawn anew gives the branches beyond it other keys.
        let after = try dump(folder)
        for table in ["branches", "changes"] {
          #expect(after[table]?.count == before[table]?.count, "seed \(seed) \(sql)")
          before[table] = after[table]
        }
      }
    }
    #expect(try node.diagnose(repairs: false).problems == [])
    return harmful
  }

  /// Which texts are erased follows from the redactions, and so does what may be missing in a log.
  @Test func whatIsErasedIsKnownFromTheRedactions() throws {
    let offices = try TestOffices()
    let region = offices.region
    let id = try region.addTraining("身份信息", division: "540100")
    _ = try region.redact(id, field: "title", reason: "本人申请", operatorName: "")
    let folder = region.store.folder
    let before = try dump(folder)
    let print = try region.fingerprint(of: "540000")
    for sql in ["", "DELETE FROM redactions", "DELETE FROM records; DELETE FROM states"] {
      try harm(folder, sql)
      #expect(try region.diagnose(repairs: false).problems.isEmpty == sql.isEmpty, "\(sql)")
      #expect(try region.diagnose(repairs: true).problems == [], "\(sql)")
      let after = try dump(folder)
      // A record of one change needs no state of its own: erasing gave it one.
      for table in DoctorTests.tables where table != "states" {
        #expect(after[table] == before[table], "\(sql): \(table)")
      }
      #expect(try region.fingerprint(of: "540000") == print)
    }
  }

  /// A damaged log is said, and nothing is made anew from it: what is derived may be all that is left.
  @Test func fromADamagedLogNothingIsMadeAnew() throws {
    let offices = try TestOffices()
    let office = try offices.enrolled("540100", "拉萨市局")
    let id = try office.addTraining("原题")
    _ = try office.edit(id, operations: [.set("title", to: "新题")], operatorName: "")
    try harm(office.store.folder, "UPDATE changes SET body = x'00' WHERE arrival = 2; DELETE FROM conflicts")
    let before = try dump(office.store.folder)
    let diagnosis = try office.diagnose(repairs: true)
    #expect(diagnosis.problems.contains { $0.isOfLogs && $0.n == 2 }, "\(diagnosis.problems)")
    #expect(try dump(office.store.folder) == before)
    #expect(try office.field(id, "title") == .single(.text("新题")))
  }

  /// What was found of the logs is not forgotten where something else cannot be read: a log that lost its end would be
  /// ended there, and the next change would take a number that was given before.
  @Test(arguments: [
    "UPDATE meta SET value = x'00' WHERE name = 'pack'",
    "UPDATE meta SET value = x'00' WHERE name IN ('pack', 'pack-text')",
    "UPDATE redactions SET division = 'x'",
  ])
  func whatWasFoundOfTheLogsStays(sql: String) throws {
    let offices = try TestOffices()
    let region = offices.region
    let id = try region.addTraining("一", division: "540100")
    _ = try region.redact(id, field: "title", reason: "本人申请", operatorName: "")
    try region.addTraining("二", division: "540100")
    try harm(
      region.store.folder, "DELETE FROM changes WHERE arrival = (SELECT max(arrival) FROM changes); \(sql)")
    let before = try dump(region.store.folder)
    let diagnosis = try region.diagnose(repairs: true)
    #expect(diagnosis.problems.contains { $0.isOfLogs || $0.isOfFile }, "\(diagnosis.problems)")
    #expect(try dump(region.store.folder) == before)
  }

  /// Changes that an index lacks are not missing.
  @Test func aBrokenIndexIsMended() throws {
    let offices = try TestOffices()
    let office = try offices.enrolled("540100", "拉萨市局")
    for number in 0..<5 { try office.addTraining("第\(number)场") }
    let before = try dump(office.store.folder)
    let whole = "CREATE UNIQUE INDEX changes_by_number ON changes(branch, n)"
    func define(_ sql: String) throws {
      try harm(
        office.store.folder,
        """
        PRAGMA writable_schema = ON;
        UPDATE sqlite_schema SET sql = '\(sql)' WHERE name = 'changes_by_number';
        PRAGMA writable_schema = OFF;
        """)
    }
    try define(whole + " WHERE arrival <> 3")
    try harm(office.store.folder, "REINDEX changes_by_number")
    try define(whole)
    let node = try LocalNode(opening: office.store.folder)
    #expect(try node.diagnose(repairs: false).problems.contains { $0.isOfFile })
    let mended = try node.diagnose(repairs: true)
    #expect(mended.problems == [] && !mended.repaired.isEmpty, "\(mended.problems)")
    #expect(try dump(office.store.folder) == before)
  }

  @Test func changesThatAreGoneAtALogsEndAreNoHeadToMend() throws {
    let offices = try TestOffices()
    let office = try offices.enrolled("540100", "拉萨市局")
    let id = try office.addTraining("一")
    _ = try office.edit(id, operations: [.set("title", to: "二")], operatorName: "")
    try harm(
      office.store.folder, "DELETE FROM changes WHERE arrival = (SELECT max(arrival) FROM changes)")
    let diagnosis = try office.diagnose(repairs: true)
    #expect(diagnosis.problems.contains { $0.problem == "log-cut" }, "\(diagnosis.problems)")
  }

  /// Files of the identity that others may read, one that is another's, and what a run that was cut off left.
  @Test func filesAreLookedAtToo() throws {
    let offices = try TestOffices()
    let office = try offices.enrolled("540100", "拉萨市局")
    let identity = office.store.folder + "/identity"
    let files = FileManager.default
    try files.setAttributes([.posixPermissions: 0o644], ofItemAtPath: identity + "/node.key")
    for (name, age) in [
      ("store.sqlite.part", 7200.0), ("merge-0a1b.part", 0), ("收文.part", 7200), ("identity/notes.new", 7200),
    ] {
      try Data("x".utf8).write(to: URL(fileURLWithPath: office.store.folder + "/" + name))
      try files.setAttributes(
        [.modificationDate: Date(timeIntervalSinceNow: -age)],
        ofItemAtPath: office.store.folder + "/" + name)
    }
    let found = try office.diagnose(repairs: false).problems.map { "\($0.log) \($0.problem)" }
    #expect(found == ["identity/node.key open-key", "store.sqlite.part stray-file"])
    let mended = try office.diagnose(repairs: true)
    #expect(mended.problems == [] && mended.repaired.count == 2)
    let mode = try files.attributesOfItem(atPath: identity + "/node.key")[.posixPermissions] as? Int
    #expect(mode == 0o600)
    #expect(!files.fileExists(atPath: office.store.folder + "/store.sqlite.part"))
    // What may be a run that is going on stays.
    #expect(files.fileExists(atPath: office.store.folder + "/merge-0a1b.part"))
    // What has another name is not this program's.
    for name in ["收文.part", "identity/notes.new"] {
      #expect(files.fileExists(atPath: office.store.folder + "/" + name))
    }
    // A key that is not the certificate's.
    let other = try offices.office("540100", "另局")
    try files.removeItem(atPath: identity + "/node.key")
    try files.copyItem(atPath: other.store.folder + "/identity/node.key", toPath: identity + "/node.key")
    let stranger = try LocalNode(opening: office.store.folder)
    let problems = try stranger.diagnose(repairs: true).problems.map(\.problem)
    #expect(problems.contains("other-key"), "\(problems)")
  }
}
