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

  /// - Parameter through: by branch, up to which number it is honoured.
  /// - Returns: the number of the last change before the first fork; nil where the log is whole.
  static func place(in branches: [BranchTree.Branch], through: [Int64: UInt64]) -> UInt64? {
    guard branches.count > LogLimits.branches else { return nil }
    func end(_ branch: BranchTree.Branch) -> UInt64 { through[branch.key] ?? branch.baseN }
    let lying = branches.filter { end($0) > $0.baseN }
    var ways: [Place: Int] = [:]
    for branch in lying { ways[Place(branch.base, branch.baseN), default: 0] += 1 }
    let heads = lying.count { ways[Place($0.key, end($0))] == nil }
    guard heads > LogLimits.branches else { return nil }
    for branch in lying {
      for place in ways.keys where place.branch == branch.key && place.n < end(branch) {
        ways[place, default: 0] += 1
      }
    }
    return ways.filter { $0.value > 1 }.keys.map(\.n).min()
  }
}
