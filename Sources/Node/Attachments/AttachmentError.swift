public import Ledger

/// What a person asked for of an attachment that cannot be done.
public enum AttachmentError: Error, Sendable, Hashable {
  /// - Parameter kind: that of whose records the pack says so; nil: no attachment may be larger.
  case tooLarge(path: String, limit: Int, kind: String?)
  /// No name is left of what was given, once paths and marks that nobody sees are taken out of it.
  case badName(String)
  /// What is named is a folder, a device, a pipe.
  case notAFile(path: String)
  case unknown(name: String, record: RecordID)
  /// Several contents go by that name.
  case ambiguous(name: String, contents: [Hash256])
  /// The record has it, and the content is not in this store.
  ///
  /// - Parameters:
  ///   - holders: offices that may have it: who attached it, and who has signed for holding the record with it.
  ///   - known: offices that were seen to have it: they gave it, took it, or said that they lack nothing.
  case notHere(name: String, holders: [String], known: [String])
  /// A record cannot be moved while what it has is not here: nobody could fetch it by the new one.
  case notHereToMove(record: RecordID, names: [String])
  case erased(name: String, reason: String)
  /// An erasure that came meanwhile, of another record's attachment with the same content, took the file away.
  case takenAway(path: String)
  /// With so much more, less of the disk would be free than is left to records. In bytes.
  case noRoom(needed: Int, free: Int, floor: Int)
  /// This office has no right to erase, or not there.
  case mayNotErase
  case noReason
}
