internal import Ledger

/// How much a peer may send and how long it may take: beyond one, a named error and a closed session, never
/// memory. Limits are judged on what a message or a change holds, never on merged state.
public enum Limits {
  // MARK: the protocol's: another client must keep to them

  /// A frame's payload as it travels.
  public static let frameBytes = 4 << 20
  /// A frame of changes once inflated.
  public static let inflatedBytes = 8 << 20
  /// Batches in one frame.
  public static let batchesPerFrame = 32_768
  /// Changes in one frame.
  public static let changesPerFrame = 65_536
  /// One change's body.
  public static let changeBytes = ChangeBody.maxByteCount
  /// The values of one record in one change.
  public static let recordBytes = ContentLimits.recordBytes
  /// One value of a field.
  public static let fieldBytes = ContentLimits.fieldBytes
  /// Heads in a Hello or a receipt, ranges in an offer, logs in an answer to one. All of them fit into a frame.
  public static let logsPerMessage = 32_768
  /// Receipts in an offer, or beside the one of a Done.
  public static let receiptsPerMessage = 64
  /// Whole words of others in a Done.
  public static let wordsPerMessage = 64
  /// Points in the answer for one log.
  public static let pointsPerLog = 128
  /// Logs that one side may send changes of or offer in one session.
  public static let logsPerSession = 65_536
  /// Branches of one log that count.
  public static let branchesPerLog = LogLimits.branches
  /// Frames of changes under way before an acknowledgement is waited for.
  public static let window = 4
  /// The bytes of one piece of an attachment, and what is asked for at once.
  public static let chunkBytes = Attachment.chunkByteCount
  /// Pieces of attachments asked for and not answered.
  public static let chunkWindow = 4
  /// Contents that one message says have become whole.
  public static let fetchedPerMessage = Int(UInt32.max)
  /// A failure's code.
  public static let failureCodeBytes = 64
  /// A failure's detail.
  public static let failureDetailBytes = 1024
  /// The secret of an invitation.
  public static let secretBytes = 16
  /// A certificate request in PEM.
  public static let requestBytes = 16 << 10
  /// A chain, or the region's CA, in PEM.
  public static let certificateBytes = 64 << 10
  /// Seconds without a byte either way before a session that is not at rest ends.
  public static let idleSeconds: Int64 = 60
  /// Seconds that a session may last; who watches dials again.
  public static let totalSeconds: Int64 = 12 * 3600

  // MARK: this program's: may change without a word to the peer

  /// About how many bytes of bodies go into a frame.
  public static let frameTargetBytes = 512 << 10
  /// Above this many bytes of bodies a sender asks first what the peer holds.
  public static let offerBytes = 512 << 10
  /// Bytes of receipts in an offer, and of those handed on in a Done.
  public static let receiptBytesPerMessage = 256 << 10
  /// Heads that a Done signs for once more, by division.
  public static let headsByDivision = 4096
  /// Heads in a Hello for which a receipt is asked, of the receiver and of who stands above.
  public static let unreceiptedHeads = 256
}
