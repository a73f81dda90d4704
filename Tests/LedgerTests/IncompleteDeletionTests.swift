import Ledger
import Testing

/// A deletion that saw what has not arrived: whether anything is disputed is not known yet.
@Suite struct IncompleteDeletionTests {
  private var author = Author(1)
  private var editor = Author(2)
  private var deleter = Author(3)
  private let first: HistoryChange
  private let middle: HistoryChange

  /// The record as it was made, and the edit that took that value's place.
  init() throws {
    first = try author.commit(
      [CellWrite(cell: 1, content: .register(.text("one")))], creation: testCreation)
    editor.replica.take(first)
    middle = try editor.edit(.register(cell: 1, value: .text("two")))
    for change in [first, middle] { deleter.replica.take(change) }
  }

  private func late(_ changes: HistoryChange...) -> Replica {
    changes.reduce(into: Replica()) { $0.take($1) }
  }

  @Test func aDeletionThatSawAMiddleEditDisputesNothing() throws {
    var deleter = deleter
    let deletion = try deleter.commit([deleter.editor.deletion])
    var late = late(first, deletion)
    #expect(late.state.existence == .present)
    late.take(middle)
    #expect(late.state.existence == .deleted)
    #expect(late.state.encoded == deleter.replica.state.encoded)
  }

  /// What it named itself is held, and the edit before that is not.
  @Test func noMoreDoesOneThatSawWhatCameOfIt() throws {
    var (deleter, author) = (deleter, author)
    let other = try deleter.edit(.register(cell: 1, value: .text("three")))
    for change in [middle, other] { author.replica.take(change) }
    let deletion = try author.commit([author.editor.deletion])
    var late = late(first, other, deletion)
    #expect(late.state.existence == .present)
    late.take(middle)
    #expect(late.state.existence == .deleted)
  }

  /// A move names its heir all the while.
  @Test func aMovedRecordsHeirIsToldMeanwhile() throws {
    var deleter = deleter
    let heir = RecordPlace(space: testSpace, record: RecordID(milliseconds: 9, random: (9, 9)))
    var write = deleter.editor.deletion
    write.heir = heir
    var late = late(first, try deleter.commit([write]))
    #expect(late.state.existence == .present && late.state.heirs == [heir])
    late.take(middle)
    #expect(late.state.existence == .deleted && late.state.heirs == [heir])
  }

  /// A restoration names a deletion that has not arrived: that may have settled what another one left open.
  @Test func aRestorationThatSawAMiddleDeletionDisputesNothing() throws {
    var (author, editor, deleter) = (author, editor, deleter)
    let unseen = try author.commit([author.editor.deletion])
    // It had not seen the edit, and the editor deletes it all the same, with both before it.
    editor.replica.take(unseen)
    #expect(editor.replica.state.existence == .disputed)
    let settled = try editor.commit([editor.editor.deletion])
    for change in [unseen, settled] { deleter.replica.take(change) }
    let restored = try deleter.commit([deleter.editor.restoration])
    var late = late(first, middle, unseen, restored)
    #expect(late.state.existence == .present)
    late.take(settled)
    #expect(late.state.existence == .present)
    #expect(late.state.encoded == deleter.replica.state.encoded)
  }

  /// An edit that nothing which is missing can have to do with stays disputed.
  @Test func anEditThatADeletionDidNotSeeIsDisputed() throws {
    var (author, deleter) = (author, deleter)
    let deletion = try deleter.commit([deleter.editor.deletion])
    let edit = try author.edit(.register(cell: 2, value: .text("beside")))
    var late = late(first, edit, deletion)
    #expect(late.state.existence == .present)
    late.take(middle)
    #expect(late.state.existence == .disputed)
  }
}
