import Ledger
import Testing

/// The limits of one change's content: exactly on them is written and taken, one beyond is neither.
@Suite struct ContentLimitTests {
  private struct Everyone: HeadVerifier {
    func verify(_ head: LogHead, signature: Signature) -> BatchFault? { nil }
  }

  private func content(_ sizes: [Int]) -> ChangeContent {
    ChangeContent(
      time: 5,
      mutations: [
        Mutation(
          target: .id(testRecord),
          writes: sizes.enumerated().map { index, size in
            let text = String(repeating: "a", count: size)
            return CellWrite(
              cell: UInt32(index + 1), content: .register(index % 2 == 0 ? .text(text) : .code(text)))
          })
      ])
  }

  private func written(_ content: ChangeContent) -> ChangeBody.Fault? {
    var head = LogHead(emptyLog: testLog(1))
    do {
      _ = try head.append(content, seed: seed16, sign: { _ in noSignature })
      return nil
    } catch {
      return error as? ChangeBody.Fault
    }
  }

  /// As a peer without these limits would write it.
  private func taken(_ content: ChangeContent) throws -> BatchFault? {
    let body = try ChangeEncoder.encode(content, in: testLog(1), previousTime: 0, seed: seed16)
    let batch = Batch(
      log: testLog(1), startN: 0, startHash: .zero, bodies: [body],
      signatures: [Batch.HeadSignature(n: 1, signature: noSignature)])
    return VerifiedBatch.check(batch, from: LogHead(emptyLog: testLog(1)), verifier: Everyone()).fault
  }

  @Test func aField() throws {
    let limit = ContentLimits.fieldBytes
    for sizes in [[limit], [1, limit]] {
      #expect(written(content(sizes)) == nil)
      #expect(try taken(content(sizes)) == nil)
      let beyond = content(sizes.dropLast() + [limit + 1])
      #expect(written(beyond) == .fieldTooLarge)
      #expect(try taken(beyond) == .badBody(n: 1, .fieldTooLarge))
    }
  }

  @Test func aRecord() throws {
    let third = ContentLimits.recordBytes / 3
    #expect(written(content([third, third, third])) == nil)
    #expect(try taken(content([third, third, third])) == nil)
    let beyond = content([third, third, third, 1])
    #expect(written(beyond) == .recordTooLarge)
    #expect(try taken(beyond) == .badBody(n: 1, .recordTooLarge))
    // Records are counted each by itself.
    var two = content([third, third])
    two.mutations += content([third / 2, third / 2]).mutations
    #expect(written(two) == nil)
  }

  @Test func aChange() throws {
    // The skeleton, the lengths and the value leaf's own take what `overhead` measures.
    func change(_ pack: Int) -> ChangeContent {
      ChangeContent(time: 5, statements: [.pack([UInt8](repeating: 1, count: pack))])
    }
    let half = 1 << 19
    let overhead =
      try ChangeEncoder.encode(change(half), in: testLog(1), previousTime: 0, seed: seed16).count - half
    let largest = ChangeBody.maxByteCount - overhead
    #expect(written(change(largest)) == nil)
    #expect(try taken(change(largest)) == nil)
    #expect(written(change(largest + 1)) == .tooLarge)
    #expect(throws: ChangeBody.Fault.tooLarge) {
      try ChangeBody([UInt8](repeating: 0, count: ChangeBody.maxByteCount + 1))
    }
  }

  /// A receiver does not hold more than a span and one change that nobody has vouched for yet.
  @Test func whatNoSignatureCovers() throws {
    let span = VerifiedBatch.signatureSpan + ChangeBody.maxByteCount
    // Each body is exactly as long as the one before; the last one goes beyond the span by less than one.
    var head = LogHead(emptyLog: testLog(1))
    var bodies: [[UInt8]] = []
    while bodies.reduce(0, { $0 + $1.count }) <= span {
      bodies.append(try head.append(content([100_000]), seed: seed16, sign: { _ in noSignature }).change.body)
    }
    func fault(_ bodies: [[UInt8]]) -> BatchFault? {
      let batch = Batch(
        log: testLog(1), startN: 0, startHash: .zero, bodies: bodies,
        signatures: [Batch.HeadSignature(n: UInt64(bodies.count) + 1, signature: noSignature)])
      return VerifiedBatch.check(batch, from: LogHead(emptyLog: testLog(1)), verifier: Everyone()).fault
    }
    // Both lack the signature at their end; the longer one is not even read that far.
    #expect(fault(bodies) == .unsigned(n: UInt64(bodies.count)))
    #expect(fault(bodies.dropLast()) == .unsigned(n: UInt64(bodies.count) - 1))
    #expect(fault(bodies + [[0]]) == .unsigned(n: UInt64(bodies.count)))
  }
}
