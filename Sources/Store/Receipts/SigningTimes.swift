internal import Foundation
internal import GRDB
public import Ledger

/// When this store signed last. A store that was set back has forgotten it: it goes on behind what it is shown.
extension Snapshot {
  /// nil where it has not signed yet, or under a program that did not note it.
  public func lastSigning() throws -> SigningTime? { try meta(.signed).flatMap { SigningTime(stored: $0) } }

  /// When another one's key signed last, of all receipts that are kept here; nil where none is.
  public func lastSigning(of signer: NodeID) throws -> SigningTime? {
    let starts = try Data.fetchAll(
      db, sql: "SELECT \(ReceiptLine.textStart) FROM receipt_texts t WHERE t.signer = ?",
      arguments: [signer.hash.data])
    return starts.compactMap { ReceiptLine.signing(of: $0) }.max()
  }
}

extension Commit {
  /// When the receipt is signed that is signed next. Where it is to name all that is held, that has to be read after this:
  /// what was said before must not be missing in it.
  ///
  /// - Parameter now: this store's clock, milliseconds since 1970.
  public func nextSigning(now: Int64) throws -> SigningTime {
    let next = try snapshot.lastSigning()?.next(now: now) ?? SigningTime(term: 0, time: now)
    try setMeta(.signed, next.stored)
    return next
  }

  /// What is signed from here on is later than all that was signed before, known of or not: the store may have lost
  /// something.
  public func beginTerm(_ step: SigningTime.Step) throws {
    try setMeta(.signed, Store.signedBeforeTerm(step, after: snapshot.meta(.signed)))
  }

  /// Notes when this node's key signed a receipt. Where this store does not remember that, all that it signs from here on is
  /// later.
  public func noteSigned(at signing: SigningTime) throws {
    guard let last = try snapshot.lastSigning() else { return try setMeta(.signed, signing.stored) }
    if last < signing { try setMeta(.signed, signing.beginning(.epoch).stored) }
  }
}

extension Store {
  /// - Parameter stored: what stood in `meta`.
  static func signedBeforeTerm(_ step: SigningTime.Step, after stored: (some Collection<UInt8>)?) -> [UInt8] {
    (stored.flatMap { SigningTime(stored: $0) } ?? SigningTime(term: 0, time: 0)).beginning(step).stored
  }
}
