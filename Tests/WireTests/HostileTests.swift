import Ledger
import SwiftProtobuf
import TestSupport
import Testing

@testable import Wire

/// Invariant 8: whatever the bytes, reading ends with a message or a named fault, and spends no memory on what
/// is only claimed.
@Suite struct HostileTests {
  @Test func invariant8AMessageCutAnywhereIsRefusedOrIsAMessage() {
    for message in Sample.all {
      let payload = message.encoded()
      for length in 0..<payload.count {
        let found = fault(message.type, Array(payload[..<length]))
        if message.type == 4 { #expect(found == .badCompression, "at \(length)") }
        // A cut between two fields is a message with fewer of them; within one it is none.
        if let found, message.type != 4 { #expect(found == .malformed(type: message.type), "at \(length)") }
      }
    }
  }

  /// The part within the compression, cut: never the same message again.
  @Test func invariant8ChangesCutAnywhereAreNeverTakenForTheWhole() throws {
    let plain = Sample.frame(Sample.batch(bodies: [[1, 2], [3]]), Sample.batch(2, startN: 4, bodies: [[3]]))
      .encoded
    for length in 0..<plain.count {
      guard let cut = try? ChangesFrame(encoded: Array(plain[..<length])) else { continue }
      #expect(cut.batches.count < 2, "at \(length)")
    }
  }

  @Test func invariant8RandomBytesEndWithAnAnswer() {
    for seed in 0..<5000 as Range<UInt64> {
      var random = SeededRandom(seed: seed)
      let bytes = random.bytes(Int.random(in: 0...200, using: &random))
      let type = UInt8.random(in: 0...14, using: &random)
      let found = fault(type, bytes)
      if type == 0 || type == 14 { #expect(found == .unknownType(type)) }
      if type == 4 { #expect(found != nil) }
      // Reached without the compression before it as well.
      _ = try? ChangesFrame(encoded: bytes)
    }
  }

  @Test func invariant8FlippedBitsEndWithAnAnswer() {
    for message in Sample.all {
      let payload = message.encoded()
      for bit in 0..<payload.count * 8 {
        var bytes = payload
        bytes[bit / 8] ^= 1 << (bit % 8)
        _ = fault(message.type, bytes)
      }
    }
  }

  /// zstd frames by hand (RFC 8878): magic, descriptor, size, then blocks that repeat one byte 128 KiB long.
  private func bomb(claims size: UInt32, blocks: Int) -> [UInt8] {
    let header: [UInt8] = [0x28, 0xb5, 0x2f, 0xfd, 0xa0] + (0..<4).map { UInt8(size >> (8 * $0) & 0xff) }
    let length = 128 << 10
    let body = (0..<blocks).flatMap { index -> [UInt8] in
      let block = length << 3 | 1 << 1 | (index == blocks - 1 ? 1 : 0)
      return [UInt8(block & 0xff), UInt8(block >> 8 & 0xff), UInt8(block >> 16), 0x41]
    }
    return header + body
  }

  @Test func invariant8ABombIsRefusedBeforeItIsInflated() {
    let claimed = bomb(claims: UInt32(Limits.inflatedBytes) + 1, blocks: 65)
    #expect(
      fault(4, claimed)
        == .limit(name: "inflated", value: Limits.inflatedBytes + 1, limit: Limits.inflatedBytes))
    // It claims what is allowed and holds far more.
    #expect(fault(4, bomb(claims: 1 << 20, blocks: 4096)) == .badCompression)
    // It claims more than it holds.
    #expect(fault(4, bomb(claims: 8 << 20, blocks: 1)) == .badCompression)
    // It is as large as it may be, and no message.
    #expect(fault(4, bomb(claims: 8 << 20, blocks: 64)) == .malformed(type: 4))
    // No size is stated at all: one empty raw block.
    #expect(fault(4, [0x28, 0xb5, 0x2f, 0xfd, 0, 0, 1, 0, 0]) == .badCompression)
    // A skippable frame holds nothing.
    #expect(fault(4, [0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0]) == .malformed(type: 4))
  }

  @Test func invariant8CountsThatLieAreFound() throws {
    let batch = Sample.batch(startN: 4, bodies: [[1]])
    func refused(_ change: (inout ProtoBatch) -> Void) throws -> Bool {
      var carrier = try ProtoChanges(serializedBytes: Sample.frame(batch).encoded)
      change(&carrier.batch[0])
      return fault(4, Compression.deflate(carrier.carried)) == .malformed(type: 4)
    }
    #expect(try !refused { _ in })
    #expect(try refused { $0.signed = [1, 1] })  // more numbers than signatures
    #expect(try refused { $0.signatures.append(0) })
    #expect(try refused { $0.signatures.removeLast() })
    #expect(try refused { $0.signed = [.max] })  // n beyond 64 bits
    #expect(try refused { $0.body = [] })  // more signatures than changes
    #expect(try refused { $0.log.removeLast() })
    #expect(try refused { $0.startHash.removeLast() })
    #expect(try !refused { $0.startN = UInt64(Int64.max) - 1 })
    #expect(try refused { $0.startN = UInt64(Int64.max) })  // the change would go beyond 63 bits
    // A length beyond the end, at the longest that a varint can say.
    #expect(fault(2, [0x0a] + [UInt8](repeating: 0xff, count: 9) + [1]) == .malformed(type: 2))
    #expect(
      fault(3, Message.held([Sample.held(points: 2)]).encoded().dropLast(1) + []) == .malformed(type: 3))
    // Four million empty ranges would take hundreds of megabytes; they are counted first.
    let empty = [UInt8](repeating: 0, count: Limits.frameBytes).enumerated().map {
      UInt8($0.0 % 2 == 0 ? 0x0a : 0)
    }
    #expect(
      fault(2, empty)
        == .limit(name: "logs", value: Limits.frameBytes / 2, limit: Limits.logsPerMessage))
  }
}
