internal import Store

extension LocalNode {
  /// What the own transactions of a merge or a session left in the store, whatever other processes did between them.
  struct Trace {
    private(set) var arrivals = ArrivalRanges()
    /// Changes that counted here before and, by a revocation that came, count no more; below zero where more was given back.
    private var withdrawnNet = 0
    var withdrawn: Int { max(0, withdrawnNet) }
    /// Another campaign pack is in force.
    private(set) var planChange: PlanChange?

    /// Follows one transaction.
    mutating func follow<T>(_ commit: Commit, _ body: () throws -> T) throws -> T {
      let (arrival, former) = (commit.lastArrival, try commit.snapshot.withdrawnCount())
      let plan = try PlanChange.Plan(commit.snapshot)
      let result = try body()
      arrivals.add(after: arrival, through: commit.lastArrival)
      withdrawnNet += try commit.snapshot.withdrawnCount() - former
      planChange = PlanChange(
        planChange, then: PlanChange(from: plan, to: try PlanChange.Plan(commit.snapshot)))
      return result
    }

    mutating func add(_ other: Trace) {
      arrivals.add(other.arrivals)
      withdrawnNet += other.withdrawnNet
      planChange = PlanChange(planChange, then: other.planChange)
    }
  }
}
