internal import Synchronization
internal import Transport
internal import Trust

/// What a listener shows to who dials: this node's certificate, also when another process renews it meanwhile (a
/// plan with more divisions, joining again).
final class ShownCertificate: Sendable {
  private let node: LocalNode
  private let shown: Mutex<(chain: [Certificate], context: TLSContext)>

  init(_ node: LocalNode) throws {
    self.node = node
    shown = Mutex(try ShownCertificate.make(node))
  }

  private static func make(_ node: LocalNode) throws -> (chain: [Certificate], context: TLSContext) {
    let identity = try node.tlsIdentity()
    return (node.identity.chain, try TLSContext.listener(identity, offersJoining: true))
  }

  var context: TLSContext { shown.withLock { $0.context } }
  var chain: [Certificate] { shown.withLock { $0.chain } }

  /// Looks for another certificate at every commit, until the task is cancelled: whoever renews one writes that into
  /// the store after the file. What cannot be read leaves the former one in place.
  func follow(_ commits: AsyncStream<Void>) async {
    for await _ in commits {
      _ = try? node.renewIdentity()
      guard node.identity.chain != chain else { continue }
      if let renewed = try? ShownCertificate.make(node) { shown.withLock { $0 = renewed } }
    }
  }
}
