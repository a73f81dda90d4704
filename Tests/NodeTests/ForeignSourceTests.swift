import Campaign
import Foundation
import GRDB
import Ledger
import TestSupport
import Testing

@testable import Node
@testable import Store

/// What a folder or a file from elsewhere may be: nothing of it is written to, nothing of it ends a merge or keeps it
/// waiting.
@Suite struct ForeignSourceTests {
  private let folder = TemporaryFolder()
  private let offices: TestOffices
  private let region: LocalNode
  private let office: LocalNode

  init() throws {
    offices = try TestOffices()
    region = offices.region
    office = try offices.enrolled("540100", "拉萨市局")
    try office.addTraining("一")
    try FileManager.default.createDirectory(atPath: folder.path, withIntermediateDirectories: true)
  }

  private func merge(_ node: LocalNode, _ paths: String..., until stop: StopSignal = StopSignal()) throws
    -> LocalNode.MergeReport
  {
    try node.merge(paths, decide: nil, operatorName: "", until: stop, progress: { _ in })
  }

  private func bundle(_ name: String) throws {
    let path = folder.path + "/" + name
    try FileManager.default.createDirectory(
      atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
    _ = try office.makeBundle(for: nil, sinceLast: false, to: path)
  }

  private func link(_ name: String, to target: String) throws {
    try FileManager.default.createSymbolicLink(
      atPath: folder.path + "/" + name, withDestinationPath: target)
  }

  // MARK: a link to a backup

  /// Invariant 2: the backup that a link leads to is read, and stays as it is with the keys in it.
  @Test func invariant2ABackupBehindALinkStaysWhole() throws {
    let backup = folder.path + "/b1.db"
    _ = try office.backup(to: backup)
    let before = FileManager.default.contents(atPath: backup)
    try link("latest.db", to: backup)
    let merged = try merge(region, folder.path + "/latest.db")
    #expect(merged.sources.first?.applied ?? 0 > 0 && !merged.hasLeftOut)
    #expect(FileManager.default.contents(atPath: backup) == before)
    for name in ["r1", "r2"] {
      let restored = try LocalNode.restore(
        backup: folder.path + "/latest.db", into: folder.path + "/" + name)
      #expect(try restored.store.read { try $0.recordCount() } == 1)
    }
    #expect(FileManager.default.contents(atPath: backup) == before)
  }

  /// What SQLite keeps beside a store's file stands where that is, and not beside a link to it.
  @Test func aLinkToAStoreIsReadWithItsLogOfWrites() throws {
    try link("store", to: office.store.folder + "/" + Store.fileName)
    let merged = try merge(region, folder.path + "/store")
    #expect(merged.sources.first?.applied ?? 0 > 0 && merged.recordsNew == 1)
  }

  // MARK: what is written

  /// Invariant 2: nothing is written over a store or among its files, nor over a backup, by whatever path.
  @Test func invariant2NothingIsWrittenOverAStore() throws {
    let store = office.store.folder
    try link("link", to: store)
    try link("file", to: store + "/" + Store.fileName)
    let marks = try FileManager.default.contentsOfDirectory(atPath: store).sorted()
    for path in [
      store + "/store.sqlite", store + "/store.sqlite-wal", store + "/store.sqlite-journal",
      store + "/identity/node.key", store + "/identity/new", store + "/attachments/aa/x",
      folder.path + "/link/store.sqlite", folder.path + "/file", folder.path + "/link/identity/ca.crt",
    ] {
      #expect(throws: StoreError.ownFile(path: path), "\(path)") {
        try office.makeBundle(for: nil, sinceLast: false, to: path)
      }
      #expect(throws: StoreError.ownFile(path: path), "\(path)") { try WholeFile.write([1], to: path) }
      #expect(throws: StoreError.ownFile(path: path), "\(path)") { try region.backup(to: path) }
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: store).sorted() == marks)
    #expect(try LocalNode(opening: store).verify().problems.isEmpty)
    let backup = folder.path + "/b"
    _ = try office.backup(to: backup)
    #expect(throws: StoreError.databaseFile(path: backup)) { try WholeFile.write([1], to: backup) }
    // A newer backup takes an older one's place, and other names in a store's folder are anybody's.
    _ = try office.backup(to: backup)
    _ = try office.makeBundle(for: nil, sinceLast: false, to: store + "/包.tzb")
  }

  // MARK: folders

  @Test(.timeLimit(.minutes(5))) func aPipeIsToldAndKeepsNothingWaiting() throws {
    try bundle("a.tzb")
    #expect(mkfifo(folder.path + "/b", 0o600) == 0)
    let merged = try merge(region, folder.path)
    #expect(merged.sources.map(\.name) == ["a.tzb", "b"])
    #expect(merged.sources[0].error == nil && merged.sources[0].applied > 0)
    #expect(merged.sources[1].error as? StoreError == .notAFile(path: folder.path + "/b"))
    for path in ["/dev/zero", folder.path + "/b"] {
      #expect(throws: StoreError.notAFile(path: path)) { try LocalNode.inspectBundle(path) }
      #expect(throws: (any Error).self) {
        try LocalNode.restore(backup: path, into: folder.path + "/restored")
      }
    }
  }

  @Test func ringsOfLinksHaveAnEndAndWhatLeadsElsewhereIsTold() throws {
    try bundle("in/a.tzb")
    for number in 0..<12 { try link("in/\(number)", to: ".") }
    try link("in/up", to: "..")
    try link("in/again.tzb", to: "a.tzb")
    try link("in/gone", to: "nowhere")
    try bundle("out/b.tzb")
    try link("in/out.tzb", to: "../out/b.tzb")
    let merged = try merge(region, folder.path + "/in")
    #expect(merged.sources.map(\.name) == ["a.tzb"])
    #expect(merged.linksOut.sorted() == ["out.tzb", "up"].map { folder.path + "/in/" + $0 })
  }

  @Test func whatIsTooDeepIsToldAsThat() throws {
    try bundle("1/2/3/4/a.tzb")
    try bundle("1/2/3/4/5/b.tzb")
    let merged = try merge(region, folder.path)
    #expect(merged.sources.map(\.name) == ["1/2/3/4/5", "1/2/3/4/a.tzb"])
    #expect(
      merged.sources[0].error as? MergeFault == .tooDeep(path: folder.path + "/1/2/3/4/5", limit: 4))
    #expect(merged.sources[1].error == nil && merged.hasLeftOut)
  }

  @Test func anEndThatIsWantedEndsTheWalk() throws {
    try bundle("a.tzb")
    let stop = StopSignal()
    stop.fire()
    let merged = try merge(region, folder.path, until: stop)
    #expect(merged.isInterrupted && merged.sources.count == 1 && merged.sources[0].path == folder.path)
  }

  // MARK: room

  /// A store that there is no room for is left out by itself.
  @Test func aStoreThatTheDiskHasNoRoomForLeavesTheOthersBe() throws {
    _ = try office.backup(to: folder.path + "/a.db")
    try bundle("b.tzb")
    var surroundings = Surroundings.system
    surroundings.space = { _ in (DiskRoom.floor + 5000, 10 << 30) }
    let narrow = try LocalNode(opening: region.store.folder, surroundings: surroundings)
    let merged = try merge(narrow, folder.path)
    #expect(merged.failure == nil && merged.sources.count == 2)
    guard case MergeFault.noRoom(_, let needed, let free, DiskRoom.floor)? = merged.sources[0].error else {
      Issue.record("\(merged.sources)")
      return
    }
    #expect(needed > 5000 && free == DiskRoom.floor + 5000)
    #expect(merged.sources[1].error == nil && merged.sources[1].applied > 0)
  }

  /// While a store is copied it is told how far that is, and may be ended.
  @Test func aCopyCanBeEnded() throws {
    _ = try office.backup(to: folder.path + "/a.db")
    let stop = StopSignal()
    var steps: Set<LocalNode.MergeStep> = []
    let merged = try region.merge(
      [folder.path + "/a.db"], decide: nil, operatorName: "", until: stop,
      progressed: { _, step, _, _ in
        steps.insert(step)
        stop.fire()
      }, progress: { _ in })
    #expect(steps == [.copying] && merged.isInterrupted && merged.sources[0].applied == 0)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: region.store.folder).allSatisfy {
        !$0.hasSuffix(".part")
      })
  }
}
