internal import Foundation
internal import GRDB
public import Ledger

/// A candidate of a conflict as it was listed, known again by its write: 16 bytes.
///
/// The first half of SHA-256 over node (32), epoch (8), n (8), k (4) and time (8). Without the change's hash: where a
/// decision is taken back its candidates come from their author's own log without one.
public struct ListedCandidate: Hashable, Sendable {
  static let byteCount = 16
  let bytes: [UInt8]

  /// - Parameter time: the author's clock in milliseconds since 1970; of two branches' writes it is another one.
  public init(_ dot: Dot, time: Int64) {
    let log = dot.change.log
    bytes = Array(
      Hash256(
        hashing: log.node.hash.bytes + log.epoch.bigEndianBytes + dot.change.n.bigEndianBytes
          + dot.k.bigEndianBytes + time.bigEndianBytes
      ).bytes.prefix(ListedCandidate.byteCount))
  }

  fileprivate init(_ bytes: some Sequence<UInt8>) { self.bytes = Array(bytes) }
}

/// One conflict as it was listed.
public struct Listing: Sendable {
  public var view: RecordView
  public var field: String
  public var reason: ConflictReason
  public var candidates: [ListedCandidate]

  public init(view: RecordView, field: String, reason: ConflictReason, candidates: [ListedCandidate]) {
    self.view = view
    self.field = field
    self.reason = reason
    self.candidates = candidates
  }
}

extension Snapshot {
  /// The candidates of a conflict as it was listed here last, in their order; nil where it never was.
  public func listed(_ view: RecordView, field: String, reason: ConflictReason) throws -> [ListedCandidate]? {
    guard let record = view.row else { return nil }
    let statement = try db.cachedStatement(
      sql: "SELECT candidates FROM listings WHERE record = ? AND field = ? AND reason = ?")
    guard let found = try Data.fetchOne(statement, arguments: [record, field, reason.rawValue]) else {
      return nil
    }
    let bytes = Array(found)
    return stride(from: 0, to: bytes.count, by: ListedCandidate.byteCount).map {
      ListedCandidate(bytes[$0..<min($0 + ListedCandidate.byteCount, bytes.count)])
    }
  }
}

extension Commit {
  /// Notes how conflicts were listed, and forgets what is open no more.
  public func note(_ listings: [Listing]) throws {
    try db.execute(
      sql: """
        DELETE FROM listings WHERE NOT EXISTS (
          SELECT 1 FROM conflicts c
          WHERE c.record = listings.record AND c.field = listings.field AND c.reason = listings.reason)
        """)
    let statement = try db.cachedStatement(
      sql: "INSERT OR REPLACE INTO listings(record, field, reason, candidates) VALUES (?, ?, ?, ?)")
    for listing in listings {
      guard let record = listing.view.row else { continue }
      try statement.execute(arguments: [
        record, listing.field, listing.reason.rawValue, Data(listing.candidates.flatMap(\.bytes)),
      ])
    }
  }
}
