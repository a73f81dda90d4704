internal import Campaign
internal import Ledger
internal import Store
internal import Trust

/// Records that belong elsewhere are made anew there: by a person, or where an office joins into another division than
/// it was made for.
extension LocalNode {
  /// A record belongs to another division: it is made anew there, in the same section, with its history linked, and
  /// deleted where it was, in one step.
  ///
  /// - Parameter division: code or name. Where the record is there already, nothing changes.
  /// - Returns: the new record.
  /// - Throws: `AttachmentError.notHereToMove` where something that it has is missing here.
  public func move(_ prefix: String, division text: String, operatorName: String) throws -> Recorded {
    try writeOwn { commit in
      let view = try commit.snapshot.record(prefix: prefix)
      let pack = try commit.pack()
      let division = try division(text, pack)
      guard view.existence != .deleted else { throw try deleted(view, commit.snapshot) }
      try requireScope(view.space.division, pack)
      try requireScope(division, pack)
      guard division != view.space.division else { return Recorded(view: view, warnings: []) }
      let missing = try commit.snapshot.attachments(of: view).filter { !$0.isHere && $0.erasure == nil }
      guard missing.isEmpty else {
        throw AttachmentError.notHereToMove(record: view.id, names: missing.map(\.attachment.name))
      }
      let heir = RecordPlace(
        space: Space(division: division, section: view.space.section), record: newRecordID())
      var remaker = Remaker(node: self, commit: commit, operatorName: operatorName)
      try remaker.remake(view, at: heir)
      try remaker.finish()
      return Recorded(view: try commit.snapshot.record(heir.record, in: heir.space)!, warnings: [])
    }
  }

  /// Brings what this node wrote under its certificate, where that was not done yet: records outside the scope, made
  /// before there was a certificate or beyond what a narrowing honours, are made anew in the office's own division. One transaction, noted in the
  /// store: where it is cut off, the next command does it.
  func relocateRecords() throws {
    guard !isPlaced, let leaf = identity.chain.first, let scope = leaf.office?.scope else { return }
    let mark = leaf.fingerprint.bytes
    let done: (remade: Int, unplaced: [RecordID])? = try store.write { commit in
      // Asked again under the lock: another process may have been first, or have brought a later certificate.
      guard try commit.snapshot.meta(.placedUnder) != mark else { return (0, []) }
      guard isCertificateCurrent else { return nil }
      try commit.setMeta(.placedUnder, mark)
      try commit.notePlacedHere()
      try commit.forgetReceipted()
      let done = try relocate(to: scope, in: commit)
      _ = try Standing.settle(in: commit, identity: identity, at: surroundings.now())
      return done
    }
    guard let done else { return }
    notePlaced(under: mark, remaking: done.remade)
    noteUnplaced(done.unplaced)
    try? catchUpIndex()
  }

  /// Whether what this node wrote was looked through under the certificate that it goes by.
  func isPlaced(in snapshot: Snapshot) throws -> Bool {
    try snapshot.meta(.placedUnder) == identity.chain.first?.fingerprint.bytes
  }

  /// Records of a space that are made anew in another one.
  private struct Leaving {
    var space: Space
    var ids: [RecordID]
    var heirs: [RecordID: RecordID]
    /// Whether the others of the space stay where they are.
    var isPart: Bool
  }

  /// - Returns: how many records were made anew, and which could not be.
  private func relocate(to scope: Scope, in commit: Commit) throws -> (remade: Int, unplaced: [RecordID]) {
    let outside = try commit.snapshot.spacesWritten(by: facts.node).filter { !scope.mayWrite($0) }
    guard !outside.isEmpty else { return (0, []) }
    let standing = try Standing(commit.snapshot, root: identity.authority)
    // What was narrowed honours what others hold.
    let honoured = Set((standing.narrowings[facts.node] ?? []).flatMap { $0.heads.keys.map(\.space) })
    var leaving: [Leaving] = []
    // A file that was taken in twice, with another column for the division, made two records of one id.
    var anywhere: [RecordID: RecordID] = [:]
    var ids = RecordIDs(surroundings, drawing: 128)
    var unplaced: [RecordID] = []
    for space in outside {
      let isHeld = try standing.isShared(space, with: facts.node)
      let living = try commit.snapshot.livingRecords(in: space, of: facts.node).filter { _, creation in
        try !isHeld
          || standing.honoured[facts.node]?.covers(space.division) == true && !standing.counts(creation)
      }.map(\.id)
      let log = try ownLog(space, commit.snapshot)
      // What nobody can delete stays where it is, rather than keep the store from being opened; nothing leads elsewhere.
      let movable = try living.filter { id in
        guard let view = try commit.snapshot.record(id, in: space) else { return false }
        let isMovable = LocalNode.isMovable(view, from: log, to: scope.division)
        if !isMovable { unplaced.append(id) }
        return isMovable
      }
      let heirs = Dictionary(movable.map { ($0, ids.next()) }) { first, _ in first }
      anywhere.merge(heirs) { first, _ in first }
      leaving.append(
        Leaving(space: space, ids: movable, heirs: heirs, isPart: isHeld || movable.count < living.count))
    }
    var remaker = Remaker(node: self, commit: commit, operatorName: "")
    for one in leaving {
      let target = Space(division: scope.division, section: one.space.section)
      // A reference says no space: the record beside the one that names it is meant before any other.
      let named = anywhere.merging(one.heirs) { $1 }
      for id in one.ids {
        guard let view = try commit.snapshot.record(id, in: one.space) else { continue }
        // Nobody moves it who could be told: what a redaction is known of that it lived on from stays behind.
        let erased = try commit.snapshot.copiedThoughRedacted(in: view)
        try remaker.remake(
          view, at: RecordPlace(space: target, record: one.heirs[id]!), heirs: named, erased: erased)
      }
    }
    try remaker.finish()
    for one in leaving {
      try commit.moveImported(
        from: one.space, to: Space(division: scope.division, section: one.space.section), heirs: one.heirs,
        othersToo: !one.isPart)
    }
    // Of these others hold logs that are read here: who compares them with ours must not find one that nobody may take.
    // But what a narrowing is about is judged by it, and shown (`Standing.own`).
    let shared = try Set(outside.filter(scope.mayRead)).subtracting(honoured).filter {
      try standing.honoured[facts.node]?.covers($0.division) != true
        || !standing.isShared($0, with: facts.node)
    }
    if !shared.isEmpty { try commit.withdrawLogs(of: facts.node, in: shared) }
    return (leaving.reduce(0) { $0 + $1.ids.count }, unplaced)
  }

  /// Whether a record can be made anew elsewhere: deleted where it is, and all that stands beside each other written there.
  static func isMovable(_ view: RecordView, from log: LogID, to division: DivisionCode) -> Bool {
    guard isDeletable(view, by: log) else { return false }
    guard !view.contested.isEmpty else { return true }
    let space = Space(division: division, section: view.space.section)
    return Remaking(view.state, in: space, rule: { view.kind?.mergeRule(ofCell: $0) ?? .latest })
      .fits(in: LogID(node: log.node, space: space, epoch: log.epoch))
  }

  /// That a record is deleted, and what was made in its place.
  func deleted(_ view: RecordView, _ snapshot: Snapshot) throws -> NodeError {
    let heir = try snapshot.heir(of: view)
    return .recordDeleted(id: view.id, heir: heir.id == view.id ? nil : heir.id)
  }
}
