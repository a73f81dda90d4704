import Foundation
import TestSupport
import Testing

/// A wish to come to an end is heard from the first moment at which it does not end the program by itself.
@Suite(.offPool) struct SignalTests {
  /// Whether a program has taken a signal upon itself: a bit of the masks that Linux tells in `/proc/PID/status`.
  private func isTaken(_ number: Int32, by program: Program) -> Bool {
    let file = open("/proc/\(program.process.identifier)/status", O_RDONLY | O_CLOEXEC)
    defer { close(file) }
    var bytes = [UInt8](repeating: 0, count: 4096)
    let count = read(file, &bytes, bytes.count)
    let status = String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    return status.split(separator: "\n").contains { line in
      guard line.hasPrefix("SigCgt:") || line.hasPrefix("SigIgn:"),
        let mask = line.split(separator: "\t").last.flatMap({ UInt64($0, radix: 16) })
      else { return false }
      return mask >> UInt64(number - 1) & 1 == 1
    }
  }

  @Test func whatComesAtOnceIsHeard() throws {
    let place = try Workplace()
    try Program.run("init", "--division", "540000", "--name", "自治区局", "--region", "--store", place["region"])
    for round in 0..<20 {
      let server = try Program(["serve", "--listen", "127.0.0.1:0", "--store", place["region"]])
      #expect(server.waits { isTaken(SIGTERM, by: server) }, "round \(round)")
      server.kill(SIGTERM)
      // One that has not heard it serves for ever.
      let ending = Date().addingTimeInterval(30)
      while server.process.isRunning, ending.timeIntervalSinceNow > 0 { sched_yield() }
      guard !server.process.isRunning else {
        server.kill(SIGKILL)
        Issue.record("round \(round): the signal was lost")
        return
      }
      #expect(server.finish().exitCode == 0, "round \(round)")
    }
  }
}
