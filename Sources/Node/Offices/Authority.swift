internal import Ledger
internal import Store
internal import Synchronization
internal import Trust

/// Whose signatures count, where, and how far: the offices known here.
///
/// A certificate counts because its issuer's notices say so, or because the region's CA itself signed it. Each
/// is read when it is first asked for: a session hears of few offices, and a store may know hundreds.
struct Authority: HeadVerifier {
  private struct Entry {
    var key: PublicKey
    var scope: Scope
    var rights: Rights
    var certificate: Certificate

    init?(_ certificate: Certificate) {
      guard let office = certificate.office else { return nil }
      key = certificate.publicKey
      scope = office.scope
      rights = office.rights
      self.certificate = certificate
    }
  }

  /// What was read so far; shared by copies, for a certificate does not change.
  private final class Known: Sendable {
    let entries = Mutex<[NodeID: Entry]>([:])
  }

  /// Certificates by node, not read yet.
  private var certificates: [NodeID: [UInt8]] = [:]
  private let known = Known()
  /// Where offices write by another certificate than the one that they have: what all that count cover.
  private var covered: [NodeID: Set<DivisionCode>] = [:]
  private let honoured: [NodeID: Honoured]
  /// What narrowings have left to offices.
  private let narrowed: [NodeID: [Office]]
  private let own: NodeKey
  private let ownScope: Scope?
  /// Texts that redactions erase: they may be missing.
  private let erased: [ChangeRef: Set<Int>]
  let root: Certificate?

  /// - Parameter standing: how everybody stands, where that was judged in this transaction and nothing has changed since.
  init(_ snapshot: Snapshot, identity: Identity, _ standing: Standing? = nil) throws {
    own = identity.key
    root = identity.authority
    ownScope = identity.chain.first?.office?.scope
    for office in try snapshot.offices() { certificates[office.node] = office.certificate }
    let standing = try standing ?? Standing(snapshot, root: identity.authority)
    honoured = standing.honoured
    narrowed = standing.narrowings.mapValues { $0.map(\.office) }
    erased = try snapshot.erasedLeaves()
  }

  private func entry(_ node: NodeID) -> Entry? {
    guard let der = certificates[node] else { return nil }
    return known.entries.withLock { entries in
      if let entry = entries[node], entry.certificate.der == der { return entry }
      let entry = (try? Certificate(der: der)).flatMap { Entry($0) }
      entries[node] = entry
      return entry
    }
  }

  /// How many certificates were read.
  var readCount: Int { known.entries.withLock { $0.count } }

  func knows(_ node: NodeID) -> Bool { certificates[node] != nil || node == own.nodeID }

  func rights(of node: NodeID) -> Rights { entry(node)?.rights ?? [] }

  /// Where the erasure of an attachment holds: in all divisions that its author covers, if it may erase in the one that
  /// it names.
  func reach(of stated: StatedErasure) -> [DivisionCode] {
    guard let entry = entry(stated.author), entry.rights.contains(.redact),
      entry.scope.covers(stated.erasure.space.division)
    else { return [] }
    return entry.scope.covered
  }

  func verify(_ head: LogHead, signature: Signature) -> BatchFault? {
    if head.log.node == own.nodeID {
      return own.publicKey.verify(signature, over: head.signedBytes) ? nil : .badSignature(n: head.n)
    }
    guard let entry = entry(head.log.node) else { return .unknownAuthor }
    if let honoured = honoured[head.log.node] {
      guard honoured.covers(head.log.space.division) else { return .outOfScope }
      guard honoured.mayCount(head.ref) else { return honoured.fault }
    }
    guard mayWrite(entry, head.log.space) else { return .outOfScope }
    return entry.key.verify(signature, over: head.signedBytes) ? nil : .badSignature(n: head.n)
  }

  /// Where certificates were taken back, what is honoured tells.
  private func mayWrite(_ entry: Entry, _ space: Space) -> Bool {
    let node = entry.certificate.nodeID
    return honoured[node]?.ways != nil || entry.scope.mayWrite(space)
      || covered[node]?.contains(space.division) == true
  }

  /// Looks up what else the node of a log was certified for, where the certificate that it has does not cover the log:
  /// one that counts is enough, and which of them the office goes by is another question.
  mutating func look(for log: LogID, in snapshot: Snapshot) throws {
    let node = log.node
    guard node != own.nodeID, covered[node] == nil, honoured[node]?.ways == nil, let entry = entry(node),
      !entry.scope.mayWrite(log.space)
    else { return }
    let issued = try Standing(snapshot, root: root).certificates(of: node)
    covered[node] = Set(issued.flatMap { $0.certificate.office?.scope.covered ?? [] })
  }

  func vouches(for head: LogHead) -> Bool {
    guard let honoured = honoured[head.log.node], let entry = entry(head.log.node) else { return false }
    return mayWrite(entry, head.log.space) && honoured.mayCount(head.ref) && honoured.names(head)
  }

  func mayLack(_ leaves: [Int], of change: ChangeRef) -> Bool {
    erased[change]?.isSuperset(of: leaves) == true
  }

  func isOwn(_ node: NodeID) -> Bool { node == own.nodeID }

  /// Whether this node's certificate lets it write to a space: without one nobody has asked.
  func mayWriteOwn(_ space: Space) -> Bool { ownScope?.mayWrite(space) ?? true }

  /// Whether a node's redactions count for a space.
  func mayRedact(_ node: NodeID, _ space: Space) -> Bool {
    guard let entry = entry(node) else { return false }
    return entry.rights.contains(.redact) && entry.scope.covers(space.division)
  }

  /// What may be read by who shows a certificate: where a narrowing took that back, no more than what it left.
  func reading(by shown: Certificate) -> @Sendable (Space) -> Bool {
    guard let office = shown.office else { return { _ in false } }
    let scope = office.scope
    guard let bounds = narrowed[shown.nodeID], !bounds.allSatisfy(office.isWithin) else {
      return scope.mayRead
    }
    let left = entry(shown.nodeID)?.scope
    return { scope.mayRead($0) && left?.mayRead($0) == true }
  }

  func verify(_ receipt: Receipt) -> Bool {
    entry(receipt.signer)?.key.verify(receipt.signature, over: receipt.signedBytes) ?? false
  }

  /// Whether a receipt may be its signer's word: of one who is not known nothing tells.
  func mayHaveSigned(_ receipt: Receipt) -> Bool { entry(receipt.signer) == nil || verify(receipt) }

  /// Whether a node's logs have to be looked at again after something of them came.
  func isRestricted(_ node: NodeID) -> Bool { honoured[node] != nil }

  /// The heads of a log that revocations and rulings name; nil where nothing is said of it.
  func honouredHeads(of log: LogID) -> Set<ChangeRef>? {
    honoured[log.node]?.heads(on: log)
  }

  /// Learns of a certificate, if the region's CA or `issuer` may have issued it, by what it is or was.
  /// - Returns: the office as it is to be kept; nil where the certificate does not count.
  mutating func learn(_ der: [UInt8], from issuer: NodeID, _ snapshot: Snapshot) throws -> OfficeRow? {
    guard let root, let certificate = try? Certificate(der: der),
      try Issuers(snapshot, root: root).chain(of: certificate, statedBy: issuer) != nil,
      let row = try? OfficeRow(
        certificate, issuer: issuer == certificate.nodeID ? nil : issuer, under: root)
    else { return nil }
    covered[row.node] = nil
    // An older one that comes later takes nothing from the office.
    if let known = entry(row.node),
      !row.supersedes(try OfficeRow(known.certificate, issuer: nil, under: root))
    {
      return row
    }
    certificates[certificate.nodeID] = der
    return row
  }
}
