internal import Ledger

/// Where a log with too many branches is cut.
///
/// It is a function of the changes that are held and honoured. More of them make no branch less and no first fork
/// later; so whoever has taken in more than `LogLimits.branches` branches and every fork that lies lower than the
/// one it knows has the same cut, however much lies beyond it.
enum ForkCut {
  private struct Place: Hashable {
    var branch: Int64?
    var n: UInt64

    init(_ branch: Int64?, _ n: UInt64) {
      // All that begin with change 1 leave the same place.
      self.branch = n == 0 ? nil : branch
      self.n = n
    }
  }

  /// - Parameters:
  ///   - through: by branch, up to which number it is honoured.
  ///   - isAmbiguous: whether two of these changes have one name. Then it is as if there were too many branches: which
  ///     of the two others mean is for nobody to say.
  /// - Returns: the number of the last change before the first fork; nil where the log is whole.
  static func place(
    in branches: [BranchTree.Branch], through: [Int64: UInt64], isAmbiguous: Bool
  ) -> UInt64? {
    guard isAmbiguous || branches.count > LogLimits.branches else { return nil }
    func end(_ branch: BranchTree.Branch) -> UInt64 { through[branch.key] ?? branch.baseN }
    let lying = branches.filter { end($0) > $0.baseN }
    var ways: [Place: Int] = [:]
    for branch in lying { ways[Place(branch.base, branch.baseN), default: 0] += 1 }
    let heads = lying.count { ways[Place($0.key, end($0))] == nil }
    guard isAmbiguous || heads > LogLimits.branches else { return nil }
    let ends = Dictionary(uniqueKeysWithValues: lying.map { ($0.key, end($0)) })
    for place in Array(ways.keys) {
      // The branch that is left goes on itself.
      if let end = place.branch.flatMap({ ends[$0] }), place.n < end { ways[place, default: 0] += 1 }
    }
    return ways.filter { $0.value > 1 }.keys.map(\.n).min()
  }
}
