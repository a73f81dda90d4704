import Foundation
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

    /// The code of the error object that ends standard error.
    var errorCode: String? {
      guard let line = err.split(separator: "\n").last,
        let object = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
      else { return nil }
      return (object["error"] as? [String: Any])?["code"] as? String
    }
  }

  let process = Process()
  private let outPipe = Pipe()
  private let errPath: String

  /// Starts the program; `--json` is added.
  init(_ arguments: [String]) throws {
    errPath = FileManager.default.temporaryDirectory.appendingPathComponent("taizhang-err-\(UUID())").path
    _ = FileManager.default.createFile(atPath: errPath, contents: nil)
    process.executableURL = URL(fileURLWithPath: Program.path)
    process.arguments = arguments + ["--json"]
    process.standardOutput = outPipe
    process.standardError = FileHandle(forWritingAtPath: errPath)
    process.standardInput = FileHandle.nullDevice
    try process.run()
  }

  func line() -> String {
    var bytes: [UInt8] = []
    while let byte = try? outPipe.fileHandleForReading.read(upToCount: 1), let first = byte.first, first != 10
    {
      bytes.append(first)
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  func finish() -> Result {
    let out = outPipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    let err = FileManager.default.contents(atPath: errPath) ?? Data()
    try? FileManager.default.removeItem(atPath: errPath)
    return Result(
      exitCode: process.terminationReason == .uncaughtSignal
        ? -process.terminationStatus : process.terminationStatus,
      out: String(decoding: out, as: UTF8.self), err: String(decoding: err, as: UTF8.self))
  }

  func kill(_ number: Int32) { Foundation.kill(process.processIdentifier, number) }

  @discardableResult
  static func run(_ arguments: String...) throws -> Result { try Program(arguments).finish() }
}

/// A folder of stores that goes when the test ends.
final class Workplace {
  let path = FileManager.default.temporaryDirectory.appendingPathComponent("taizhang-e2e-\(UUID())").path
  init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }
  deinit { try? FileManager.default.removeItem(atPath: path) }
  subscript(name: String) -> String { path + "/" + name }

  /// A ledger of trainings.
  func ledger(_ name: String, rows: Int) throws -> String {
    var text = "类别,标题,日期,计划条目,组织单位,培训主题,备注\n"
    for number in 0..<rows {
      text += "培训,第\(number)场,2025-09-10,4.2,市场监管局,standards,\(String(repeating: "记录\(number)", count: 12))\n"
    }
    try Data(text.utf8).write(to: URL(fileURLWithPath: self[name]))
    return self[name]
  }

  func served() throws -> (server: Program, address: String) {
    let server = try Program(["serve", "--listen", "127.0.0.1:0", "--store", self["region"]])
    let line = server.line()
    let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
    return (server, try #require(object?["address"] as? String))
  }

  /// A region that serves, and an office that has joined it.
  func region() throws -> (server: Program, address: String) {
    try Program.run("init", "--division", "540000", "--name", "自治区局", "--region", "--store", self["region"])
    try Program.run("init", "--division", "540100", "--name", "拉萨市局", "--store", self["office"])
    let (server, address) = try served()
    let token =
      try Program.run(
        "office", "invite", "--division", "540100", "--name", "拉萨市局", "--store", self["region"]
      ).object["token"] as? String
    let joined = try Program.run("join", address, "--token", try #require(token), "--store", self["office"])
    #expect(joined.exitCode == 0)
    return (server, address)
  }
}
