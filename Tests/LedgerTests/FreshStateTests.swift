import TestSupport
import Testing

@testable import Ledger

/// The short ways beside the long ones they stand for.
@Suite struct FreshStateTests {
  @Test func aFreshStateIsWhatMergingGives() throws {
    var taken = 0
    for seed in 0..<3000 as Range<UInt64> {
      var random = SeededRandom(seed: seed)
      let mutation = creation(using: &random)
      let change = ChangeRef(log: testLog(1), n: 3, hashPrefix: seed)
      let time = Int64.random(in: -5...5_000_000, using: &random)
      var state = RecordState()
      state.apply(mutation, firstK: 7, of: change, time: time, knowledge: Replica())
      if let fresh = FreshState.encoded(mutation, firstK: 7, of: change, time: time) {
        #expect(fresh == state.encoded, "seed \(seed)")
        taken += 1
      }
    }
    #expect(taken > 1000)
  }

  @Test func whatIsMoreThanFirstValuesIsLeftToTheMerge() {
    let change = ChangeRef(log: testLog(1), n: 1, hashPrefix: 0)
    func isFresh(_ writes: [CellWrite], creation: Creation? = testCreation) -> Bool {
      let mutation = Mutation(target: .id(testRecord), creation: creation, writes: writes)
      return FreshState.encoded(mutation, firstK: 1, of: change, time: 0) != nil
    }
    let value = CellWrite(cell: 1, content: .register(.flag(true)))
    #expect(isFresh([value]))
    #expect(!isFresh([value], creation: nil))
    #expect(!isFresh([value, value]))
    #expect(!isFresh([CellWrite(cell: 0, content: .deletion)]))
    let named = Dot(change: ChangeRef(log: testLog(2), n: 1, hashPrefix: 4), k: 1)
    #expect(!isFresh([CellWrite(cell: 1, content: .register(.null), supersedes: [named])]))
  }

  @Test func aMutationIsFoundWithoutTheOthers() throws {
    for seed in 0..<300 as Range<UInt64> {
      var random = SeededRandom(seed: seed)
      var head = LogHead(emptyLog: testLog(1))
      let mutations = (0..<Int.random(in: 1...9, using: &random)).map { _ in creation(using: &random) }
      let (change, _) = try head.append(
        ChangeContent(time: 5, mutations: mutations), seed: seed16, sign: { _ in noSignature })
      let body = try ChangeBody(change.body)
      let whole = try ChangeDecoder.decode(body, of: change.ref, previousTime: 0)
      var index = MutationIndex(body, of: change.ref)
      // Whatever is asked for first is found without what stands behind it.
      let first = Int.random(in: 0..<mutations.count, using: &random)
      try index.reach(first)
      #expect(
        index.reaches(first) && (first + 1 == mutations.count || !index.reaches(first + 1)), "seed \(seed)")
      #expect(try index.mutation(at: first)?.mutation == whole.mutations[first], "seed \(seed)")
      try index.reach(mutations.count - 1)
      var k: UInt32 = 1
      for (position, mutation) in whole.mutations.enumerated() {
        let found = try #require(try index.mutation(at: position))
        #expect(found.mutation == mutation && found.firstK == k, "seed \(seed), mutation \(position)")
        k += UInt32(mutation.dotCount)
      }
      #expect(try index.mutation(at: mutations.count) == nil)
    }
  }

  private func creation(using random: inout SeededRandom) -> Mutation {
    func value() -> Value {
      switch Int.random(in: 0..<7, using: &random) {
      case 0: .null
      case 1: .flag(Bool.random(using: &random))
      case 2: .integer(Int64.random(in: -900...900, using: &random))
      case 3: .code("4.\(Int.random(in: 0..<4, using: &random))")
      case 4: .decimal("12.5")
      case 5: .text("电梯\(Int.random(in: 0..<9, using: &random))")
      default: .unknown(shape: 14, payload: [UInt8.random(in: 0...255, using: &random)])
      }
    }
    let writes = (0..<Int.random(in: 0..<7, using: &random)).map { _ in
      let cell = UInt32.random(in: 1...40, using: &random)
      switch Int.random(in: 0..<6, using: &random) {
      case 0: return CellWrite(cell: cell, content: .group([GroupMember(field: 50, value: value())]))
      case 1:
        return CellWrite(
          cell: cell, content: .elements((0..<Int.random(in: 0..<4, using: &random)).map { _ in value() }))
      case 2: return CellWrite(cell: cell, content: .tallyBase(.integer(4)))
      case 3: return CellWrite(cell: cell, content: .tallyIncrement(-2))
      default: return CellWrite(cell: cell, content: .register(value()))
      }
    }
    return Mutation(target: .id(testRecord), creation: testCreation, writes: writes)
  }
}
