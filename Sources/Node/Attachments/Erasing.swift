internal import Campaign
internal import Foundation
internal import Ledger
public import Store
internal import Trust

/// Erasing an attachment's content everywhere, and what follows from it here.
extension LocalNode {
  /// Says in this office's notices that the content of a record's attachment is to be nowhere any more, and removes it
  /// here. Every store that hears of it does the same and never fetches it again; what the record says of it stays.
  ///
  /// - Throws: `mayNotErase` where this office has no right to.
  public func eraseAttachment(
    _ prefix: String, name: String, reason: String, operatorName: String
  ) throws -> AttachmentView {
    guard reason.contains(where: { !$0.isWhitespace }) else { throw AttachmentError.noReason }
    let view = try writeOwn { commit in
      let record = try commit.snapshot.record(prefix: prefix)
      let found = try attachment(name, of: record, commit.snapshot)
      guard let own = identity.chain.first?.office, own.rights.contains(.redact),
        own.scope.covers(record.space.division)
      else { throw AttachmentError.mayNotErase }
      guard found.erasure == nil else { return found }
      let erasure = AttachmentErasure(
        space: record.space, record: record.id, content: found.attachment.content, reason: reason)
      try append(
        to: Space(division: facts.division, section: .notices), operatorName: operatorName,
        statements: [.erasure(erasure)], in: commit)
      try commit.erase(erasure)
      return try attachment(found.attachment.content.description, of: record, commit.snapshot)
    }
    try removeUnwanted()
    return view
  }

  /// Removes the files of what was erased. Called after whatever may have heard of an erasure; what could not be done
  /// is done the next time.
  func removeUnwanted() throws {
    guard try store.read({ try !$0.unwantedContents().isEmpty }) else { return }
    try store.write { commit in
      for content in try commit.snapshot.unwantedContents() {
        // Somebody may have attached it to another record since.
        if try !commit.snapshot.isHere(content) { try store.contents.remove(content) }
        try commit.noteGone(content)
      }
    }
  }

  /// Brings the files and what the database says of them in line: what it counts as here and has no file is missing,
  /// and what has come of contents that nobody wants any more goes.
  func settleContentFiles() throws {
    let files = store.contents
    let lost = try store.read { try $0.contentsHere() }.filter { files.byteCount($0) == nil }
    if !lost.isEmpty { try store.write { commit in for content in lost { try commit.noteMissing(content) } } }
    try files.removePartials { content in try store.read { try $0.isMissing(content) } }
  }

  /// What is wrong with the files of attachments.
  func attachmentProblems() throws -> [Verification.Problem] {
    try store.read { try $0.contentsHere() }.compactMap { content in
      do throws(StoreError) {
        _ = try store.contents.bytes(of: content)
        return nil
      } catch {
        switch error {
        case .noContent: return Verification.Problem(attachment: content, "attachment-lost")
        case .damagedContent: return Verification.Problem(attachment: content, "attachment-damaged")
        default: throw error
        }
      }
    }
  }
}

extension Verification.Problem {
  fileprivate init(attachment content: Hash256, _ problem: String) {
    self.init(log: "attachments", n: 0, problem: problem, detail: content.description)
  }
}
