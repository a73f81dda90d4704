public import Campaign
internal import Foundation

/// A record as a person or a script writes it in JSON: the record shape, just its `fields`, or one flat object
/// whose keys are codes or the headers of ledgers.
public struct JSONEntry: Sendable {
  /// As they stand; nil where the object does not say.
  public private(set) var kind: String?
  public private(set) var division: String?
  public private(set) var operations: [EditDraft.Operation] = []

  /// - Throws: `importUnreadable` where the bytes are no object, or a value is one.
  public init(_ bytes: [UInt8], pack: Pack) throws {
    guard let object = (try? JSONSerialization.jsonObject(with: Data(bytes))) as? [String: Any] else {
      throw NodeError.importUnreadable(reason: .notJSON(line: 1))
    }
    let fields = object["fields"] as? [String: Any]
    for (key, value) in object.sorted(by: { $0.key < $1.key }) {
      switch HeaderMap.plainName(of: key, pack: pack) {
      case "kind": kind = try JSONRows.text(of: value, at: key, line: 1)
      case "division": division = try JSONRows.text(of: value, at: key, line: 1)
      case "id": continue
      default:
        if fields == nil, !HeaderMap.passesOver(key, pack) { try take(key, value) }
      }
    }
    // A record's own JSON lists its attachments; they do not come in by it.
    for (key, value) in (fields ?? [:]).sorted(by: { $0.key < $1.key }) where !pack.isAttachment(key) {
      try take(key, value)
    }
    kind = kind.flatMap { $0.isEmpty ? nil : $0 }
    division = division.flatMap { $0.isEmpty ? nil : $0 }
  }

  private mutating func take(_ key: String, _ value: Any) throws {
    if let list = value as? [Any] {
      operations.append(
        .setElements(key, to: try list.map { try JSONRows.text(of: $0, at: key, line: 1) }))
    } else {
      operations.append(.set(key, to: try JSONRows.text(of: value, at: key, line: 1)))
    }
  }
}
