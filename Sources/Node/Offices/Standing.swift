internal import Ledger
internal import Store
internal import Trust

/// How much of what each office wrote counts, from the revocations and certificates that are held; it does not
/// depend on the order in which they came.
///
/// Only who stands above an office revokes or narrows it, above what it is by all its certificates. So nobody's
/// standing rests on his own word or on that of somebody below him, and judging from the top down gives one answer.
struct Standing {
  /// Offices of which not everything counts.
  private(set) var honoured: [NodeID: Honoured] = [:]
  /// Those of them whose certificate fell with its issuer's.
  private(set) var fallen: Set<NodeID> = []
  /// Those of them that may do nothing any more.
  private(set) var revoked: Set<NodeID> = []
  /// All offices that something of what was said concerns: who was revoked or narrowed or has notices that are cut, who
  /// says so, and whom these certified. Those that the CA certified come first, of these and of the others the highest.
  private(set) var order: [NodeID] = []
  /// The revocations of everything that count: said from above, and not lifted.
  private(set) var revocations: [StatedRevocation] = []
  /// Whom these name: their keys are enrolled no more, unlike those of offices that merely lost their issuer's word.
  private(set) var revokedByName: Set<NodeID> = []
  /// What a region says of logs of its own, by whom.
  private var rulings: [NodeID: [Honoured.Heads]] = [:]
  /// The narrowings that count, by whom they concern.
  private(set) var narrowings: [NodeID: [Narrowing]] = [:]
  /// The certificate that an office has which was narrowed.
  private(set) var left: [NodeID: IssuedCertificate] = [:]
  /// Whose notices are cut.
  private var cut: Set<NodeID> = []
  /// What offices are by all their certificates.
  private var places: [NodeID: OfficePlace] = [:]
  private let snapshot: Snapshot
  private let issuers: Issuers

  /// - Parameter root: the region's CA; without one nothing is judged.
  init(_ snapshot: Snapshot, root: Certificate?) throws {
    self.snapshot = snapshot
    issuers = Issuers(snapshot, root: root)
    guard root != nil, try snapshot.anythingWithdrawn() else { return }
    let enrollers = try issuers.thoseWhoEnrolled()
    let held = try snapshot.revocations(by: enrollers)
    let said = held.filter(\.counts)
    let releases = said.isEmpty ? [] : try snapshot.releases(by: enrollers)
    cut = try snapshot.authorsOfCutNotices()
    // Of what does not count any more the line may lie where it did.
    for row in try concerned(held, releases.map(\.release.log.node), enrollers) {
      if let place = issuers.certificate(row.certificate).flatMap({ OfficePlace($0) }) {
        places[row.node] = place
      }
    }
    try judge(said, releases)
    revokedByName = Set(revocations.map(\.revocation.node))
    rulings = Standing.rulings(said, places)
    for node in order { try judge(node) }
    // Last: of every issuer it is known by now what of it counts.
    for node in order where narrowings[node] == nil && !fallen.contains(node) { try judgeScope(of: node) }
  }

  /// Who revokes or releases, who is revoked or was or has notices that are cut, and whom these certified, also where the
  /// CA did since: the others' certificates are not read.
  private func concerned(
    _ revocations: [StatedRevocation], _ releasing: [NodeID], _ enrollers: Set<NodeID>
  ) throws -> [OfficeRow] {
    let revoked = cut.union(revocations.map(\.revocation.node))
    let certified = try snapshot.statedCertificates(by: revoked.intersection(enrollers), all: true)
    let named = revoked.union(revocations.map(\.author) + releasing)
      .union(certified.compactMap { issuers.certificate($0.der)?.nodeID })
    return try snapshot.offices().filter { office in
      office.isRevoked || named.contains(office.node) || office.issuer.map(revoked.contains) == true
    }
  }

  // MARK: what was said

  /// Picks what counts of what was said, about the highest first. Whom the CA itself certified comes before the others:
  /// only those say anything of anybody.
  private mutating func judge(
    _ said: [StatedRevocation], _ releases: [(release: ChangeRef, revoking: ChangeRef)]
  ) throws {
    let against = Dictionary(grouping: said, by: \.revocation.node)
    let narrowings = try against.mapValues { try $0.compactMap { try Narrowing($0, issuers) } }
    for (node, all) in narrowings where !all.isEmpty {
      if let place = try highest(issuers.certificates(of: node)) { places[node] = place }
    }
    let sorted = places.values.sorted {
      $0.height == $1.height ? $0.node < $1.node : $0.height < $1.height
    }
    order =
      sorted.filter { issuers.isOfAuthority($0.certificate) }.map(\.node)
      + sorted.filter { !issuers.isOfAuthority($0.certificate) }.map(\.node)
    for node in order {
      let narrowed = narrowings[node] ?? []
      if !narrowed.isEmpty, try issuers.certificates(of: node).isEmpty,
        let place = try highest(certificates(of: node))
      {
        places[node] = place
      }
      for one in against[node] ?? [] where try isAbove(one.change, node) {
        guard try !releases.contains(where: { try $0.revoking == one.change && mayRelease($0.release, one) })
        else { continue }
        if let narrowing = narrowed.first(where: { $0.said.change == one.change }) {
          self.narrowings[node, default: []].append(narrowing)
        } else {
          revocations.append(one)
        }
      }
    }
  }

  /// A ruling speaks of logs of lower epochs than that of its own log: so no two take each other's word back, and judging
  /// ends. None is lifted.
  private static func rulings(
    _ said: [StatedRevocation], _ places: [NodeID: OfficePlace]
  ) -> [NodeID: [Honoured.Heads]] {
    var rulings: [NodeID: [Honoured.Heads]] = [:]
    for said in said where said.author == said.revocation.node && places[said.author]?.isHighest == true {
      let named = Dictionary(grouping: said.revocation.honoured, by: \.log).filter {
        $0.key.epoch < said.change.log.epoch
      }
      if !named.isEmpty { rulings[said.author, default: []].append(named) }
    }
    return rulings
  }

  private func highest(_ issued: [IssuedCertificate]) throws -> OfficePlace? {
    try best(issued).flatMap { OfficePlace($0.certificate) }
  }

  private func best(_ issued: [IssuedCertificate]) throws -> IssuedCertificate? {
    try issued.map { ($0, try OfficeRow($0, under: issuers.root)) }.max { $1.1.supersedes($0.1) }?.0
  }

  /// Whether the author of a change stood above a node when it said it.
  private func isAbove(_ change: ChangeRef, _ node: NodeID) throws -> Bool {
    guard let below = places[node] else { return false }
    return try stood(at: change).contains { $0.isAbove(below) }
  }

  private func mayRelease(_ release: ChangeRef, _ said: StatedRevocation) throws -> Bool {
    if release.log.node == said.author, narrowings[said.author] == nil { return true }
    return try isAbove(release, said.author)
      || release.log.node == said.author && isAbove(release, said.revocation.node)
  }

  /// Where the author of a change stood.
  private func stood(at change: ChangeRef) throws -> [OfficePlace] {
    let author = change.log.node
    guard narrowings[author] != nil else { return places[author].map { [$0] } ?? [] }
    return try issuers.certificates(of: author).filter { try isGood($0.certificate, at: change) }
      .compactMap { OfficePlace($0.certificate) }
  }

  // MARK: what comes of it

  private mutating func judge(_ node: NodeID) throws {
    let against = revocations.filter { $0.revocation.node == node }.map(\.revocation.honoured)
    var found = Honoured(
      revocations: against.map { Dictionary(grouping: $0, by: \.log) }, rulings: rulings[node] ?? [])
    if !against.isEmpty { revoked.insert(node) }
    if let narrowings = narrowings[node] {
      let all = try certificates(of: node)
      found.ways = all.map { issued in
        Honoured.Way(
          issued.certificate,
          narrowings: narrowings.filter { !$0.allows(issued.certificate) }.map(\.heads))
      }
      left[node] = try best(all.filter { isInForce($0.certificate) })
      // Two who did not know of each other left it different things.
      if left[node] == nil { revoked.insert(node) }
      if all.isEmpty { fallen.insert(node) }
    } else if let row = try snapshot.office(node), let own = issuers.certificate(row.certificate),
      try !counts(own, by: row.issuer ?? node)
    {
      found = .nothing
      fallen.insert(node)
      revoked.insert(node)
    }
    if found != .everything { honoured[node] = found }
  }

  /// Of several certificates each lets a node write where it covers: of one that counts no more it counts no more.
  private mutating func judgeScope(of node: NodeID) throws {
    guard let row = try snapshot.office(node), let own = issuers.certificate(row.certificate)?.office,
      try issuers.held(of: node).contains(where: {
        $0.certificate.office?.scope.covered.allSatisfy(own.scope.covers) == false
      })
    else { return }
    var found = honoured[node] ?? .everything
    found.ways = try certificates(of: node).map { Honoured.Way($0.certificate, narrowings: []) }
    honoured[node] = found
  }

  /// All certificates of a node that count by their issue.
  func certificates(of node: NodeID) throws -> [IssuedCertificate] {
    let others = try issuers.held(of: node).filter { held in
      guard held.counts, !issuers.isOfAuthority(held.certificate) else { return false }
      guard let change = held.change else { return try counts(held.certificate, by: held.author) }
      return try isIssued(held.certificate, in: change)
    }
    return try issuers.certificates(of: node) + others.map(\.issued)
  }

  /// Whether a certificate that a change states is its author's to issue, or the CA's.
  func isIssued(_ certificate: Certificate, in change: ChangeRef) throws -> Bool {
    try issuers.chain(of: certificate, statedBy: change.log.node) { try isGood($0, at: change) } != nil
  }

  /// Whether a certificate was not taken back, or everything that took it back honours a change.
  private func isGood(_ certificate: Certificate, at change: ChangeRef) throws -> Bool {
    try (narrowings[certificate.nodeID] ?? []).allSatisfy {
      try $0.allows(certificate) || snapshot.honours($0.heads[change.log] ?? [], change)
    }
  }

  /// Whether no narrowing took a certificate back.
  func isInForce(_ certificate: Certificate) -> Bool {
    narrowings[certificate.nodeID]?.allSatisfy { $0.allows(certificate) } ?? true
  }

  /// Whether a certificate that somebody shows counts by its issue. Of an issuer of which not everything counts what
  /// does has to hold it, unless it has the right still.
  ///
  /// - Parameter issuer: who issued it by the chain that was checked; nil where the CA did.
  func counts(_ certificate: Certificate, by issuer: NodeID?) throws -> Bool {
    if issuers.isOfAuthority(certificate) { return true }
    guard let issuer else { return false }
    let isNarrowed = narrowings[issuer] != nil
    guard isNarrowed || cut.contains(issuer) || honoured[issuer]?.isOnlyOfScope == false else { return true }
    if isNarrowed, !revoked.contains(issuer), !cut.contains(issuer),
      try issuers.chain(of: certificate, statedBy: issuer, where: isInForce) != nil
    {
      return true
    }
    return try snapshot.statedCertificates(containing: certificate.der).contains { stated in
      guard stated.author == issuer, stated.der == certificate.der else { return false }
      return try !isNarrowed || isIssued(certificate, in: stated.change)
    }
  }

  /// Whether a change lies in what is honoured of a node's certificates. Revocations of everything are no matter here.
  func counts(_ change: ChangeRef) throws -> Bool {
    guard let ways = honoured[change.log.node]?.ways else { return true }
    return try ways.filter { $0.divisions.contains(change.log.space.division) }.contains { way in
      try way.narrowings.allSatisfy { try snapshot.honours($0[change.log] ?? [], change) }
    }
  }

  // MARK: asking

  /// Whether the holder of a certificate may do nothing by it: it was revoked by name, or what was left to it is another
  /// one, or nothing. One whose issuer's word fell is no matter here (`counts`).
  func isRevoked(_ certificate: Certificate) -> Bool {
    let node = certificate.nodeID
    if revocations.contains(where: { $0.revocation.node == node }) { return true }
    return narrowings[node] != nil && left[node] == nil && !isInForce(certificate)
  }

  /// Whether `one` stands above `other` by what they have; both must be known here.
  func isAbove(_ one: NodeID, _ other: NodeID) throws -> Bool {
    func place(_ node: NodeID) throws -> OfficePlace? {
      try snapshot.office(node).flatMap { issuers.certificate($0.certificate) }.flatMap { OfficePlace($0) }
    }
    guard let above = try place(one), let below = try places[other] ?? place(other) else { return false }
    return above.isAbove(below)
  }

  /// How much of a log counts here.
  func honoured(of log: LogID, _ identity: Identity) throws -> Honoured {
    guard log.node == identity.key.nodeID else { return honoured[log.node] ?? .everything }
    guard let own = own(identity), try own.concerns(log) else { return .everything }
    return own.honoured
  }

  /// What of its own this node judges. The own logs go on from their own heads, and others judge them; but a region rules
  /// on its own, and what was narrowed is not the office's any more, once it has taken up what was left to it.
  func own(_ identity: Identity) -> (honoured: Honoured, concerns: (LogID) throws -> Bool)? {
    guard let certificate = identity.chain.first, let scope = certificate.office?.scope,
      isInForce(certificate), order.contains(certificate.nodeID)
    else { return nil }
    let node = certificate.nodeID
    guard let ways = honoured[node]?.ways, narrowings[node] != nil else {
      return (Honoured(rulings: rulings[node] ?? []), { scope.covers($0.space.division) })
    }
    let own = Honoured(ways: ways)
    return (
      own,
      { log in
        // What nobody has was made anew elsewhere, and stays.
        guard own.covers(log.space.division) else { return false }
        return try scope.mayRead(log.space) || isShared(log.space, with: node)
      }
    )
  }

  /// Whether what a node wrote in a space is not its own alone: a narrowing says how far it counts, somebody has signed for
  /// it, or others write there too, whose records it may have edited before anybody heard of it.
  func isShared(_ space: Space, with node: NodeID) throws -> Bool {
    let narrowings = narrowings[node] ?? []
    if narrowings.contains(where: { $0.heads.keys.contains { $0.space == space } }) { return true }
    if try snapshot.isReceipted(node, in: space) { return true }
    return try !narrowings.isEmpty && snapshot.isWritten(byOthersThan: node, in: space)
  }
}
