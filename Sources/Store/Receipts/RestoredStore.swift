internal import Foundation
internal import GRDB
internal import Ledger

/// A store made out of a backup, which has not taken its place yet: first the identity's files have to be there.
public struct RestoredStore {
  /// The identity's files by name.
  public let identity: [String: [UInt8]]
  private let draft: String
  private let target: String

  /// - Parameter time: when that is, in milliseconds since 1970.
  /// - Throws: `alreadyExists` where there is a store; `leftBeside` where something is left of one; `notAStore` where the
  ///   file is no backup, or computes anything as a foreign store may not (`Store.disarm`); `notAFile`, `file`, `diskFull`.
  public init(
    backup path: String, into folder: String, newStoreID: [UInt8], newEpoch: [UInt8], at time: Int64
  ) throws {
    target = folder + "/" + Store.fileName
    draft = target + ".part"
    let files = FileManager.default
    guard files.fileExists(atPath: path) else { throw StoreError.noStore(path: path) }
    guard !files.fileExists(atPath: target) else { throw StoreError.alreadyExists(path: folder) }
    if let left = StoreFiles.leftover(beside: target) { throw StoreError.leftBeside(path: left) }
    try Store.makeFolder(folder)
    // An earlier run was cut off: this name is this program's alone.
    StoreFiles.remove(draft)
    // Its bytes, and not a link to them; sticks know no modes: a backup that comes from one is open to all.
    try ForeignFile(path).copy(to: draft)
    do {
      identity = try RestoredStore.prepare(draft, path, newStoreID, newEpoch, time)
    } catch {
      StoreFiles.remove(draft)
      throw error
    }
  }

  /// Puts it in its place; durable when it returns.
  public func keep() throws {
    guard rename(draft, target) == 0 else { throw StoreError.file(path: target, errno: errno) }
    WholeFile.syncFolder(of: target)
  }

  public func discard() { StoreFiles.remove(draft) }

  /// - Returns: the identity's files, which the store does not keep.
  private static func prepare(
    _ draft: String, _ path: String, _ newStoreID: [UInt8], _ newEpoch: [UInt8], _ time: Int64
  ) throws -> [String: [UInt8]] {
    try Store.translating(path: path) {
      var configuration = Configuration()
      configuration.prepareDatabase { try $0.execute(sql: "PRAGMA trusted_schema = OFF") }
      let queue = try DatabaseQueue(path: draft, configuration: configuration)
      let identity = try queue.write { db in
        // Whoever had it on the way may have put something in that runs when it is written to.
        guard try Int64.fetchOne(db, sql: "PRAGMA application_id") == Schema.applicationID,
          try !db.computesAnything(), try db.tableExists("identity")
        else { throw StoreError.notAStore(path: path) }
        var identity: [String: [UInt8]] = [:]
        for row in try Row.fetchAll(db, sql: "SELECT name, content FROM identity") {
          identity[row[0]] = Array(row[1] as Data)
        }
        // A restored copy signs nothing under the epoch of the store that it was copied from.
        for (name, value) in [(MetaName.storeID, newStoreID), (.epoch, newEpoch)] {
          try db.execute(
            sql: "UPDATE meta SET value = ? WHERE name = ?", arguments: [Data(value), name.rawValue])
        }
        try db.execute(
          sql: "INSERT OR REPLACE INTO meta(name, value) VALUES (?, ?)",
          arguments: [MetaName.restored.rawValue, Data(time.bigEndianBytes + [LossEvidence.backup.rawValue])])
        let signed = try Data.fetchOne(
          db, sql: "SELECT value FROM meta WHERE name = ?", arguments: [MetaName.signed.rawValue])
        try db.execute(
          sql: "INSERT OR REPLACE INTO meta(name, value) VALUES (?, ?)",
          arguments: [
            MetaName.signed.rawValue, Data(Store.signedBeforeTerm(.restore(now: time), after: signed)),
          ])
        // Nor is it a copy that has to be told: it knows that it was restored.
        for name in [MetaName.place, .folder, .copied] {
          try db.execute(sql: "DELETE FROM meta WHERE name = ?", arguments: [name.rawValue])
        }
        try db.execute(sql: "DROP TABLE identity")
        return identity
      }
      try queue.close()
      return identity
    }
  }
}
