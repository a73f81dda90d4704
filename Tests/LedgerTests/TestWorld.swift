import Ledger
import TestSupport

let testSpace = Space(division: DivisionCode("540100")!, section: .records)

func testNode(_ number: UInt8) -> NodeID { NodeID(Hash256(hashing: [number])) }

func testLog(_ number: UInt8, epoch: UInt64 = 1) -> LogID {
  LogID(node: testNode(number), space: testSpace, epoch: epoch)
}

let noSignature = Signature([UInt8](repeating: 0, count: 64))!
let seed16 = [UInt8](repeating: 7, count: 16)

/// One change of a test history, with the branch it lies on.
struct HistoryChange {
  var ref: ChangeRef
  var parent: ChangeRef?
  var time: Int64
  var mutation: Mutation
}

/// What a replica holds: enough for merging.
struct Replica: LogKnowledge {
  var state = RecordState()
  var held: Set<ChangeRef> = []
  var parents: [ChangeRef: ChangeRef] = [:]

  func holds(_ change: ChangeRef) -> Bool { held.contains(change) }

  func isAncestor(_ earlier: ChangeRef, of later: ChangeRef) -> Bool {
    var at: ChangeRef? = later
    while let here = at {
      if here == earlier { return true }
      at = parents[here]
    }
    return false
  }

  /// Returns false where the change is held already or does not follow what is held of its log.
  @discardableResult
  mutating func take(_ change: HistoryChange) -> Bool {
    guard !held.contains(change.ref) else { return false }
    if let parent = change.parent {
      guard held.contains(parent) else { return false }
      parents[change.ref] = parent
    }
    held.insert(change.ref)
    state.apply(change.mutation, firstK: 1, of: change.ref, time: change.time, knowledge: self)
    state.noteApplied(change.ref)
    return true
  }
}

/// An author: a replica that writes to its own log.
struct Author {
  var replica = Replica()
  var head: LogHead
  var clock: Int64

  init(_ number: UInt8, epoch: UInt64 = 1, clock: Int64 = 1_756_700_000_000) {
    head = LogHead(emptyLog: testLog(number, epoch: epoch))
    self.clock = clock
  }

  var editor: EditWriter { EditWriter(state: replica.state, log: head.log) }

  /// Makes a change of `writes` on the test's one record and applies it here.
  mutating func commit(_ writes: [CellWrite], creation: Creation? = nil) throws -> HistoryChange {
    clock += 1000
    let mutation = Mutation(target: .id(testRecord), creation: creation, writes: writes)
    let parent = head.n == 0 ? nil : head.ref
    let previousTime = head.time
    let (change, _) = try head.append(
      ChangeContent(time: clock, mutations: [mutation]), seed: seed16, sign: { _ in noSignature })
    // What everybody applies is what was decoded from the bytes.
    let decoded = try ChangeDecoder.decode(
      ChangeBody(change.body), of: change.ref, previousTime: previousTime)
    let entry = HistoryChange(
      ref: change.ref, parent: parent, time: change.time, mutation: decoded.mutations[0])
    replica.take(entry)
    return entry
  }

  mutating func edit(_ edits: CellEdit...) throws -> HistoryChange {
    try commit(edits.compactMap { editor.write($0, rule: .latest, rank: { _ in 0 }) })
  }

  /// A node that learns of a fork in its own log signs nothing there any more.
  mutating func beginNewEpochIfForked(using random: inout SeededRandom) {
    let forked = replica.held.contains {
      $0.log == head.log && $0 != head.ref && !replica.isAncestor($0, of: head.ref)
    }
    guard forked else { return }
    head = LogHead(emptyLog: LogID(node: head.log.node, space: head.log.space, epoch: random.next()))
  }

  func text(_ cell: UInt32) -> String? {
    guard case .text(let text)? = replica.state.shownText(cell) else { return nil }
    return text
  }
}

let testRecord = RecordID(milliseconds: 1_756_700_000_000, random: (1, 2))
let testCreation = Creation(kind: KindName(lineage: "test", code: "visit"))

extension RecordState {
  func shownText(_ cell: UInt32) -> Value? {
    self.cell(cell, .register)?.shown(rule: .latest, rank: { _ in 0 }).value
  }
  func shown(_ cell: UInt32, _ sort: CellSort) -> ShownCell? {
    self.cell(cell, sort)?.shown(rule: .latest, rank: { _ in 0 })
  }
}
