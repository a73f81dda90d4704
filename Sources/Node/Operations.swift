public import Campaign
internal import Foundation

extension LocalNode {
  /// The wishes in a JSON object: the record shape, just its `fields`, or one flat object.
  public static func operations(json bytes: [UInt8]) throws -> [EditDraft.Operation] {
    guard let object = (try? JSONSerialization.jsonObject(with: Data(bytes))) as? [String: Any] else {
      throw NodeError.importUnreadable(reason: .notJSON(line: 1))
    }
    let fields = object["fields"] as? [String: Any] ?? object
    let isRecord = object["fields"] != nil
    return fields.sorted { $0.key < $1.key }.compactMap { key, value in
      if !isRecord, ["id", "kind", "division"].contains(key) { return nil }
      if let list = value as? [Any] { return .setElements(key, to: list.map(JSONRows.text)) }
      return .set(key, to: JSONRows.text(of: value))
    }
  }
}
