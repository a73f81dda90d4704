import Foundation
import GRDB
import Synchronization
import TestSupport
import Testing

@testable import Node
@testable import Store

/// Another store's file is copied as it is at one moment, whoever is at it meanwhile.
@Suite struct ForeignCopyTests {
  private let folder = TemporaryFolder()

  private final class Flag: Sendable {
    private let state = Mutex(false)
    var isUp: Bool { state.withLock { $0 } }
    func raise() { state.withLock { $0 = true } }
  }

  private func office() throws -> LocalNode {
    try LocalNode.create(
      folder: folder.path + "/office", division: "540100", name: "拉萨市局", isRegion: false)
  }

  private func files(_ folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
  }

  /// While its program writes and moves pages from the log of writes, every copy is whole.
  @Test func aStoreThatIsWrittenToIsCopiedWhole() async throws {
    let office = try office()
    try office.addTraining("一")
    let stop = Flag()
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        while !stop.isUp {
          for _ in 0..<4 { try office.addTraining("又一场") }
          office.store.database.writeWithoutTransaction { db in _ = try? db.checkpoint(.passive) }
        }
      }
      defer { stop.raise() }
      var last = 0
      for round in 0..<20 {
        let target = folder.path + "/copy\(round)"
        try FileManager.default.createDirectory(atPath: target, withIntermediateDirectories: false)
        try Store.copy(file: office.store.folder + "/" + Store.fileName, into: target)
        let copy = try Store(opening: target)
        let count = try copy.read { try $0.changeCount() }
        #expect(count >= last, "round \(round)")
        last = count
        let verdict = try copy.database.read { try String.fetchAll($0, sql: "PRAGMA integrity_check") }
        #expect(verdict == ["ok"], "round \(round)")
        copy.close()
      }
    }
  }

  /// What stands in the log of writes alone comes too, where no program is at it; and nothing is left beside the source.
  @Test func aStoreThatNobodyIsAtIsCopiedWithItsLogOfWrites() throws {
    let office = try office()
    try office.addTraining("一")
    let left = folder.path + "/stick"
    try FileManager.default.createDirectory(atPath: left, withIntermediateDirectories: false)
    for suffix in ["", "-wal"] {
      let name = Store.fileName + suffix
      try FileManager.default.copyItem(atPath: office.store.folder + "/" + name, toPath: left + "/" + name)
    }
    let before = try files(left)
    let target = folder.path + "/copy"
    try FileManager.default.createDirectory(atPath: target, withIntermediateDirectories: false)
    try Store.copy(file: left + "/" + Store.fileName, into: target)
    let copy = try Store(opening: target)
    #expect(try copy.read { try $0.recordCount() } == 1)
    #expect(try files(left) == before)
  }

  @Test func aFileThatIsNotThereIsSaid() throws {
    #expect(throws: StoreError.file(path: folder.path + "/none", errno: ENOENT)) {
      try Store.copy(file: folder.path + "/none", into: folder.path)
    }
  }
}
