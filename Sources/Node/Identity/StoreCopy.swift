internal import Foundation
internal import Ledger
internal import Store

/// A store that found itself in another place than it was bound to: it is a copy of one, or was moved, and goes on
/// as a store of its own.
public struct StoreCopy: Sendable {
  /// When that was noticed, by this store's clock: milliseconds since 1970.
  public var since: Int64
  /// The folder of the one that it is a copy of, where that was still in its place then.
  public var original: String?
  /// Whether it has been through with some peer since, and so has what the other one handed in.
  public var hasSynced: Bool

  /// nil where this store is none.
  init?(_ snapshot: Snapshot) throws {
    guard let noted = try snapshot.meta(.copied), noted.count >= 8 else { return nil }
    let time = noted.prefix(8).reduce(0) { $0 << 8 | Int64($1) }
    since = time
    original = noted.count > 8 ? String(decoding: noted.dropFirst(8), as: UTF8.self) : nil
    hasSynced = try snapshot.peers().contains { $0.lastSync.map { $0 > time } ?? false }
  }

  /// Notes it, in the transaction that makes the store another one.
  static func note(since: Int64, original: String?, in commit: Commit) throws -> StoreCopy? {
    let time = withUnsafeBytes(of: since.bigEndian) { Array($0) }
    try commit.setMeta(.copied, time + Array((original ?? "").utf8))
    return try StoreCopy(commit.snapshot)
  }

  /// The folder where a store lay when it was bound, if the store that is there is that very one still.
  static func original(_ snapshot: Snapshot, boundTo place: [UInt8]) throws -> String? {
    guard let folder = try snapshot.metaText(.folder), StorePlace(folder: folder)?.bytes == place else {
      return nil
    }
    return folder
  }
}
