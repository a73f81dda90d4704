internal import Campaign
public import Ledger
internal import Store
internal import Trust

/// Another place for an office: it keeps its store and its key, and takes the certificate up when it next syncs.
extension LocalNode {
  /// What an office is to be from now on; nil leaves it as it is.
  public struct Assignment: Sendable {
    /// Code or name.
    public var division: String?
    public var name: String?
    /// Whether it may enrol offices in its scope.
    public var mayEnrol: Bool

    public init(division: String? = nil, name: String? = nil, mayEnrol: Bool = false) {
      self.division = division
      self.name = name
      self.mayEnrol = mayEnrol
    }
  }

  /// Issues an office another certificate for the key that it has. What it covered it covers still: what it wrote there
  /// stays valid everywhere.
  ///
  /// - Parameter prefix: the office's name, or its node id's beginning.
  /// - Throws: `hasEnrolled` where other offices' certificates rest on its place; `mayNotAssign` where it is not below this office; `mayNotNarrow` where it would stand lower than it
  ///   does; `TrustError` where it would be more than this office is.
  public func assign(_ prefix: String, _ assignment: Assignment) throws -> NodeID {
    _ = try issuer()
    try requireDelegation(assignment.mayEnrol)
    return try store.write { commit in
      let row = try commit.snapshot.office(called: prefix)
      guard !row.isRevoked else { throw NodeError.revokedKey(name: row.name) }
      guard try Standing.isAbove(facts.node, row.node, commit.snapshot),
        let former = try Certificate(der: row.certificate).office
      else { throw NodeError.mayNotAssign(name: row.name) }
      let office = try place(former, assignment, try commit.pack())
      guard office != former else { return row.node }
      let hasEnrolled = try commit.snapshot.offices().contains {
        $0.issuer == row.node && $0.node != row.node
      }
      guard office.scope.division == former.scope.division || !hasEnrolled else {
        throw NodeError.hasEnrolled(name: row.name)
      }
      guard office.scope.rank <= former.scope.rank else { throw NodeError.mayNotNarrow(name: row.name) }
      try issue(office, to: try Certificate(der: row.certificate).publicKey, after: row.expires, in: commit)
      return row.node
    }
  }

  private func place(_ former: Office, _ assignment: Assignment, _ pack: Pack) throws -> Office {
    let division = try assignment.division.map { try self.division($0, pack) } ?? former.scope.division
    try requireScope(division, pack)
    // One that was itself alone stays so; where there is nothing below it, that was not said.
    let below = LocalNode.scope(of: former.scope.division, only: false, in: pack).covered
    let isOnly = former.scope.covered == [former.scope.division] && below.count > 1
    let scope = LocalNode.scope(of: division, only: isOnly, in: pack)
    return Office(
      name: try assignment.name.map { try LocalNode.officeName($0) } ?? former.name, id: former.id,
      scope: Scope(
        division: division, covered: scope.covered + former.scope.covered, ancestors: scope.ancestors),
      rights: assignment.mayEnrol ? former.rights.union(.enrol) : former.rights)
  }
}
