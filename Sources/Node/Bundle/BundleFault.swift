/// Why a bundle cannot be taken in.
public enum BundleFault: Error, Hashable, Sendable {
  case notABundle
  case newerFormat(UInt8)
  case olderFormat(UInt8)
  case cut
  /// Also where the end is missing: only the whole has a hash.
  case altered
  /// A part says that it is longer than any may be; SPEC.md lists the names.
  case overLimit(name: String, value: Int, limit: Int)
  case wrongRecipient(name: String)
  /// It goes on from changes that are not held here: those of an earlier bundle.
  /// - Parameter afterRestore: this store was restored or set back, or a copy of it is in use: what its key has signed for
  ///   is more than it holds.
  case gap(afterRestore: Bool)
}
