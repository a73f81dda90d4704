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

  /// For the next dialler. A renewed certificate is looked for each time, which is one look at a file's date: no
  /// change in the store tells of it. What cannot be read leaves the former one in place.
  var context: TLSContext {
    look()
    return shown.withLock { $0.context }
  }

  var chain: [Certificate] {
    look()
    return shown.withLock { $0.chain }
  }

  private func look() {
    _ = try? node.renewIdentity()
    guard node.identity.chain != shown.withLock({ $0.chain }) else { return }
    if let renewed = try? ShownCertificate.make(node) { shown.withLock { $0 = renewed } }
  }
}
