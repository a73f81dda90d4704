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
    // Nor does it help that the change which goes beyond the span is signed.
    let signed = Batch(
      log: testLog(1), startN: 0, startHash: .zero, bodies: bodies,
      signatures: [Batch.HeadSignature(n: UInt64(bodies.count), signature: noSignature)])
    let checked = VerifiedBatch.check(signed, from: LogHead(emptyLog: testLog(1)), verifier: Everyone())
    #expect(checked.fault == .unsigned(n: UInt64(bodies.count)) && checked.verified == nil)
  }

  private func mutation(_ writes: [CellWrite]) -> ChangeContent {
    ChangeContent(time: 5, mutations: [Mutation(target: .id(testRecord), writes: writes)])
  }

  private func dots(_ count: Int) -> [Dot] {
    let change = ChangeRef(log: testLog(2), n: 9, hashPrefix: 1)
    return (0..<count).map { Dot(change: change, k: UInt32($0 + 1)) }
  }

  /// Mutations, cells, elements, members, candidates, named dots, statements: all count alike.
  @Test func theParts() throws {
    let limit = ContentLimits.parts
    func elements(_ count: Int) -> [Value] { [Value](repeating: .null, count: count) }
    func members(_ count: Int) -> WriteContent {
      .group((0..<count).map { GroupMember(field: UInt32($0), value: .null) })
    }
    func candidates(_ count: Int) -> WriteContent {
      .candidates(dots(count).map { Candidate(dot: $0, time: 0, content: .register(.null)) })
    }
    let contents: [(Int) -> ChangeContent] = [
      { mutation([CellWrite(cell: 1, content: .elements(elements($0 - 2)))]) },
      { mutation([CellWrite(cell: 1, content: members($0 - 2))]) },
      { mutation([CellWrite(cell: 1, content: .register(.null), supersedes: dots($0 - 2))]) },
      { mutation((0..<$0 - 1).map { CellWrite(cell: UInt32($0 + 1), content: .register(.null)) }) },
      {
        ChangeContent(time: 5, statements: [Statement](repeating: .unknown(type: 9, payload: []), count: $0))
      },
      { count in
        var content = mutation([CellWrite(cell: 1, content: candidates((count - 2) / 2))])
        if count % 2 == 1 { content.statements = [.unknown(type: 9, payload: [])] }
        return content
      },
    ]
    for (index, content) in contents.enumerated() {
      #expect(written(content(limit)) == nil, "\(index)")
      #expect(try taken(content(limit)) == nil, "\(index)")
      #expect(written(content(limit + 1)) == .tooManyParts, "\(index)")
      #expect(try taken(content(limit + 1)) == .badBody(n: 1, .tooManyParts), "\(index)")
      // It is not even made in memory.
      let body = try ChangeEncoder.encode(
        content(limit + 1), in: testLog(1), previousTime: 0, seed: seed16)
      #expect(throws: ChangeBody.Fault.tooManyParts, "\(index)") {
        try ChangeDecoder.decode(
          ChangeBody(body), of: ChangeRef(log: testLog(1), n: 1, hashPrefix: 0), previousTime: 0)
      }
    }
  }

  /// What the encoder does not write either is put together by hand.
  @Test func theLogsAndKinds() throws {
    func fault(_ skeleton: [UInt8]) -> ChangeBody.Fault? {
      do throws(ChangeBody.Fault) {
        _ = try ChangeDecoder.decode(
          ChangeBody(RawBody.body(skeleton)), of: ChangeRef(log: testLog(1), n: 1, hashPrefix: 0),
          previousTime: 0)
        return nil
      } catch {
        return error
      }
    }
    func naming(_ count: Int) -> ChangeContent {
      let dots = (0..<UInt64(count)).map {
        Dot(change: ChangeRef(log: testLog(2, epoch: $0), n: 1, hashPrefix: 0), k: 1)
      }
      return mutation([CellWrite(cell: 1, content: .register(.null), supersedes: dots)])
    }
    #expect(written(naming(ContentLimits.logs)) == nil)
    #expect(written(naming(ContentLimits.logs + 1)) == .tooManyParts)
    let logs = (0...UInt64(ContentLimits.logs)).map { RawBody.log(testLog(2, epoch: $0)) }
    #expect(fault(logs.dropLast().flatMap { $0 }) == .notCanonical)  // none is used
    #expect(fault(logs.flatMap { $0 }) == .tooManyParts)
    func making(_ count: Int) -> ChangeContent {
      ChangeContent(
        time: 5,
        mutations: (0..<count).map {
          Mutation(
            target: .id(testRecord), creation: Creation(kind: KindName(lineage: "t", code: "\($0)")),
            writes: [])
        })
    }
    #expect(written(making(ContentLimits.kinds)) == nil)
    #expect(try taken(making(ContentLimits.kinds)) == nil)
    #expect(written(making(ContentLimits.kinds + 1)) == .tooManyParts)
    let kinds = (0...ContentLimits.kinds).map { RawBody.field(5, Array("t/\($0)".utf8)) }
    #expect(fault(kinds.flatMap { $0 }) == .tooManyParts)
  }

  /// Invariant 8: a change makes no more of a record's state than some bytes a part, and in a time that grows
  /// with the parts alone: each of these took minutes once, or made a state of gigabytes.
  @Test(.timeLimit(.minutes(3))) func invariant8TheWorstChangeOfItsSizeMakesASmallState() throws {
    let half = ContentLimits.parts / 2 - 2
    let elements = mutation([
      CellWrite(cell: 1, content: .elements([Value](repeating: .null, count: half)), supersedes: dots(half))
    ])
    let descending = mutation(
      (0..<half * 2).map { CellWrite(cell: UInt32(half * 2 - $0), content: .register(.null)) })
    let deletion = mutation([CellWrite(cell: 0, content: .deletion, supersedes: dots(half * 2))])
    for content in [elements, descending, deletion] {
      let body = try ChangeEncoder.encode(content, in: testLog(1), previousTime: 0, seed: seed16)
      let ref = ChangeRef(log: testLog(1), n: 1, hashPrefix: 7)
      let read = try ChangeDecoder.decode(ChangeBody(body), of: ref, previousTime: 0)
      var state = RecordState()
      state.apply(read.mutations[0], firstK: 1, of: ref, time: 5, knowledge: Replica())
      #expect(state.encoded.count < 16 * ContentLimits.parts)
      // Its deletion names all that lives, and takes it away.
      let second = ChangeRef(log: testLog(3), n: 1, hashPrefix: 7)
      let all = EditWriter(state: state, log: testLog(3)).deletion
      var replica = Replica()
      replica.held.insert(ref)
      state.apply(
        Mutation(target: .id(testRecord), writes: [all]), firstK: 1, of: second, time: 6, knowledge: replica)
      #expect(state.existence == .deleted)
      state.noteApplied(ChangeRef(log: testLog(2), n: 9, hashPrefix: 1))
      #expect(state.awaitedChanges.isEmpty)
    }
  }
}
