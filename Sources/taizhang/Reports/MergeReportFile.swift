import Node
import Store

/// Where the account of a merge is written. It is opened before anything is taken in: a place that nobody can write to is
/// told while nothing is done yet.
final class MergeReportFile {
  private let path: String
  private let format: MergeAccount.Format
  private var file: WholeFile?

  /// - Throws: `UsageError` where the name says no format; `StoreError` where it cannot be written.
  init(_ path: String) throws {
    self.path = path
    format = try MergeAccount.Format(path: path)
    file = try WholeFile(path)
  }

  /// Writes the account in the place of what was written before.
  func write(_ account: MergeAccount, _ node: LocalNode) throws {
    let file = try self.file ?? WholeFile(path)
    self.file = nil
    try file.append(try account.bytes(format, node))
    try file.keep()
  }
}
