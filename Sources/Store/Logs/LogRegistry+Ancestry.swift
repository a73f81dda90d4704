internal import Ledger

/// What merging asks: what is held, and what lies before what.
extension LogRegistry {
  func holds(_ change: ChangeRef) -> Bool {
    ((try? branch(holding: change.n, hashPrefix: change.hashPrefix, of: change.log)) ?? nil) != nil
  }

  func isAncestor(_ earlier: ChangeRef, of later: ChangeRef) -> Bool {
    guard let all = try? branches(of: earlier.log) else { return false }
    return isAncestor(earlier, of: later, among: all, beyondCut: false)
  }

  /// The same where what lies beyond a cut is meant as well: receipts cover what is held.
  func isHeldBefore(_ earlier: ChangeRef, _ later: ChangeRef) -> Bool {
    guard let all = try? branchesHeld(of: earlier.log) else { return false }
    return isAncestor(earlier, of: later, among: all, beyondCut: true)
  }

  private func isAncestor(
    _ earlier: ChangeRef, of later: ChangeRef, among all: [Branch], beyondCut: Bool
  ) -> Bool {
    if all.count <= 1 { return true }
    func place(_ change: ChangeRef) -> Branch? {
      (try? branch(
        holding: change.n, hashPrefix: change.hashPrefix, of: change.log, beyondCut: beyondCut))?.0
    }
    guard let from = place(earlier), var at = place(later) else { return false }
    var limit = later.n
    while true {
      if at.key == from.key { return earlier.n <= limit }
      guard let base = at.base, let next = all.first(where: { $0.key == base }) else { return false }
      limit = min(limit, at.baseN)
      at = next
    }
  }
}
