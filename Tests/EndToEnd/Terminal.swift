import Foundation
import TestSupport
import Testing

/// The program on a terminal of its own, with somebody who types.
final class Terminal {
  private let process: ChildProcess
  private let main: Int32
  private(set) var shown = ""
  private var bytes: [UInt8] = []
  /// Where what is waited for next may begin.
  private var seen = 0

  /// - Parameters:
  ///   - showsOutput: whether what goes to standard output is shown as well, and not dropped.
  ///   - environment: variables beside those of the tests.
  init(_ arguments: [String], showsOutput: Bool = false, environment: [String: String] = [:]) throws {
    main = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
    var unlocked: Int32 = 0
    var number: UInt32 = 0
    // TIOCSPTLCK and TIOCGPTN: what unlockpt and ptsname ask of Linux.
    try #require(
      main >= 0 && ioctl(main, 0x4004_5431, &unlocked) == 0 && ioctl(main, 0x8004_5430, &number) == 0)
    let side = open("/dev/pts/\(number)", O_RDWR | O_NOCTTY | O_CLOEXEC)
    try #require(side >= 0)
    defer { close(side) }
    process = try ChildProcess(
      Program.path, arguments, environment: ProcessInfo.processInfo.environment.merging(environment) { $1 },
      input: side, output: showsOutput ? side : nil, error: side)
  }

  deinit { close(main) }

  /// Types lines.
  func type(_ lines: String...) {
    for line in lines { send(line + "\n") }
  }

  /// Types Ctrl-D.
  func endInput() { send("\u{4}") }

  private func send(_ text: String) {
    let typed = Array(text.utf8)
    #expect(write(main, typed, typed.count) == typed.count)
  }

  /// Waits for each question and types the answer to it.
  func answer(_ answers: KeyValuePairs<String, String>, sourceLocation: SourceLocation = #_sourceLocation) {
    for (question, answer) in answers {
      wait(for: question, sourceLocation: sourceLocation)
      type(answer)
    }
  }

  /// Waits until a text stands behind the one that was waited for last.
  func wait(for text: String, sourceLocation: SourceLocation = #_sourceLocation) {
    while true {
      if let range = shown.range(
        of: text, range: shown.index(shown.startIndex, offsetBy: seen)..<shown.endIndex)
      {
        seen = shown.distance(from: shown.startIndex, to: range.upperBound)
        return
      }
      guard more() else {
        Issue.record("\(text) is not in \(shown)", sourceLocation: sourceLocation)
        return
      }
    }
  }

  /// - Returns: false once nobody has the terminal open any more, or nothing comes for half a minute: then the
  ///   program waits for what the test does not know of, and is ended.
  private func more() -> Bool {
    var poller = pollfd(fd: main, events: Int16(POLLIN), revents: 0)
    guard poll(&poller, 1, 30_000) > 0 else {
      kill(SIGKILL)
      return false
    }
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = read(main, &buffer, buffer.count)
    guard count > 0 else { return false }
    bytes += buffer[..<count]
    shown = String(decoding: bytes, as: UTF8.self).replacing("\r\n", with: "\n")
    return true
  }

  func kill(_ number: Int32) { process.signal(number) }

  /// - Returns: the exit code; of a signal, its number below zero.
  func finish() -> Int32 {
    while more() {}
    return process.wait()
  }
}
