import Ledger
import TestSupport
import Testing

/// The order of one signer's receipts.
@Suite struct SigningTimeTests {
  private static let clocks: [Int64] = [.min, .min + 1, -1, 0, 1, 999, 1000, .max - 1, .max]

  /// Whatever the clock says, and though the store forgot what it signed since a backup.
  @Test(arguments: 0..<20) func eachIsLaterThanTheOneBefore(seed: Int) {
    var random = SeededRandom(seed: UInt64(seed))
    var last = SigningTime(term: 0, time: SigningTimeTests.clocks.randomElement(using: &random)!)
    for _ in 0..<200 {
      let now =
        Bool.random(using: &random)
        ? last.time &+ Int64.random(in: -1500...1500, using: &random)
        : SigningTimeTests.clocks.randomElement(using: &random)!
      let from =
        Int.random(in: 0..<10, using: &random) == 0
        ? last.beginning([.clock, .epoch, .restore(now: 7)].randomElement(using: &random)!) : last
      let next = from.next(now: now)
      #expect(next > last)
      // A clock that goes on as it should begins no term, and is told as it is.
      if now > last.time { #expect(next.time == now && next.term - from.term == 0) }
      #expect(SigningTime(stored: next.stored) == next)
      last = next
    }
  }

  /// Whatever happened to the store after its backup was made.
  @Test func whatARestoredStoreSignsIsLater() {
    let backup = SigningTime(term: 0, time: 5)
    let former = backup.next(now: -9_999).beginning(.epoch).next(now: 3).beginning(.epoch).next(now: -9_999)
    #expect(backup.beginning(.restore(now: 0)) > former)
    #expect(backup.beginning(.epoch) > backup.next(now: -9_999))
    var last = backup
    for _ in 0..<9 {
      last = last.beginning(.restore(now: .max))
      #expect(last.beginning(.clock) > last)
    }
  }

  /// The term is signed along with the rest, and is no head.
  @Test(arguments: [0, 1, 300, UInt64(Int64.max)]) func aReceiptSaysItsTerm(term: UInt64) throws {
    let node = NodeID(Hash256(hashing: [1]))
    let heads = (0..<2).map { number in
      LogHead(
        log: LogID(
          node: node, space: Space(division: DivisionCode("540100")!, section: .records), epoch: 7 + number),
        n: 5, hash: Hash256(hashing: [2]), time: 0)
    }
    let signature = try #require(Signature([UInt8](repeating: 3, count: 64)))
    func receipt(_ term: UInt64) -> Receipt {
      Receipt(signer: node, at: SigningTime(term: term, time: -9), heads: heads) { _ in signature }
    }
    let read = try Receipt(encoded: receipt(term).encoded)
    #expect(read == receipt(term) && read.signing == SigningTime(term: term, time: -9))
    #expect(read.heads == heads && read.headCount == (term > 0 ? 3 : 2))
    #expect(read.signedBytes != receipt(term ^ 2).signedBytes)
  }
}
