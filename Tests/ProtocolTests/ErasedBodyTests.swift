import Ledger
import TestSupport
import Testing

/// A body without some of its texts is the same change: its digest stays, and everything that is no erased text.
@Suite struct ErasedBodyTests {
  private static let ref = RandomContent.ref

  private func decode(_ body: ChangeBody) throws -> ChangeContent {
    try ChangeDecoder.decode(body, of: ErasedBodyTests.ref, previousTime: 0)
  }

  /// All leaves that are texts, or values of newer shapes that lie as texts do.
  private func texts(of body: ChangeBody, count: Int) throws -> [TextLeaf] {
    var index = MutationIndex(body, of: ErasedBodyTests.ref)
    try index.reach(.max)
    return try (0..<count).flatMap { try index.textLeaves(at: $0) }
  }

  @Test(arguments: 0..<300) func anyTextsOfAnyChangeCanGo(seed: UInt64) throws {
    var made = RandomContent(random: SeededRandom(seed: seed))
    let content = made.content()
    let seed16 = made.random.bytes(16)
    guard
      let bytes = try? ChangeEncoder.encode(
        content, in: RandomContent.own, previousTime: 0, seed: seed16)
    else { return }
    let body = try ChangeBody(bytes)
    guard try !decode(body).hasUnknownParts else { return }
    let leaves = try texts(of: body, count: content.mutations.count).map { Int($0.leaf) }
    #expect(Set(leaves).count == leaves.count, "seed \(seed)")
    let gone = Set(leaves.filter { _ in made.random.chance(2) })
    guard !gone.isEmpty else { return #expect(body.withoutTexts([], of: ErasedBodyTests.ref) == nil) }
    let erased = try ChangeBody(
      try #require(body.withoutTexts(gone, of: ErasedBodyTests.ref), "seed \(seed)"))
    #expect(erased.digest == body.digest, "seed \(seed)")
    #expect(Set(erased.erasedLeaves) == gone, "seed \(seed)")
    for leaf in leaves {
      #expect(
        erased.text(ofLeaf: leaf) == (gone.contains(leaf) ? nil : body.text(ofLeaf: leaf)), "seed \(seed)")
    }
    try expectAllElseStays(content, try decode(erased), gone: gone.count, seed)
    try expectOneSpelling(body, erased, gone, &made.random, seed)
    // Nothing is left to go.
    #expect(erased.withoutTexts(gone, of: ErasedBodyTests.ref) == nil, "seed \(seed)")
  }

  /// In whatever steps they went, the bytes are the same.
  private func expectOneSpelling(
    _ body: ChangeBody, _ erased: ChangeBody, _ gone: Set<Int>, _ random: inout SeededRandom, _ seed: UInt64
  ) throws {
    var stepwise = body
    for leaf in gone.shuffled(using: &random) {
      stepwise = try ChangeBody(try #require(stepwise.withoutTexts([leaf], of: ErasedBodyTests.ref)))
    }
    #expect(stepwise.bytes == erased.bytes, "seed \(seed)")
  }

  private func expectAllElseStays(
    _ before: ChangeContent, _ after: ChangeContent, gone: Int, _ seed: UInt64
  ) throws {
    #expect(after.statements == before.statements && after.time == before.time, "seed \(seed)")
    var erased = 0
    func compare(_ a: Value, _ b: Value) {
      if b == .erased, a != .erased { erased += 1 } else { #expect(a == b, "seed \(seed)") }
    }
    func compare(_ a: WriteContent, _ b: WriteContent) {
      switch (a, b) {
      case (.register(let a), .register(let b)), (.tallyBase(let a), .tallyBase(let b)): compare(a, b)
      case (.elements(let a), .elements(let b)): for (a, b) in zip(a, b) { compare(a, b) }
      case (.group(let a), .group(let b)): for (a, b) in zip(a, b) { compare(a.value, b.value) }
      case (.candidates(let a), .candidates(let b)): for (a, b) in zip(a, b) { compare(a.content, b.content) }
      default: #expect(a == b, "seed \(seed)")
      }
    }
    for (a, b) in zip(before.mutations, after.mutations) {
      #expect(a.target == b.target && a.creation == b.creation && a.dotCount == b.dotCount, "seed \(seed)")
      for (a, b) in zip(a.writes, b.writes) {
        #expect(a.cell == b.cell && a.supersedes == b.supersedes, "seed \(seed)")
        compare(a.content, b.content)
      }
    }
    #expect(erased == gone, "seed \(seed)")
  }

  @Test func aLeafOfOtherValuesStays() throws {
    let content = ChangeContent(
      time: 5,
      mutations: [
        Mutation(
          target: .id(RecordID(milliseconds: 1, random: (1, 1))),
          writes: [
            CellWrite(cell: 1, content: .register(.integer(7))),
            CellWrite(cell: 2, content: .register(.text("名"))),
          ])
      ])
    let bytes = try ChangeEncoder.encode(
      content, in: RandomContent.own, previousTime: 0, seed: [UInt8](repeating: 3, count: 16))
    let body = try ChangeBody(bytes)
    #expect(body.withoutTexts([0], of: ErasedBodyTests.ref) == nil)
    #expect(
      body.withoutTexts([0, 1], of: ErasedBodyTests.ref) == body.withoutTexts([1], of: ErasedBodyTests.ref))
    #expect(body.withoutTexts([1], of: ErasedBodyTests.ref) != nil)
    #expect(body.withoutTexts([2], of: ErasedBodyTests.ref) == nil)
  }

  /// Salts and digests take room: what was within the limits stays within them.
  @Test func aLargeChangeOfManyTextsStaysReadable() throws {
    let writes = (1...20_000).map {
      CellWrite(cell: UInt32($0), content: .register(.text("字\($0)")))
    }
    let content = ChangeContent(
      time: 5,
      mutations: [Mutation(target: .id(RecordID(milliseconds: 1, random: (1, 1))), writes: writes)])
    let body = try ChangeBody(
      try ChangeEncoder.encode(
        content, in: RandomContent.own, previousTime: 0, seed: [UInt8](repeating: 3, count: 16)))
    let erased = try #require(body.withoutTexts([7], of: ErasedBodyTests.ref))
    #expect(erased.count > body.bytes.count * 2)
    #expect(try ChangeBody(erased).digest == body.digest)
    let most = try #require(body.withoutTexts(Set(0..<20_000), of: ErasedBodyTests.ref))
    #expect(
      try decode(try ChangeBody(most)).mutations[0].writes.allSatisfy { $0.content == .register(.erased) })
  }

  @Test func aRedactionHasOneSpelling() throws {
    let other = LogID(node: NodeID(Hash256(hashing: [9])), space: RandomContent.space, epoch: 2)
    let redaction = Redaction(
      space: RandomContent.space, record: RecordID(milliseconds: 1, random: (1, 1)), cell: 7, member: 3,
      reason: "本人申请",
      erased: [
        Redaction.Erased(change: ChangeRef(log: other, n: 5, hashPrefix: 8), leaves: [1, 4]),
        Redaction.Erased(change: RandomContent.ref, leaves: [0]),
      ])
    let payload = Statement.redaction(redaction).payload
    #expect(try Statement(type: 5, payload: payload) == .redaction(redaction))
    for cut in 0..<payload.count {
      #expect(throws: (any Error).self, "\(cut)") { try Statement(type: 5, payload: Array(payload[..<cut])) }
    }
    #expect(throws: (any Error).self) { try Statement(type: 5, payload: payload + [0]) }
    // Leaves that do not ascend, and a change of another space than the record's.
    var unordered = redaction
    unordered.erased[0].leaves = [4, 1]
    var elsewhere = redaction
    elsewhere.space = Space(division: DivisionCode("540200")!, section: .records)
    for odd in [unordered, elsewhere] {
      #expect(throws: (any Error).self) { try Statement(type: 5, payload: Statement.redaction(odd).payload) }
    }
  }
}
