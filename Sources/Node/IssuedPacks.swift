internal import Campaign
internal import Ledger
internal import Store
internal import Trust

/// The packs that notices hold, and which of them is in force.
///
/// Of those that count and whose authors may issue packs it is the one of the greatest version, then of the greatest hash:
/// it depends on what is held, not on the order in which it came, or came to count.
enum IssuedPacks {
  /// Puts that one in force. The one in force gives way to a later one, and to an earlier one where it counts no more.
  /// - Returns: whether it was another one.
  static func choose(in commit: Commit) throws -> Bool {
    let snapshot = commit.snapshot
    let inForce = try snapshot.meta(.packText) ?? []
    let stated = try snapshot.statedPacks(by: authors(snapshot))
    let counting = stated.filter(\.counts)
    // Most often there is nothing to be read, or it was read before.
    guard counting.contains(where: { $0.text != inForce }) else { return false }
    func mark(_ inForce: [UInt8]) -> [UInt8] {
      let hashes = counting.map { Hash256(hashing: $0.text) }.sorted() + [Hash256(hashing: inForce)]
      return Hash256(hashing: hashes.flatMap(\.bytes)).bytes
    }
    guard try snapshot.meta(.packsJudged) != mark(inForce) else { return false }
    defer { try? commit.setMeta(.packsJudged, mark((try? snapshot.meta(.packText)) ?? inForce)) }
    let read = counting.compactMap { one in
      (try? PackReader.read(one.text, origin: .received)).map { (pack: $0, text: one.text) }
    }
    func order(_ one: (pack: Pack, text: [UInt8])) -> (Int, Hash256) {
      (one.pack.info.version, Hash256(hashing: one.text))
    }
    guard let best = read.max(by: { order($0) < order($1) }), best.text != inForce else { return false }
    // What is in force by no notices that are held here (of a restored store) stays until a later one comes.
    let isTakenBack =
      stated.contains { $0.text == inForce } && !counting.contains { $0.text == inForce }
    return try commit.takeIssued(best.pack, text: best.text, anyhow: isTakenBack)
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
