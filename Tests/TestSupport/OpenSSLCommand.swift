public import Foundation

/// The `openssl` command: the second opinion on keys, certificates and TLS.
public enum OpenSSLCommand {
  public struct Result: Sendable {
    public var status: Int32
    /// Standard output and standard error.
    public var output: String
  }

  /// - Parameter folder: where it runs; nil for here.
  public static func run(_ arguments: [String], in folder: URL? = nil) throws -> Result {
    let (status, output) = try ChildProcess.run(
      "/usr/bin/env", ["openssl"] + arguments, folder: folder?.path, withError: true)
    return Result(status: status, output: output)
  }

  /// The same off the cooperative threads, which must not block.
  public static func runAsync(_ arguments: [String]) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
      Thread.detachNewThread { continuation.resume(with: Swift.Result { try run(arguments) }) }
    }
  }
}
