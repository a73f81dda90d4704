/// How large the parts of one change may be, and how many there may be of them. Judged on the change alone, never
/// on merged state, so that two replicas never disagree.
public enum ContentLimits {
  /// One value: the bytes of a text, a code, a decimal, or of what a newer version wrote.
  public static let fieldBytes = 256 << 10
  /// All such values of one mutation.
  public static let recordBytes = 768 << 10
  /// Mutations, cells, elements, members of groups, candidates, named dots and statements of one change, each
  /// counted as one. A body of 64 KiB cannot hold more; one of 1 MiB could, and each takes some hundred bytes
  /// once it is read.
  public static let parts = 1 << 16
  /// Other logs that one change refers to.
  public static let logs = 1024
  /// Kinds of the records that one change makes.
  public static let kinds = 256

  /// - Throws: `fieldTooLarge`, `recordTooLarge`, `tooManyParts`.
  static func check(_ content: ChangeContent) throws(ChangeBody.Fault) {
    var count = content.statements.count
    for mutation in content.mutations {
      var sum = Sum()
      for write in mutation.writes {
        try sum.add(write.content)
        sum.parts += 1 + write.supersedes.count
      }
      guard sum.bytes <= recordBytes else { throw .recordTooLarge }
      count += 1 + sum.parts
    }
    guard count <= parts else { throw .tooManyParts }
  }

  private struct Sum {
    var bytes = 0
    var parts = 0

    mutating func add(_ content: WriteContent) throws(ChangeBody.Fault) {
      switch content {
      case .register(let value), .tallyBase(let value): try add(value)
      case .group(let members):
        parts += members.count
        for member in members { try add(member.value) }
      case .elements(let values):
        parts += values.count
        for value in values { try add(value) }
      case .candidates(let candidates):
        // Each is named by a dot as well.
        parts += 2 * candidates.count
        for candidate in candidates { try add(candidate.content) }
      case .tallyIncrement, .deletion, .restoration: break
      }
    }

    private mutating func add(_ value: Value) throws(ChangeBody.Fault) {
      let count: Int
      switch value {
      case .text(let text), .code(let text), .decimal(let text): count = text.utf8.count
      case .unknown(_, let payload): count = payload.count
      case .null, .flag, .integer, .date, .record, .erased: return
      }
      guard count <= fieldBytes else { throw .fieldTooLarge }
      bytes += count
    }
  }
}
