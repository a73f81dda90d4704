internal import Campaign
internal import Ledger
internal import Store

/// Makes records anew in other spaces: for each a creation there that names its origin, and a deletion where it was
/// that names its heir. Many go into one change.
struct Remaker {
  private let node: LocalNode
  private let commit: Commit
  private let operatorName: String
  private var creations: [Space: Pending] = [:]
  private var deletions: [Space: Pending] = [:]
  /// What does not go into a record's first change.
  private var rests: [(place: RecordPlace, rest: Remaking)] = []

  /// Contents of attachments that are here, and the spaces that their records come to.
  private var contents: [(content: Hash256, space: Space)] = []

  private struct Pending {
    var mutations: [Mutation] = []
    var bytes = 0
    /// As `ContentLimits.parts` counts them.
    var parts = 0

    mutating func add(_ mutation: Mutation, _ bytes: Int, parts: Int) {
      mutations.append(mutation)
      self.bytes += bytes
      self.parts += parts
    }
  }

  private static let changeBytes = 60 << 10

  init(node: LocalNode, commit: Commit, operatorName: String) {
    self.node = node
    self.commit = commit
    self.operatorName = operatorName
  }

  /// - Parameters:
  ///   - heirs: records that are made anew as well, by what they were called.
  ///   - erased: fields that are made anew as erased.
  mutating func remake(
    _ view: RecordView, at heir: RecordPlace, heirs: [RecordID: RecordID] = [:], erased: Set<UInt32> = []
  ) throws {
    guard let name = view.kindName else { return }
    let namers = try commit.snapshot.namers(of: view.id).mapValues { $0.filter { heirs[$0] == nil } }
    let remaking = Remaking(
      view.state, in: heir.space, rule: { view.kind?.mergeRule(ofCell: $0) ?? .latest },
      namers: namers.filter { !$0.value.isEmpty },
      heirs: heirs, erased: erased)
    let creation = Creation(kind: name, origin: RecordPlace(space: view.space, record: view.id))
    if creations[heir.space, default: Pending()].parts + remaking.partCount > EditWriter.mostNamed {
      try finish()
    }
    creations[heir.space, default: Pending()].add(
      Mutation(target: .id(heir.record), creation: creation, writes: remaking.portions[0]),
      remaking.byteCount + 80, parts: remaking.partCount + 1)
    if remaking.portions.count > 1 || !remaking.contested.isEmpty { rests.append((heir, remaking)) }
    for attached in try commit.snapshot.attachments(of: view) where attached.isHere {
      contents.append((attached.attachment.content, heir.space))
    }
    try delete(view, heir: heir)
    let isFull = [creations[heir.space], deletions[view.space]].contains {
      ($0?.bytes ?? 0) > Remaker.changeBytes
    }
    if isFull { try finish() }
  }

  private mutating func delete(_ view: RecordView, heir: RecordPlace) throws {
    let isLarge = view.state.livingDots.count > EditWriter.mostNamed
    // What is taken off of it first is a change of its own, behind those that make it anew.
    if isLarge { try finish() }
    let deletion = try node.deletion(of: view, heir: heir, operatorName: operatorName, in: commit)
    let parts = deletion.supersedes.count + 2
    if deletions[view.space, default: Pending()].parts + parts > EditWriter.mostNamed { try finish() }
    deletions[view.space, default: Pending()].add(
      Mutation(target: .id(view.id), writes: [deletion]), 64 + 2 * deletion.supersedes.count, parts: parts)
    if isLarge { try finish() }
  }

  /// Writes what was gathered.
  mutating func finish() throws {
    try flush(&creations)
    for (place, rest) in rests { try write(rest, to: place) }
    rests = []
    // Only what is here by the very record that they are made from: a hash alone opens nothing.
    for (content, space) in contents { try commit.noteHere(content, in: space) }
    contents = []
    try flush(&deletions)
  }

  private func flush(_ pending: inout [Space: Pending]) throws {
    for (space, batch) in pending.sorted(by: { $0.key < $1.key }) {
      try node.append(to: space, operatorName: operatorName, mutations: batch.mutations, in: commit)
    }
    pending = [:]
  }

  /// What a record has beyond one change, then the values that stand beside each other, which are open as they were.
  private func write(_ rest: Remaking, to place: RecordPlace) throws {
    for writes in rest.portions.dropFirst() + rest.contested.map({ [$0] }) {
      try node.append(
        to: place.space, operatorName: operatorName,
        mutations: [Mutation(target: .id(place.record), writes: writes)], in: commit)
    }
  }
}
