public import Foundation
import Synchronization
import Testing

/// A program that a test starts.
///
/// Not Foundation's `Process`: to find the highest descriptor that is open, it reads 256 bytes from where each
/// entry of /proc/self/fd begins, however short the entry is. With the thousands of files that tests which run
/// side by side have open, an entry can lie at the very end of a mapping, and the tests end with a segmentation
/// fault.
public final class ChildProcess: Sendable {
  public struct CannotStart: Error {
    public var path: String
    public var code: Int32
  }

  public let identifier: pid_t
  private let status = Mutex<Int32?>(nil)

  /// Starts a program.
  /// - Parameters:
  ///   - path: of the executable file.
  ///   - environment: all of its variables; nil for those of the tests.
  ///   - folder: where it runs; nil for here.
  ///   - input: the descriptor it has as standard input; nil for one with nothing in it. It stays the caller's.
  ///   - output: that of standard output; nil for one that drops everything.
  ///   - error: that of standard error, likewise.
  public init(
    _ path: String, _ arguments: [String], environment: [String: String]? = nil, folder: String? = nil,
    input: Int32? = nil, output: Int32? = nil, error: Int32? = nil
  ) throws {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    // Above all that is open: a descriptor below 3 that is asked for must not be overwritten before its turn.
    let held = [input, output, error].map { $0.map { fcntl($0, F_DUPFD_CLOEXEC, 3) } }
    defer { for case let descriptor? in held { close(descriptor) } }
    for (number, descriptor) in held.enumerated() {
      if let descriptor {
        posix_spawn_file_actions_adddup2(&actions, descriptor, Int32(number))
      } else {
        posix_spawn_file_actions_addopen(
          &actions, Int32(number), "/dev/null", number == 0 ? O_RDONLY : O_WRONLY, 0)
      }
    }
    try #require(Self.closesFrom(&actions, 3) == 0)
    if let folder { try #require(Self.changesFolder(&actions, folder) == 0) }

    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    sigfillset(&signals)
    posix_spawnattr_setsigdefault(&attributes, &signals)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

    let variables = (environment ?? ProcessInfo.processInfo.environment).map { "\($0)=\($1)" }
    let words = ([path] + arguments).map { strdup($0) } + [nil]
    let settings = variables.map { strdup($0) } + [nil]
    defer { for text in words + settings { free(text) } }
    var started: pid_t = 0
    let code = posix_spawn(&started, path, &actions, &attributes, words, settings)
    guard code == 0 else { throw CannotStart(path: path, code: code) }
    identifier = started
  }

  deinit {
    if isRunning {
      signal(SIGKILL)
      wait()
    }
  }

  public var isRunning: Bool {
    status.withLock { status in
      if status == nil { status = ended(WNOHANG) }
      return status == nil
    }
  }

  /// Waits for its end.
  /// - Returns: the exit code; of a signal that ended it, its number below zero.
  @discardableResult
  public func wait() -> Int32 {
    // It is only looked at here: somebody may send it a signal meanwhile, and the number must stay its own.
    var information = siginfo_t()
    while waitid(P_PID, id_t(identifier), &information, WEXITED | WNOWAIT) == -1, errno == EINTR {}
    return status.withLock { status in
      if status == nil { status = ended(0) }
      return status ?? 0
    }
  }

  /// Sends it a signal, unless it has ended.
  public func signal(_ number: Int32) {
    status.withLock { status in
      if status == nil { kill(identifier, number) }
    }
  }

  // Both are in the library, and not in the header that Swift reads, being GNU's.
  private static let closesFrom = unsafeBitCast(
    dlsym(nil, "posix_spawn_file_actions_addclosefrom_np"),
    to: (@convention(c) (UnsafeMutablePointer<posix_spawn_file_actions_t>, Int32) -> Int32).self)
  private static let changesFolder = unsafeBitCast(
    dlsym(nil, "posix_spawn_file_actions_addchdir_np"),
    to: (@convention(c) (UnsafeMutablePointer<posix_spawn_file_actions_t>, UnsafePointer<CChar>) -> Int32)
      .self)

  private func ended(_ options: Int32) -> Int32? {
    var state: Int32 = 0
    guard waitpid(identifier, &state, options) == identifier else { return nil }
    return state & 0x7f == 0 ? (state >> 8) & 0xff : -(state & 0x7f)
  }

  /// Runs a program to its end.
  /// - Parameter withError: whether what it writes to standard error is part of the output, and not dropped.
  /// - Returns: what `wait` says, and what it wrote.
  public static func run(
    _ path: String, _ arguments: [String], environment: [String: String]? = nil, folder: String? = nil,
    withError: Bool = false
  ) throws -> (status: Int32, output: String) {
    let pipe = Pipe()
    let side = pipe.fileHandleForWriting.fileDescriptor
    let process = try ChildProcess(
      path, arguments, environment: environment, folder: folder, output: side,
      error: withError ? side : nil)
    try pipe.fileHandleForWriting.close()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    return (process.wait(), String(decoding: output, as: UTF8.self))
  }

  /// Does a thing to a file of SQLite's from outside of the project, by Python's own copy of it.
  public static func sqlite(_ path: String, _ statement: String) throws {
    let script =
      "import sqlite3,sys; c=sqlite3.connect(sys.argv[1]); c.execute(sys.argv[2]); c.commit(); c.close()"
    let (status, output) = try run(
      "/usr/bin/env", ["python3", "-c", script, path, statement], withError: true)
    guard status == 0 else { throw Failed(output: output) }
  }

  /// A program that ended otherwise than well.
  public struct Failed: Error {
    public var output: String
  }
}
