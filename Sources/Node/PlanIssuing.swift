public import Campaign
internal import Foundation
internal import Ledger
public import Store
internal import Trust

/// The campaign pack of a region: issued to all its offices as a statement in its notices.
extension LocalNode {
  /// Puts a pack in force here and issues it to all offices below. It becomes the next version of the one in force
  /// by itself; where nothing is different, nothing is done.
  ///
  /// - Returns: the pack in force afterwards.
  /// - Throws: `PackProblems` where the text is no pack, `planRefused` where records kept by the former one would
  ///   mean something else; nothing has changed then.
  public func importPlan(_ path: String) throws -> Pack {
    let text = try LocalNode.planText(path)
    guard identity.chain.first?.office?.rights.contains(.issuePacks) == true else {
      throw NodeError.mayNotIssuePacks
    }
    let pack = try PackReader.read(text)
    let (former, hasRecords) = try store.read { (try $0.pack(), try $0.holdsRecords()) }
    if pack.with(version: former.info.version) == former { return former }
    if pack.info.lineage != former.info.lineage, !hasRecords {
      return try found(anew: pack, text, after: former)
    }
    let problems = pack.compatibilityProblems(with: former)
    guard problems.isEmpty else { throw NodeError.planRefused(problems) }
    try requireDivisions(pack)
    return try issue(text, after: former)
  }

  /// Offices whose division the pack in force has lower than their certificates say: they keep the place that they have until
  /// they are assigned it anew.
  public func officesPlacedLower() throws -> [OfficeRow] {
    try store.read { snapshot in
      let pack = try snapshot.pack()
      return try snapshot.offices().filter { row in
        !row.isRevoked && LocalNode.scope(of: row.division, only: true, in: pack).rank > row.rank
      }
    }
  }

  /// The text of a pack from a file, not yet read.
  static func planText(_ path: String) throws -> [UInt8] {
    guard let data = FileManager.default.contents(atPath: path) else { throw NodeError.unreadable(path) }
    return Array(data)
  }

  /// The text of the pack in force, as it was issued.
  public func planText() throws -> [UInt8] {
    guard let text = try store.read({ try $0.meta(.packText) }) else {
      throw StoreError.damaged("the store holds no campaign pack")
    }
    return text
  }

  /// Issues a pack as the version after `former`.
  private func issue(_ text: [UInt8], after former: Pack) throws -> Pack {
    let version = former.info.version + 1
    let text = try PackReader.text(text, withVersion: version)
    let pack = try PackReader.read(text)
    try renewIfScopeDiffers(pack)
    let node = try LocalNode(opening: store.folder, surroundings: surroundings)
    return try store.write { commit in
      // Another process may have been faster: a version is given once.
      guard try commit.pack().info.version == former.info.version else { throw StoreError.busy }
      // First: all that is derived anew is marked with the arrival of this change, which no reader of before has.
      try node.append(
        to: Space(division: node.facts.division, section: .notices), operatorName: "",
        statements: [.pack(text)], in: commit)
      try commit.takeIssued(pack, text: text)
      return pack
    }
  }

  /// Every division that records or offices are of has a place in the new pack.
  private func requireDivisions(_ pack: Pack) throws {
    let needed = try store.read { try $0.divisionsInUse() }.union([facts.division])
    let missing = needed.filter { pack.divisions[$0] == nil }
    guard missing.isEmpty else { throw NodeError.planLacksDivisions(missing.sorted()) }
  }

  // MARK: another campaign

  /// A region that holds nothing yet takes another campaign, of other divisions: where the pack does not know its
  /// own, it becomes the one that all others lie in.
  private func found(anew pack: Pack, _ text: [UInt8], after former: Pack) throws -> Pack {
    let others = try store.read { try $0.offices() }.filter { $0.node != facts.node }
    guard others.isEmpty || pack.divisions[facts.division] != nil else {
      throw NodeError.planLacksDivisions(others.map(\.division).filter { pack.divisions[$0] == nil })
    }
    if pack.divisions[facts.division] == nil {
      let roots = pack.divisions.divisions.filter { $0.parent == nil && $0.isInUse }
      guard roots.count == 1, let root = roots.first else {
        throw NodeError.planLacksDivisions([facts.division])
      }
      try renew(for: root.code, pack)
      return try LocalNode(opening: store.folder, surroundings: surroundings).issue(text, after: former)
    }
    return try issue(text, after: former)
  }

  /// A certificate spells its scope out: divisions that a new pack adds have to stand in it.
  private func renewIfScopeDiffers(_ pack: Pack) throws {
    let scope = LocalNode.scope(of: facts.division, only: false, in: pack)
    guard identity.authorityKey != nil, let own = identity.chain.first?.office?.scope,
      own.covered != scope.covered || own.ancestors != scope.ancestors
    else { return }
    try renew(for: facts.division, pack)
  }

  /// The region certifies itself anew, and says so in its notices when it is opened under that certificate: what is cut off
  /// before that is made good by whoever opens it next.
  func renew(for division: DivisionCode, _ pack: Pack) throws {
    guard let own = identity.chain.first?.office else { throw NodeError.notEnrolled }
    let scope = LocalNode.scope(of: division, only: false, in: pack)
    let certificate = try sign(
      Office(name: own.name, id: own.id, scope: scope, rights: own.rights), for: identity.key.publicKey,
      after: identity.chain.first?.notAfter)
    try Identity.write(try certificate.pem, store.folder, "node.crt")
    _ = try LocalNode(opening: store.folder, surroundings: surroundings)
  }
}
