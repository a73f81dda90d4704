public import Campaign
internal import Foundation
public import Ledger
internal import Store

/// What a person asked for that cannot be done, as facts.
public enum NodeError: Error, Sendable {
  case unknownKind(Finding)
  case unknownDivision(Finding)
  /// A store cannot be made for a division that the pack does not have; with those that may have been meant.
  case unknownHome(Finding, near: [Division])
  /// What was named and what a record's own JSON says are two kinds.
  case otherKind(named: String, own: String)
  /// Everything that is wrong with what was entered.
  case rejected([Finding])
  /// The office may not write there.
  case outsideScope(division: DivisionCode, own: DivisionCode)
  /// The office may not enrol offices there.
  case outsideEnrolment(division: DivisionCode, own: DivisionCode)
  /// A report on a division whose records do not come to this office.
  case outsideReport(division: DivisionCode, own: DivisionCode)
  /// A period that ends before it begins.
  case reversedPeriod(from: CivilDate, to: CivilDate)
  /// With the record that was made in its place elsewhere, where one is held here.
  case recordDeleted(id: RecordID, heir: RecordID?)
  case recordNotDeleted(id: RecordID)
  case kindUnknownHere(id: RecordID, kind: String)
  case notEnrolled
  /// Who answers where a peer was looked for is this very store.
  case ownStore
  /// Joining again is for renewing: with the same region, for the division that the office has.
  case alreadyEnrolled
  /// The key that a certificate is asked for is that of an office of another division.
  case enrolledElsewhere(name: String, division: DivisionCode)
  /// The office's certificate does not let it enrol others.
  case mayNotEnrol
  /// Only the region rules on its own logs: others have an office above them.
  case notTheRegion
  /// Only the region gives the right to enrol: chains have no further place.
  case mayNotDelegate
  /// A certificate is not renewed with a narrower scope or fewer rights: that is for `assign`.
  case mayNotNarrow(name: String)
  /// Only who stands above an office revokes it.
  case mayNotRevoke(name: String)
  case notRevoked(name: String)
  /// Only who revoked an office, or stands above who did, takes it back.
  case mayNotReinstate(name: String)
  /// It was narrowed by an office that does not stand below this one.
  case mayNotWiden(name: String, by: String)
  /// Only who stands above an office gives it another place.
  case mayNotAssign(name: String)
  /// Only an office with the right to redact erases anything, and only in its scope.
  case mayNotRedact
  /// Values that are no text cannot be erased: they are bound together.
  case notErasable(field: Finding.Named)
  /// The key asks for a certificate and was revoked.
  case revokedKey(name: String)
  /// This node's certificate has ended by a peer's clock; both times in seconds since 1970.
  case certificateNotInForce(until: Int64, at: Int64)
  /// Another office's has by this one's, so that it is sent nothing.
  case peerNotInForce(name: String, until: Int64)
  /// Who answers is of the region, but could not have given out an invitation into that division.
  case notTheEnroller(name: String, division: DivisionCode)
  case tokenUnknown
  case tokenUsed
  /// By the clock of who gave it out; in seconds since 1970.
  case tokenExpired(at: Int64)
  /// More writes live in a record than one change can name, and they cannot be taken off: it cannot be deleted or moved.
  case tooManyWrites(id: RecordID, count: Int)
  /// Nobody else gets the record: what is linked with it would count nowhere.
  case heldHereAlone(id: RecordID)
  case noConflict(id: RecordID, field: Finding.Named)
  /// The conflict is that a rule does not hold: it closes when an edit makes it hold again.
  case brokenRule(id: RecordID, field: Finding.Named)
  /// The conflict is that other records have the same value where only one may.
  case sharedValue(id: RecordID, field: Finding.Named, others: [RecordID])
  case noCandidate(n: Int, of: Int)
  /// Work was ended midway because an end was wanted.
  case interrupted
  /// Since it was listed other values have come to stand there.
  case conflictChanged(id: RecordID, field: Finding.Named)
  /// Whether a record is deleted is a yes or a no.
  case notYesOrNo(String)
  case notResolvable(field: Finding.Named)
  /// No resolution of the field stands that could be taken back.
  case noResolution(id: RecordID, field: Finding.Named)
  /// Several offices have settled the field apart and differently, and this one not: whose is to be taken back is not said.
  case severalResolutions(id: RecordID, field: Finding.Named)
  /// A group's value is an object of its fields.
  case groupValue(field: Finding.Named, members: [String])
  case importUnreadable(reason: ImportProblem)
  /// A file could not be read or written; 0 where the system did not say why.
  case file(path: String, errno: Int32)
  case noFile(path: String)
  /// No kind has all of these fields with such values.
  case noSuchFields(wanted: [String])
  /// The key or a certificate of this node is not there, or cannot be used.
  case identity(path: String, isMissing: Bool)
  /// What a peer said when it refused this node.
  case peerRefused(code: String, detail: String)
  /// Nothing is taken from an office, or made for it, because it was revoked.
  /// - Parameter mayReinstate: whether this node may lift that.
  case officeRevoked(name: String, node: NodeID, mayReinstate: Bool)
  /// Nobody is listed who could be synced with.
  case noPeers
  case unknownPeer(String)
  /// Nobody of that name is known, and this store has never synced since it joined.
  case notHeardOfYet(String)
  /// Several offices or peers may be meant.
  case ambiguousPeer(String, matches: [Named])
  /// What should read HOST:PORT does not.
  case badAddress(String)
  case cannotListen(address: String, LinkError.Obstacle)
  /// An office without a name.
  case nameless
  /// A bundle that is for nobody: no recipient is named, and there is no enroller.
  case noRecipient
  case backupRefused(path: String)
  /// Where a backup's key is to go, another one stands.
  case otherIdentity(path: String)
  case mayNotIssuePacks
  /// Records kept by the pack in force would mean something else by the new one.
  case planRefused([CompatibilityProblem])
  /// Divisions that records or offices are of.
  case planLacksDivisions([DivisionCode])
  /// A record is no duplicate of itself.
  case sameRecord(id: RecordID)
  /// Records of different kinds are not one activity: one could not count for the other.
  case differentKinds(String, String)
  /// Two records are linked, but through these.
  case linkedThrough([RecordID])

  /// An office as it is told from others of its name.
  public struct Named: Sendable, Hashable {
    public var name: String
    /// nil where that is not known yet; so is the node.
    public var division: DivisionCode?
    public var node: NodeID?
  }

  public enum ImportProblem: Sendable, Hashable {
    case empty
    case encoding
    /// With the columns that there are.
    case noKnownHeader([String])
    /// There is neither a column for the kind nor one that was named.
    case noKindColumn
    case missingColumns([Finding.Named])
    case duplicateColumns([Finding])
    case notJSON(line: Int)
    /// A value is an object, which no field holds.
    case nestedValue(line: Int, key: String)
    case rowTooLong
    /// A quote that is never closed, by the line where it stands: all that follows would be one cell.
    case unclosedQuote(line: Int)
  }
}

extension NodeError {
  /// Why a file gave no bytes: it is not there, or it may not be read.
  public static func unreadable(_ path: String) -> NodeError {
    FileManager.default.fileExists(atPath: path)
      ? .file(path: path, errno: PosixCause.unreadable(path)) : .noFile(path: path)
  }
}
