/// A file that belongs to a record, a photo or a scan: what the record says of it. The content lies beside the log,
/// goes by its hash, and travels after the records.
///
/// It is an element of a set that every kind has, whatever its pack says, so it merges as any element does: of an
/// addition and a removal that did not see it the addition stays.
public struct Attachment: Hashable, Sendable, Comparable {
  /// SHA-256 of the content.
  public var content: Hash256
  public var byteCount: Int
  /// As its author called it. It is never a path: what writes a file asks where to.
  public var name: String

  /// The set of a record's attachments; no pack's (`PairCell.firstNumber`).
  public static let cell: UInt32 = 1026
  /// The largest content, in bytes.
  public static let maxByteCount = 32 << 20
  /// The longest name, in bytes.
  public static let maxNameByteCount = 255
  /// What is asked for at once, in bytes; a transfer that broke off goes on behind the last whole one.
  public static let chunkByteCount = 256 << 10

  public init(content: Hash256, byteCount: Int, name: String) {
    self.content = content
    self.byteCount = byteCount
    self.name = name
  }

  /// One text: the hash in hex, a blank, the count of bytes, a blank, the name. So it is a leaf of its own, and a name
  /// that says too much of a person can be erased as any text can.
  public var value: Value { .text("\(content) \(byteCount) \(name)") }

  /// - Returns: nil where the value is none, or is beyond a limit; it stays in the record, and nothing is fetched.
  public init?(_ value: Value) {
    guard case .text(let text) = value else { return nil }
    // By bytes: a blank before a combining mark is no character of its own.
    let parts = text.utf8.split(separator: UInt8(ascii: " "), maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0].count == 2 * Hash256.byteCount,
      // Lower-case digits alone: one spelling a content.
      !parts[0].contains(where: { UInt8(ascii: "A")...UInt8(ascii: "F") ~= $0 }),
      let hash = [UInt8](hex: String(parts[0]) ?? "").flatMap({ Hash256($0) }),
      let count = String(parts[1]).flatMap({ Int($0) }), "\(count)".utf8.elementsEqual(parts[1]),
      0...Attachment.maxByteCount ~= count, 1...Attachment.maxNameByteCount ~= parts[2].count,
      // A text of the database ends before it: two names could become one.
      !parts[2].contains(0),
      let name = String(parts[2])
    else { return nil }
    self.init(content: hash, byteCount: count, name: name)
  }

  public static func == (a: Attachment, b: Attachment) -> Bool {
    a.content == b.content && a.byteCount == b.byteCount && a.name.hasSameBytes(as: b.name)
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(content)
    hasher.combine(byteCount)
    name.hashBytes(into: &hasher)
  }

  /// By name, as bytes.
  public static func < (a: Attachment, b: Attachment) -> Bool {
    if !a.name.hasSameBytes(as: b.name) { return a.name.utf8.lexicographicallyPrecedes(b.name.utf8) }
    return (a.content, a.byteCount) < (b.content, b.byteCount)
  }
}

extension RecordState {
  /// An attachment, and the write that put it there: of several equal ones that with the least dot.
  public struct Attached: Hashable, Sendable {
    public var attachment: Attachment
    public var dot: Dot
  }

  /// The record's attachments by their names, each once.
  public var attachments: [Attached] {
    var found: [Attachment: Dot] = [:]
    for write in cell(Attachment.cell, .set)?.writes ?? [] {
      guard case .elements(let values) = write.content else { continue }
      for attachment in values.compactMap({ Attachment($0) }) where found[attachment] == nil {
        found[attachment] = write.dot
      }
    }
    return found.map { Attached(attachment: $0.key, dot: $0.value) }.sorted { $0.attachment < $1.attachment }
  }
}
