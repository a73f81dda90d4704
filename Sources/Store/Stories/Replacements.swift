internal import Ledger

/// Which of the writes that were told took the place of which.
protocol Replacing {
  /// When it was told.
  var place: Int { get }
  /// Those that it took the place of at once.
  var replaced: [Dot] { get }
}

extension Dictionary where Key == Dot, Value: Replacing {
  /// Whether `later` has replaced `earlier`, at once or by way of others. What is told before `earlier` has not.
  func reaches(_ earlier: Dot, from later: Dot) -> Bool {
    guard let end = self[earlier]?.place else { return false }
    var met: Set<Dot> = []
    var open = [later]
    while let next = open.popLast() {
      if next == earlier { return true }
      guard let told = self[next], told.place > end, met.insert(next).inserted else { continue }
      open += told.replaced
    }
    return false
  }
}
