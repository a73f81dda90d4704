import FoundationEssentials
import Ledger
import SwiftProtobuf
import TestSupport
import Testing

/// The Ledger's hand-written codec of change bodies against the code generated from Protocol/change.proto.
@Suite struct ChangeProtobufTests {
  private let seed16 = [UInt8](repeating: 7, count: 16)

  @Test func whatOursWritesDecodesAndReserialisesByteIdentically() throws {
    for seed in 0..<800 as Range<UInt64> {
      var random = RandomContent(random: SeededRandom(seed: seed))
      let bytes = try ChangeEncoder.encode(
        random.content(), in: RandomContent.own, previousTime: 77, seed: seed16)
      let body = try ProtoChangeBody(serializedBytes: bytes)
      #expect([UInt8](body.canonical) == bytes, "seed \(seed)")
      let skeleton = try ProtoSkeleton(serializedBytes: body.skeleton)
      #expect(skeleton.canonical == body.skeleton, "seed \(seed)")
    }
  }

  @Test func whatTheGeneratedCodeWritesIsReadByOursWithTheSameMeaning() throws {
    for seed in 0..<800 as Range<UInt64> {
      var random = RandomContent(random: SeededRandom(seed: seed))
      let content = random.content()
      let bytes = [UInt8](
        SecondEncoder.body(content, in: RandomContent.own, previousTime: 77, seed: seed16).canonical)
      let read = try ChangeDecoder.decode(ChangeBody(bytes), of: RandomContent.ref, previousTime: 77)
      #expect(read == content, "seed \(seed)")
      // One content has one spelling.
      let ours = try ChangeEncoder.encode(content, in: RandomContent.own, previousTime: 77, seed: seed16)
      #expect(ours == bytes, "seed \(seed)")
    }
  }

  /// What ours takes as a body of this version, the generated code takes, and writes in the same bytes.
  @Test func invariant8MutatedBodiesAreRefusedOrCanonical() throws {
    var taken = 0
    for seed in 0..<8000 as Range<UInt64> {
      var random = RandomContent(random: SeededRandom(seed: seed))
      let original = try ChangeEncoder.encode(
        random.content(), in: RandomContent.own, previousTime: 0, seed: seed16)
      let bytes = mutated(original, &random.random)
      guard let body = try? ChangeBody(bytes),
        let content = try? ChangeDecoder.decode(body, of: RandomContent.ref, previousTime: 0),
        !content.hasUnknownParts
      else { continue }
      taken += 1
      let carrier = try ProtoChangeBody(serializedBytes: bytes)
      #expect([UInt8](carrier.canonical) == bytes, "seed \(seed)")
      let skeleton = try ProtoSkeleton(serializedBytes: carrier.skeleton)
      #expect(skeleton.canonical == carrier.skeleton, "seed \(seed): \(bytes.hex)")
      // That a seed stands where a leaf is text, and only there, is not judged: the digest covers it.
      let ours = try ChangeEncoder.encode(
        content, in: RandomContent.own, previousTime: 0,
        seed: carrier.seed.isEmpty ? seed16 : [UInt8](carrier.seed))
      guard try ProtoChangeBody(serializedBytes: ours).seed.isEmpty == carrier.seed.isEmpty else { continue }
      #expect(ours == bytes, "seed \(seed)")
    }
    #expect(taken > 300)
  }

  /// A default that is written out would be a second spelling of the same change.
  @Test func writtenDefaultsAreRefused() throws {
    let id: [UInt8] = [0x0a, 16] + [UInt8](repeating: 1, count: 16)
    let cells: [UInt8] = [0x2a, 2, 8, 0]
    func body(_ skeleton: [UInt8]) -> [UInt8] { [0x0a, UInt8(skeleton.count)] + skeleton }
    func mutation(_ bytes: [UInt8]) -> [UInt8] { [0x32, UInt8(bytes.count)] + bytes }
    func fault(_ skeleton: [UInt8]) throws -> ChangeBody.Fault? {
      let body = try ChangeBody(body(skeleton))
      do throws(ChangeBody.Fault) {
        _ = try ChangeDecoder.decode(body, of: RandomContent.ref, previousTime: 0)
        return nil
      } catch {
        return error
      }
    }
    #expect(try fault(mutation(id + cells)) == nil)
    #expect(try fault([0x08, 0] + mutation(id + cells)) == .notCanonical)  // a time of 0
    #expect(try fault([0x12, 0] + mutation(id + cells)) == .notCanonical)  // an operator without a name
    #expect(try fault(mutation(id + [0x2a, 0])) == .notCanonical)  // no cells
    #expect(try fault(mutation(id + [0x10, 1, 0x18, 1] + cells)) == .malformed)  // two names
    let kind: [UInt8] = [0x2a, 3] + Array("t/k".utf8)
    #expect(try fault(kind + mutation(id + [0x22, 0])) == nil)  // a record of the first kind
    #expect(try fault(kind + mutation(id + [0x22, 2, 0x08, 0])) == .malformed)
    let link: [UInt8] = [0x12, 4, 0, 1, 1, 1]
    #expect(try fault(mutation(id + cells + [0x32, 6] + link)) == nil)  // of the first cell
    #expect(try fault(mutation(id + cells + [0x32, 8, 0x08, 0] + link)) == .notCanonical)
    #expect(try fault(mutation(id + cells + [0x32, 8] + link + [0x1a, 0])) == .notCanonical)  // no hashes
    #expect(try fault(mutation(id + cells + [0x32, 0])) == .notCanonical)  // a link that names nothing
    #expect(try fault([0x3a, 2, 0x08, 9]) == nil)  // a statement that says nothing more
    #expect(try fault([0x3a, 4, 0x08, 9, 0x12, 0]) == .notCanonical)
    #expect(try fault([0x3a, 3, 0x12, 1, 7]) == .malformed)  // a statement without a type
  }

  /// Now and then a byte within keeps every length right; that is what reaches the inner checks.
  private func mutated(_ bytes: [UInt8], _ random: inout SeededRandom) -> [UInt8] {
    var bytes = bytes
    for _ in 0...random.below(3) where !bytes.isEmpty {
      let i = random.below(bytes.count)
      switch random.below(4) {
      case 0: bytes.remove(at: i)
      case 1: bytes.insert(UInt8(random.below(256)), at: i)
      case 2: bytes[i] ^= 1 << UInt8(random.below(8))
      default: bytes[i] = UInt8(random.below(256))
      }
    }
    return bytes
  }

  /// The layout is what other implementations rely on: a field that moves is a new format.
  @Test func theVectorsDecode() throws {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Protocol/vectors/changes.json")
    struct Vector: Decodable { var body: String }
    for vector in try JSONDecoder().decode([Vector].self, from: Data(contentsOf: file)) {
      let bytes = try #require([UInt8](hex: vector.body))
      let body = try ProtoChangeBody(serializedBytes: bytes)
      #expect([UInt8](body.canonical) == bytes)
      #expect(try !ProtoSkeleton(serializedBytes: body.skeleton).mutation.isEmpty)
    }
  }
}
