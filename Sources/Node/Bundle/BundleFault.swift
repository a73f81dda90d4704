public import Ledger
internal import Store

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
  /// It is for another computer of this office, a former one perhaps.
  case otherComputer(name: String, node: NodeID, here: NodeID)
  /// It goes on from changes that are not held here: those of an earlier bundle.
  /// - Parameter afterRestore: this store was restored or set back, or a copy of it is in use: what its key has signed for
  ///   is more than it holds.
  case gap(afterRestore: Bool)
}

extension BundleFault {
  /// What is said of a bundle that is for another node.
  static func notForHere(_ manifest: BundleManifest, _ facts: LocalNode.Facts, _ store: Store) throws
    -> BundleFault
  {
    let recipient = try store.read { try $0.office(manifest.recipient) }
    // A new computer may not have heard of the former one: then the name is all there is.
    let isOffice =
      manifest.recipientName == facts.name && recipient?.division ?? facts.division == facts.division
    guard isOffice else { return .wrongRecipient(name: manifest.recipientName) }
    return .otherComputer(name: facts.name, node: manifest.recipient, here: facts.node)
  }
}
