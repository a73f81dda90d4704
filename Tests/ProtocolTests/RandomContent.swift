import Ledger
import TestSupport

extension SeededRandom {
  mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &self) }
  mutating func chance(_ oneIn: Int) -> Bool { below(oneIn) == 0 }
}

/// Makes changes with every part that a body of this version can have.
struct RandomContent {
  static let space = Space(division: DivisionCode("540100")!, section: .records)
  static let own = LogID(node: NodeID(Hash256(hashing: [1])), space: space, epoch: 5)
  /// The change that the contents are made for: references within the own log lie before it.
  static let ref = ChangeRef(log: own, n: 50, hashPrefix: 0)

  var random: SeededRandom

  mutating func content() -> ChangeContent {
    var content = ChangeContent(time: Int64.random(in: -1 << 40...1 << 41, using: &random))
    if random.chance(2) { content.operatorName = "扎西" }
    if random.chance(3) { content.certificate = Hash256(hashing: random.bytes(3)) }
    content.mutations = (0..<random.below(4)).map { _ in mutation() }
    if random.chance(3) {
      content.statements = [
        .certificate(random.bytes(4)), .pack(random.bytes(200)), .release(foreign().change),
        .revocation(
          Revocation(node: RandomContent.own.node, honoured: [foreign().change], reason: "丢失")),
        .unknown(type: 300, payload: random.bytes(3)),
      ].shuffled(using: &random)
    }
    return content
  }

  private mutating func mutation() -> Mutation {
    var mutation = Mutation(
      target: random.chance(3)
        ? .madeHere(
          n: UInt64.random(in: 1...50, using: &random), k: UInt32.random(in: 1...300, using: &random))
        : .id(record()), writes: [])
    if random.chance(2) {
      mutation.creation = Creation(
        kind: KindName(
          lineage: "quality-month", code: ["visit", "training", "dossier"].randomElement(using: &random)!),
        origin: random.chance(3) ? RecordPlace(space: RandomContent.space, record: record()) : nil)
    }
    mutation.writes = (0..<random.below(6)).map { _ in write() }
    return mutation
  }

  private mutating func write() -> CellWrite {
    let supersedes = random.chance(2) ? Array(Set((0...random.below(4)).map { _ in dot() })).sorted() : []
    if random.chance(8) {
      guard random.chance(2) else {
        return CellWrite(cell: 0, content: .restoration, supersedes: supersedes)
      }
      // An heir lies in another space than the change.
      let elsewhere = Space(division: DivisionCode("540600")!, section: .notices)
      let heir = random.chance(2) ? RecordPlace(space: elsewhere, record: record()) : nil
      return CellWrite(cell: 0, content: .deletion, supersedes: supersedes, heir: heir)
    }
    return CellWrite(
      cell: UInt32.random(in: 1...[9, 300, .max >> 3].randomElement(using: &random)!, using: &random),
      content: content(random.below(6)), supersedes: supersedes)
  }

  private mutating func content(_ sort: Int) -> WriteContent {
    switch sort {
    case 0: return .register(value())
    case 1:
      let fields = Set((0...random.below(4)).map { _ in UInt32.random(in: 1...400, using: &random) })
      return .group(fields.sorted().map { GroupMember(field: $0, value: value()) })
    case 2: return .elements((0..<random.below(4)).map { _ in value() })
    case 3: return .tallyBase(value())
    case 4: return .tallyIncrement(Int64.random(in: -200...200, using: &random))
    default:
      return .candidates(
        (0...random.below(3)).map { _ in
          Candidate(
            dot: dot(), time: Int64.random(in: 0...1 << 41, using: &random),
            content: content([0, 1, 3, 4].randomElement(using: &random)!))
        })
    }
  }

  private mutating func value() -> Value {
    switch random.below(10) {
    case 0: return .null
    case 1: return .flag(random.chance(2))
    case 2: return .integer(Int64(bitPattern: random.next()) >> Int64(random.below(64)))
    case 3: return .date(Int32.random(in: -40_000...40_000, using: &random))
    case 4: return .code("4.\(random.below(30))")
    case 5: return .decimal("-12.5")
    case 6: return .record(record())
    case 7: return .unknown(shape: 14, payload: random.bytes(random.below(4)))
    case 8: return .unknown(shape: [7, 11, 15].randomElement(using: &random)!, payload: random.bytes(5))
    default:
      return .text(["", "电梯安全", "བཀྲ་ཤིས", String(repeating: "长", count: 100)].randomElement(using: &random)!)
    }
  }

  private mutating func record() -> RecordID {
    RecordID(milliseconds: 1_756_700_000_000, random: (random.next(), random.next()))
  }

  private mutating func dot() -> Dot {
    guard random.chance(2) else { return foreign() }
    let n = UInt64.random(in: 1..<50, using: &random)
    return Dot(
      change: ChangeRef(log: RandomContent.own, n: n, hashPrefix: 0), k: UInt32(1 + random.below(200)))
  }

  private mutating func foreign() -> Dot {
    let log = LogID(
      node: NodeID(Hash256(hashing: [UInt8(2 + random.below(3))])), space: RandomContent.space, epoch: 6)
    let n = UInt64.random(in: 1...400, using: &random)
    // One prefix a change: two branches would be two changes.
    return Dot(
      change: ChangeRef(log: log, n: n, hashPrefix: n &* 0x9e37_79b9), k: UInt32(1 + random.below(200)))
  }
}
