/// How large the parts of one change may be. Judged on the change alone, never on merged state, so that two
/// replicas never disagree.
public enum ContentLimits {
  /// One value: the bytes of a text, a code, a decimal, or of what a newer version wrote.
  public static let fieldBytes = 256 << 10
  /// All such values of one record in one change.
  public static let recordBytes = 768 << 10

  /// - Throws: `fieldTooLarge`, `recordTooLarge`.
  static func check(_ content: ChangeContent) throws(ChangeBody.Fault) {
    for mutation in content.mutations {
      var sum = 0
      for write in mutation.writes { try add(write.content, to: &sum) }
      guard sum <= recordBytes else { throw .recordTooLarge }
    }
  }

  private static func add(_ content: WriteContent, to sum: inout Int) throws(ChangeBody.Fault) {
    switch content {
    case .register(let value), .tallyBase(let value): try add(value, to: &sum)
    case .group(let members): for member in members { try add(member.value, to: &sum) }
    case .elements(let values): for value in values { try add(value, to: &sum) }
    case .candidates(let candidates): for candidate in candidates { try add(candidate.content, to: &sum) }
    case .tallyIncrement, .deletion, .restoration: break
    }
  }

  private static func add(_ value: Value, to sum: inout Int) throws(ChangeBody.Fault) {
    let count: Int
    switch value {
    case .text(let text), .code(let text), .decimal(let text): count = text.utf8.count
    case .unknown(_, let payload): count = payload.count
    case .null, .flag, .integer, .date, .record: return
    }
    guard count <= fieldBytes else { throw .fieldTooLarge }
    sum += count
  }
}
