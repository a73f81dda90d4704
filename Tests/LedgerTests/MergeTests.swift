import Ledger
import Testing

/// The hard cases of merging, each by name.
@Suite struct MergeTests {
  @Test func aMiddleEditThatHasNotArrivedOpensNoConflict() throws {
    var a = Author(1)
    var b = Author(2)
    var c = Author(3)
    let first = try a.edit(.register(cell: 1, value: .text("one")))
    b.replica.take(first)
    let middle = try b.edit(.register(cell: 1, value: .text("two")))
    c.replica.take(first)
    c.replica.take(middle)
    let last = try c.edit(.register(cell: 1, value: .text("three")))

    var late = Replica()
    late.take(last)
    late.take(first)
    let cell = try #require(late.state.cell(1, .register))
    #expect(cell.isIncomplete)
    #expect(cell.writes.count == 2, "the first edit is kept until the middle one says that it is replaced")
    let shown = cell.shown(rule: .latest, rank: { _ in 0 })
    #expect(!shown.inConflict)
    #expect(shown.value == .text("three"))
    late.take(middle)
    #expect(late.state.cell(1, .register)?.writes.count == 1)
    #expect(late.state.cell(1, .register)?.isIncomplete == false)
  }

  @Test func invariant3ConcurrentValuesAreBothKept() throws {
    var a = Author(1)
    var b = Author(2)
    let fromA = try a.edit(.register(cell: 1, value: .text("A")))
    let fromB = try b.edit(.register(cell: 1, value: .text("B")))
    a.replica.take(fromB)
    b.replica.take(fromA)
    #expect(a.replica.state.encoded == b.replica.state.encoded)
    let shown = try #require(a.replica.state.shown(1, .register))
    #expect(shown.inConflict)
    #expect(Set(shown.entries.map(\.content)) == [.register(.text("A")), .register(.text("B"))])
    let settled = try a.edit(.register(cell: 1, value: .text("A")))
    b.replica.take(settled)
    #expect(b.replica.state.shown(1, .register)?.inConflict == false)
    #expect(b.text(1) == "A")
  }

  @Test func equalValuesAreNoConflict() throws {
    var a = Author(1)
    var b = Author(2)
    _ = try a.edit(.register(cell: 1, value: .text("same")))
    a.replica.take(try b.edit(.register(cell: 1, value: .text("same"))))
    #expect(a.replica.state.shown(1, .register)?.inConflict == false)
  }

  @Test func invariant4AnInformedEditBeatsAClockIn2099() throws {
    var wrong = Author(1, clock: 4_070_908_800_000)
    var right = Author(2)
    right.replica.take(try wrong.edit(.register(cell: 1, value: .text("from 2099"))))
    wrong.replica.take(try right.edit(.register(cell: 1, value: .text("corrected"))))
    for author in [wrong, right] {
      #expect(author.text(1) == "corrected")
      #expect(author.replica.state.shown(1, .register)?.inConflict == false)
    }
  }

  @Test func ofTwoAddsInOneChangeOneCanBeRemoved() throws {
    var a = Author(1)
    var b = Author(2)
    let add = try a.edit(.setChange(cell: 3, add: [.code("x"), .code("y")], remove: []))
    b.replica.take(add)
    let remove = try b.edit(.setChange(cell: 3, add: [], remove: [.code("x")]))
    a.replica.take(remove)
    #expect(a.replica.state.shown(3, .set)?.elements == [.code("y")])
    var early = Replica()
    early.take(remove)
    early.take(add)
    #expect(early.state.encoded == a.replica.state.encoded)
  }

  @Test func addWinsOverARemovalThatDidNotSeeIt() throws {
    var a = Author(1)
    var b = Author(2)
    let first = try a.edit(.setChange(cell: 3, add: [.code("x")], remove: []))
    b.replica.take(first)
    let removal = try a.edit(.setChange(cell: 3, add: [], remove: [.code("x")]))
    let again = try b.commit([CellWrite(cell: 3, content: .elements([.code("x")]))])
    a.replica.take(again)
    b.replica.take(removal)
    #expect(a.replica.state.shown(3, .set)?.elements == [.code("x")])
    #expect(a.replica.state.encoded == b.replica.state.encoded)
  }

  @Test func tallyIncrementsOfSeveralOfficesAddUp() throws {
    var a = Author(1)
    var b = Author(2)
    let base = try a.edit(.tallyBase(cell: 4, value: .integer(10)))
    b.replica.take(base)
    let fromA = try a.edit(.tallyIncrement(cell: 4, by: 3))
    b.replica.take(try a.edit(.tallyIncrement(cell: 4, by: 4)))
    b.replica.take(fromA)
    b.replica.take(a.replica.held.contains(fromA.ref) ? fromA : base)
    a.replica.take(try b.edit(.tallyIncrement(cell: 4, by: 5)))
    #expect(a.replica.state.shown(4, .tally)?.total == 22)
  }

  /// A base counts what its author saw; an increment made meanwhile is added once, never twice.
  @Test func anIncrementThatABaseCountedIsNotCountedAgain() throws {
    var office = Author(1)
    var region = Author(2)
    region.replica.take(try office.edit(.tallyIncrement(cell: 4, by: 3)))
    let base = try region.edit(.tallyBase(cell: 4, value: .integer(3)))
    let meanwhile = try office.edit(.tallyIncrement(cell: 4, by: 2))
    region.replica.take(meanwhile)
    office.replica.take(base)
    #expect(office.replica.state.shown(4, .tally)?.total == 5)
    #expect(office.replica.state.encoded == region.replica.state.encoded)
  }

  @Test func aTallyImportedOnTwoMachinesIsNotDoubled() throws {
    var a = Author(1)
    var b = Author(2)
    let writes = [CellWrite(cell: 4, content: .tallyBase(.integer(120)))]
    let fromA = try a.commit(writes, creation: testCreation)
    let fromB = try b.commit(writes, creation: testCreation)
    a.replica.take(fromB)
    b.replica.take(fromA)
    let shown = try #require(a.replica.state.shown(4, .tally))
    #expect(shown.total == 120)
    #expect(!shown.inConflict)
    #expect(a.replica.state.creations.count == 2)
    #expect(a.replica.state.encoded == b.replica.state.encoded)
  }

  @Test func aDeleteThatSawTheEditDeletes() throws {
    var a = Author(1)
    var b = Author(2)
    b.replica.take(try a.edit(.register(cell: 1, value: .text("x"))))
    a.replica.take(try b.edit(.register(cell: 1, value: .text("y"))))
    b.replica.take(try a.commit([a.editor.deletion]))
    #expect(a.replica.state.existence == .deleted)
    #expect(b.replica.state.existence == .deleted)
    a.replica.take(try b.commit([b.editor.restoration]))
    #expect(a.replica.state.existence == .present)
    #expect(a.text(1) == "y")
  }

  @Test func aDeleteThatDidNotSeeTheEditKeepsTheRecordAndFlagsIt() throws {
    var a = Author(1)
    var b = Author(2)
    b.replica.take(try a.edit(.register(cell: 1, value: .text("x"))))
    let edit = try b.edit(.register(cell: 1, value: .text("y")))
    let deletion = try a.commit([a.editor.deletion])
    a.replica.take(edit)
    b.replica.take(deletion)
    #expect(a.replica.state.existence == .disputed)
    #expect(a.replica.state.encoded == b.replica.state.encoded)
    b.replica.take(try a.commit([a.editor.deletion]))
    #expect(b.replica.state.existence == .deleted, "the second deletion saw everything")
  }

  @Test func groupsMergeAsOne() throws {
    var a = Author(1)
    var b = Author(2)
    b.replica.take(
      try a.edit(
        .group(
          cell: 5,
          members: [
            GroupMember(field: 1, value: .integer(50)), GroupMember(field: 2, value: .integer(3)),
          ])))
    let fromA = try a.edit(.group(cell: 5, members: [GroupMember(field: 1, value: .integer(10))]))
    let fromB = try b.edit(.group(cell: 5, members: [GroupMember(field: 2, value: .integer(40))]))
    a.replica.take(fromB)
    b.replica.take(fromA)
    let shown = try #require(a.replica.state.shown(5, .group))
    #expect(shown.inConflict)
    let values = Set(
      shown.entries.map { entry -> [Value] in
        if case .group(let members) = entry.content { return members.map(\.value) }
        return []
      })
    #expect(values == [[.integer(10), .integer(3)], [.integer(50), .integer(40)]])
  }

  /// Invariant 9: an older program that edits a group keeps a member that only a newer one knows.
  @Test func invariant9AGroupEditKeepsMembersItDoesNotKnow() throws {
    var newer = Author(1)
    var older = Author(2)
    older.replica.take(
      try newer.edit(
        .group(
          cell: 5,
          members: [
            GroupMember(field: 1, value: .integer(1)),
            GroupMember(field: 99, value: .unknown(shape: 14, payload: [1, 2])),
          ])))
    newer.replica.take(try older.edit(.group(cell: 5, members: [GroupMember(field: 1, value: .integer(2))])))
    #expect(
      newer.replica.state.shown(5, .group)?.members == [
        GroupMember(field: 1, value: .integer(2)),
        GroupMember(field: 99, value: .unknown(shape: 14, payload: [1, 2])),
      ])
  }

  @Test func aForkedLogIsTakenInFromEitherBranchFirst() throws {
    var original = Author(1)
    let first = try original.edit(.register(cell: 1, value: .text("before")))
    var clone = original
    let left = try original.edit(.register(cell: 1, value: .text("left")))
    let right = try clone.edit(.register(cell: 1, value: .text("right")))
    let states = [[first, left, right], [first, right, left]].map { order -> [UInt8] in
      var replica = Replica()
      for change in order { replica.take(change) }
      #expect(replica.state.shown(1, .register)?.entries.count == 2)
      #expect(replica.state.shown(1, .register)?.inConflict == true)
      return replica.state.encoded
    }
    #expect(states[0] == states[1])
  }

  @Test func authorityPutsTheHigherOfficeFirst() throws {
    var county = Author(1, clock: 1_800_000_000_000)
    var region = Author(2, clock: 1_700_000_000_000)
    _ = try county.edit(.register(cell: 1, value: .flag(true)))
    county.replica.take(try region.edit(.register(cell: 1, value: .flag(false))))
    let cell = try #require(county.replica.state.cell(1, .register))
    let rank: (NodeID) -> UInt8 = { $0 == testNode(2) ? 0 : 2 }
    #expect(cell.shown(rule: .authority, rank: rank).value == .flag(false))
    #expect(cell.shown(rule: .latest, rank: rank).value == .flag(true))
  }

  @Test func anUndoneResolutionBringsBackItsCandidates() throws {
    var a = Author(1)
    var b = Author(2)
    _ = try a.edit(.register(cell: 1, value: .text("A")))
    a.replica.take(try b.edit(.register(cell: 1, value: .text("B"))))
    let before = try #require(a.replica.state.shown(1, .register))
    _ = try a.edit(.register(cell: 1, value: .text("A")))
    let candidates = before.entries.map { Candidate(dot: $0.dot, time: $0.time, content: $0.content) }
    let resolution = try #require(a.replica.state.cell(1, .register)?.writes.first?.dot)
    _ = try a.commit([a.editor.undoing([resolution], cell: 1, sort: .register, former: candidates)])
    let after = try #require(a.replica.state.shown(1, .register))
    #expect(after.inConflict)
    #expect(Set(after.entries.map(\.content)) == Set(before.entries.map(\.content)))
  }

  /// A count that a resolution had swallowed counts again, beside those that came later.
  @Test func anUndoneTallyBringsBackItsIncrements() throws {
    var a = Author(1)
    var b = Author(2)
    _ = try a.edit(.tallyBase(cell: 1, value: .integer(10)))
    a.replica.take(try b.edit(.tallyBase(cell: 1, value: .integer(20))))
    a.replica.take(try b.edit(.tallyIncrement(cell: 1, by: 5)))
    let former = try #require(a.replica.state.cell(1, .tally)?.writes)
    _ = try a.edit(.tallyBase(cell: 1, value: .integer(30)))
    a.replica.take(try b.edit(.tallyIncrement(cell: 1, by: 2)))
    #expect(a.replica.state.shown(1, .tally)?.total == 32)
    let base = try #require(
      a.replica.state.cell(1, .tally)?.writes.first { $0.content == .tallyBase(.integer(30)) })
    let candidates = former.map { Candidate(dot: $0.dot, time: $0.time, content: $0.content) }
    _ = try a.commit([a.editor.undoing([base.dot], cell: 1, sort: .tally, former: candidates)])
    let after = try #require(a.replica.state.shown(1, .tally))
    #expect(after.inConflict && after.increments == 7)
    #expect(Set(after.entries.map(\.content)) == [.tallyBase(.integer(10)), .tallyBase(.integer(20))])
  }

  /// A change as others see it, whose mutations all touch the test's record.
  private struct Foreign {
    var ref: ChangeRef
    var mutations: [Mutation]

    func reach(_ state: inout RecordState, held: inout Set<ChangeRef>) {
      var k: UInt32 = 1
      for mutation in mutations {
        state.apply(mutation, firstK: k, of: ref, time: 0, knowledge: Replica(held: held))
        k += UInt32(mutation.dotCount)
      }
      held.insert(ref)
      state.noteApplied(ref)
    }
  }

  private func statesOfBothOrders(_ a: Foreign, _ b: Foreign) -> [[UInt8]] {
    [[a, b], [b, a]].map { order in
      var state = RecordState()
      var held: Set<ChangeRef> = []
      for change in order { change.reach(&state, held: &held) }
      return state.encoded
    }
  }

  private func write(_ cell: UInt32, supersedes: [Dot] = []) -> CellWrite {
    CellWrite(cell: cell, content: .register(.flag(true)), supersedes: supersedes)
  }

  @Test func aDeletionThatNamesAWriteOfAnotherRecordCoversNothingOfItInEitherOrder() {
    let elsewhere = Foreign(ref: ChangeRef(log: testLog(1), n: 1, hashPrefix: 1), mutations: [])
    let named = Dot(change: elsewhere.ref, k: 2)
    let deletion = Foreign(
      ref: ChangeRef(log: testLog(2), n: 1, hashPrefix: 2),
      mutations: [
        Mutation(
          target: .id(testRecord), writes: [CellWrite(cell: 0, content: .deletion, supersedes: [named])])
      ])
    let states = statesOfBothOrders(elsewhere, deletion)
    #expect(states[0] == states[1])
  }

  @Test func aRecordThatAChangeTouchesTwiceMergesTheSameInEitherOrder() {
    let twice = Foreign(
      ref: ChangeRef(log: testLog(1), n: 1, hashPrefix: 1),
      mutations: [1, 2].map { Mutation(target: .id(testRecord), writes: [write($0)]) })
    let successor = Foreign(
      ref: ChangeRef(log: testLog(2), n: 1, hashPrefix: 2),
      mutations: [
        Mutation(target: .id(testRecord), writes: [write(2, supersedes: [Dot(change: twice.ref, k: 2)])])
      ])
    let states = statesOfBothOrders(twice, successor)
    #expect(states[0] == states[1])
  }
}
