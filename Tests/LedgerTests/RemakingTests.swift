import Ledger
import Testing

/// What of a record goes along when it is made anew elsewhere.
@Suite struct RemakingTests {
  private let heir = RecordPlace(
    space: Space(division: DivisionCode("540200")!, section: .records),
    record: RecordID(milliseconds: 1, random: (3, 4)))

  private func remade(_ state: RecordState) throws -> RecordState {
    var author = Author(9)
    let remaking = Remaking(state, in: testSpace, rule: { _ in .latest })
    _ = try author.commit(remaking.portions[0], creation: testCreation)
    for portion in remaking.portions.dropFirst() { _ = try author.commit(portion) }
    for write in remaking.contested { _ = try author.commit([write]) }
    return author.replica.state
  }

  private func shown(_ state: RecordState) -> [UInt32: Set<WriteContent>] {
    state.cells.reduce(into: [:]) { all, cell in
      let shown = cell.shown(rule: .latest, rank: { _ in 0 })
      all[cell.number] = Set(shown.entries.map(\.content))
      if let total = shown.total { all[cell.number]!.insert(.tallyIncrement(total)) }
    }
  }

  @Test func allThatIsShownGoesAlong() throws {
    var a = Author(1)
    let made = try a.commit(
      [
        CellWrite(cell: 1, content: .register(.text("会"))),
        CellWrite(cell: 2, content: .register(.unknown(shape: 14, payload: [1, 2]))),
        CellWrite(cell: 3, content: .elements([.code("a"), .code("b")])),
        CellWrite(
          cell: 5, content: .group([GroupMember(field: 7, value: .unknown(shape: 15, payload: [9]))])),
        CellWrite(cell: 1_000_000, content: .register(.text("新版的字段"))),
      ], creation: testCreation)
    _ = try a.edit(.tallyIncrement(cell: 4, by: 5))
    _ = try a.edit(.setChange(cell: 3, add: [.code("c")], remove: [.code("a")]))
    #expect(made.mutation.creation != nil)
    let state = try remade(a.replica.state)
    #expect(shown(state) == shown(a.replica.state))
    #expect(state.creation?.creation == testCreation)
  }

  /// Invariant 3: values that stand beside each other stand so in the new record too.
  @Test func invariant3ConflictsGoAlong() throws {
    var a = Author(1)
    var b = Author(2)
    let made = try a.commit(
      [
        CellWrite(cell: 1, content: .register(.text("甲"))),
        CellWrite(cell: 4, content: .tallyBase(.integer(3))),
      ], creation: testCreation)
    b.replica.take(made)
    let edits = [
      try b.edit(.register(cell: 1, value: .text("乙"))), try b.edit(.tallyBase(cell: 4, value: .integer(10))),
      try b.edit(.tallyIncrement(cell: 4, by: 2)),
    ]
    _ = try a.edit(.register(cell: 1, value: .text("丙")))
    _ = try a.edit(.tallyBase(cell: 4, value: .integer(20)))
    for edit in edits { a.replica.take(edit) }
    let before = a.replica.state
    let state = try remade(before)
    for (cell, sort) in [(UInt32(1), CellSort.register), (4, .tally)] {
      #expect(state.shown(cell, sort)?.inConflict == true)
      #expect(
        Set(state.shown(cell, sort)!.entries.map(\.content))
          == Set(before.shown(cell, sort)!.entries.map(\.content)))
    }
    #expect(state.shown(4, .tally)?.total == before.shown(4, .tally)?.total)
  }

  /// Invariant 3: who wrote a value, and when, goes along, so that what is shown and what a rule decides stays as it was; also
  /// by a second move, and where the one who moves it wrote one of the values.
  @Test(arguments: [1, 9] as [UInt8]) func invariant3ValuesThatGoAlongKeepTheirAuthors(first: UInt8) throws {
    var a = Author(first)
    var b = Author(2)
    let made = try a.commit([CellWrite(cell: 1, content: .register(.text("甲")))], creation: testCreation)
    b.replica.take(made)
    let other = try b.edit(.register(cell: 1, value: .text("乙")))
    _ = try a.edit(.register(cell: 1, value: .text("丙")))
    a.replica.take(other)
    func entries(_ state: RecordState, _ high: Author) -> [ShownCell.Entry] {
      let rank = { (node: NodeID) -> UInt8 in node == high.head.log.node ? 0 : 1 }
      return state.cell(1, .register)?.shown(rule: .authority, rank: rank).entries ?? []
    }
    let before = a.replica.state
    var state = before
    for _ in 0..<2 {
      state = try remade(state)
      for high in [a, b] {
        let (old, new) = (entries(before, high), entries(state, high))
        #expect(new.map(\.author) == old.map(\.author) && new.map(\.time) == old.map(\.time))
        #expect(new.map(\.content) == old.map(\.content) && new.count == 2)
      }
    }
    let logs = Set(entries(state, a).map(\.dot.change.log))
    #expect(
      logs.isDisjoint(with: [a.head.log, b.head.log]), "nobody writes a log that a carried write is named by")
  }

  /// The epoch of SPEC section 5.5, computed apart from this program.
  @Test func aCarriedWriteIsNamedByTheHashOfItsLog() {
    let dot = Dot(change: ChangeRef(log: testLog(1), n: 7, hashPrefix: 8), k: 3)
    let carried = dot.carried(to: heir.space)
    let bytes = [1] + Array("tz.carr".utf8) + testLog(1).canonicalBytes
    #expect(carried.change.log.epoch == Hash256(hashing: bytes).prefix)
    #expect(carried.change.log.node == testLog(1).node && carried.change.log.space == heir.space)
    #expect(carried.change.n == 7 && carried.change.hashPrefix == 8 && carried.k == 3)
    #expect(dot.carried(to: testSpace).change.log != dot.change.log)
  }

  /// Invariant 8: merged state has no limit of its own; each change that makes it anew keeps to the limits.
  @Test func invariant8WhatIsLargerThanAChangeGoesInSeveral() throws {
    var a = Author(1)
    let text = String(repeating: "x", count: 250 << 10)
    _ = try a.commit([], creation: testCreation)
    for cell in 1...8 as ClosedRange<UInt32> {
      _ = try a.edit(.register(cell: cell, value: .text("\(cell)" + text)))
    }
    for start in stride(from: Int64(0), to: 40_000, by: 10_000) {
      _ = try a.edit(.setChange(cell: 9, add: (start..<start + 10_000).map { .integer($0) }, remove: []))
    }
    let state = try remade(a.replica.state)
    #expect(shown(state) == shown(a.replica.state))
  }

  @Test func whatIsRenamedIsNamedByItsNewName() throws {
    let (old, new) = (RecordID(milliseconds: 5, random: (1, 1)), RecordID(milliseconds: 6, random: (1, 1)))
    let other = RecordID(milliseconds: 7, random: (1, 1))
    var a = Author(1)
    _ = try a.commit(
      [
        CellWrite(cell: 1, content: .register(.record(old))),
        CellWrite(cell: PairCell.links.rawValue, content: .elements([.record(old)])),
      ], creation: testCreation)
    let remaking = Remaking(
      a.replica.state, in: testSpace, rule: { _ in .latest },
      namers: [.links: [other], .dismissals: [other]],
      heirs: [old: new])
    #expect(
      remaking.portions == [
        [
          CellWrite(cell: 1, content: .register(.record(new))),
          CellWrite(cell: PairCell.links.rawValue, content: .elements([.record(new), .record(other)])),
          CellWrite(cell: PairCell.dismissals.rawValue, content: .elements([.record(other)])),
        ]
      ])
  }

  // MARK: the heir

  @Test func aDeletionNamesItsHeirUntilItIsTakenBack() throws {
    var a = Author(1)
    var b = Author(2)
    let made = try a.commit([CellWrite(cell: 1, content: .register(.text("甲")))], creation: testCreation)
    b.replica.take(made)
    let deletion = try a.commit([a.editor.deletion(heir: heir)])
    #expect(a.replica.state.existence == .deleted && a.replica.state.heirs == [heir])
    let state = a.replica.state
    let read = try state.encoded.withUnsafeBytes { try RecordState($0, space: testSpace) }
    #expect(read == state)
    // A write that the deletion did not see makes it disputed, and the heir is named all the same.
    a.replica.take(try b.edit(.register(cell: 2, value: .text("乙"))))
    #expect(a.replica.state.existence == .disputed && a.replica.state.heirs == [heir])
    b.replica.take(deletion)
    #expect(b.replica.state == a.replica.state)
    _ = try b.commit([b.editor.restoration])
    #expect(b.replica.state.heirs.isEmpty)
  }

  @Test func onlyADeletionHasAnHeir() throws {
    for content in [WriteContent.restoration, .register(.text("甲"))] {
      let cell: UInt32 = content.sort == .existence ? 0 : 1
      var head = LogHead(emptyLog: testLog(1))
      let write = CellWrite(cell: cell, content: content, heir: heir)
      let (change, _) = try head.append(
        ChangeContent(time: 1, mutations: [Mutation(target: .id(testRecord), writes: [write])]), seed: seed16,
        sign: { _ in noSignature })
      #expect(throws: ChangeBody.Fault.malformed) {
        try ChangeDecoder.decode(ChangeBody(change.body), of: change.ref, previousTime: 0)
      }
    }
  }
}
