/// What a session asks for of the attachments that are missing here.
public enum AttachmentWish: Sendable {
  /// A region all, an office what it attached itself.
  case byRule
  /// All, as a region does: for an office that passes on what others have.
  case all
  /// All, also what the peer has said lately that it has not got.
  case insistent
}
