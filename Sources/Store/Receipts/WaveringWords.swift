public import Ledger

/// Offices of one key and several stores (a copied disk) say in turns what each of them holds. No receipt tells whose it is,
/// so what one has signed for is missing at the other, and a bundle that leaves it out never brings it there.
extension Commit {
  /// Notes whether the last word by which a signer named all that it holds took something back.
  public func noteWord(of signer: NodeID, tookBack: Bool) throws {
    let before = try snapshot.wavering(signer)
    let now = tookBack ? min(before + Wavering.step, Wavering.most) : max(before - 1, 0)
    guard now != before else { return }
    try note(.wavering, of: signer, [UInt8(now)])
  }
}

extension Snapshot {
  /// Whether a signer has taken words back again and again of late, as the stores of one key do in turns: what any of them holds
  /// is not known.
  public func isWavering(_ signer: NodeID) throws -> Bool { try wavering(signer) > Wavering.step }

  fileprivate func wavering(_ signer: NodeID) throws -> Int {
    Int(try noted(.wavering, of: signer)?.first ?? 0)
  }
}

/// A count that rises by a step with each word that takes something back, and sinks by one with each other: one loss alone
/// is none of it, and some words on nothing is left of it.
private enum Wavering {
  static let step = 3
  static let most = 9
}
