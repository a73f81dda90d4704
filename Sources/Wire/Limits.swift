/// The protocol's limits: beyond one, a named error and a closed session, never memory.
public enum Limits {
  /// A frame's payload as it travels.
  public static let frameBytes = 4 << 20
  /// A frame's payload once inflated.
  public static let inflatedBytes = 8 << 20
  /// Batches in one frame.
  public static let batchesPerFrame = 4096
  /// Changes in one frame.
  public static let changesPerFrame = 65_536
  /// Logs in an offer, an answer to one, or a receipt.
  public static let logsPerMessage = 65_536
  /// Frames of changes under way before an acknowledgement is waited for.
  public static let window = 4
  /// Seconds without a frame before a session that is not watching ends.
  public static let idleSeconds: Int64 = 60
}
