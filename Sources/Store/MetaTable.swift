public import Campaign
internal import Foundation
internal import GRDB
internal import Ledger

/// Facts about this store, a row each.
public enum MetaName: String, Sendable {
  case storeID = "store-id"
  case node
  case officeName = "office-name"
  case division
  case isRegion = "is-region"
  /// The epoch of the logs written from here.
  case epoch
  /// Where the store's file lies: in another place it is another store.
  case place
  /// The folder that it lay in when it was bound to its place.
  case folder
  /// Where it was found to be a copy: when, milliseconds since 1970 (8 bytes), then the folder of the original where that
  /// was seen.
  case copied
  /// An older step's store was cut when it was brought forward: how much of each log counts is still to be judged.
  case unsettled
  /// The pack in force: its compiled form, and its text.
  case pack
  case packText = "pack-text"
  /// Among which packs that one was chosen: SHA-256 of their hashes.
  case packsJudged = "packs-judged"
  /// Somebody with the right to issued it; absent of one that came with the program.
  case packIssued = "pack-issued"
  /// The text of the pack that was in force before any was issued: empty for the program's own, absent where none was
  /// issued, or by a program that did not note it.
  case packGiven = "pack-given"
  /// The certificate under which what this node wrote was last looked through: SHA-256 of it.
  case placedUnder = "placed-under"
  /// How far this store had come then: an arrival, 8 bytes.
  case placedAt = "placed-at"
  /// The last record key that the search index covers.
  case indexedThrough = "indexed-through"

  /// When this store was restored from a backup, or shown that it lacks what its key signed for: milliseconds since 1970,
  /// 8 bytes; then by what it knows (`LossEvidence`), absent of an older step.
  case restored
  /// When the last receipt was signed here (`SigningTime`).
  case signed
  /// How often something was erased.
  case erasures
  /// How many contents of attachments have come to be here so far: 8 bytes.
  case contents
  /// Who lately refused this node because its certificate counts no more with its issuer's, that issuer, and a hash of what
  /// was held in its favour then: 32 bytes each. An older program kept the first alone.
  case refusedBy = "refused-by"
  /// Something was erased, and the file's unused pages may still hold it.
  case unscrubbed

  var isLarge: Bool { self == .pack || self == .packText || self == .packGiven }
}

extension Snapshot {
  public func meta(_ name: MetaName) throws -> [UInt8]? {
    if let value = known.meta[name] { return value }
    let value = try storedMeta(name)
    if let value, !name.isLarge { known.meta[name] = value }
    return value
  }

  private func storedMeta(_ name: MetaName) throws -> [UInt8]? {
    try withStoredMeta(name) { Array($0) }
  }

  /// - Parameter body: gets the bytes where they lie; what it returns, or nil where there are none.
  private func withStoredMeta<T>(_ name: MetaName, _ body: (UnsafeRawBufferPointer) throws -> T) throws -> T?
  {
    let statement = try db.cachedStatement(sql: "SELECT value FROM meta WHERE name = ?")
    let rows = try Row.fetchCursor(statement, arguments: [name.rawValue])
    return try rows.next().flatMap { row in
      try row.withUnsafeData(atIndex: 0) { try $0?.withUnsafeBytes(body) }
    }
  }

  public func metaText(_ name: MetaName) throws -> String? {
    try meta(name).map { String(decoding: $0, as: UTF8.self) }
  }

  /// The pack in force.
  public func pack() throws -> Pack {
    if let pack = known.pack { return pack }
    let pack = try storedPack()
    known.pack = pack
    return pack
  }

  private func storedPack() throws -> Pack {
    // Bytes that are known need not be copied.
    var bytes: [UInt8] = []
    let known: Pack?? = try withStoredMeta(.pack) { stored in
      if let known = PackMemo.pack(of: stored) { return known }
      bytes = Array(stored)
      return nil
    }
    guard let known else { throw StoreError.damaged("the store holds no campaign pack") }
    if let known { return known }
    let pack = try decodedPack(bytes)
    PackMemo.keep(pack, of: bytes)
    return pack
  }

  private func decodedPack(_ bytes: [UInt8]) throws -> Pack {
    do throws(PackCodec.Fault) {
      return try PackCodec.decode(bytes)
    } catch {
      // Another version of the program compiled it: the text is what counts.
      guard case .otherForm = error, let text = try meta(.packText),
        let pack = try? PackReader.read(text, origin: .received)
      else { throw StoreError.damaged("campaign pack: \(error)") }
      return pack
    }
  }

  func space(key: Int64) throws -> Space {
    if let space = known.spaces[key] { return space }
    let statement = try db.cachedStatement(sql: "SELECT division, section FROM spaces WHERE key = ?")
    guard let row = try Row.fetchOne(statement, arguments: [key]),
      let division = DivisionCode(row[0] as String), let section = Space.Section(rawValue: row[1])
    else { throw StoreError.damaged("space \(key)") }
    let space = Space(division: division, section: section)
    known.spaces[key] = space
    return space
  }
}

extension Store {
  /// Compiles the pack in force anew where another version of this program did: else every command would, from its text.
  static func recompilePack(_ db: Database) throws {
    let form = try Data.fetchOne(
      db, sql: "SELECT substr(value, 1, 1) FROM meta WHERE name = ?", arguments: [MetaName.pack.rawValue])
    guard let form = form?.first, form != PackCodec.form else { return }
    try db.inTransaction(.immediate) {
      let commit = try Commit(db)
      guard let text = try commit.snapshot.meta(.packText), let pack = try? commit.pack() else {
        return .rollback
      }
      try commit.setPack(pack, text: text)
      return .commit
    }
  }
}

extension Commit {
  public func setMeta(_ name: MetaName, _ value: [UInt8]) throws {
    try db.cachedStatement(
      sql:
        "INSERT INTO meta(name, value) VALUES (?, ?) ON CONFLICT(name) DO UPDATE SET value = excluded.value"
    ).execute(arguments: [name.rawValue, Data(value)])
    snapshot.known.meta[name] = nil
  }

  public func clearMeta(_ name: MetaName) throws {
    try db.execute(sql: "DELETE FROM meta WHERE name = ?", arguments: [name.rawValue])
    snapshot.known.meta[name] = nil
  }

  /// Keeps a pack as the one in force, compiled and as its text. What was derived from records by another one stays as it
  /// is: `takeIssued` derives it anew.
  public func setPack(_ pack: Pack, text: [UInt8]) throws {
    try setMeta(.pack, PackCodec.encode(pack))
    try setMeta(.packText, text)
    forgetPack()
  }
}
