import Ledger
import Testing

/// A change names its records by the changes that made them: each of those has to be read, so there are not many.
@Suite struct MakerLimitTests {
  private struct Everyone: HeadVerifier {
    func verify(_ head: LogHead, signature: Signature) -> BatchFault? { nil }
  }

  /// A change that names `count` others, and itself, each twice.
  private func naming(_ count: Int, at n: UInt64) -> ChangeContent {
    let made = Array(1...UInt64(count)) + [n]
    return ChangeContent(
      time: 5,
      mutations: (made + made).map { Mutation(target: .madeHere(n: $0, k: 1), writes: []) })
  }

  @Test func asManyAsTheLimitAreWrittenAndTaken() throws {
    var head = LogHead(emptyLog: testLog(1))
    let limit = ContentLimits.makers
    for _ in 0...limit {
      _ = try head.append(ChangeContent(time: 1), seed: seed16, sign: { _ in noSignature })
    }
    let start = head
    let n = start.n + 1
    #expect(throws: ChangeBody.Fault.tooManyMakers) {
      var head = start
      _ = try head.append(naming(limit + 1, at: n), seed: seed16, sign: { _ in noSignature })
    }
    _ = try head.append(naming(limit, at: n), seed: seed16, sign: { _ in noSignature })
    for (count, fault) in [(limit, nil), (limit + 1, BatchFault.badBody(n: n, .tooManyMakers))] {
      let body = try ChangeEncoder.encode(
        naming(count, at: n), in: start.log, previousTime: start.time, seed: seed16)
      let batch = Batch(
        log: start.log, startN: start.n, startHash: start.hash, bodies: [body],
        signatures: [Batch.HeadSignature(n: n, signature: noSignature)])
      #expect(VerifiedBatch.check(batch, from: start, verifier: Everyone()).fault == fault)
    }
  }
}
