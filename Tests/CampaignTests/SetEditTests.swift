import Ledger
import TestSupport
import Testing

@testable import Campaign

/// What a person does with a set's elements, one by one or as a whole, and what of that a change carries.
@Suite struct SetEditTests {
  private let kind = Packs.kind("training")
  private let words = ["质检科", "计量科", "标准科", "认证科", "特设科"]

  private func made(_ elements: Set<String>) throws -> RecordContent {
    let wish = commonly + [.set("topic", to: "other")]
    let given: [EditDraft.Operation] =
      elements.isEmpty ? [] : [.set("co_organisers", to: elements.sorted().joined(separator: "、"))]
    return try check("training", wish + given).get().content
  }

  private func values(_ words: some Sequence<String>) -> [Value] {
    SetForm.ordered(words.map { .text($0) })
  }

  /// Any row of additions and removals, of what is there and what is not, several in one: the change adds what was not there
  /// before and takes away what was, in one order, and nothing where nothing is another.
  @Test(arguments: 0..<200 as Range<UInt64>) func elementsAreAddedAndTakenAway(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    let before = Set(words.filter { _ in Bool.random(using: &random) })
    var after = before
    var operations: [EditDraft.Operation] = []
    for _ in 0..<Int.random(in: 1...4, using: &random) {
      let named = (0..<Int.random(in: 1...3, using: &random)).map { _ in words.randomElement(using: &random)!
      }
      let text = named.joined(separator: ["、", ",", "；"].randomElement(using: &random)!)
      if Bool.random(using: &random) {
        operations.append(.add("co_organisers", text))
        after.formUnion(named)
      } else {
        operations.append(.remove("co_organisers", text))
        after.subtract(named)
      }
    }
    let current = try made(before)
    let edit = try check("training", operations, current: current, mode: .edit).get()
    let cell = kind.cell(named: "co_organisers")!
    let expected: [CellEdit] =
      before == after
      ? []
      : [
        .setChange(
          cell: cell, add: values(after.subtracting(before)), remove: values(before.subtracting(after)))
      ]
    #expect(edit.edits == expected)
    #expect(edit.content["co_organisers", in: kind]?.elements ?? [] == values(after))
  }

  /// Who gives the whole set beside single elements means the set with these, whatever the order in which they stand.
  @Test(arguments: 0..<100 as Range<UInt64>) func aWholeSetComesBeforeItsElements(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    func some() -> [String] { words.filter { _ in Bool.random(using: &random) } }
    let (before, whole, more, less) = (Set(some()), some(), some(), some())
    var operations: [EditDraft.Operation] =
      [.setElements("co_organisers", to: whole)] + more.map { .add("co_organisers", $0) }
      + less.map { .remove("co_organisers", $0) }
    let first = operations.firstIndex { if case .remove = $0 { true } else { false } } ?? operations.count
    operations[..<first].shuffle(using: &random)
    let after = Set(whole).union(more).subtracting(less)
    let edit = try check("training", operations, current: made(before), mode: .edit).get()
    let cell = kind.cell(named: "co_organisers")!
    #expect(edit.edits == (before == after ? [] : [.setExactly(cell: cell, elements: values(after))]))
  }

  /// An element that cannot be read leaves the others out as well: nothing is half done.
  @Test func anUnknownElementIsRefused() throws {
    let current = try check("publicity", commonly + [.set("channels", to: "press")]).get().content
    for operation in [
      EditDraft.Operation.add("channels", "wechat,无此渠道"), .remove("channels", "press,无此渠道"),
    ] {
      let outcome = check("publicity", [operation], current: current, mode: .edit)
      #expect(faults(outcome).count == 1 && faults(outcome)[0].hasSuffix(" channels"), "\(faults(outcome))")
    }
  }
}
