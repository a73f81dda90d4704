import Campaign
import Ledger
import Replication
import Store
import TestSupport
import Trust
import Wire

@testable import Node

/// One author's log that goes on in many ways, change by change.
struct ForkedLog {
  /// One change, and which it follows.
  struct Step {
    var parent: Int?
    var head: LogHead
    var body: [UInt8]
    var signature: Signature
    /// The record that it makes.
    var made: RecordID?
  }

  static let shared = RecordID(milliseconds: 7, random: (7, 7))
  static let odd = RecordID(milliseconds: 8, random: (8, 8))

  private let key: NodeKey
  private let start: LogHead
  private(set) var steps: [Step] = []

  init(author: LocalNode, epoch: UInt64 = 1, section: Space.Section = .records) {
    key = author.identity.key
    let space = Space(division: author.facts.division, section: section)
    start = LogHead(emptyLog: LogID(node: author.facts.node, space: space, epoch: epoch))
  }

  var log: LogID { start.log }

  func head(of step: Int?) -> LogHead { step.map { steps[$0].head } ?? start }

  private func continuations(of step: Int?) -> Int { steps.count { $0.parent == step } }

  var branchCount: Int { steps.indices.count { continuations(of: $0) == 0 } }

  /// The number of the last change before the log first parts, looked for in the tree itself.
  var firstFork: UInt64? {
    ([nil] + steps.indices.map { $0 }).filter { continuations(of: $0) > 1 }.map { head(of: $0).n }.min()
  }

  /// The steps on the way to one, itself the last.
  func path(to step: Int?) -> [Int] {
    guard let step else { return [] }
    return path(to: steps[step].parent) + [step]
  }

  @discardableResult
  mutating func append(
    after parent: Int?, _ mutations: [Mutation], statements: [Statement] = [], made: RecordID? = nil
  ) throws -> Int {
    var head = head(of: parent)
    let content = ChangeContent(
      time: 1_756_700_000_000 + Int64(steps.count), mutations: mutations, statements: statements)
    let (change, signature) = try head.append(content, seed: [UInt8](repeating: 7, count: 16)) {
      try key.sign($0)
    }
    steps.append(Step(parent: parent, head: head, body: change.body, signature: signature, made: made))
    return steps.count - 1
  }

  /// A change that makes a record of its own.
  @discardableResult
  mutating func grow(after parent: Int?) throws -> Int {
    let number = UInt64(steps.count)
    let id = RecordID(milliseconds: 1000 + Int64(number), random: (1, number))
    return try append(after: parent, [ForkedLog.creation(id, "第\(number)个")], made: id)
  }

  /// As many branches as are asked for, which part at any height.
  static func random(
    author: LocalNode, branches: Int, using random: inout SeededRandom
  ) throws -> ForkedLog {
    var log = ForkedLog(author: author)
    var last: Int?
    for _ in 0..<Int.random(in: 0...4, using: &random) { last = try log.grow(after: last) }
    while log.branchCount < branches {
      last =
        Int.random(in: 0..<12, using: &random) == 0 ? nil : log.steps.indices.randomElement(using: &random)
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        last = try log.growAnyhow(after: last, using: &random)
      }
    }
    return log
  }

  private mutating func growAnyhow(after parent: Int?, using random: inout SeededRandom) throws -> Int {
    let earlier = path(to: parent).filter { steps[$0].made != nil }
    switch Int.random(in: 0..<4, using: &random) {
    case 0: return try append(after: parent, [ForkedLog.edit(.id(ForkedLog.shared), "同题\(steps.count)")])
    case 1:
      guard let made = earlier.randomElement(using: &random) else { return try grow(after: parent) }
      let target = Mutation.Target.madeHere(n: steps[made].head.n, k: 1)
      return try append(after: parent, [ForkedLog.edit(target, "改题\(steps.count)")])
    default: return try grow(after: parent)
    }
  }

  static func creation(_ id: RecordID, _ title: String) -> Mutation {
    Mutation(
      target: .id(id), creation: Creation(kind: KindName(lineage: "xz-quality-month", code: "training")),
      writes: [CellWrite(cell: 1, content: .register(.text(title)))])
  }

  static func edit(_ target: Mutation.Target, _ title: String, superseding dots: [Dot] = []) -> Mutation {
    Mutation(
      target: target, writes: [CellWrite(cell: 1, content: .register(.text(title)), supersedes: dots)])
  }

  /// What leads from one step, or from the log's beginning, to another that lies beyond it.
  ///
  /// - Parameter isSparse: whether only the end is signed.
  func batch(after from: Int?, to step: Int, isSparse: Bool = false) -> Batch {
    let way = path(to: step).drop { $0 <= from ?? -1 }
    let head = head(of: from)
    return Batch(
      log: log, startN: head.n, startHash: head.hash, bodies: way.map { steps[$0].body },
      signatures: way.filter { !isSparse || $0 == step }.map {
        Batch.HeadSignature(n: steps[$0].head.n, signature: steps[$0].signature)
      })
  }

  /// All of it in a random order: split and joined anyhow, and some of it twice.
  ///
  /// - Parameter isSparse: whether of some batches only the end is signed.
  func shuffled(isSparse: Bool = true, using random: inout SeededRandom) -> [Batch] {
    var batches: [Batch] = []
    var held: Set<Int> = []
    while held.count < steps.count {
      let step = steps.indices.filter { !held.contains($0) }.randomElement(using: &random)!
      let way = path(to: step)
      let from = ([nil] + way.filter(held.contains)).randomElement(using: &random)!
      batches.append(batch(after: from, to: step, isSparse: isSparse && Bool.random(using: &random)))
      held.formUnion(way)
      if Int.random(in: 0..<4, using: &random) == 0 { batches.append(batches.randomElement(using: &random)!) }
    }
    return batches
  }
}

extension LocalNode {
  /// Takes in what some third store would have sent.
  @discardableResult
  func take(_ batches: [Batch]) throws -> IntakeOutcome {
    let cursor = ArrivalCursor(
      store: [UInt8](repeating: 9, count: 16), arrival: 0, running: [UInt8](repeating: 0, count: 16))
    return try store.write { commit in
      var authority = try Authority(commit.snapshot, identity: identity)
      let scope = scope(try commit.pack())
      var intake = Intake(node: self, source: 9)
      return try intake.take(
        ChangesFrame(batches: batches, through: cursor), mayRead: scope.mayRead, authority: &authority,
        in: commit)
    }
  }

  /// Where logs are cut: the last number that counts.
  func cuts() throws -> [LogID: UInt64] {
    try store.read { snapshot in
      Dictionary(uniqueKeysWithValues: try snapshot.cutLogs().map { ($0.log, $0.n - 1) })
    }
  }

  /// The titles of these records, of those that are shown.
  func titles(_ ids: [RecordID]) -> [RecordID: FieldValue] {
    ids.reduce(into: [:]) { titles, id in titles[id] = (try? field(id.description, "title")) ?? nil }
  }
}
