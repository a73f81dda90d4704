internal import Campaign
internal import Foundation
public import Ledger
public import Store
internal import Trust

/// Erasing an attachment's content everywhere, and what follows from it here.
extension LocalNode {
  /// What came of an erasure.
  public struct ErasedAttachments: Sendable {
    /// What was meant, as it is now: what the record has and what it had.
    public var views: [AttachmentView]
    /// Other records that had the same content, in the divisions that the erasure holds in.
    public var others: [RecordID]
    /// Contents of which the file could not be removed here; it is tried again with what is written next.
    public var left: [Hash256] = []
  }

  /// Says in this office's notices that a content is to be nowhere any more in the divisions that it covers, and removes it
  /// here. Every store that hears of it does the same, whatever record there has the content, and never fetches it again;
  /// what records say of it stays. What the record had by that name and has no more goes as well, and what the records had
  /// that this one was moved from and to.
  ///
  /// - Parameter name: its name, or the first digits of its SHA-256.
  /// - Throws: `mayNotErase` where this office has no right to.
  public func eraseAttachment(
    _ prefix: String, name: String, reason: String, operatorName: String
  ) throws -> ErasedAttachments {
    guard reason.contains(where: { !$0.isWhitespace }) else { throw AttachmentError.noReason }
    var erased = try writeOwn { commit in
      let (record, found, own) = try erasable(prefix, name, commit.snapshot)
      let contents = Set(found.filter { $0.erasure == nil }.map(\.attachment.content)).sorted()
      guard !contents.isEmpty else { return ErasedAttachments(views: found, others: []) }
      let lineage = Set(try commit.snapshot.relatives(of: record).map(\.id))
      let others = try contents.flatMap { try commit.snapshot.records(with: $0) }
        .filter { own.scope.covers($0.space.division) }.map(\.id)
      let erasures = contents.map {
        AttachmentErasure(space: record.space, record: record.id, content: $0, reason: reason)
      }
      let size = max(1, 128 * 1024 / (reason.utf8.count + 128))
      for start in stride(from: 0, to: erasures.count, by: size) {
        try append(
          to: Space(division: facts.division, section: .notices), operatorName: operatorName,
          statements: erasures[start...].prefix(size).map { .erasure($0) }, in: commit)
      }
      for erasure in erasures { try commit.erase(erasure, in: own.scope.covered) }
      return ErasedAttachments(
        views: try attachmentsEver(name, of: record, commit.snapshot),
        others: Set(others).subtracting(lineage).sorted())
    }
    let contents = Set(erased.views.map(\.attachment.content)).sorted()
    erased.left = try store.read { snapshot in
      try contents.filter { try store.contents.byteCount($0) != nil && !snapshot.isWanted($0) }
    }
    return erased
  }

  /// Whether an attachment could be erased: what `eraseAttachment` throws, before anybody is asked.
  public func requireErasable(_ prefix: String, name: String) throws {
    _ = try store.read { try erasable(prefix, name, $0) }
  }

  private func erasable(_ prefix: String, _ name: String, _ snapshot: Snapshot) throws -> (
    record: RecordView, found: [AttachmentView], own: Office
  ) {
    let record = try snapshot.record(prefix: prefix)
    let found = try attachmentsEver(name, of: record, snapshot)
    guard let own = identity.chain.first?.office, own.rights.contains(.redact),
      own.scope.covers(record.space.division)
    else { throw AttachmentError.mayNotErase }
    return (record, found, own)
  }

  /// What a record has or had by a name, and those that it was moved from and to.
  private func attachmentsEver(
    _ name: String, of record: RecordView, _ snapshot: Snapshot
  ) throws -> [AttachmentView] {
    let living = try snapshot.attachments(of: record)
    var former = try snapshot.formerAttachments(of: record)
    for relative in try snapshot.relatives(of: record) where relative.id != record.id {
      former += try snapshot.attachments(of: relative) + snapshot.formerAttachments(of: relative)
    }
    var seen = Set(living.map(\.attachment))
    former = former.filter { seen.insert($0.attachment).inserted }
    func isCalled(_ view: AttachmentView) -> Bool { view.attachment.name.utf8.elementsEqual(name.utf8) }
    let named = living.filter(isCalled)
    try requireOne(named, name)
    let all = named + former.filter(isCalled)
    guard all.isEmpty else { return all }
    let digits = name.lowercased()
    let byHash = (living + former).filter {
      digits.utf8.count >= 4 && $0.attachment.content.description.hasPrefix(digits)
    }
    try requireOne(byHash, name)
    guard !byHash.isEmpty else { throw AttachmentError.unknown(name: name, record: record.id) }
    return byHash
  }

  private func requireOne(_ found: [AttachmentView], _ name: String) throws {
    let contents = Set(found.map(\.attachment.content))
    guard contents.count <= 1 else {
      throw AttachmentError.ambiguous(name: name, contents: contents.sorted())
    }
  }

  /// Whether the file of a content that no record has any more is to go: it is that of records here, or nothing that may
  /// yet come has it. An erasure holds in the divisions that it names: a file of no record here may be that of another
  /// division's, where a folder was put back beside an older store.
  private func isToGo(_ content: Hash256, _ snapshot: Snapshot) throws -> Bool {
    try !snapshot.isWanted(content) && (snapshot.isHere(content) || isErasedThroughout(content, snapshot))
  }

  /// Whether a content was erased for all that this office may read.
  private func isErasedThroughout(_ content: Hash256, _ snapshot: Snapshot) throws -> Bool {
    let own = try scope(snapshot.pack())
    return try snapshot.isErased(content, in: own.covered + own.ancestors)
  }

  /// Removes the files of what was erased and no record has besides. Called after whatever may have heard of an
  /// erasure, or written something. What cannot be done stays to be done, and stops nothing else: it is tried again the
  /// next time, and `attachmentProblems` tells of it.
  func removeUnwanted() {
    guard (try? store.read { try !$0.unwantedContents().isEmpty }) == true else { return }
    try? store.write { commit in
      for content in try commit.snapshot.unwantedContents() {
        // Under the lock: nobody attaches it meanwhile.
        let isToGo = try isToGo(content, commit.snapshot)
        if isToGo, (try? store.contents.remove(content)) == nil { continue }
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
    try noteReturned()
    try files.removePartials { content in try store.read { try $0.isMissing(content) } }
  }

  /// What is wrong with the files of attachments.
  func attachmentProblems() throws -> [Verification.Problem] {
    let left = try store.read { snapshot in
      try snapshot.unwantedContents().filter { try isToGo($0, snapshot) }
    }.filter { store.contents.byteCount($0) != nil }
    let back = try strayContents().erased
    return try store.read { try $0.contentsHere() }.compactMap { content in
      do throws(StoreError) {
        try store.contents.check(content)
        return nil
      } catch {
        return Verification.Problem(attachment: content, error)
      }
    } + (left + back).map { Verification.Problem(attachment: $0, "attachment-left") }
  }

  /// Files that no record held here has: left by a run that was cut off before it could say so, or of records that are yet
  /// to come, where a folder was put back beside an older store.
  ///
  /// - Returns: `unclaimed`: nobody can tell the two apart, so they stay, and are found (`noteReturned`) once a record that
  ///   has them has come; `erased`: those that such a folder brought back though they are to be nowhere that this office
  ///   reads.
  func strayContents() throws -> (unclaimed: [Hash256], erased: [Hash256]) {
    try store.read { snapshot in
      let unwanted = Set(try snapshot.unwantedContents())
      let stray = try store.contents.contents().filter { content in
        try !unwanted.contains(content) && !snapshot.isHere(content) && !snapshot.isMissing(content)
      }
      let erased = Set(try stray.filter { try isErasedThroughout($0, snapshot) })
      return (stray.filter { !erased.contains($0) }, stray.filter(erased.contains))
    }
  }

  /// What is missing and has its file all the same is here: the folder of them was copied back.
  private func noteReturned() throws {
    let files = store.contents
    let back = try store.read { try $0.missingContents() }
      .filter { files.byteCount($0.key) != nil && (try? files.isWhole($0.key)) == true }
    guard !back.isEmpty else { return }
    try store.write { commit in
      for (content, spaces) in back { for space in spaces { try commit.noteHere(content, in: space) } }
    }
  }

  /// What is lost or damaged counts as missing from here on, so that it is fetched anew; what has come back is here.
  func mendAttachments() throws {
    try noteReturned()
    let back = try strayContents().erased
    if !back.isEmpty { try store.write { commit in for content in back { try commit.forsake(content) } } }
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
