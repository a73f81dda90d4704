import Campaign
import Foundation
import GRDB
import Ledger
import Store
import TestSupport
import Testing
import Trust
import Wire

@testable import Node

/// The store whose own log is cut, and one that is cut when it is opened.
@Suite struct OwnCutTests {
  private let offices: TestOffices
  private let region: LocalNode

  init() throws {
    offices = try TestOffices()
    region = offices.region
  }

  private func expectSound(_ nodes: [LocalNode]) throws {
    for node in nodes {
      let problems = try node.verify().problems
      #expect(problems.isEmpty, "\(node.facts.name): \(problems)")
    }
  }

  /// A computer that was put back again and again, each time after it had written: all by real sessions.
  @Test func anOfficeWhoseLogIsCutGoesOnInAnother() async throws {
    let computer = Computer(try offices.enrolled("540100", "拉萨市局三号"))
    let shared = try computer.node().addTraining("原题")
    _ = try await sync(computer.node(), region)
    let data = try computer.saved()
    var lost: [String] = []
    for number in 0..<9 {
      try computer.setBack(to: data)
      lost.append(try computer.node().addTraining("第\(number)次"))
      let (own, theirs) = try await sync(computer.node(), region)
      #expect(own.converged)
      #expect(own.hasCut == (number == 8) && theirs.hasCut == (number == 8), "\(number)")
      // Part of what came is left out then; before that both hear how near the limit is.
      #expect(own.leftOut == own.hasCut && theirs.leftOut == theirs.hasCut, "\(number)")
      if (1..<8).contains(number) {
        #expect(own.branches == number + 1 && theirs.branches == number + 1, "\(number)")
      }
    }
    let node = try computer.node()
    let log = try #require(try region.cuts().keys.first)
    #expect(log.node == computer.nodeID)
    #expect(try node.cuts() == region.cuts())
    for holder in [node, region] {
      #expect(try holder.field(shared, "title") == .single(.text("原题")))
      #expect(holder.titles(lost.compactMap { RecordID($0) }).isEmpty)
    }
    // What it writes now counts, edits of what stayed too.
    let fresh = try node.addTraining("此后")
    _ = try node.edit(shared, operations: [.set("title", to: "新题")], operatorName: "")
    let (own, _) = try await sync(node, region)
    #expect(own.converged && !own.hasCut)
    for holder in [node, region] {
      #expect(try holder.field(fresh, "title") == .single(.text("此后")))
      #expect(try holder.field(shared, "title") == .single(.text("新题")))
      #expect(try holder.conflicts(RecordFilter()).isEmpty)
    }
    #expect(try node.fingerprint(of: "540100") == region.fingerprint(of: "540100"))
    try expectSound([node, region])
  }

  /// What was imported and lies beyond the cut can be imported again.
  @Test func whatACutTookCanBeImportedAgain() async throws {
    let computer = Computer(try offices.enrolled("540100", "拉萨市局三号"))
    try computer.node().addTraining("原题")
    let path = computer.folder + "/../rows.csv"
    try "类别,标题,日期,计划条目,组织单位,培训主题\n培训,第一期,2025-09-10,4.2,市场监管局,standards\n".write(
      toFile: path, atomically: true, encoding: .utf8)
    #expect(try computer.node().importFile(path, LocalNode.ImportOptions()).imported == 1)
    let own = try computer.node().store.read { try $0.heads(of: computer.nodeID) }
    let tip = try #require(own.first { $0.log.space.section == .records })
    let log = try forked(tip.log, by: computer.node())
    try computer.node().take(log)
    #expect(try computer.node().store.read { try $0.recordCount() } == 0)
    #expect(try computer.node().importFile(path, LocalNode.ImportOptions()).imported == 1)
    #expect(try computer.node().store.read { try $0.recordCount() } == 1)
    try expectSound([computer.node()])
  }

  /// Eight other beginnings of a log.
  private func forked(_ id: LogID, by node: LocalNode) throws -> [Batch] {
    try (0..<8).map { number in
      var log = ForkedLog(author: node, epoch: id.epoch)
      for _ in 0..<number { try log.grow(after: nil) }
      let step = try log.grow(after: nil)
      return log.batch(after: nil, to: step)
    }
  }

  /// A store of an older step had taken in more branches than a log may have.
  @Test func anOlderStoreIsCutWhenItIsOpened() async throws {
    let author = try offices.enrolled("540100", "拉萨市局")
    var log = ForkedLog(author: author)
    let trunk = try log.grow(after: log.grow(after: log.grow(after: nil)))
    let ends = try (0..<9).map { _ in try log.grow(after: log.grow(after: trunk)) }
    let node = try offices.enrolled("540100", "见证")
    _ = try await sync(node, region)
    try node.take(ends.map { log.batch(after: nil, to: $0) })
    let print = try node.fingerprint(of: "540100")
    let folder = node.store.folder
    try change(folder, "UPDATE branches SET withdrawn = 0")
    #expect(try node.verify().problems.map(\.problem).contains("cut-mismatch"))
    try takeBack(folder)
    let opened = try LocalNode(opening: folder)
    #expect(try opened.cuts() == [log.log: 3])
    #expect(try opened.fingerprint(of: "540100") == print)
    try expectSound([opened])
  }

  /// Makes a store one of the step that knew of no cuts.
  private func takeBack(_ folder: String) throws {
    for table in [
      "attachments", "contents", "erased", "missing", "asked", "holders", "complete", "unwanted",
      "redactions",
      "redacting", "losses", "listings",
    ] {
      try change(folder, "DROP TABLE \(table)")
    }
    try change(
      folder,
      "DROP INDEX records_reappeared; ALTER TABLE offices DROP COLUMN office_id; DROP TABLE standing; ALTER TABLE offices DROP COLUMN of_authority; DROP INDEX branches_withdrawn; PRAGMA user_version = 6"
    )
  }

  /// What counts of others' logs by a certificate that comes to lie beyond the cut does not count any more, also
  /// where a command that only reads was the first to open the store.
  @Test func anOlderStoreJudgesWhatACutTakesFromWhoWasCertified() async throws {
    let lhasa = try offices.enrolled("540100", "拉萨市局", mayEnrol: true)
    let kept = try offices.enrolled("540121", "林周县局", by: lhasa)
    _ = try await sync(lhasa, region)
    _ = try await sync(kept, region)
    let heads = try lhasa.store.read { try $0.heads(of: lhasa.facts.node) }
    let fork = try #require(heads.first { $0.log.space.section == .notices })
    let later = try offices.enrolled("540121", "林周县局二号", by: lhasa)
    let id = try later.addTraining("二")
    _ = try await sync(later, kept)
    _ = try await sync(lhasa, kept)
    let clones: [Batch] = try (0..<8).map { number in
      var head = fork
      let id = RecordID(milliseconds: 1, random: (1, UInt64(number)))
      let content = ChangeContent(time: 1_756_700_000_000, mutations: [ForkedLog.creation(id, "\(number)")])
      let (change, signature) = try head.append(content, seed: [UInt8](repeating: 7, count: 16)) {
        try lhasa.identity.key.sign($0)
      }
      return Batch(
        log: fork.log, startN: fork.n, startHash: fork.hash, bodies: [change.body],
        signatures: [Batch.HeadSignature(n: change.n, signature: signature)])
    }
    // One at a time: eight branches are not too many.
    try kept.take(Array(clones.prefix(7)))
    #expect(try kept.cuts().isEmpty && kept.field(id, "title") == .single(.text("二")))
    try kept.take(clones)
    #expect(try kept.cuts() == [fork.log: fork.n] && kept.titles([RecordID(id)!]).isEmpty)
    let print = try kept.fingerprint(of: "540121")
    let folder = kept.store.folder
    try change(folder, "UPDATE branches SET withdrawn = 0")
    try takeBack(folder)
    _ = try Store(reading: folder).read { try $0.recordCount() }
    let opened = try LocalNode(opening: folder)
    #expect(try opened.cuts() == [fork.log: fork.n])
    #expect(opened.titles([RecordID(id)!]).isEmpty)
    #expect(try opened.fingerprint(of: "540121") == print)
    try expectSound([opened])
    #expect(try LocalNode(opening: folder).store.read { try $0.meta(.unsettled) } == nil)
  }

  /// A sync with nothing new after a cut asks for nothing and signs nothing: who signed for what lies beyond has signed
  /// for the head before it.
  @Test func whatIsSignedForBeyondACutIsNotAskedForAgain() async throws {
    let computer = Computer(try offices.enrolled("540100", "拉萨市局三号"))
    try computer.node().addTraining("原题")
    _ = try await sync(computer.node(), region)
    let data = try computer.saved()
    for number in 0..<9 {
      try computer.setBack(to: data)
      try computer.node().addTraining("第\(number)次")
      _ = try await sync(computer.node(), region)
    }
    let node = try computer.node()
    #expect(try !node.cuts().isEmpty)
    _ = try await sync(node, region)
    func signed() throws -> [Int64] {
      try [node, region].flatMap { holder in try holder.store.read { try $0.receiptLines().map(\.at) } }
    }
    let before = try signed()
    for (holder, peer) in [(node, region), (region, node)] {
      let asked = try holder.store.read { snapshot in
        let key = try #require(try snapshot.peer(node: peer.facts.node)).key
        return try snapshot.unreceipted(
          by: peer.facts.node, excluding: key, scope: { $0.division != region.facts.division }, limit: 256)
      }
      #expect(asked.isEmpty, "\(holder.facts.name): \(asked)")
    }
    let (quiet, _) = try await sync(node, region)
    #expect(quiet.converged && quiet.roundTrips == 1 && quiet.sent == 0 && quiet.received == 0)
    #expect(try signed() == before)
  }

  private func change(_ folder: String, _ sql: String) throws {
    try DatabaseQueue(path: folder + "/store.sqlite").writeWithoutTransaction { try $0.execute(sql: sql) }
  }
}
