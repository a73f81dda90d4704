internal import Campaign
internal import Foundation
internal import Synchronization

/// The pack that was decoded last, by its very bytes: one that serves or watches decodes it once, not once a
/// transaction. It is no cache of what the store holds: the bytes are read every time.
enum PackMemo {
  private static let last = Mutex<(bytes: [UInt8], pack: Pack)?>(nil)

  /// The pack, where it was these bytes that were decoded last.
  static func pack(of bytes: UnsafeRawBufferPointer) -> Pack? {
    guard let known = last.withLock({ $0 }), areEqual(known.bytes, bytes) else { return nil }
    return known.pack
  }

  static func keep(_ pack: Pack, of bytes: [UInt8]) {
    last.withLock { $0 = (bytes, pack) }
  }

  private static func areEqual(_ a: [UInt8], _ b: UnsafeRawBufferPointer) -> Bool {
    a.count == b.count && !a.isEmpty
      && a.withUnsafeBytes { memcmp($0.baseAddress!, b.baseAddress!, a.count) == 0 }
  }
}
