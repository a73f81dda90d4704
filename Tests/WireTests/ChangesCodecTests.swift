import FoundationEssentials
import Ledger
import SwiftProtobuf
import TestSupport
import Testing

@testable import Wire

/// The hand-written codec of the Changes message against the generated one, both ways.
@Suite struct ChangesCodecTests {
  @Test func theHandWrittenBytesAreTheGeneratedOnes() throws {
    for seed in 0..<300 as Range<UInt64> {
      var random = SeededRandom(seed: seed)
      let frame = Self.frame(&random)
      let carrier = ProtoChanges(frame)
      #expect(frame.encoded == carrier.carried, "seed \(seed)")
      let read = try ChangesFrame(encoded: carrier.carried)
      #expect(words(.changes(read)) == words(.changes(frame)), "seed \(seed)")
      #expect(try ProtoChanges(serializedBytes: frame.encoded) == carrier, "seed \(seed)")
    }
  }

  /// Whatever the hand-written reader takes, the generated one takes, and understands the same.
  @Test func mutatedFramesAreRefusedOrMeanTheSameToBoth() throws {
    var taken = 0
    for seed in 0..<1500 as Range<UInt64> {
      var random = SeededRandom(seed: seed)
      var bytes = Self.frame(&random).encoded
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        let i = bytes.indices.randomElement(using: &random)!
        switch Int.random(in: 0..<3, using: &random) {
        case 0: bytes[i] = UInt8.random(in: 0...255, using: &random)
        case 1 where bytes.count > 1: bytes.remove(at: i)
        default: bytes.insert(UInt8.random(in: 0...255, using: &random), at: i)
        }
      }
      guard let read = try? ChangesFrame(encoded: bytes) else { continue }
      taken += 1
      var carrier = try ProtoChanges(serializedBytes: bytes)
      carrier.forgetUnknown()
      #expect(ProtoChanges(read) == carrier, "seed \(seed)")
    }
    #expect(taken > 50)
  }

  /// Other writers may order fields as they like, and need not pack numbers.
  @Test func fieldsMayComeInAnyOrderAndNumbersUnpacked() throws {
    let frame = Sample.frame(
      Batch(
        log: Sample.log(1), startN: 4, startHash: Hash256(hashing: [1]), bodies: [[1], [2]],
        signatures: [5, 6].map { Batch.HeadSignature(n: $0, signature: Sample.signature(UInt8($0))) }))
    let batch = ProtoChanges(frame).batch[0]
    var inner: [UInt8] = []
    func put(_ field: UInt8, _ bytes: [UInt8]) { inner += [field << 3 | 2, UInt8(bytes.count)] + bytes }
    inner += [6 << 3 | 2, 0x80, 1] + [UInt8](batch.signatures)
    inner += [5 << 3, 1, 5 << 3, 2]
    put(4, [1])
    put(1, [UInt8](batch.log))
    put(4, [2])
    inner += [2 << 3, 4]
    put(3, [UInt8](batch.startHash))
    let cursor = ProtoCursor(frame.through).carried
    let bytes: [UInt8] =
      [2 << 3 | 2, UInt8(inner.count & 0x7f | 0x80), UInt8(inner.count >> 7)] + inner
      + [1 << 3 | 2, UInt8(cursor.count)] + cursor
    #expect(words(.changes(try ChangesFrame(encoded: bytes))) == words(.changes(frame)))
  }

  private static func frame(_ random: inout SeededRandom) -> ChangesFrame {
    let batches = (0..<Int.random(in: 0...3, using: &random)).map { _ in
      let startN = Bool.random(using: &random) ? 0 : UInt64.random(in: 1...1 << 40, using: &random)
      let bodies = (0..<Int.random(in: 0...5, using: &random)).map { _ in
        random.bytes([0, 1, 60, 127, 128, 300].randomElement(using: &random)!)
      }
      return Batch(
        log: Sample.log(Int.random(in: 0...9, using: &random), epoch: random.next()), startN: startN,
        startHash: startN == 0 ? .zero : Hash256(hashing: random.bytes(2)), bodies: bodies,
        signatures: bodies.indices.filter { _ in Bool.random(using: &random) }.map {
          Batch.HeadSignature(n: startN + UInt64($0) + 1, signature: Sample.signature(UInt8($0)))
        })
    }
    let arrival = [0, 1, 127, 128, Int64.max].randomElement(using: &random)!
    return ChangesFrame(
      batches: batches,
      through: ArrivalCursor(store: random.bytes(16), arrival: arrival, running: random.bytes(16)))
  }
}

extension ProtoChanges {
  fileprivate init(_ frame: ChangesFrame) {
    self.init()
    through = ProtoCursor(frame.through)
    batch = frame.batches.map { batch in
      .with {
        $0.log = Data(batch.log.canonicalBytes)
        $0.startN = batch.startN
        if batch.startN > 0 { $0.startHash = Data(batch.startHash.bytes) }
        $0.body = batch.bodies.map { Data($0) }
        $0.signed = batch.signatures.map { $0.n - batch.startN }
        $0.signatures = Data(batch.signatures.flatMap(\.signature.bytes))
      }
    }
  }

  /// Unknown fields are passed over by the one and kept by the other; a start hash of zeros means none.
  fileprivate mutating func forgetUnknown() {
    unknownFields = SwiftProtobuf.UnknownStorage()
    through.unknownFields = SwiftProtobuf.UnknownStorage()
    for index in batch.indices { batch[index].unknownFields = SwiftProtobuf.UnknownStorage() }
    for index in batch.indices where batch[index].startN == 0 { batch[index].startHash = Data() }
  }
}
