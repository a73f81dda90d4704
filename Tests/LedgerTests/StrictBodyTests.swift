import Ledger
import Testing

/// One content has one spelling: each test is a second one, or bytes that nobody reads.
@Suite struct StrictBodyTests {
  private let ref = ChangeRef(log: testLog(1), n: 3, hashPrefix: 0)
  /// An emptied register.
  private let emptied: [UInt8] = [8, 0]
  /// The run of the first dot of the log's own first change.
  private let own: [UInt8] = [0, 1, 1, 1]

  private func decode(_ bytes: [UInt8]) throws(ChangeBody.Fault) -> ChangeContent {
    try ChangeDecoder.decode(ChangeBody(bytes), of: ref, previousTime: 0)
  }

  private func fault(_ skeleton: [UInt8], _ rest: [UInt8] = []) -> ChangeBody.Fault? {
    do throws(ChangeBody.Fault) {
      _ = try decode(RawBody.body(skeleton, rest))
      return nil
    } catch {
      return error
    }
  }

  @Test func aLinkHasNothingThatIsNotRead() {
    func link(_ parts: [UInt8]) -> [UInt8] { RawBody.field(6, parts) }
    func fault(_ parts: [UInt8]) -> ChangeBody.Fault? {
      self.fault(RawBody.mutation(cells: emptied, link(parts)))
    }
    #expect(fault(RawBody.field(2, own)) == nil)
    #expect(fault(RawBody.field(2, own) + RawBody.field(3, [])) == .notCanonical)
    #expect(fault(RawBody.field(2, own) + RawBody.field(3, [UInt8](repeating: 1, count: 8))) == .malformed)
    #expect(fault(RawBody.field(2, []) + RawBody.field(4, own)) == .notCanonical)
    #expect(fault([]) == .notCanonical)
    // An undone resolution of one candidate: an emptied register.
    func undone(_ parts: [UInt8]) -> ChangeBody.Fault? {
      self.fault(RawBody.mutation(cells: [15, 1, 0, 0, 0], link(parts)))
    }
    #expect(undone(RawBody.field(4, own)) == nil)
    #expect(undone(RawBody.field(2, []) + RawBody.field(4, own)) == .notCanonical)
    #expect(undone(RawBody.field(3, [7]) + RawBody.field(4, own)) == .notCanonical)
    #expect(undone(RawBody.field(4, own) + RawBody.field(5, [])) == .notCanonical)
    #expect(undone(RawBody.field(4, own) + RawBody.field(5, [7])) == .malformed)
    #expect(undone(RawBody.field(2, own) + RawBody.field(5, [7])) == .notCanonical)
  }

  @Test func theDotsOfAChangeStandInOneRun() {
    func fault(_ run: [UInt8]) -> ChangeBody.Fault? {
      self.fault(RawBody.mutation(cells: emptied, RawBody.field(6, RawBody.field(2, run))))
    }
    #expect(fault([0, 1, 2, 1, 2]) == nil)
    #expect(fault([0, 1, 1, 1, 0, 1, 1, 2]) == .notCanonical)
    #expect(fault([0, 1, 1, 1, 0, 2, 1, 1]) == nil)
    #expect(fault([0, 2, 1, 1, 0, 1, 1, 1]) == .notCanonical)
    // Those that candidates came from stand in any order, but not in two runs of one change side by side.
    func undone(_ origins: [UInt8]) -> ChangeBody.Fault? {
      self.fault(
        RawBody.mutation(
          cells: [15, 2, 0, 0, 0, 0, 0, 0], RawBody.field(6, RawBody.field(4, origins))))
    }
    #expect(undone([0, 2, 1, 1, 0, 1, 1, 1]) == nil)
    #expect(undone([0, 1, 1, 1, 0, 1, 1, 2]) == .notCanonical)
  }

  @Test func logsAndKindsStandInTheOrderOfTheirFirstUse() {
    let (first, second) = testLog(2) < testLog(3) ? (testLog(2), testLog(3)) : (testLog(3), testLog(2))
    let hash = [UInt8](repeating: 5, count: 8)
    func naming(_ logs: [UInt8]) -> [UInt8] {
      RawBody.mutation(
        cells: emptied,
        RawBody.field(
          6, RawBody.field(2, logs.flatMap { [$0, 1, 1, 1] }) + RawBody.field(3, logs.flatMap { _ in hash })))
    }
    let (a, b) = (RawBody.log(first), RawBody.log(second))
    #expect(fault(a + b + naming([1, 2])) == nil)
    #expect(fault(a + naming([1]) + naming([1])) == nil)
    #expect(fault(a + b + naming([1])) == .notCanonical)
    #expect(fault(a + b + naming([2]) + naming([1])) == .notCanonical)
    #expect(fault(a + a + naming([1])) == .notCanonical)
    func making(_ kind: UInt64) -> [UInt8] {
      RawBody.mutation(cells: [], RawBody.field(4, kind == 0 ? [] : RawBody.field(1, varint: kind)))
    }
    let (x, y) = (RawBody.field(5, Array("t/x".utf8)), RawBody.field(5, Array("t/y".utf8)))
    #expect(fault(x + y + making(0) + making(1) + making(0)) == nil)
    #expect(fault(x + y + making(1) + making(0)) == .notCanonical)
    #expect(fault(x + y + making(0)) == .notCanonical)
    #expect(fault(x + x + making(0) + making(1)) == .notCanonical)
  }

  @Test func theCodeOfACandidateIsWhatItSays() {
    func undone(_ code: [UInt8]) -> ChangeBody.Fault? {
      fault(
        RawBody.mutation(cells: [15, 1, 0] + code + [0], RawBody.field(6, RawBody.field(4, own))))
    }
    #expect(undone([0]) == nil)
    #expect(undone([0x80, 2]) == .malformed)  // 256
    #expect(undone([2]) == .malformed)  // elements
    #expect(undone([7]) == .malformed)
  }

  /// Fields of every wire type but the groups that protobuf gave up.
  @Test func whatANewerFormatAddsIsKept() throws {
    let eight = [UInt8](repeating: 9, count: 8)
    let mutation = RawBody.mutation(cells: emptied)
    for more in [
      RawBody.field(8, varint: 1), RawBody.field(8, [1, 2]), [8 << 3 | 1] + eight,
      [8 << 3 | 5] + eight.prefix(4),
    ] {
      let content = try decode(RawBody.body(mutation + more))
      #expect(content.hasUnknownParts && content.mutations.count == 1)
      #expect(try decode(RawBody.body(RawBody.mutation(cells: emptied, more))).hasUnknownParts)
      #expect(try decode(RawBody.body(RawBody.field(7, [8, 9] + more))).hasUnknownParts)
    }
    #expect(fault([8 << 3 | 3]) == .malformed)
    #expect(fault([8 << 3 | 1] + eight.prefix(7)) == .malformed)
    // The time as eight bytes: known fields have their one type.
    #expect(fault([1 << 3 | 1] + eight) == .malformed)
    // No field has a number of more than 29 bits.
    #expect(fault(RawBody.field(1 << 29 - 1, [])) == nil)
    #expect(fault(RawBody.field(1 << 29, [])) == .malformed)
  }

  /// Invariant 9: what a newer format says of a leaf is not known here, so no leaf may go that no redaction names.
  @Test func invariant9ARelayStripsNothingOfANewerFormat() throws {
    struct Nothing: HeadVerifier {
      func verify(_ head: LogHead, signature: Signature) -> BatchFault? { nil }
    }
    let text = RawBody.mutation(cells: [8, 3])
    let digest = RawBody.field(4, RawBody.field(3, [UInt8](repeating: 1, count: 32)))
    for skeleton in [
      text, text + RawBody.field(8, varint: 1), RawBody.mutation(cells: [8, 3], RawBody.field(7, varint: 1)),
      RawBody.field(8, varint: 1),
    ] {
      let batch = Batch(
        log: testLog(1), startN: 0, startHash: .zero, bodies: [RawBody.body(skeleton, digest)],
        signatures: [Batch.HeadSignature(n: 1, signature: noSignature)])
      let (verified, fault) = VerifiedBatch.check(
        batch, from: LogHead(emptyLog: testLog(1)), verifier: Nothing())
      #expect(verified == nil && fault == .valuesMissing(n: 1))
    }
    // The values of a mutation that are no texts are bound together.
    #expect(fault(RawBody.mutation(cells: [8, 1]), digest) == .erasedLeaf)
  }

  /// The same digest from other bytes: a relay could write them instead.
  @Test func saltsAndValuesStandOnlyWhereALeafWasErased() throws {
    let salt = [UInt8](repeating: 2, count: 32)
    let skeleton = RawBody.mutation(cells: [8, 3, 16, 3])
    let stays = RawBody.field(4, RawBody.field(1, salt) + RawBody.field(2, [65]))
    let empty = RawBody.field(4, RawBody.field(1, salt))
    let gone = RawBody.field(4, RawBody.field(3, salt))
    func fault(_ rest: [UInt8]) -> ChangeBody.Fault? {
      do throws(ChangeBody.Fault) {
        _ = try ChangeBody(RawBody.body(skeleton, rest))
        return nil
      } catch {
        return error
      }
    }
    #expect(fault(stays + gone) == nil)
    #expect(fault(empty + gone) == nil)
    #expect(fault(stays + stays) == .notCanonical)
    #expect(fault(RawBody.field(2, seed16) + stays + gone) == .notCanonical)
    #expect(fault(RawBody.field(3, [65]) + gone) == .notCanonical)
    #expect(
      fault(gone + RawBody.field(4, RawBody.field(1, salt) + RawBody.field(2, []))) == .notCanonical)
    #expect(fault(gone + RawBody.field(4, RawBody.field(1, salt) + RawBody.field(3, salt))) == .malformed)
  }

  @Test func aStatementEndsWhereItsContentEnds() throws {
    let revocation = Revocation(
      node: testNode(4), honoured: [ChangeRef(log: testLog(4), n: 3, hashPrefix: 9)], reason: "被盗")
    let release = Statement.release(ChangeRef(log: testLog(4), n: 3, hashPrefix: 9))
    func fault(_ type: UInt64, _ payload: [UInt8]) -> ChangeBody.Fault? {
      self.fault(RawBody.field(7, RawBody.field(1, varint: type) + RawBody.field(2, payload)))
    }
    let payload = Statement.revocation(revocation).payload
    #expect(fault(3, payload) == nil)
    #expect(fault(3, payload + [0]) == .malformed)
    #expect(fault(3, payload.dropLast() + [0xff]) == .invalidText)
    #expect(fault(4, release.payload) == nil)
    #expect(fault(4, release.payload + [0]) == .malformed)
  }
}
