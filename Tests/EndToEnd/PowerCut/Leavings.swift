import Foundation

/// What is left after a cut, and the real program that opens it.
final class Leavings {
  let path: String
  /// Where it was before.
  private let live: String
  private var listed: [String: [[String: Any]]] = [:]

  init(_ path: String, live: String) {
    self.path = path
    self.live = live
  }

  func remove() { try? FileManager.default.removeItem(atPath: path) }

  func run(_ arguments: String..., in store: String) throws -> Program.Result {
    try Program(arguments + ["--store", path + "/" + store]).finish()
  }

  func content(_ name: String) -> Data? { FileManager.default.contents(atPath: path + "/" + name) }

  /// All records of a store.
  func records(of store: String) throws -> [[String: Any]] {
    if let known = listed[store] { return known }
    let records = try run("list", in: store).objects
    listed[store] = records
    return records
  }

  /// Every file below a folder.
  func files(below name: String) -> [String] {
    (FileManager.default.enumerator(atPath: path + "/" + name)?.compactMap { $0 as? String } ?? []).sorted()
  }
}

extension TracedWorkplace {
  /// A store is there, with its key, and everything in it holds.
  func claimsStore(_ store: String, node: String) {
    claims("store \(store)") { left in
      var verified = try left.run("verify", in: store)
      // Of an erasure that has not been reported: what is left to do is known, and is done.
      if verified.out.contains("\"attachment-left\"") {
        _ = try left.run("doctor", "--repair", in: store)
        verified = try left.run("verify", in: store)
      }
      guard verified.exitCode == 0 else {
        return "verify: \(verified.exitCode) \(verified.out) \(verified.err)"
      }
      let status = try left.run("status", in: store)
      return status.object["node"] as? String == node ? nil : "status: \(status.out) \(status.err)"
    }
  }

  /// A record shows a value.
  func claimsRecord(_ id: String, in store: String, field: String = "title", _ value: String) {
    claims("record \(id) in \(store)") { left in
      let record = try left.records(of: store).first { $0["id"] as? String == id }
      let shown = (record?["fields"] as? [String: Any])?[field] as? String
      return shown == value ? nil : "\(field) is \(shown ?? "not there"), and not \(value)"
    }
  }

  func claimsRecords(_ count: Int, in store: String) {
    claims("\(count) records in \(store)") { left in
      let found = try left.records(of: store).count
      return found == count ? nil : "\(found) are there"
    }
  }

  /// A file on the disk is as it is now.
  func claimsFile(_ name: String) throws {
    let content = FileManager.default.contents(atPath: self[name])
    claims("file \(name)") { left in
      let found = left.content(name)
      return content != nil && found == content
        ? nil : "\(found?.count ?? -1) bytes of \(content?.count ?? -1)"
    }
  }

  func claimsAttachment(_ name: String, of id: String, in store: String, _ content: Data) {
    claims("attachment \(name) in \(store)") { left in
      let file = left.path + ".attachment"
      defer { try? FileManager.default.removeItem(atPath: file) }
      let got = try left.run("attachment", "get", id, name, "-o", file, in: store)
      return FileManager.default.contents(atPath: file) == content ? nil : "\(got.out) \(got.err)"
    }
  }

  /// Nothing of a store's files holds some bytes.
  func claimsErased(_ bytes: Data, in store: String) {
    claims("erased in \(store)") { left in
      left.files(below: store).first { left.content(store + "/" + $0)?.range(of: bytes) != nil }
    }
  }
}
