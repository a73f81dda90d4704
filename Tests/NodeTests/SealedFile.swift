import Foundation
import Ledger
import Trust
import Wire

@testable import Node

/// A bundle of any body whatever, sealed and signed as a maker would: a second writer, which has all of it at hand.
struct SealedFile {
  var head: BundleHead
  var segments: [[UInt8]] = []

  init(
    _ body: [UInt8], from maker: LocalNode, to recipient: LocalNode, format: UInt8 = 1,
    change: (inout BundleManifest) -> Void = { _ in }
  ) throws {
    let key = [UInt8](repeating: 7, count: SealedEnvelope.keyByteCount)
    let sealedKey = try SealedEnvelope.seal(key, to: [recipient.identity.chain[0]])
    let cipher = SegmentCipher(key: key)
    let starts = Array(stride(from: 0, to: max(1, body.count), by: SegmentCipher.segmentBytes))
    for (index, start) in starts.enumerated() {
      let part = Array(body[start..<min(body.count, start + SegmentCipher.segmentBytes)])
      segments.append(try cipher.seal(part, index: UInt64(index), isLast: index == starts.count - 1))
    }
    var manifest = BundleManifest(
      maker: maker.facts.node, makerName: maker.facts.name, recipient: recipient.facts.node,
      recipientName: recipient.facts.name, madeAt: 0, changes: SealedFile.changes(in: body),
      content: Hash256(hashing: sealedKey + segments.flatMap(\.self)))
    change(&manifest)
    head = try BundleHead(
      manifest, format: format, chain: try maker.identity.chain.map { try $0.pem }.joined(),
      sealedKey: sealedKey
    ) { try maker.identity.key.sign($0) }
  }

  /// Of the frames in a bundle's content, as far as they are any.
  private static func changes(in body: [UInt8]) -> Int {
    var frames = BundleFrames()
    frames.append(body)
    var count = 0
    while let frame = try? frames.next() {
      guard case .changes(let changes)? = try? Message(type: 4, payload: frame) else { continue }
      count += changes.batches.reduce(0) { $0 + $1.bodies.count }
    }
    return count
  }

  var bytes: [UInt8] { head.encoded + segments.flatMap(\.self) }

  /// Where its parts begin, each by its length, and the segments; the end of the file last.
  var places: [Int] {
    var places = [9]
    for part in [head.signed.count, 64, head.chain.utf8.count, head.sealedKey.count] {
      places.append(places.last! + 4 + part)
    }
    for segment in segments { places.append(places.last! + segment.count) }
    return places
  }
}
