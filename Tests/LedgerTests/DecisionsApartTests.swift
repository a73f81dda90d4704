import Ledger
import Testing

/// Decisions that were made apart, of which neither saw the other.
@Suite struct DecisionsApartTests {
  private var author = Author(1)
  private var first = Author(2)
  private var second = Author(3)

  init() throws {
    let made = try author.commit(
      [CellWrite(cell: 1, content: .register(.text("one")))], creation: testCreation)
    first.replica.take(made)
    second.replica.take(made)
  }

  /// Invariant 3: one keeps a record that another deletes, each unseen by the other. Whoever sees both settles it.
  @Test(arguments: [true, false])
  func invariant3ARestorationBesideADeletionIsDisputed(_ isDeleted: Bool) throws {
    var (author, first, second) = (author, first, second)
    let deletion = try author.commit([author.editor.deletion])
    let edit = try first.edit(.register(cell: 2, value: .text("beside")))
    for change in [deletion, edit] {
      second.replica.take(change)
      first.replica.take(change)
      author.replica.take(change)
    }
    let kept = try first.commit([first.editor.restoration])
    let gone = try second.commit([second.editor.deletion])
    #expect(first.replica.state.existence == .present && second.replica.state.existence == .deleted)
    for change in [gone, kept] {
      first.replica.take(change)
      second.replica.take(change)
      author.replica.take(change)
    }
    for replica in [first.replica, second.replica, author.replica] {
      #expect(replica.state.existence == .disputed)
    }
    let settled = try author.commit([isDeleted ? author.editor.deletion : author.editor.restoration])
    first.replica.take(settled)
    #expect(first.replica.state.existence == (isDeleted ? .deleted : .present))
    #expect(first.replica.state.encoded == author.replica.state.encoded)
  }

  /// Invariant 3: two delete a record, and who saw but one deletion brings it back.
  @Test func invariant3ARestorationThatSawOneOfTwoDeletionsIsDisputed() throws {
    var (author, first, second) = (author, first, second)
    let seen = try author.commit([author.editor.deletion])
    let unseen = try first.commit([first.editor.deletion])
    second.replica.take(seen)
    let restored = try second.commit([second.editor.restoration])
    second.replica.take(unseen)
    #expect(second.replica.state.existence == .disputed)
    author.replica.take(unseen)
    author.replica.take(restored)
    #expect(author.replica.state.existence == .disputed)
  }

  /// Two who take one resolution back bring the same values, each once; an increment counts once too.
  @Test func candidatesThatTwoBroughtBackStandOnce() throws {
    var (author, first, second) = (author, first, second)
    let changes = [
      try author.edit(.tallyBase(cell: 3, value: .integer(20))),
      try first.edit(.tallyBase(cell: 3, value: .integer(30))),
    ]
    let added = try first.edit(.tallyIncrement(cell: 3, by: 5))
    for change in changes + [added] {
      author.replica.take(change)
      first.replica.take(change)
      second.replica.take(change)
    }
    let former = second.replica.state.cell(3, .tally)!.writes.map {
      Candidate(dot: $0.dot, time: $0.time, content: $0.content)
    }
    let settled = try second.edit(.tallyBase(cell: 3, value: .integer(40)))
    author.replica.take(settled)
    first.replica.take(settled)
    let resolution = [Dot(change: settled.ref, k: 1)]
    let undone = [
      try author.commit([author.editor.undoing(resolution, cell: 3, sort: .tally, former: former)]),
      try first.commit([first.editor.undoing(resolution, cell: 3, sort: .tally, former: former)]),
    ]
    for change in undone { second.replica.take(change) }
    let shown = try #require(second.replica.state.shown(3, .tally))
    #expect(shown.inConflict && shown.entries.count == 2 && shown.increments == 5)
  }

  /// Invariant 1: what of candidates is one value hangs on no order.
  @Test func invariant1WhichCandidatesAreOneHangsOnNoOrder() throws {
    let log = LogID(
      node: NodeID(.zero), space: Space(division: DivisionCode("540100")!, section: .records), epoch: 1)
    func dot(_ prefix: UInt64, _ n: UInt64 = 3) -> Dot {
      Dot(change: ChangeRef(log: log, n: n, hashPrefix: prefix), k: 1)
    }
    func candidate(_ prefix: UInt64, _ time: Int64) -> Candidate {
      Candidate(dot: dot(prefix), time: time, content: .tallyIncrement(1))
    }
    let list = [candidate(1, 5), candidate(0, 4), candidate(2, 6), candidate(1, 3)]
    for order in [[0, 1, 2, 3], [1, 0, 2, 3], [3, 2, 1, 0], [2, 3, 0, 1]] {
      let writes = order.map {
        RecordState.LivingWrite(dot: dot(9, UInt64(10 + $0)), time: 0, content: .candidates([list[$0]]))
      }
      let once = writes.separatedOnce
      #expect(Set(once.map(\.dot.change.hashPrefix)) == [1, 2] && once.count == 2, "\(order)")
      #expect(once.first { $0.dot.change.hashPrefix == 1 }?.time == 3, "\(order)")
    }
  }
}
