internal import Campaign
internal import Ledger
internal import Store
internal import Trust

/// The packs that notices hold, and which of them is in force.
///
/// Of those that count and whose authors may issue packs it is the one of the greatest version, then of the greatest hash.
/// Where none counts it is the greatest of those that lie beyond a cut, for nobody has said yet that they do not, and
/// records were kept by them; else the one that the store came with. So it depends on what is held, not on the order in
/// which it came, or came to count.
enum IssuedPacks {
  /// A pack that could be read.
  struct Read {
    var pack: Pack
    var text: [UInt8]

    fileprivate var rank: (Int, Hash256) { (pack.info.version, Hash256(hashing: text)) }
  }

  /// The greatest of several; nil where this version can read none of them.
  static func greatest(of stated: [StatedPack]) -> Read? {
    stated.compactMap { one in
      (try? PackReader.read(one.text, origin: .received)).map { Read(pack: $0, text: one.text) }
    }.max { $0.rank < $1.rank }
  }

  /// Puts that one in force. The one in force gives way to a later one, and to an earlier one where it counts no more.
  /// - Returns: whether it was another one.
  static func choose(in commit: Commit) throws -> Bool {
    let snapshot = commit.snapshot
    let inForce = try snapshot.meta(.packText) ?? []
    let stated = try snapshot.statedPacks(by: authors(snapshot))
    // Most often there is nothing to be read, or it was read before.
    guard stated.contains(where: { $0.text != inForce || !$0.counts }) else { return false }
    guard try snapshot.meta(.packsJudged) != mark(stated, inForce) else { return false }
    defer { try? commit.setMeta(.packsJudged, mark(stated, (try? snapshot.meta(.packText)) ?? inForce)) }
    // What is in force by no notices that are held here (of a restored store) stays until a later one comes.
    let isStated = stated.contains { $0.text == inForce }
    for some in [stated.filter(\.counts), stated.filter(\.isBeyondCut)] {
      guard let greatest = greatest(of: some) else { continue }
      guard greatest.text != inForce else { return false }
      return try commit.takeIssued(
        greatest.pack, text: greatest.text, anyhow: isStated && !some.contains { $0.text == inForce })
    }
    guard isStated, !stated.contains(where: { $0.counts && $0.text == inForce }) else { return false }
    try commit.takeBackIssued()
    return true
  }

  private static func mark(_ stated: [StatedPack], _ inForce: [UInt8]) -> [UInt8] {
    let each = stated.map { one in
      Hash256(hashing: [one.counts ? 1 : one.isBeyondCut ? 2 : 0] + one.text)
    }
    return Hash256(hashing: (each.sorted() + [Hash256(hashing: inForce)]).flatMap(\.bytes)).bytes
  }

  /// Who may issue packs. Nobody else's are read: they may be large.
  private static func authors(_ snapshot: Snapshot) throws -> Set<NodeID> {
    let rows = try snapshot.offices().filter { row in
      // A row of an older step knows no rights.
      let rights =
        row.rights == 0 && row.rank == 0
        ? try Certificate(der: row.certificate).office?.rights : Rights(rawValue: row.rights)
      return rights?.contains(.issuePacks) == true
    }
    return Set(rows.map(\.node))
  }
}
