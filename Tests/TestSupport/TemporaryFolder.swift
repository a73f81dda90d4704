internal import Foundation

/// A folder that goes when the test ends; in memory where the system has that, because a test's disk need not
/// spin.
public final class TemporaryFolder: Sendable {
  public let path: String

  public init() {
    let memory = "/dev/shm"
    let base = FileManager.default.isWritableFile(atPath: memory) ? memory : NSTemporaryDirectory()
    path = base + "/taizhang-test-\(UUID())"
    try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}
