import Campaign
import Ledger
import Node
import Store

/// What a merge settled by rule, for people: a line each; where an account has them all, the first few.
struct DecidedLines {
  private static let most = 5

  let merged: LocalNode.MergeReport
  let node: LocalNode
  let words: Words
  /// Whether the account of the merge is written.
  let isAccounted: Bool

  func lines() throws -> [String] {
    guard !merged.decided.isEmpty else { return [] }
    return try node.store.read { snapshot in
      let output = try RecordOutput(snapshot, words: words)
      let offices = Dictionary(uniqueKeysWithValues: try snapshot.offices().map { ($0.node, $0.division) })
      let lines = merged.decided.prefix(isAccounted ? DecidedLines.most : .max).map { decision in
        let conflict = decision.conflict
        let listed = ConflictOutput(conflict: conflict, output: output, offices: offices, node: node)
        let heading = output.heading(conflict.view)
        let field = output.name(ofField: conflict.field, in: conflict.view.kind)
        let taken = listed.values(at: LocalTime.text)[listed.group(of: decision.taken)]
        return SafeText.line(
          words(
            "  \(conflict.view.id)  \(heading) \(field)：取 \(taken)",
            "  \(conflict.view.id)  \(heading) \(field): took \(taken)"))
      }
      let more = merged.decided.count - lines.count
      return more > 0
        ? lines + [words("  另有 \(more) 个，见 --report 的文件", "  and \(more) more: see the file of --report")]
        : lines
    }
  }
}
