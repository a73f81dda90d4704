public import Foundation

/// A file of Protocol/vectors: compared with what the code makes, or written anew where
/// `TAIZHANG_RECORD_VECTORS` is set. A difference is a change of what other implementations rely on.
public enum VectorFile {
  /// What the code makes is not what is kept.
  public struct Difference: Error, CustomStringConvertible {
    public let file: URL
    public var description: String { "\(file.path) holds other vectors than the code makes" }
  }

  /// - Throws: `Difference`.
  public static func check(_ name: String, _ made: [[String: Any]]) throws {
    let bytes = try JSONSerialization.data(
      withJSONObject: made, options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
    let file = url(name)
    if ProcessInfo.processInfo.environment["TAIZHANG_RECORD_VECTORS"] != nil {
      try (bytes + Data("\n".utf8)).write(to: file)
    }
    let kept = try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? NSArray
    guard try JSONSerialization.jsonObject(with: bytes) as? NSArray == kept else {
      throw Difference(file: file)
    }
  }

  /// What is kept; nil before it was recorded.
  public static func kept(_ name: String) -> [[String: Any]]? {
    guard let data = try? Data(contentsOf: url(name)) else { return nil }
    return (try? JSONSerialization.jsonObject(with: data)) as? [[String: Any]]
  }

  private static func url(_ name: String) -> URL {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Protocol/vectors/\(name).json")
  }
}
