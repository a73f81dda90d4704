internal import Foundation

/// The outer world as a node sees it: the wall clock, a random source, the disk's room and who waits. A test hands in its own.
public struct Surroundings: Sendable {
  /// Milliseconds since 1970.
  public var now: @Sendable () -> Int64
  /// So many random bytes.
  public var random: @Sendable (_ count: Int) -> [UInt8]

  /// Free bytes of the disk that a folder is on, and its size; nil where nobody knows.
  public var space: @Sendable (_ folder: String) -> (free: Int, total: Int)?

  /// Is told once where another process holds the store for long: it is waited for up to `Store.busyTimeout`.
  public var whileBusy: @Sendable () -> Void = {}

  public init(
    now: @escaping @Sendable () -> Int64, random: @escaping @Sendable (_ count: Int) -> [UInt8],
    space: @escaping @Sendable (_ folder: String) -> (free: Int, total: Int)? = { _ in nil }
  ) {
    self.now = now
    self.random = random
    self.space = space
  }

  /// This machine's clock and disk, and the system's random source.
  public static let system = Surroundings(
    now: { Int64((Date().timeIntervalSince1970 * 1000).rounded(.down)) },
    random: { count in
      // A word at a time: each draw is a system call.
      var generator = SystemRandomNumberGenerator()
      var bytes: [UInt8] = []
      while bytes.count < count { withUnsafeBytes(of: generator.next()) { bytes.append(contentsOf: $0) } }
      return Array(bytes.prefix(count))
    }, space: DiskRoom.measured)

  func random64() -> UInt64 { random(8).reduce(0) { $0 << 8 | UInt64($1) } }
}
