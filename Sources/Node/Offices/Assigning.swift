internal import Campaign
public import Ledger
internal import Store
internal import Trust

/// Another place for an office: it keeps its store and its key, and takes the certificate up when it next syncs.
extension LocalNode {
  /// What an office is to be from now on; nil leaves it as it is.
  public struct Assignment: Sendable {
    /// What an office covers beside its own division.
    public enum Reach: Sendable { case nothing, allBelow }

    /// Code or name.
    public var division: String?
    public var name: String?
    /// Where it is said nothing else that was covered stays.
    public var reach: Reach?
    /// Whether it may enrol offices in its scope.
    public var mayEnrol: Bool?

    public init(division: String? = nil, name: String? = nil, reach: Reach? = nil, mayEnrol: Bool? = nil) {
      self.division = division
      self.name = name
      self.reach = reach
      self.mayEnrol = mayEnrol
    }
  }

  /// What came of it.
  public struct Assigned: Sendable {
    public var node: NodeID
    /// Whether there is another certificate for it: not where it is all that already.
    public var isNew: Bool
    /// What it covers beside its division and what is below that, ascending.
    public var beside: [DivisionCode] = []
    /// What it covers no more, ascending.
    public var dropped: [DivisionCode] = []
    /// Whether it had the right to enrol and has it no more.
    public var mayEnrolNoMore = false
    /// Offices that it had enrolled and could not certify any more: this node did, for what they are.
    public var certified: [String] = []
    /// The names of offices that stood above it and may not read its division any more: it hands in nothing by them.
    public var leftBehind: [String] = []
    /// Where that is so, the names of those above it now, the nearest first.
    public var superiors: [String] = []
  }

  /// Issues an office another certificate for the key that it has. Where that is less than it has, the former one is
  /// taken back: what it wrote outside the new scope counts as far as this store holds it.
  ///
  /// - Parameter prefix: the office's name, or its node id's beginning.
  /// - Throws: `mayNotAssign` where it is not below this office; `mayNotWiden` where another office narrowed it;
  ///   `revokedKey`; `TrustError` where it would be more than this office is.
  public func assign(_ prefix: String, _ assignment: Assignment) throws -> Assigned {
    try assign(prefix, assignment, listBytes: LocalNode.revocationListBytes)
  }

  /// - Parameter listBytes: how much of the list of heads goes into one change: a longer one goes into several.
  func assign(_ prefix: String, _ assignment: Assignment, listBytes: Int) throws -> Assigned {
    _ = try issuer()
    try requireDelegation(assignment.mayEnrol == true)
    return try store.write { commit in
      let row = try commit.snapshot.office(called: prefix)
      let standing = try Standing(commit.snapshot, root: identity.authority)
      guard !standing.fallen.contains(row.node),
        !standing.revocations.contains(where: { $0.revocation.node == row.node })
      else { throw NodeError.revokedKey(name: row.name) }
      guard try standing.isAbove(facts.node, row.node),
        let former = try Certificate(der: row.certificate).office
      else { throw NodeError.mayNotAssign(name: row.name) }
      let pack = try commit.pack()
      let office = try place(former, assignment, pack)
      let beside = LocalNode.coveredBeside(office.scope, pack)
      guard office != former || row.isRevoked else {
        return Assigned(node: row.node, isNew: false, beside: beside)
      }
      // It ends after any that counts for it, also one that comes to count again by this.
      let issued = try standing.certificates(of: row.node)
      let last = issued.map(\.certificate.notAfter).reduce(row.expires, max)
      try issue(
        office, to: try Certificate(der: row.certificate).publicKey, after: last,
        beside: try takingBack(from: row, issued, allBut: office, standing, listBytes, in: commit), in: commit
      )
      try takeUpWhatCounts(in: commit)
      // Another certificate may stand before any that this office can give.
      guard let now = try commit.snapshot.office(row.node),
        try Certificate(der: now.certificate).office == office
      else {
        throw NodeError.mayNotAssign(name: row.name)
      }
      var assigned = Assigned(
        node: row.node, isNew: true, beside: beside,
        dropped: former.scope.covered.filter { !office.scope.covers($0) },
        mayEnrolNoMore: former.rights.contains(.enrol) && !office.rights.contains(.enrol),
        certified: try certifyOffices(enrolledBy: row.node, of: office, in: commit))
      let others = try officesAbove(former.scope, commit.snapshot).filter { $0.node != row.node }
      // One that is of the same place now, and no more above it, goes on reading all of it.
      assigned.leftBehind = LocalNode.names(
        try others.filter {
          try Certificate(der: $0.certificate).office?.scope.covers(office.scope.division) != true
        })
      if !assigned.leftBehind.isEmpty {
        let above = try officesAbove(office.scope, commit.snapshot).filter { $0.node != row.node }
        // Above a department of the region stands nobody else.
        assigned.superiors = above.isEmpty ? [facts.name] : LocalNode.names(above)
      }
      return assigned
    }
  }

  /// What each office covers beside its division and what is below that, ascending; none where that is nothing.
  public func coveredBeside() throws -> [NodeID: [DivisionCode]] {
    try store.read { snapshot in
      let pack = try snapshot.pack()
      let all = try snapshot.offices().map { office in
        (
          office.node,
          try Certificate(der: office.certificate).office.map { LocalNode.coveredBeside($0.scope, pack) }
        )
      }
      return Dictionary(all.map { ($0, $1 ?? []) }, uniquingKeysWith: { first, _ in first }).filter {
        !$1.isEmpty
      }
    }
  }

  private static func coveredBeside(_ scope: Scope, _ pack: Pack) -> [DivisionCode] {
    let below = LocalNode.scope(of: scope.division, only: false, in: pack)
    return scope.covered.filter { !below.covers($0) }
  }

  static func names(_ offices: [OfficeRow]) -> [String] {
    offices.map(\.name).reduce(into: []) { names, name in
      if !names.contains(name) { names.append(name) }
    }
  }

  private func place(_ former: Office, _ assignment: Assignment, _ pack: Pack) throws -> Office {
    let division = try assignment.division.map { try self.division($0, pack) } ?? former.scope.division
    try requireScope(division, pack)
    // One that was itself alone stays so; where there is nothing below it, that was not said.
    let below = LocalNode.scope(of: former.scope.division, only: false, in: pack).covered
    let wasAlone = former.scope.covered == [former.scope.division] && below.count > 1
    let scope = LocalNode.scope(
      of: division, only: assignment.reach.map { $0 == .nothing } ?? wasAlone, in: pack)
    // Who comes to stand lower keeps nothing of what is above.
    let keeps = assignment.reach == nil && scope.rank <= former.scope.rank
    var rights = former.rights
    switch assignment.mayEnrol {
    case true?: rights.insert(.enrol)
    case false?: rights.remove(.enrol)
    case nil: break
    }
    return Office(
      name: try assignment.name.map { try LocalNode.officeName($0) } ?? former.name, id: former.id,
      scope: Scope(
        division: division, covered: scope.covered + (keeps ? former.scope.covered : []),
        ancestors: scope.ancestors),
      rights: rights)
  }

  /// What is to be said beside an office's certificate so that it has that and no more: narrowings that leave less are
  /// lifted, and whatever certificate is more is taken back.
  private func takingBack(
    from row: OfficeRow, _ issued: [IssuedCertificate], allBut office: Office, _ standing: Standing,
    _ listBytes: Int, in commit: Commit
  ) throws -> [Statement] {
    let narrowings = standing.narrowings[row.node] ?? []
    let lifted = narrowings.filter { !office.isWithin($0.office) }
    for narrowing in lifted {
      guard try narrowing.author == facts.node || standing.isAbove(facts.node, narrowing.author) else {
        let names = try commit.snapshot.officeNames()
        throw NodeError.mayNotWiden(name: row.name, by: names[narrowing.author] ?? "")
      }
    }
    let staying = narrowings.filter { office.isWithin($0.office) }
    let isMore = issued.contains { issued in
      staying.allSatisfy { $0.allows(issued.certificate) }
        && issued.certificate.office?.isWithin(office) == false
    }
    let releases = lifted.map { Statement.release($0.said.change) }
    guard isMore else { return releases }
    let heads = try commit.snapshot.heads(of: row.node).map(\.ref)
    let narrowing = Revocation(node: row.node, honoured: heads, reason: "")
    return try releases + [stateFirstParts(of: narrowing, listBytes, in: commit)]
  }

  /// Certifies those offices itself that an enroller could not renew from its new place.
  /// - Returns: their names.
  private func certifyOffices(
    enrolledBy enroller: NodeID, of place: Office, in commit: Commit
  ) throws -> [String] {
    guard identity.authorityKey != nil else { return [] }
    var names: [String] = []
    for row in try commit.snapshot.offices()
    where row.issuer == enroller && row.node != enroller && !row.isRevoked {
      let certificate = try Certificate(der: row.certificate)
      guard let office = certificate.office, !row.isOfAuthority, !place.mayCertify(office) else { continue }
      try issue(office, to: certificate.publicKey, after: row.expires, in: commit)
      names.append(row.name)
    }
    return names
  }
}
