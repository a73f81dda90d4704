import Testing

@testable import Node

/// Portions from one thread to another: in order, with the error that ended them, and nobody left waiting.
@Suite struct HandoverTests {
  private struct Broken: Error {}

  private func taken(_ handover: Handover<Int>) throws -> [Int] {
    var taken: [Int] = []
    while let portion = try handover.take() { taken.append(portion) }
    return taken
  }

  @Test func allThatIsPutComesOutInOrder() throws {
    let handover = Handover<Int> { for number in 0..<1000 { try $0.put(number) } }
    #expect(try taken(handover) == Array(0..<1000))
    #expect(try handover.take() == nil)
    handover.abandon()
  }

  @Test func whatWasPutBeforeAnErrorComesOutBeforeIt() throws {
    let handover = Handover<Int> {
      try $0.put(1)
      throw Broken()
    }
    #expect(try handover.take() == 1)
    #expect(throws: Broken.self) { _ = try handover.take() }
  }

  /// The work is in the middle of more than may wait; it has ended when `abandon` returns.
  @Test func workThatNobodyTakesEnds() throws {
    let handover = Handover<Int> { handover in while true { try handover.put(0) } }
    #expect(try handover.take() == 0)
    handover.abandon()
    #expect(throws: CancellationError.self) { _ = try taken(handover) }
  }
}
