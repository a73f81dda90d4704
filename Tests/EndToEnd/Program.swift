import Foundation
import TestSupport
import Testing

/// The real program, run as people and scripts run it.
struct Program {
  /// Built beside the tests.
  static let path: String = {
    let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    let beside = (own as NSString).deletingLastPathComponent + "/taizhang"
    if FileManager.default.isExecutableFile(atPath: beside) { return beside }
    let argument = CommandLine.arguments.first { $0.hasSuffix(".xctest") } ?? CommandLine.arguments[0]
    return (argument as NSString).deletingLastPathComponent + "/taizhang"
  }()

  struct Result {
    var exitCode: Int32
    var out: String
    var err: String

    /// The first line of standard output as a JSON object.
    var object: [String: Any] {
      let line = out.split(separator: "\n").first.map(String.init) ?? "{}"
      return (try? JSONSerialization.jsonObject(with: Data(line.utf8))) as? [String: Any] ?? [:]
    }

    /// Every line of standard output as a JSON object.
    var objects: [[String: Any]] {
      out.split(separator: "\n").compactMap {
        (try? JSONSerialization.jsonObject(with: Data($0.utf8))) as? [String: Any]
      }
    }

    /// The code of the error object that ends standard error.
    var errorCode: String? {
      guard let line = err.split(separator: "\n").last,
        let object = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
      else { return nil }
      return (object["error"] as? [String: Any])?["code"] as? String
    }
  }

  let process: ChildProcess
  private let outPipe = Pipe()
  private let errors = ErrorFile()
  private let arguments: [String]

  /// Starts the program.
  /// - Parameters:
  ///   - json: whether `--json` is added.
  ///   - environment: variables beside those of the tests.
  init(_ arguments: [String], json: Bool = true, environment: [String: String] = [:]) throws {
    self.arguments = arguments
    let descriptor = open(errors.path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
    defer { close(descriptor) }
    process = try ChildProcess(
      Program.path, arguments + (json ? ["--json"] : []),
      environment: ProcessInfo.processInfo.environment.merging(environment) { $1 },
      output: outPipe.fileHandleForWriting.fileDescriptor, error: descriptor)
    try outPipe.fileHandleForWriting.close()
  }

  /// The next line of standard output; empty where the program ends first.
  func line() -> String {
    watched {
      var bytes: [UInt8] = []
      while let byte = try? outPipe.fileHandleForReading.read(upToCount: 1), let first = byte.first,
        first != 10
      {
        bytes.append(first)
      }
      return String(decoding: bytes, as: UTF8.self)
    }
  }

  /// Reads lines until one is as wanted; nil where the program ends or the time passes first.
  func line(
    within seconds: Int32 = Int32(patience), where isWanted: ([String: Any]) -> Bool
  ) -> [String: Any]? {
    let descriptor = outPipe.fileHandleForReading.fileDescriptor
    let deadline = Date().addingTimeInterval(Double(seconds))
    while deadline.timeIntervalSinceNow > 0 {
      var poller = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      guard poll(&poller, 1, Int32(deadline.timeIntervalSinceNow * 1000)) > 0 else { return nil }
      let text = line()
      if text.isEmpty { return nil }
      if let object = (try? JSONSerialization.jsonObject(with: Data(text.utf8))) as? [String: Any],
        isWanted(object)
      {
        return object
      }
    }
    return nil
  }

  /// Looks until something is so, as fast as this thread is let.
  /// - Returns: false where the program ends first.
  func waits(until isSo: () -> Bool) -> Bool {
    watched {
      while !isSo() {
        guard process.isRunning else { return isSo() }
        sched_yield()
      }
      return true
    }
  }

  /// Seconds for what is waited for: whole tests take less on a busy machine.
  private static let patience = 240

  /// Does what waits for the program, which is killed where that takes too long: so it is told which test hangs, and why.
  private func watched<T>(_ body: () -> T) -> T {
    let watchdog = Watchdog(process, after: Program.patience)
    let result = body()
    if watchdog.end() {
      Issue.record("\(arguments) was killed after \(Program.patience) s: \(errorText)")
    }
    return result
  }

  /// What stands on standard error so far.
  var errorText: String {
    String(decoding: FileManager.default.contents(atPath: errors.path) ?? Data(), as: UTF8.self)
  }

  func finish() -> Result {
    let (out, exitCode) = watched {
      (outPipe.fileHandleForReading.readDataToEndOfFile(), process.wait())
    }
    return Result(exitCode: exitCode, out: String(decoding: out, as: UTF8.self), err: errorText)
  }

  /// For `environment`: a clock that is so many seconds ahead, or behind where that is below zero.
  static func clock(ahead seconds: Int) throws -> [String: String] {
    let library = (path as NSString).deletingLastPathComponent + "/libSkewedClock.so"
    try #require(FileManager.default.fileExists(atPath: library))
    return ["LD_PRELOAD": library, "SKEW_SECONDS": "\(seconds)"]
  }

  func kill(_ number: Int32) { process.signal(number) }

  @discardableResult
  static func run(_ arguments: String...) throws -> Result { try Program(arguments).finish() }
}

/// Where a program's standard error goes; the file goes with whoever started the program.
private final class ErrorFile: Sendable {
  let path = FileManager.default.temporaryDirectory.appendingPathComponent("taizhang-err-\(UUID())").path

  deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// A folder of stores that goes when the test ends.
final class Workplace {
  let path = FileManager.default.temporaryDirectory.appendingPathComponent("taizhang-e2e-\(UUID())").path
  init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }
  deinit { try? FileManager.default.removeItem(atPath: path) }
  subscript(name: String) -> String { path + "/" + name }

  /// A ledger of trainings.
  /// - Parameter noise: with notes that nothing can compress.
  func ledger(_ name: String, rows: Int, noise: Bool = false) throws -> String {
    var text = "类别,标题,日期,计划条目,组织单位,培训主题,备注\n"
    for number in 0..<rows {
      let notes =
        noise ? (0..<12).map { _ in "\(UUID())" }.joined() : String(repeating: "记录\(number)", count: 12)
      text += "培训,第\(number)场,2025-09-10,4.2,市场监管局,standards,\(notes)\n"
    }
    try Data(text.utf8).write(to: URL(fileURLWithPath: self[name]))
    return self[name]
  }

  func served(at address: String = "127.0.0.1:0") throws -> (server: Program, address: String) {
    try serve("region", at: address)
  }

  /// A region that serves, and an office that has joined it.
  func region() throws -> (server: Program, address: String) {
    try Program.run("init", "--division", "540000", "--name", "自治区局", "--region", "--store", self["region"])
    try Program.run("init", "--division", "540100", "--name", "拉萨市局", "--store", self["office"])
    let (server, address) = try served()
    try join("office", division: "540100", name: "拉萨市局", at: address)
    return (server, address)
  }

  /// Enrols the store of that name with the region; it is made where there is none.
  func join(_ store: String, division: String, name: String, at address: String) throws {
    if !FileManager.default.fileExists(atPath: self[store]) {
      try Program.run("init", "--division", division, "--name", name, "--store", self[store])
    }
    let token =
      try Program.run(
        "office", "invite", "--division", division, "--name", name, "--store", self["region"]
      ).object["token"] as? String
    let joined = try Program.run("join", address, "--token", try #require(token), "--store", self[store])
    #expect(joined.exitCode == 0, "\(joined.err)")
  }

  /// Adds a training to a store.
  @discardableResult
  func add(_ title: String, to store: String) throws -> String {
    let added = try Program.run(
      "add", "training", "--set", "title=\(title)", "--set", "date=2025-09-10", "--set", "plan_items=4.2",
      "--set", "organiser=市场监管局", "--set", "topic=standards", "--store", self[store])
    return try #require(added.object["id"] as? String, "\(added.err)")
  }

  func titles(in store: String) throws -> [String] {
    try Program.run("list", "--store", self[store]).out.split(separator: "\n").compactMap { line in
      let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
      return (object?["fields"] as? [String: Any])?["title"] as? String
    }.sorted()
  }
}
