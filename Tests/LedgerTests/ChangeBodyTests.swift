import Ledger
import TestSupport
import Testing

@Suite struct ChangeBodyTests {
  private struct Everyone: HeadVerifier {
    func verify(_ head: LogHead, signature: Signature) -> BatchFault? {
      signature == noSignature ? nil : .badSignature(n: head.n)
    }
  }

  private let other = testLog(9)

  private func content() -> ChangeContent {
    let foreign = Dot(change: ChangeRef(log: other, n: 4, hashPrefix: 0x1122_3344_5566_7788), k: 2)
    let writes = [
      CellWrite(cell: 1, content: .register(.text("电梯安全 བཀྲ་ཤིས"))),
      CellWrite(cell: 2, content: .register(.date(20332)), supersedes: [foreign]),
      CellWrite(cell: 3, content: .elements([.code("4.1"), .text("文旅局"), .code("4.2")])),
      CellWrite(cell: 4, content: .tallyBase(.integer(-120))),
      CellWrite(
        cell: 5,
        content: .group([
          GroupMember(field: 7, value: .integer(3)), GroupMember(field: 8, value: .text("x")),
          GroupMember(field: 200, value: .unknown(shape: 14, payload: [9, 9])),
        ])),
      CellWrite(cell: 6, content: .register(.flag(true))),
      CellWrite(cell: 7, content: .register(.decimal("1234567890.55"))),
      CellWrite(cell: 8, content: .register(.record(testRecord))),
      CellWrite(cell: 9, content: .register(.null)),
      CellWrite(cell: 4, content: .tallyIncrement(-3)),
      CellWrite(cell: 0, content: .deletion, supersedes: [foreign]),
      CellWrite(
        cell: 10,
        content: .candidates([
          Candidate(dot: foreign, time: -5, content: .register(.text("old"))),
          Candidate(dot: foreign, time: 9, content: .register(.integer(4))),
        ]), supersedes: [foreign]),
    ]
    return ChangeContent(
      time: 1_756_700_000_123, operatorName: "扎西", certificate: Hash256(hashing: [1]),
      mutations: [
        Mutation(
          target: .id(testRecord),
          creation: Creation(
            kind: KindName(lineage: "quality-month", code: "visit"),
            origin: RecordPlace(space: testSpace, record: testRecord)), writes: writes),
        Mutation(
          target: .madeHere(n: 1, k: 1), writes: [CellWrite(cell: 6, content: .register(.flag(false)))]),
      ],
      statements: [.certificate([1, 2, 3]), .unknown(type: 77, payload: [5])])
  }

  @Test func whatIsEncodedIsDecoded() throws {
    var head = LogHead(emptyLog: testLog(1))
    let original = content()
    let (change, _) = try head.append(original, seed: seed16, sign: { _ in noSignature })
    let decoded = try ChangeDecoder.decode(ChangeBody(change.body), of: change.ref, previousTime: 0)
    #expect(decoded == original)
    let again = try ChangeEncoder.encode(decoded, in: change.log, previousTime: 0, seed: seed16)
    #expect(again == change.body)
  }

  /// Invariant 6: any flipped bit is found.
  @Test func invariant6AnyFlippedBitIsFound() throws {
    var head = LogHead(emptyLog: testLog(1))
    let start = head
    let (change, signature) = try head.append(content(), seed: seed16, sign: { _ in noSignature })
    let digest = try ChangeBody(change.body).digest
    for bit in 0..<change.body.count * 8 {
      var bytes = change.body
      bytes[bit / 8] ^= 1 << (bit % 8)
      if let body = try? ChangeBody(bytes) { #expect(body.digest != digest, "bit \(bit)") }
    }
    let batch = Batch(
      log: change.log, startN: 0, startHash: .zero, bodies: [change.body],
      signatures: [Batch.HeadSignature(n: 1, signature: signature)])
    let (verified, fault) = VerifiedBatch.check(batch, from: start, verifier: Everyone())
    #expect(fault == nil)
    #expect(verified?.end == head)
  }

  /// Invariant 8: whatever the bytes, decoding ends with an answer; and what it accepts has one spelling.
  @Test func invariant8MutatedBodiesAreRefusedOrCanonical() throws {
    let original = try ChangeEncoder.encode(content(), in: testLog(1), previousTime: 0, seed: seed16)
    let ref = ChangeRef(log: testLog(1), n: 3, hashPrefix: 0)
    var taken = 0
    for seed in 0..<20_000 as Range<UInt64> {
      var random = SeededRandom(seed: seed)
      var bytes = original
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let i = bytes.indices.randomElement(using: &random)!
        switch Int.random(in: 0..<3, using: &random) {
        case 0: bytes[i] = UInt8.random(in: 0...255, using: &random)
        case 1: bytes.remove(at: i)
        default: bytes.insert(UInt8.random(in: 0...255, using: &random), at: i)
        }
      }
      guard let body = try? ChangeBody(bytes),
        let decoded = try? ChangeDecoder.decode(body, of: ref, previousTime: 0), !decoded.hasUnknownParts
      else { continue }
      let bodySeed = RawBody.seed(of: bytes)
      let again = try ChangeEncoder.encode(decoded, in: ref.log, previousTime: 0, seed: bodySeed ?? seed16)
      // A seed where none is needed, or none where one is, is not judged: the digest covers it.
      guard (bodySeed == nil) == (RawBody.seed(of: again) == nil) else { continue }
      taken += 1
      #expect(again == bytes, "seed \(seed)")
    }
    #expect(taken > 1000)
  }

  @Test func aCodeOrDecimalThatIsNoTextIsRefused() throws {
    for value in [Value.code("zz"), .decimal("zz")] {
      let content = ChangeContent(
        time: 5,
        mutations: [
          Mutation(target: .id(testRecord), writes: [CellWrite(cell: 1, content: .register(value))])
        ])
      var bytes = try ChangeEncoder.encode(content, in: testLog(1), previousTime: 0, seed: seed16)
      bytes[bytes.count - 1] = 0xff
      let body = try ChangeBody(bytes)
      #expect(throws: ChangeBody.Fault.invalidText) {
        try ChangeDecoder.decode(
          body, of: ChangeRef(log: testLog(1), n: 1, hashPrefix: 0), previousTime: 0)
      }
    }
  }

  @Test func numbersBeyondWhatAStoreCountsWithAreRefused() throws {
    func isRefused(_ n: UInt64, type: UInt64 = 9) throws -> Bool {
      let dot = Dot(change: ChangeRef(log: testLog(2), n: n, hashPrefix: 5), k: 1)
      let content = ChangeContent(
        time: 5,
        mutations: [
          Mutation(
            target: .id(testRecord),
            writes: [CellWrite(cell: 1, content: .register(.null), supersedes: [dot])])
        ],
        statements: [.unknown(type: type, payload: [1])])
      let bytes = try ChangeEncoder.encode(content, in: testLog(1), previousTime: 0, seed: seed16)
      let ref = ChangeRef(log: testLog(1), n: 1, hashPrefix: 0)
      return (try? ChangeDecoder.decode(ChangeBody(bytes), of: ref, previousTime: 0)) == nil
    }
    let last = UInt64(Int64.max)
    #expect(try !isRefused(last, type: last))
    #expect(try isRefused(last + 1))
    #expect(try isRefused(1, type: last + 1))
  }

  @Test func aRelayThatStripsAValueIsFound() throws {
    var head = LogHead(emptyLog: testLog(1))
    let start = head
    let text = ChangeContent(
      time: 5,
      mutations: [
        Mutation(
          target: .id(testRecord),
          writes: [
            CellWrite(cell: 1, content: .register(.text("secret")))
          ])
      ])
    let (change, signature) = try head.append(text, seed: seed16, sign: { _ in noSignature })
    // The relay leaves the text out and puts its digest in the place, as a redaction would.
    let stripped = StrippedBody.erasingOnlyLeaf(of: change.body)
    let batch = Batch(
      log: change.log, startN: 0, startHash: .zero, bodies: [stripped],
      signatures: [Batch.HeadSignature(n: 1, signature: signature)])
    let (verified, fault) = VerifiedBatch.check(batch, from: start, verifier: Everyone())
    #expect(verified == nil && fault == .valuesMissing(n: 1))
  }

  @Test func aBatchIsBelievedUpToItsLastGoodSignature() throws {
    var head = LogHead(emptyLog: testLog(1))
    let start = head
    var bodies: [[UInt8]] = []
    for i in 1...4 {
      let content = ChangeContent(
        time: Int64(i),
        mutations: [
          Mutation(
            target: .id(testRecord), writes: [CellWrite(cell: 1, content: .register(.integer(Int64(i))))])
        ])
      bodies.append(try head.append(content, seed: seed16, sign: { _ in noSignature }).change.body)
    }
    let bad = Signature([UInt8](repeating: 1, count: 64))!
    let batch = Batch(
      log: start.log, startN: 0, startHash: .zero, bodies: bodies,
      signatures: [
        Batch.HeadSignature(n: 2, signature: noSignature), Batch.HeadSignature(n: 4, signature: bad),
      ])
    let (verified, fault) = VerifiedBatch.check(batch, from: start, verifier: Everyone())
    #expect(verified?.entries.count == 2)
    #expect(fault == .badSignature(n: 4))
    let unsigned = Batch(
      log: start.log, startN: 0, startHash: .zero, bodies: bodies,
      signatures: [
        Batch.HeadSignature(n: 2, signature: noSignature)
      ])
    #expect(VerifiedBatch.check(unsigned, from: start, verifier: Everyone()).fault == .unsigned(n: 4))
  }
}

/// Builds what a stripping relay would send.
enum StrippedBody {
  static func erasingOnlyLeaf(of body: [UInt8]) -> [UInt8] {
    // skeleton (field 1), seed (field 2), one leaf (field 3): keep the skeleton, erase the leaf.
    let skeletonEnd = 2 + Int(body[1])
    let seed = Array(body[skeletonEnd + 2..<skeletonEnd + 18])
    let leaf = Array(body[(skeletonEnd + 20)...])
    let salt = Hash256(hashing: HashTag.salt.bytes + seed + [0, 0, 0, 0])
    let digest = Hash256(hashing: HashTag.leaf.bytes + salt.bytes + leaf)
    return Array(body[..<skeletonEnd]) + [4 << 3 | 2, 34, 3 << 3 | 2, 32] + digest.bytes
  }
}
