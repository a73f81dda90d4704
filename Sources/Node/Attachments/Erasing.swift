internal import Campaign
internal import Foundation
internal import Ledger
public import Store
internal import Trust

/// Erasing an attachment's content everywhere, and what follows from it here.
extension LocalNode {
  /// Says in this office's notices that the content of a record's attachment is to be nowhere any more, and removes it
  /// here; so for the records that this one was moved from and to. Every store that hears of it does the same and never
  /// fetches it again; what the record says of it stays.
  ///
  /// - Throws: `mayNotErase` where this office has no right to.
  public func eraseAttachment(
    _ prefix: String, name: String, reason: String, operatorName: String
  ) throws -> AttachmentView {
    guard reason.contains(where: { !$0.isWhitespace }) else { throw AttachmentError.noReason }
    return try writeOwn { commit in
      let record = try commit.snapshot.record(prefix: prefix)
      let found = try attachment(name, of: record, commit.snapshot)
      guard let own = identity.chain.first?.office, own.rights.contains(.redact),
        own.scope.covers(record.space.division)
      else { throw AttachmentError.mayNotErase }
      guard found.erasure == nil else { return found }
      let content = found.attachment.content
      let erasures = try commit.snapshot.relatives(of: record).filter { one in
        try own.scope.covers(one.space.division)
          && one.state.attachments.contains { $0.attachment.content == content }
          && commit.snapshot.erasure(of: content, record: one.id, in: one.space) == nil
      }.map { AttachmentErasure(space: $0.space, record: $0.id, content: content, reason: reason) }
      try append(
        to: Space(division: facts.division, section: .notices), operatorName: operatorName,
        statements: erasures.map { .erasure($0) }, in: commit)
      for erasure in erasures { try commit.erase(erasure) }
      return try attachment(content.description, of: record, commit.snapshot)
    }
  }

  /// Removes the files of what was erased and no record has besides. Called after whatever may have heard of an
  /// erasure, or written something. What cannot be done stays to be done, and stops nothing else: it is tried again the
  /// next time, and `attachmentProblems` tells of it.
  func removeUnwanted() {
    guard (try? store.read { try !$0.unwantedContents().isEmpty }) == true else { return }
    try? store.write { commit in
      for content in try commit.snapshot.unwantedContents() {
        // Under the lock: nobody attaches it meanwhile.
        let isWanted = try commit.snapshot.isWanted(content)
        if !isWanted, (try? store.contents.remove(content)) == nil { continue }
        try commit.settleUnwanted(content)
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
    let left = try store.read { snapshot in
      try snapshot.unwantedContents().filter { try !snapshot.isWanted($0) }
    }.filter { store.contents.byteCount($0) != nil }
    return try store.read { try $0.contentsHere() }.compactMap { content in
      do throws(StoreError) {
        _ = try store.contents.bytes(of: content)
        return nil
      } catch {
        return Verification.Problem(attachment: content, error)
      }
    } + left.map { Verification.Problem(attachment: $0, "attachment-left") }
  }

  /// What is lost or damaged counts as missing from here on, so that it is fetched anew.
  func mendAttachments() throws {
    removeUnwanted()
    for content in try store.read({ try $0.contentsHere() }) {
      do throws(StoreError) {
        guard try !store.contents.isWhole(content) else { continue }
      } catch { continue }
      try store.write { try $0.noteMissing(content) }
    }
  }
}

extension Verification.Problem {
  fileprivate init(attachment content: Hash256, _ problem: String, _ detail: String = "") {
    self.init(log: "attachments", n: 0, problem: problem, detail: "\(content)\(detail)")
  }

  fileprivate init(attachment content: Hash256, _ error: StoreError) {
    switch error {
    case .noContent: self.init(attachment: content, "attachment-lost")
    case .damagedContent: self.init(attachment: content, "attachment-damaged")
    case .file(_, let number): self.init(attachment: content, "attachment-unreadable", ": errno \(number)")
    default: self.init(attachment: content, "attachment-unreadable")
    }
  }
}
