internal import Ledger
internal import Store
internal import Trust

extension LocalNode {
  /// Something was said here that bears on what counts of others: the line is drawn anew, what they ordered is carried
  /// out where it counts now, and what was set aside is tried again.
  func takeUpWhatCounts(in commit: Commit) throws {
    var authority = try Authority(commit.snapshot, identity: identity)
    var intake = Intake(node: self, source: 0)
    let own = scope(try commit.pack())
    _ = try intake.takeWhatWaited(mayRead: own.mayRead, authority: &authority, in: commit)
  }
}
