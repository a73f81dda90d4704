public import Campaign
internal import Foundation
public import Ledger

/// What a person asked for that cannot be done, as facts.
public enum NodeError: Error, Sendable {
  case unknownKind(Finding)
  case unknownDivision(Finding)
  /// Everything that is wrong with what was entered.
  case rejected([Finding])
  /// The office may not write there.
  case outsideScope(division: DivisionCode, own: DivisionCode)
  case recordDeleted(id: RecordID)
  case recordNotDeleted(id: RecordID)
  case kindUnknownHere(id: RecordID, kind: String)
  case notEnrolled
  /// Joining again is for renewing: with the same region, for the same division.
  case alreadyEnrolled
  case notTheRegion
  /// Only the region gives the right to enrol: chains have no further place.
  case mayNotDelegate
  /// Only who stands above an office revokes it.
  case mayNotRevoke(name: String)
  /// The key asks for a certificate and was revoked.
  case revokedKey(name: String)
  /// This node's certificate is not in force by a peer's clock; all times in seconds since 1970.
  case certificateNotInForce(from: Int64, until: Int64, at: Int64)
  /// Another office's is not, so that it is sent nothing.
  case peerNotInForce(name: String, from: Int64, until: Int64, at: Int64)
  case tokenUnknown
  case tokenUsed
  case tokenExpired(at: Int64)
  case noConflict(id: RecordID, field: String)
  case noCandidate(n: Int, of: Int)
  case notResolvable(field: String)
  case importUnreadable(reason: ImportProblem)
  case file(path: String, reason: String)
  case noFile(path: String)
  /// No kind has all of these fields with such values.
  case noSuchFields(wanted: [String])
  case identity(path: String, reason: String)
  case peerRefused(code: String, detail: String)
  case unreachable(address: String, reason: String)
  case unknownPeer(String)
  case backupRefused(path: String)

  public enum ImportProblem: Sendable, Hashable {
    case empty
    case encoding
    case noKnownHeader
    case missingColumns([String])
    case duplicateColumns([String])
    case notJSON(line: Int)
    case rowTooLong
  }
}

extension NodeError {
  /// Why a file gave no bytes: it is not there, or it may not be read.
  public static func unreadable(_ path: String) -> NodeError {
    FileManager.default.fileExists(atPath: path)
      ? .file(path: path, reason: "cannot be read") : .noFile(path: path)
  }
}
