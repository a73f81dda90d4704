import Campaign
import Foundation
import Ledger
import Store
import TestSupport
import Testing

@testable import Node

/// What `merge` takes in beside bundles: backups and stores; a rehearsal; what it tells.
@Suite struct MergingTests {
  private let folder = TemporaryFolder()

  private func backup(_ node: LocalNode, _ name: String) throws -> String {
    let path = folder.path + "/" + name
    _ = try node.backup(to: path)
    return path
  }

  private func merge(_ node: LocalNode, _ paths: String...) throws -> LocalNode.MergeReport {
    try node.merge(paths, decide: nil, operatorName: "", progress: { _ in })
  }

  private func bytes(_ path: String) -> Data? { FileManager.default.contents(atPath: path) }

  /// Invariant 7: a backup is taken in once, however often it is given; the file itself is not touched.
  @Test func invariant7ABackupOfAnotherStoreIsTakenInOnce() async throws {
    let offices = try TestOffices()
    let office = try offices.enrolled("540100", "拉萨市局")
    for number in 0..<20 { try office.addTraining("第\(number)场") }
    let path = try backup(office, "拉萨.backup")
    let before = try #require(bytes(path))
    let first = try merge(offices.region, path)
    #expect(first.sources.map(\.applied) == [20] && first.recordsNew == 20, "\(first.sources)")
    #expect(first.sources[0].maker?.node == office.facts.node && !first.hasLeftOut)
    let again = try merge(offices.region, path)
    #expect(again.sources.map(\.applied) == [0] && again.recordsNew == 0 && again.recordsChanged == 0)
    #expect(again.sources[0].already == again.sources[0].changes)
    // What the region alone has of the office's notices.
    _ = try await sync(office, offices.region)
    #expect(try offices.region.fingerprint(of: "540100") == office.fingerprint(of: "540100"))
    #expect(try offices.region.verify().problems == [])
    #expect(bytes(path) == before)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["拉萨.backup"])
    let left = try FileManager.default.contentsOfDirectory(atPath: offices.region.store.folder)
    #expect(!left.contains { $0.hasSuffix(".part") }, "\(left)")
  }

  /// What another process takes in meanwhile is not the merge's.
  @Test func whatOthersBringMeanwhileIsNotTheMerges() async throws {
    let offices = try TestOffices()
    let region = offices.region
    let brought = try ["甲局", "乙局"].map { try offices.enrolled("540100", $0) }
    let synced = try offices.enrolled("540100", "丙局")
    let shared = try region.addTraining("共同", division: "540100")
    _ = try await sync(synced, region)
    _ = try synced.edit(shared, operations: [.set("place", to: "礼堂")], operatorName: "")
    try synced.addTraining("丙的")
    let bringing = try backup(synced, "丙.backup")
    let paths = try brought.map { node in
      try node.addTraining(node.facts.name)
      return try backup(node, node.facts.name)
    }
    let process = try LocalNode(opening: region.store.folder)
    var isFirst = true
    let report = try region.merge(paths, decide: nil, operatorName: "") { _ in
      if isFirst { _ = try? merge(process, bringing) }
      isFirst = false
    }
    #expect(report.sources.map(\.applied) == [1, 1] && report.recordsNew == 2 && report.recordsChanged == 0)
    #expect(Set(report.authors.map(\.node)) == Set(brought.map(\.facts.node)))
    #expect(try region.field(shared, "place") == .single(.text("礼堂")))
  }

  /// A store's folder as it lies there, with what stands in its write-ahead log alone; folders within folders.
  @Test func aStoresFolderIsASourceToo() throws {
    let offices = try TestOffices()
    let office = try offices.enrolled("540100", "拉萨市局")
    try office.addTraining("一")
    let copied = folder.path + "/stick/county/store"
    try FileManager.default.createDirectory(
      atPath: folder.path + "/stick/county", withIntermediateDirectories: true)
    try FileManager.default.copyItem(atPath: office.store.folder, toPath: copied)
    let names = try FileManager.default.contentsOfDirectory(atPath: copied)
    let report = try merge(offices.region, folder.path + "/stick")
    #expect(report.sources.map(\.path) == [copied] && report.recordsNew == 1, "\(report.sources)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: copied) == names)
  }

  /// A store of an older version is brought forward in the copy; what was given stays as it was.
  @Test func anOlderStoreIsTakenInAndNotBroughtForward() throws {
    let offices = try TestOffices()
    let office = try offices.enrolled("540100", "拉萨市局")
    for number in 0..<3 { try office.addTraining("第\(number)场") }
    let old = folder.path + "/old"
    try office.store.copy(to: Self.made(old))
    try OlderStore.putBack(old, to: 3)
    let before = try #require(bytes(old + "/store.sqlite"))
    let report = try merge(offices.region, old)
    #expect(report.recordsNew == 3 && !report.hasLeftOut, "\(report.sources)")
    #expect(bytes(old + "/store.sqlite") == before)
    #expect(try FileManager.default.contentsOfDirectory(atPath: old) == ["store.sqlite"])
  }

  private static func made(_ folder: String) throws -> String {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    return folder
  }

  /// Invariant 5: a store's tables are not believed: what its author may not write, and what nobody certified, is
  /// set aside with its reason, and the rest goes in.
  @Test func invariant5AStoreIsJudgedChangeByChange() throws {
    let offices = try TestOffices()
    let stranger = try offices.office("540100", "未入网")
    for number in 0..<3 { try stranger.addTraining("第\(number)场") }
    let strange = try merge(offices.region, backup(stranger, "strange"))
    #expect(strange.recordsNew == 0 && strange.sources[0].rejected == 3, "\(strange.sources)")
    #expect(strange.sources[0].refused.map(\.reason) == ["unknown-author"] && strange.hasLeftOut)
    // As soon as the office has joined what waited comes in.
    let joined = try offices.join(stranger, by: offices.region)
    #expect(try offices.region.store.read { try $0.recordCount() } == 3)
    let report = try merge(offices.region, backup(joined, "joined"))
    #expect(report.recordsNew == 0 && !report.hasLeftOut, "\(report.sources)")
    // A record that was altered in the file.
    let altered = try backup(joined, "altered")
    try joined.addTraining("新")
    let damaged = folder.path + "/damaged"
    try FileManager.default.copyItem(atPath: joined.store.folder, toPath: damaged)
    try ChildProcess.sqlite(damaged + "/store.sqlite", "UPDATE changes SET signature = zeroblob(64)")
    let bad = try merge(offices.region, altered, damaged)
    #expect(bad.sources[0].error == nil && bad.sources[0].rejected == 0)
    #expect(bad.sources[1].refused.map(\.reason) == ["bad-signature"], "\(bad.sources[1])")
    #expect(try offices.region.store.read { try $0.recordCount() } == 3)
  }

  /// A change that is missing ends its own branch, and what lies before it is taken in.
  @Test func aGapEndsThatBranchAlone() throws {
    let offices = try TestOffices()
    let office = try offices.enrolled("540100", "拉萨市局")
    for number in 0..<9 { try office.addTraining("第\(number)场") }
    let damaged = folder.path + "/damaged"
    try FileManager.default.copyItem(atPath: office.store.folder, toPath: damaged)
    try ChildProcess.sqlite(
      damaged + "/store.sqlite",
      """
      DELETE FROM changes WHERE n = 5 AND branch = (
        SELECT b.key FROM branches b JOIN spaces s ON s.key = b.space WHERE s.section = 0 AND b.n = 9)
      """)
    let report = try merge(offices.region, damaged)
    let source = try #require(report.sources.first)
    #expect(source.error == nil && source.leftOut == 4 && report.hasLeftOut, "\(source)")
    #expect(report.recordsNew == 4, "\(report)")
    #expect(try offices.region.verify().problems == [])
  }

  /// Branches that leave one another, in a file that somebody made, end the reading.
  @Test func branchesThatLeaveOneAnotherEndTheReading() throws {
    let offices = try TestOffices()
    let office = try offices.enrolled("540100", "拉萨市局")
    try office.addTraining("一")
    let path = try backup(office, "crafted")
    try ChildProcess.sqlite(path, "UPDATE branches SET base = key, base_n = 1")
    try ChildProcess.sqlite(path, "UPDATE changes SET n = n + 5")
    let report = try merge(offices.region, path)
    #expect(report.recordsNew == 0 && report.hasLeftOut, "\(report.sources)")
    try ChildProcess.sqlite(path, "CREATE VIEW theirs AS SELECT 1")
    guard case NodeError.backupRefused? = try merge(offices.region, path).sources[0].error else {
      Issue.record("a view was let in")
      return
    }
  }

  /// What a run that was cut off left goes with the next one; what another holds stays.
  @Test func leftCopiesGoWithTheNextMerge() throws {
    let offices = try TestOffices()
    let office = try offices.enrolled("540100", "拉萨市局")
    let path = try backup(office, "b")
    let left = offices.region.store.folder + "/merge-0a.part"
    _ = try Self.made(left)
    try FileManager.default.copyItem(atPath: path, toPath: left + "/store.sqlite")
    _ = try merge(offices.region, path)
    #expect(!FileManager.default.fileExists(atPath: left))
    // No copy keeps anybody's key.
    let key = try #require(bytes(office.store.folder + "/identity/node.key"))
    _ = try Self.made(left)
    try FileManager.default.copyItem(atPath: path, toPath: left + "/store.sqlite")
    #expect(try #require(bytes(left + "/store.sqlite")).range(of: key) != nil)
    try Store.disarm(copyIn: left)
    #expect(try #require(bytes(left + "/store.sqlite")).range(of: key) == nil)
  }

  /// What a store's redactions erased is missing in its changes: they come first, or these could not be believed.
  @Test func aStoresRedactionsComeFirst() throws {
    let offices = try TestOffices()
    let office = try offices.enrolled("540100", "拉萨市局")
    let id = try offices.region.addTraining("身份信息", division: "540100")
    try offices.region.addTraining("另一场", division: "540100")
    _ = try offices.region.redact(id, field: "title", reason: "本人申请", operatorName: "")
    let report = try merge(office, backup(offices.region, "region"))
    #expect(report.recordsNew == 2 && !report.hasLeftOut, "\(report.sources)")
    #expect(try office.store.read { try $0.record(prefix: id).redacted } == ["title"])
    #expect(try office.verify().problems == [])
    #expect(try merge(office, backup(offices.region, "again")).sources.map(\.applied) == [0])
  }

  /// Its own backup brings back what a store that was set back has lost.
  @Test func theOwnBackupBringsBackWhatWasLost() throws {
    let offices = try TestOffices()
    let office = try offices.enrolled("540100", "拉萨市局")
    let early = try backup(office, "early")
    try office.addTraining("后来")
    let late = try backup(office, "late")
    let restored = try LocalNode.restore(backup: early, into: folder.path + "/restored")
    let report = try merge(restored, late)
    #expect(report.recordsNew == 1 && !report.hasLeftOut, "\(report.sources)")
    #expect(try restored.fingerprint(of: "540100") == office.fingerprint(of: "540100"))
    try restored.addTraining("再后来")
    #expect(try restored.verify().problems == [])
  }

  @Test func whatIsNoStoreOfOursIsLeftOut() throws {
    let offices = try TestOffices()
    let path = folder.path + "/foreign"
    try ChildProcess.sqlite(path, "CREATE TABLE theirs(x)")
    let report = try merge(offices.region, path)
    guard case NodeError.backupRefused(path)? = report.sources[0].error else {
      Issue.record("\(report.sources)")
      return
    }
  }

  /// A rehearsal tells what the merge then does, changes nothing, and can be repeated.
  @Test func aRehearsalTellsAndChangesNothing() async throws {
    let offices = try TestOffices()
    let region = offices.region
    let office = try offices.enrolled("540100", "拉萨市局")
    let id = try office.addTraining("会")
    _ = try await sync(office, region)
    _ = try office.edit(id, operations: [.set("place", to: "甲")], operatorName: "")
    _ = try region.edit(id, operations: [.set("place", to: "乙")], operatorName: "")
    try office.addTraining("新")
    let path = try backup(office, "b")
    func figures(_ report: LocalNode.MergeReport) -> [Int] {
      [report.recordsNew, report.recordsChanged, report.conflictsDecided, report.conflictsOpen]
        + report.sources.flatMap { [$0.changes, $0.applied, $0.already, $0.rejected] }
    }
    func merge(_ node: LocalNode) throws -> [Int] {
      figures(try node.merge([path], decide: .latest, operatorName: "", progress: { _ in }))
    }
    let changes = try region.store.read { try $0.changeCount() }
    let print = try region.fingerprint(of: "540000")
    let names = try FileManager.default.contentsOfDirectory(atPath: region.store.folder).sorted()
    let rehearsed = try region.rehearse(merge)
    #expect(try region.rehearse(merge) == rehearsed)
    #expect(try region.store.read { try $0.changeCount() } == changes)
    #expect(try region.fingerprint(of: "540000") == print)
    #expect(try FileManager.default.contentsOfDirectory(atPath: region.store.folder).sorted() == names)
    let done = try merge(region)
    #expect(done == rehearsed && done.prefix(4) == [1, 1, 1, 0], "\(done)")
  }
}
