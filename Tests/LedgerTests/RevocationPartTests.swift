import Testing

@testable import Ledger

@Suite struct RevocationPartTests {
  private let node = NodeID(Hash256(hashing: [1]))

  private func heads(_ count: Int) -> [ChangeRef] {
    (0..<count).map { number in
      let space = Space(division: DivisionCode("540100")!, section: .records)
      return ChangeRef(
        log: LogID(node: node, space: space, epoch: UInt64(number)), n: UInt64(number + 1), hashPrefix: 7)
    }
  }

  @Test(arguments: [nil, UInt64.max], [true, false])
  func aPartIsReadAsItWasWritten(previous: UInt64?, isLast: Bool) throws {
    let part = RevocationPart(
      node: node, previous: previous, isLast: isLast, honoured: heads(3), reason: isLast ? "遗失" : "")
    let statement = Statement.revocationPart(part)
    #expect(try Statement(type: 7, payload: statement.payload) == statement)
    // Of a form that is not known it is kept, and says nothing here.
    for broken in [statement.payload + [0], Array(statement.payload.dropLast())] {
      #expect(try Statement(type: 7, payload: broken) == .unknown(type: 7, payload: broken))
    }
    var flagged = statement.payload
    flagged[32] |= 4
    #expect(try Statement(type: 7, payload: flagged) == .unknown(type: 7, payload: flagged))
  }

  @Test func aListIsCutIntoSuchAsFit() {
    let revocation = Revocation(node: node, honoured: heads(100), reason: "")
    let lists = revocation.lists(of: 600)
    #expect(
      lists.count > 5 && lists.allSatisfy { !$0.isEmpty } && lists.flatMap { $0 } == revocation.honoured)
    #expect(revocation.lists(of: 1 << 20) == [revocation.honoured])
    #expect(Revocation(node: node, honoured: [], reason: "").lists(of: 600) == [[]])
    #expect(revocation.lists(of: 1).count == 100)
  }
}
