import Ledger
import TestSupport
import Testing

/// Protocol/vectors: what another implementation checks itself against. `TAIZHANG_RECORD_VECTORS=1 swift test
/// --filter VectorTests` writes them anew; a difference is a change of format 1, which must not happen.
@Suite struct VectorTests {
  @Test func theVectorsAreWhatTheCodeMakes() throws {
    try VectorFile.check("changes", vectors())
  }

  /// A change before and after one of its texts was erased, and the redaction that names it.
  @Test func theRedactionVectorsAreWhatTheCodeMakes() throws {
    var head = LogHead(emptyLog: testLog(1, epoch: 0x0102_0304_0506_0708))
    let content = ChangeContent(
      time: 1_756_700_000_123,
      mutations: [
        Mutation(
          target: .id(testRecord), creation: testCreation,
          writes: [
            CellWrite(cell: 1, content: .register(.text("卓玛央宗"))),
            CellWrite(cell: 2, content: .register(.date(20332))),
            CellWrite(cell: 3, content: .register(.text("城区广场"))),
          ])
      ])
    let (change, _) = try head.append(content, seed: seed16, sign: { _ in noSignature })
    // The date is the mutation's value leaf, 0.
    let erased = try ChangeBody(try #require(try ChangeBody(change.body).withoutTexts([1], of: change.ref)))
    var state = RecordState()
    let decoded = try ChangeDecoder.decode(erased, of: change.ref, previousTime: 0)
    state.apply(decoded.mutations[0], firstK: 1, of: change.ref, time: change.time, knowledge: Replica())
    let redaction = Redaction(
      space: testSpace, record: testRecord, cell: 1, member: 0, reason: "本人申请",
      erased: [Redaction.Erased(change: change.ref, leaves: [1])])
    try VectorFile.check(
      "redactions",
      [
        [
          "log": change.log.canonicalBytes.hex, "n": change.n, "body": change.body.hex, "leaves": [1],
          "body_without": erased.bytes.hex, "body_digest": erased.digest.description,
          "hash": change.hash.description, "statement": Statement.redaction(redaction).payload.hex,
          "record": testRecord.description, "record_state": state.encoded.hex,
          "record_state_hash": state.hash(of: testRecord, in: testSpace).description,
        ]
      ])
  }

  /// Seven changes of two logs: a creation, an edit by another log that names it, a deletion, an undone resolution, a
  /// move, and a restoration beside a deletion that had not seen it.
  private func vectors() throws -> [[String: Any]] {
    var first = LogHead(emptyLog: testLog(1, epoch: 0x0102_0304_0506_0708))
    var second = LogHead(emptyLog: testLog(2, epoch: 9))
    var vectors = ChangeVectors()
    var state: RecordState {
      vectors.states[RecordPlace(space: testSpace, record: testRecord)] ?? RecordState()
    }

    func add(_ head: inout LogHead, _ title: String, _ content: ChangeContent) throws -> ChangeRef {
      try vectors.add(&head, of: testRecord, title, content)
    }

    let made = try add(
      &first, "a record is made: text, date, set, tally, group with a set among its members",
      ChangeContent(
        time: 1_756_700_000_123, operatorName: "扎西",
        mutations: [
          Mutation(
            target: .id(testRecord), creation: testCreation,
            writes: [
              CellWrite(cell: 1, content: .register(.text("电梯安全 བཀྲ་ཤིས"))),
              CellWrite(cell: 2, content: .register(.date(20332))),
              CellWrite(cell: 3, content: .elements([.code("4.1"), .code("4.2")])),
              CellWrite(cell: 4, content: .tallyBase(.integer(120))),
              CellWrite(
                cell: 5,
                content: .group([
                  GroupMember(field: 6, value: .integer(50)), GroupMember(field: 7, value: .decimal("3.5")),
                  // A set in a group is one code.
                  GroupMember(field: 8, value: .code("confiscation,fine")),
                ])),
            ])
        ]))
    let replaced = try add(
      &second, "another log replaces the text and takes an element out",
      ChangeContent(
        time: 1_756_700_100_000,
        mutations: [
          Mutation(
            target: .id(testRecord),
            writes: [
              CellWrite(cell: 1, content: .register(.text("复核")), supersedes: [Dot(change: made, k: 2)]),
              CellWrite(cell: 3, content: .elements([]), supersedes: [Dot(change: made, k: 4)]),
            ])
        ]))
    let deletion = EditWriter(state: state, log: first.log).deletion
    _ = try add(
      &first, "the first log deletes what it saw",
      ChangeContent(
        time: 1_756_700_050_000, mutations: [Mutation(target: .madeHere(n: 1, k: 1), writes: [deletion])]))
    // What a change says of its own log carries no hash.
    let candidates = [
      Candidate(
        dot: Dot(change: ChangeRef(log: first.log, n: made.n, hashPrefix: 0), k: 2), time: 1_756_700_000_123,
        content: .register(.text("电梯安全"))),
      Candidate(dot: Dot(change: replaced, k: 1), time: 1_756_700_100_000, content: .register(.code("4.1"))),
    ]
    let unseen = ChangeRef(
      log: LogID(node: second.log.node, space: second.log.space, epoch: 10), n: 4,
      hashPrefix: 0x0102_0304_0506_0708)
    _ = try add(
      &first, "a resolution is undone; a date replaces one that has not come",
      ChangeContent(
        time: 1_756_700_060_000,
        mutations: [
          Mutation(
            target: .id(testRecord),
            writes: [
              CellWrite(cell: 1, content: .candidates(candidates), supersedes: [Dot(change: replaced, k: 1)]),
              CellWrite(cell: 2, content: .register(.date(20333)), supersedes: [Dot(change: unseen, k: 3)]),
            ])
        ]))
    let elsewhere = Space(division: DivisionCode("540600")!, section: .records)
    let heir = RecordPlace(
      space: elsewhere, record: RecordID(milliseconds: 1_756_700_200_000, random: (3, 4)))
    _ = try add(
      &second, "the record is moved: deleted with the name of its heir",
      ChangeContent(
        time: 1_756_700_200_000,
        mutations: [
          Mutation(
            target: .id(testRecord),
            writes: [EditWriter(state: state, log: second.log).deletion(heir: heir)])
        ]))
    let again = EditWriter(state: state, log: second.log).deletion
    func word(_ write: CellWrite, at time: Int64) -> ChangeContent {
      ChangeContent(time: time, mutations: [Mutation(target: .id(testRecord), writes: [write])])
    }
    _ = try add(
      &first, "the first log brings it back",
      word(EditWriter(state: state, log: first.log).restoration, at: 1_756_700_210_000))
    _ = try add(
      &second, "the second log deletes it anew and has not seen that: both live",
      word(again, at: 1_756_700_220_000))
    #expect(state.existence == .disputed)
    return vectors.lines
  }
}
