import ArgumentParser
import Foundation
import Ledger
import Node
import Store

/// A `sync` line, as `serve` tells sessions too.
struct SyncOutput {
  let report: LocalNode.SyncReport
  let words: Words

  var json: JSON {
    let error: JSON =
      report.error.map { error in
        let report = ErrorReport(error, words: words)
        return .object([
          ("code", .string(report.code)), ("message", .string(report.message)),
          ("hint", .string(report.hint)),
        ])
      } ?? .null
    return .object([
      ("peer", .string(report.peer)), ("sent", .count(report.summary?.sent ?? 0)),
      ("received", .count(report.summary?.received ?? 0)), ("bytes_sent", .count(report.bytesSent)),
      ("bytes_received", .count(report.bytesReceived)),
      ("round_trips", .count(report.summary?.roundTrips ?? 0)),
      ("duration_ms", .number(report.milliseconds)), ("converged", .bool(report.summary?.converged ?? false)),
      ("conflicts", .count(report.conflicts)), ("error", error),
    ])
  }

  var line: String {
    if let error = report.error, report.summary == nil {
      return "\(SafeText.line(report.peer))  \(SafeText.line(ErrorReport(error, words: words).message))"
    }
    let sent = report.summary?.sent ?? 0
    let received = report.summary?.received ?? 0
    return words(
      "\(SafeText.line(report.peer))  送出 \(sent)，收到 \(received)，\(report.milliseconds) 毫秒，冲突 \(report.conflicts)",
      "\(SafeText.line(report.peer))  sent \(sent), received \(received), \(report.milliseconds) ms, conflicts \(report.conflicts)"
    )
  }
}

struct Sync: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sync",
    abstract: "Sync with peers.",
    discussion: """
      Example: taizhang sync 10.0.0.1:7400
      Example: taizhang sync --watch
      """)
  @OptionGroup var common: CommonOptions
  @Argument(help: "HOST:PORT, an office's name, or a node-id prefix; all peers where none is named.")
  var peers: [String] = []
  @Flag(help: "Stay connected and send and receive as things happen, until SIGTERM or SIGINT.")
  var watch = false

  private typealias Wanted = Result<(label: String, address: String), NodeError>

  func run() async throws {
    let node = try common.open()
    let wanted =
      try peers.isEmpty ? node.peers().map { .success($0) } : node.peers(named: peers)
    try await watch ? follow(try wanted.map { try $0.get() }, node) : once(wanted, node)
  }

  /// One after the other; what is wrong with one does not keep the others back.
  private func once(_ wanted: [Wanted], _ node: LocalNode) async throws {
    let printer = Printer(options: common)
    if wanted.isEmpty {
      printer.note(
        printer.words(
          "没有登记对端：用 taizhang join 或 peer add。", "No peer is listed: see `taizhang join` and `peer add`."))
    }
    var code: Int32 = 0
    for (index, peer) in wanted.enumerated() {
      let report: LocalNode.SyncReport
      switch peer {
      case .success(let peer): report = await node.sync(with: peer)
      case .failure(let error): report = LocalNode.SyncReport(peer: peers[index], error: error)
      }
      let output = SyncOutput(report: report, words: printer.words)
      if common.json { printer.json(output.json) } else { printer.data(output.line) }
      warn(report, printer)
      try StandardOutput.flush()
      if let error = report.error {
        let failure = ErrorReport(error, words: printer.words)
        if code == 0 || code == 1 { code = failure.exitCode }
        failure.print(json: common.json)
      } else if (report.summary?.refused ?? 0) > 0, code == 0 {
        code = 1
      }
    }
    try? node.catchUpIndex()
    if code != 0 { throw ExitCode(code) }
  }

  /// An office above whose certificate has run out is handed in to all the same.
  private func warn(_ report: LocalNode.SyncReport, _ printer: Printer) {
    if report.summary?.wasSetBack == true {
      printer.note(
        printer.words(
          "本机数据曾退回到较早的状态（如恢复快照）：此后另起编号续写；退回前后两边所录都已保留，矛盾之处见 taizhang conflicts。",
          "This store had gone back to an earlier state (a snapshot put back, say). It goes on in logs of a new epoch; what was entered before and after is both kept: see `taizhang conflicts`."
        ))
    }
    guard let summary = report.summary, !summary.withholds, let reason = summary.peerNotInForce else {
      return
    }
    printer.note(SafeText.line(ErrorReport(reason, words: printer.words).message))
  }

  private func follow(_ peers: [(label: String, address: String)], _ node: LocalNode) async throws {
    let printer = Printer(options: common)
    guard !peers.isEmpty else { throw NodeError.unknownPeer("") }
    let stop = StopSignal()
    let interruption = Interruption(stop)
    try await node.watch(peers, until: stop) { event in
      switch event {
      case .checkpoint(let report):
        let output = SyncOutput(report: report, words: printer.words)
        if common.json { printer.json(output.json) } else { printer.data(output.line) }
        warn(report, printer)
        if let error = report.error { ErrorReport(error, words: printer.words).print(json: common.json) }
        // Where nobody reads any more, a watch still carries what comes.
        try? StandardOutput.flush()
        try? node.catchUpIndex()
      case .apart(let peer, let error, let retry):
        let seconds = max(1, Int(retry.components.seconds))
        printer.note(
          printer.words(
            "\(SafeText.line(peer)) 未连接，\(seconds) 秒后再试：",
            "\(SafeText.line(peer)) is not connected; next try in \(seconds) s:"))
        ErrorReport(error, words: printer.words).print(json: common.json)
      }
    }
    interruption.cancel()
  }
}
