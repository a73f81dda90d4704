import Ledger
import TestSupport
import Testing

/// Protocol/vectors/moves.json: a record whose values stand beside each other, and what it is made anew as elsewhere.
@Suite struct MoveVectorTests {
  @Test func invariant3TheVectorsOfAMoveAreWhatTheCodeMakes() throws {
    var vectors = ChangeVectors()
    var first = LogHead(emptyLog: testLog(1, epoch: 0x0102_0304_0506_0708))
    var second = LogHead(emptyLog: testLog(2, epoch: 9))
    let origin = RecordPlace(space: testSpace, record: testRecord)
    func content(_ time: Int64, _ mutation: Mutation) -> ChangeContent {
      ChangeContent(time: time, mutations: [mutation])
    }
    let made = try vectors.add(
      &first, of: testRecord, "a record is made",
      content(
        1_756_700_000_123,
        Mutation(
          target: .id(testRecord), creation: testCreation,
          writes: [
            CellWrite(cell: 1, content: .register(.text("原题"))),
            CellWrite(cell: 2, content: .register(.date(20332))),
          ])))
    for text in ["一", "二"] {
      var head = text == "一" ? first : second
      // A change names its own log's without a hash.
      let named = Dot(
        change: ChangeRef(log: made.log, n: made.n, hashPrefix: text == "一" ? 0 : made.hashPrefix), k: 2)
      _ = try vectors.add(
        &head, of: testRecord, "one of two logs that replace its text apart",
        content(
          1_756_700_100_000,
          Mutation(
            target: .id(testRecord),
            writes: [CellWrite(cell: 1, content: .register(.text(text)), supersedes: [named])])))
      if text == "一" { first = head } else { second = head }
    }
    // The second log's author moves it.
    let heir = RecordPlace(
      space: Space(division: DivisionCode("540600")!, section: .records),
      record: RecordID(milliseconds: 1_756_700_200_000, random: (3, 4)))
    var elsewhere = LogHead(emptyLog: LogID(node: second.log.node, space: heir.space, epoch: 9))
    let state = try #require(vectors.states[origin])
    let remaking = Remaking(state, in: heir.space, rule: { _ in .latest })
    #expect(remaking.contested.count == 1)
    _ = try vectors.add(
      &elsewhere, of: heir.record, "it is made anew elsewhere",
      content(
        1_756_700_200_000,
        Mutation(
          target: .id(heir.record), creation: Creation(kind: testCreation.kind, origin: origin),
          writes: remaking.portions[0])))
    _ = try vectors.add(
      &second, of: testRecord, "and deleted with the name of its heir",
      content(
        1_756_700_200_000,
        Mutation(
          target: .id(testRecord), writes: [EditWriter(state: state, log: second.log).deletion(heir: heir)])))
    _ = try vectors.add(
      &elsewhere, of: heir.record,
      "what stood beside each other, each value named as a write of its author's",
      content(1_756_700_200_000, Mutation(target: .id(heir.record), writes: remaking.contested)))
    let shown = try #require(vectors.states[heir]?.cell(1, .register)).shown(rule: .latest, rank: { _ in 0 })
    #expect(Set(shown.entries.map(\.author)) == [first.log.node, second.log.node] && shown.inConflict)
    try VectorFile.check("moves", vectors.lines)
  }
}
