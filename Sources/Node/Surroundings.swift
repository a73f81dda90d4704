internal import Foundation

/// The outer world as a node sees it: the wall clock and a random source. A test hands in its own.
public struct Surroundings: Sendable {
  /// Milliseconds since 1970.
  public var now: @Sendable () -> Int64
  /// So many random bytes.
  public var random: @Sendable (_ count: Int) -> [UInt8]

  public init(now: @escaping @Sendable () -> Int64, random: @escaping @Sendable (_ count: Int) -> [UInt8]) {
    self.now = now
    self.random = random
  }

  /// This machine's clock and the system's random source.
  public static let system = Surroundings(
    now: { Int64((Date().timeIntervalSince1970 * 1000).rounded(.down)) },
    random: { count in
      var generator = SystemRandomNumberGenerator()
      return (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
    })

  func random64() -> UInt64 { random(8).reduce(0) { $0 << 8 | UInt64($1) } }
}
