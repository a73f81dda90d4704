internal import Campaign
internal import Foundation
internal import Synchronization

/// The pack that was decoded last, by its very bytes: one that serves or watches decodes it once, not once a
/// transaction. It is no cache of what the store holds: the bytes are read every time.
enum PackMemo {
  private static let last = Mutex<(bytes: [UInt8], pack: Pack)?>(nil)

  static func pack(of bytes: [UInt8], decode: ([UInt8]) throws -> Pack) rethrows -> Pack {
    if let known = last.withLock({ $0 }), areEqual(known.bytes, bytes) { return known.pack }
    let pack = try decode(bytes)
    last.withLock { $0 = (bytes, pack) }
    return pack
  }

  private static func areEqual(_ a: [UInt8], _ b: [UInt8]) -> Bool {
    a.count == b.count && !a.isEmpty
      && a.withUnsafeBytes { a in b.withUnsafeBytes { memcmp(a.baseAddress!, $0.baseAddress!, a.count) == 0 }
      }
  }
}
