/// That a signer named, when it signed this, all that it holds of what may be read on both sides: what it said before and
/// has not said again by then or since, it holds no more.
public struct WholeWord: Hashable, Sendable {
  public var signer: NodeID
  /// When it signed that, in its own order.
  public var signing: SigningTime

  public init(signer: NodeID, signing: SigningTime) {
    self.signer = signer
    self.signing = signing
  }
}
