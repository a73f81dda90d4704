import Ledger
import Reports
import Store

/// Logs with several branches, for people and for scripts.
struct ForkOutput {
  private let output: RecordOutput
  private let snapshot: Snapshot

  init(_ snapshot: Snapshot, words: Words) throws {
    self.init(snapshot, try RecordOutput(snapshot, words: words))
  }

  init(_ snapshot: Snapshot, _ output: RecordOutput) {
    self.snapshot = snapshot
    self.output = output
  }

  /// How many forks `status` tells in full; those forked last come first.
  static let toldByStatus = 3
  /// How many of them stand in its JSON.
  static let listedByStatus = 20

  /// What `status` says of forks; those of logs that are cut are told there otherwise.
  func statusLines(_ all: [LogID]) throws -> [String] {
    let cut = Set(try snapshot.cutLogs().map(\.log))
    let logs = all.filter { !cut.contains($0) }
    let told = try logs.prefix(ForkOutput.toldByStatus).compactMap { try snapshot.fork(of: $0) }
    let more = logs.count - told.count
    let pointer =
      more > 0
      ? [
        output.words(
          "另有 \(more) 个日志分叉：见 taizhang forks。", "Forks of \(more) more: see `taizhang forks`.")
      ] : []
    return told.flatMap(ForkWords(output: output).lines) + pointer
  }

  func lines(_ fork: Fork) -> [String] { ForkWords(output: output).lines(fork) }

  /// A row a branch, for the account of a merge.
  func table(_ forks: [Fork]) -> ReportTable {
    let w = output.words
    var table = ReportTable(
      w("分叉的日志：各支都已计入", "Logs with several branches: all count"),
      [
        .init(w("单位", "Office")), .init(w("行政区划", "Division")), .init(w("分叉于（UTC）", "Parts at (UTC)")),
        .init(w("分支", "Branch"), isNumber: true), .init(w("变更", "Changes"), isNumber: true),
        .init(w("自（UTC）", "From (UTC)")), .init(w("至（UTC）", "To (UTC)")), .init(w("内容", "What lies on it")),
      ])
    let words = ForkWords(output: output)
    for fork in forks {
      for (index, branch) in fork.branches.enumerated() {
        table.add([
          .init(output.office(fork.log.node) ?? ""), .init(output.text(fork.log.space.division)),
          .init(fork.at.map(Timestamp.minute) ?? "–"), .init("\(index + 1)"), .init("\(branch.changes)"),
          .init(Timestamp.minute(branch.from)), .init(Timestamp.minute(branch.to)),
          .init(words.contents(branch)),
        ])
      }
    }
    return table
  }

  func json(_ fork: Fork) -> JSON {
    .object([
      ("log", .string(fork.log.description)), ("office", .optional(output.names[fork.log.node])),
      ("node", .string(fork.log.node.description)),
      ("division", .string(fork.log.space.division.description)),
      ("notices", .bool(fork.log.space.section == .notices)),
      ("seq", .number(Int64(clamping: fork.n))), ("since", .optional(fork.at.map { Timestamp.text($0) })),
      ("counts", .bool(!fork.isCut)), ("conflicted", .count(fork.conflicted)),
      ("branches", .array(fork.branches.map(json))),
    ])
  }

  private func json(_ branch: Fork.Branch) -> JSON {
    .object([
      ("first", .number(Int64(clamping: branch.first))), ("last", .number(Int64(clamping: branch.last))),
      ("changes", .number(Int64(clamping: branch.changes))), ("from", .string(Timestamp.text(branch.from))),
      ("to", .string(Timestamp.text(branch.to))), ("counts", .bool(branch.counts)),
      ("records", .count(branch.recordCount)), ("whole", .bool(branch.isWhole)),
      ("statements", .count(branch.statementCount)),
      (
        "named",
        .array(
          branch.records.map { view in
            .object([
              ("id", .string(view.id.description)), ("kind", .optional(view.kindName?.code)),
              ("heading", .string(output.heading(view))), ("deleted", .bool(view.existence == .deleted)),
            ])
          })
      ),
    ])
  }
}
