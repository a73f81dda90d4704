import Foundation
import GRDB
import Ledger
import TestSupport
import Testing

@testable import Node
@testable import Store

/// Swift Testing has a type of that name as well.
private typealias RecordAttachment = Ledger.Attachment

/// What `status` says of all contents at once is what is said of each attachment for itself.
@Suite struct KnownHoldersTests {
  private static let divisions = ["540100", "540102", "540121"]
  private let folder = TemporaryFolder()
  private let offices: TestOffices
  private let lhasa: LocalNode
  private let others: [LocalNode]

  init() async throws {
    offices = try TestOffices()
    lhasa = try offices.enrolled("540100", "拉萨市局", mayEnrol: true)
    others = [
      offices.region, try offices.enrolled("540102", "城关区局", by: lhasa),
      try offices.enrolled("540121", "林周县局", by: lhasa),
    ]
    for other in others { try await sync(other, lhasa) }
  }

  /// Says of some record that it has contents, of which some are here.
  private func write(_ random: inout SeededRandom) throws {
    let division = KnownHoldersTests.divisions.randomElement(using: &random)!
    let author = Bool.random(using: &random) ? lhasa : others[division == "540121" ? 2 : 1]
    guard author.facts.node == lhasa.facts.node || author.facts.division.description == division else {
      return
    }
    let id = try author.addTraining("\(random.next())", division: division)
    try author.store.write { commit in
      let view = try commit.snapshot.record(prefix: id)
      let some = (0..<6).shuffled(using: &random).prefix(Int.random(in: 1...3, using: &random))
      let values = some.map {
        RecordAttachment(content: Hash256(hashing: [UInt8($0)]), byteCount: 1, name: "\($0)").value
      }
      try author.append(
        to: view.space, operatorName: "",
        mutations: [
          Mutation(
            target: .id(view.id),
            writes: [CellWrite(cell: RecordAttachment.cell, content: .elements(values))])
        ], in: commit)
    }
  }

  private func hold(_ random: inout SeededRandom) throws {
    try lhasa.store.write { commit in
      let content = Hash256(hashing: [UInt8.random(in: 0..<6, using: &random)])
      let space = Space(
        division: DivisionCode(KnownHoldersTests.divisions.randomElement(using: &random)!)!, section: .records
      )
      switch Int.random(in: 0..<6, using: &random) {
      case 0: try commit.noteHere(content, in: space)
      case 1: try commit.noteMissing(content)
      default:
        let holder = (others + [lhasa]).randomElement(using: &random)!
        let isKnown = Int.random(in: 0..<5, using: &random) > 0
        let node = isKnown ? holder.facts.node : NodeID(Hash256(hashing: [9]))
        let peer = try commit.peer(node: node, name: nil).key
        try commit.noteHolder(content, in: space, peer: peer, at: Int64.random(in: 1...9, using: &random))
      }
    }
  }

  /// By what is known of each attachment.
  private func expected(_ snapshot: Snapshot) throws -> (missing: Set<MissingHolder>, sole: Int) {
    let scopes = ReadingScopes(snapshot)
    var authors: [String: Set<NodeID>] = [:]
    var seen: [String: [ContentHolder]] = [:]
    var sole: Set<Hash256> = []
    for id in try Data.fetchAll(snapshot.db, sql: "SELECT id FROM records") {
      let view = try snapshot.record(prefix: "\(try #require(RecordID(id)))")
      for one in try snapshot.attachments(of: view) {
        let content = one.attachment.content
        // This node is told of no copy of its own.
        let own = lhasa.facts.node
        let holders = try snapshot.knownHolders(of: content, in: view.space, scopes).filter { $0.node != own }
        if one.isHere {
          if holders.isEmpty { sole.insert(content) }
        } else {
          let place = "\(view.space) \(content)"
          authors[place, default: []].formUnion([one.change.log.node].filter { $0 != own })
          seen[place] = holders
        }
      }
    }
    var counts: [MissingHolder: Int] = [:]
    for (place, authors) in authors {
      let holders = seen[place] ?? []
      for node in holders.isEmpty ? Array(authors) : holders.compactMap(\.node) {
        counts[MissingHolder(node: node, wasSeen: !holders.isEmpty, count: 0), default: 0] += 1
      }
    }
    let missing = counts.map { MissingHolder(node: $0.node, wasSeen: $0.wasSeen, count: $1) }
    return (Set(missing), sole.count)
  }

  @Test(arguments: 1...6) func statusSaysWhatIsSaidOfEach(seed: UInt64) async throws {
    var random = SeededRandom(seed: seed)
    for _ in 0..<8 { try write(&random) }
    for other in others { try await sync(other, lhasa) }
    var kinds: Set<String> = []
    for _ in 0..<40 {
      try hold(&random)
      let (missing, sole) = try lhasa.store.read(expected)
      let status = try lhasa.status(division: nil)
      #expect(Set(status.missingHolders) == missing, "seed \(seed)")
      #expect(status.attachmentsOnlyHere == sole, "seed \(seed)")
      #expect(status.missingHolders.count == missing.count)
      if sole > 0 { kinds.insert("sole") }
      for one in missing { kinds.insert(one.wasSeen ? "seen" : "attached") }
    }
    #expect(kinds.isSuperset(of: ["seen", "attached"]), "seed \(seed)")
  }
}
