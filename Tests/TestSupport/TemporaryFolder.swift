internal import Foundation
internal import Testing

/// A folder that goes when the test ends; in memory where the system has enough of that, because a test's disk need
/// not spin.
public final class TemporaryFolder: Sendable {
  public let path: String

  private static let base: String = {
    let memory = "/dev/shm"
    return FileManager.default.isWritableFile(atPath: memory) && free(memory) >= leastFree
      ? memory : NSTemporaryDirectory()
  }()

  /// A container may have 64 MiB of it (Docker's default), and the suites take some hundreds side by side.
  private static let leastFree: UInt64 = 2 << 30

  public init() {
    path = TemporaryFolder.base + "/taizhang-test-\(UUID())"
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      Issue.record(error, "no temporary folder")
    }
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Bytes that anybody may still write to a file system.
  private static func free(_ path: String) -> UInt64 {
    var facts = statvfs()
    return statvfs(path, &facts) == 0 ? UInt64(facts.f_bavail) * UInt64(facts.f_frsize) : 0
  }
}
