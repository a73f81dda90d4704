internal import Ledger
internal import Store
internal import Trust

/// How much of what each office wrote counts, from the revocations and certificates that are held; it does not
/// depend on the order in which they came.
///
/// Only who stands above an office revokes it. So nobody's standing rests on his own word or on that of
/// somebody below him, and judging from the top down gives one answer.
struct Standing {
  /// Offices of which not everything counts.
  private(set) var honoured: [NodeID: Honoured] = [:]
  /// Those of them whose certificate fell with its issuer.
  private(set) var fallen: Set<NodeID> = []
  /// All offices that a revocation or a cut concerns, the highest first.
  private(set) var order: [NodeID] = []
  /// The revocations that count: said from above, and not lifted.
  private(set) var revocations: [StatedRevocation] = []
  /// Who has ever spoken of logs of its own, whether it counts or not.
  private(set) var ruling: Set<NodeID> = []
  /// Whose notices are cut.
  private let cut: Set<NodeID>

  private struct Place {
    var office: Office
    var certificate: Certificate
    var node: NodeID { certificate.nodeID }
    /// The lower, the higher it stands.
    var height: (Int, Int) {
      (Int(office.scope.rank), -office.rights.rawValue.nonzeroBitCount)
    }

    func isAbove(_ other: Place) -> Bool {
      height < other.height && office.rights.contains(.enrol)
        && other.office.scope.covered.allSatisfy(office.scope.covers)
    }

    /// Whether it is the region: nobody can stand above it.
    var isHighest: Bool { office.scope.rank == 0 && office.rights == .all }
  }

  /// - Parameter root: the region's CA; without one nothing is judged.
  init(_ snapshot: Snapshot, root: Certificate?) throws {
    guard let root, try snapshot.anythingWithdrawn() else {
      cut = []
      return
    }
    let held = try snapshot.revocations()
    let stated = held.filter(\.counts)
    let releases = stated.isEmpty ? [] : try snapshot.releases()
    cut = try snapshot.authorsOfCutNotices()
    let places = try Standing.concerned(held, releases.map(\.author), cut, snapshot).compactMap {
      row -> Place? in
      let certificate = try Certificate(der: row.certificate)
      return certificate.office.map { Place(office: $0, certificate: certificate) }
    }.sorted { $0.height < $1.height }
    order = places.map(\.node)
    let byNode = Dictionary(uniqueKeysWithValues: places.map { ($0.node, $0) })
    let unlifted = stated.filter { said in
      !releases.contains { release in
        release.revoking == said.change
          && (release.author == said.author
            || Standing.isAbove(byNode[release.author], byNode[said.author]))
      }
    }
    revocations = unlifted.filter { Standing.isAbove(byNode[$0.author], byNode[$0.revocation.node]) }
    ruling = Set(held.filter { $0.author == $0.revocation.node }.map(\.author))
    // None is lifted.
    let rulings = Standing.rulings(stated, byNode)
    for place in places {
      if let own = rulings[place.node] { honoured[place.node] = .ruled(own) }
      let against = revocations.filter { $0.revocation.node == place.node }
      if !against.isEmpty { honoured[place.node] = .only(against.map { Standing.byLog($0.revocation) }) }
      if try !isIssued(place, places, root, snapshot) {
        honoured[place.node] = .nothing
        fallen.insert(place.node)
      }
    }
  }

  /// What the region says of its own logs, of each by the heads that are named. A ruling speaks of logs of lower epochs
  /// than that of its own log: so no two take each other's word back, and judging ends.
  private static func rulings(
    _ stated: [StatedRevocation], _ places: [NodeID: Place]
  ) -> [NodeID: [[LogID: [ChangeRef]]]] {
    var rulings: [NodeID: [[LogID: [ChangeRef]]]] = [:]
    for said in stated where said.author == said.revocation.node && places[said.author]?.isHighest == true {
      let named = byLog(said.revocation).filter { $0.key.epoch < said.change.log.epoch }
      if !named.isEmpty { rulings[said.author, default: []].append(named) }
    }
    return rulings
  }

  /// How much of what a node wrote counts. The own logs go on from their own heads; others judge them, but for what a
  /// region rules of its own.
  func honoured(of node: NodeID, own: NodeID) -> Honoured {
    let honoured = honoured[node] ?? .everything
    return node == own && honoured.isRevocation ? .everything : honoured
  }

  private static func isAbove(_ one: Place?, _ other: Place?) -> Bool {
    guard let one, let other else { return false }
    return one.isAbove(other)
  }

  /// Who revokes or releases, who is revoked or was or has notices that are cut, and whom these certified: the others'
  /// certificates are not read.
  private static func concerned(
    _ revocations: [StatedRevocation], _ releasing: [NodeID], _ cut: Set<NodeID>, _ snapshot: Snapshot
  ) throws -> [OfficeRow] {
    let revoked = cut.union(revocations.map(\.revocation.node))
    let named = revoked.union(revocations.map(\.author) + releasing)
    return try snapshot.offices().filter { office in
      office.isRevoked || named.contains(office.node) || office.issuer.map(revoked.contains) == true
    }
  }

  private static func byLog(_ revocation: Revocation) -> [LogID: [ChangeRef]] {
    Dictionary(grouping: revocation.honoured, by: \.log)
  }

  /// A certificate of an issuer that was revoked, or whose notices are cut, counts where what counts of its notices
  /// holds it.
  private func isIssued(
    _ place: Place, _ places: [Place], _ root: Certificate, _ snapshot: Snapshot
  ) throws -> Bool {
    guard let issuerKey = place.certificate.issuerKeyID, issuerKey != root.keyID else { return true }
    let issuers = places.filter { $0.certificate.keyID == issuerKey }
    guard let issuer = issuers.first(where: { honoured[$0.node] != nil || cut.contains($0.node) }) else {
      return true
    }
    return try snapshot.noticesHold(certificate: place.certificate.der, of: issuer.node)
  }

  /// Whether `revoker` stands above `node`; both must be known here.
  static func isAbove(_ revoker: NodeID, _ node: NodeID, _ snapshot: Snapshot) throws -> Bool {
    func place(_ node: NodeID) throws -> Place? {
      guard let row = try snapshot.office(node) else { return nil }
      let certificate = try Certificate(der: row.certificate)
      return certificate.office.map { Place(office: $0, certificate: certificate) }
    }
    guard let above = try place(revoker), let below = try place(node) else { return false }
    return above.isAbove(below)
  }

  /// Brings the store in line: takes out what does not count, takes in again what does.
  ///
  /// What an office loses may hold certificates and revocations in turn, so that the judgement is made anew
  /// after each, from the top down.
  ///
  /// - Parameter others: nodes whose line lies wrong though nothing was said of them.
  /// - Returns: whether anything changed.
  @discardableResult
  static func settle(
    in commit: Commit, identity: Identity, at time: Int64, alsoOf others: [NodeID] = []
  ) throws -> Bool {
    guard let root = identity.authority, try commit.snapshot.anythingWithdrawn() else { return false }
    var issued = IssuedCertificates(root: root)
    var hasChanged = false
    var isSettled = false
    while !isSettled {
      let standing = try Standing(commit.snapshot, root: root)
      isSettled = true
      if try issued.choose(in: commit, fallen: standing.fallen) {
        isSettled = false
        hasChanged = true
        continue
      }
      let known = Set(standing.order)
      let own = identity.key.nodeID
      let nodes = standing.order + others.filter { !known.contains($0) }
      for node in nodes {
        let honoured = standing.honoured(of: node, own: own)
        // The own logs go on from their own heads; others judge them.
        guard node != own || standing.ruling.contains(own) else { continue }
        let reason: BatchFault = standing.fallen.contains(node) ? .unknownAuthor : .revoked
        guard try commit.honour(honoured, of: node, reason: reason.code, at: time) else { continue }
        isSettled = false
        hasChanged = true
        break
      }
      guard isSettled else { continue }
      for node in standing.order {
        try commit.setRevoked(node, standing.honoured[node]?.isRevocation == true)
      }
    }
    return hasChanged
  }
}

extension LocalNode {
  /// Whether what somebody shows of itself counts here.
  /// - Throws: `peerRefused` where it was revoked, or its issuer was and is not known to have issued this.
  func requireStanding(_ chain: TrustedChain, _ snapshot: Snapshot) throws {
    if try snapshot.office(chain.leaf.nodeID)?.isRevoked == true {
      throw NodeError.peerRefused(code: "revoked", detail: chain.office.name)
    }
    guard let issuer = chain.issuer?.nodeID,
      try snapshot.office(issuer)?.isRevoked == true || snapshot.authorsOfCutNotices().contains(issuer)
    else { return }
    guard try snapshot.noticesHold(certificate: chain.leaf.der, of: issuer) else {
      throw NodeError.peerRefused(code: "issuer-revoked", detail: chain.office.name)
    }
  }
}
