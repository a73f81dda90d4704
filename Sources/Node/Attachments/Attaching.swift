internal import Campaign
internal import Foundation
internal import Ledger
public import Store
internal import Trust

/// Photos and scans of a record: attaching, taking off, reading back.
extension LocalNode {
  /// What came of the files that were named.
  public struct AttachOutcome: Sendable {
    public var attached: [AttachmentView] = []
    /// What could not be called as was wanted, for a name is no place: what was wanted, and what it is called.
    public var renamed: [(wanted: String, name: String)] = []
    /// Those that could not be attached; the others were.
    public var failures: [(path: String, error: any Error)] = []
  }

  /// Attaches files to a record, in one change. One that is attached already makes none, and one that is named twice is
  /// attached once.
  ///
  /// - Parameter name: what the file is called there, where there is only one; nil: as it is called here.
  /// - Throws: what speaks against the record itself; what is wrong with a file is in the outcome.
  public func attach(
    _ prefix: String, files: [String], name: String? = nil, operatorName: String
  ) throws -> AttachOutcome {
    let kind = try store.read { try attachable(prefix, $0).kind }
    var outcome = AttachOutcome()
    var kept: [(path: String, attachment: Attachment)] = []
    // Made here; no record has them so far.
    var strays: Set<Hash256> = []
    for path in files {
      do {
        let bytes = try LocalNode.attachmentBytes(path, of: kind)
        let wanted = name ?? (path.split(separator: "/").last.map(String.init) ?? path)
        guard let name = AttachmentName.cleaned(wanted) else { throw AttachmentError.badName(name ?? path) }
        if !name.utf8.elementsEqual(wanted.utf8) { outcome.renamed.append((wanted, name)) }
        let (content, isNew) = try store.contents.keep(bytes)
        if isNew { strays.insert(content) }
        kept.append((path, Attachment(content: content, byteCount: bytes.count, name: name)))
      } catch {
        outcome.failures.append((path, error))
      }
    }
    defer { removeStrays(strays) }
    guard !kept.isEmpty else { return outcome }
    // Also those that another process is at: it may not come to that.
    try store.contents.makeDurable(Set(kept.map(\.attachment.content)))
    try write(kept, to: prefix, operatorName: operatorName, &outcome)
    strays.subtract(outcome.attached.map(\.attachment.content))
    // What was refused is called nothing.
    let names = Set(outcome.attached.map(\.attachment.name))
    outcome.renamed.removeAll { !names.contains($0.name) }
    return outcome
  }

  private func write(
    _ kept: [(path: String, attachment: Attachment)], to prefix: String, operatorName: String,
    _ outcome: inout AttachOutcome
  ) throws {
    let (attached, refused) = try writeOwn { commit in
      let view = try attachable(prefix, commit.snapshot)
      var refused: [(path: String, error: any Error)] = []
      var wanted: [Attachment] = []
      var seen: Set<Attachment> = []
      for (path, attachment) in kept where seen.insert(attachment).inserted {
        let content = attachment.content
        if let reason = try commit.snapshot.erasure(of: content, in: view.space) {
          refused.append((path, AttachmentError.erased(name: attachment.name, reason: reason)))
        } else if store.contents.byteCount(content) == nil {
          // An erasure of another record's attachment took the file away between the two.
          refused.append((path, AttachmentError.takenAway(path: path)))
        } else {
          wanted.append(attachment)
        }
      }
      try append(
        .setChange(cell: Attachment.cell, add: wanted.map(\.value), remove: []), to: view,
        operatorName: operatorName, in: commit)
      for attachment in wanted { try commit.noteHere(attachment.content, in: view.space) }
      let now = try commit.snapshot.record(view.id, in: view.space)!
      let meant = Set(wanted)
      return (try commit.snapshot.attachments(of: now, where: meant.contains), refused)
    }
    outcome.attached = attached
    outcome.failures += refused
  }

  /// Takes an attachment off a record. The content stays where it is, for the change may be taken back.
  ///
  /// - Parameter name: its name, or the first digits of its SHA-256.
  public func detach(_ prefix: String, name: String, operatorName: String) throws -> AttachmentView {
    try writeOwn { commit in
      let view = try attachable(prefix, commit.snapshot)
      let found = try attachment(name, of: view, commit.snapshot)
      try append(
        .setChange(cell: Attachment.cell, add: [], remove: [found.attachment.value]), to: view,
        operatorName: operatorName, in: commit)
      return found
    }
  }

  /// The content of a record's attachment.
  ///
  /// - Parameter name: its name, or the first digits of its SHA-256.
  /// - Throws: `AttachmentError`; `StoreError.damagedContent` where the file here is not what it was: from then on it
  ///   counts as missing.
  public func attachmentContent(_ prefix: String, name: String) throws -> (AttachmentView, bytes: [UInt8]) {
    let (view, others, known) = try store.read { snapshot in
      let record = try snapshot.record(prefix: prefix)
      let found = try attachment(name, of: record, snapshot)
      let whereabouts = try AttachmentWhereabouts(of: self, snapshot)
      return (
        found, try whereabouts.holders(of: found), try whereabouts.knownHolders(of: found, in: record.space)
      )
    }
    let name = view.attachment.name
    if let reason = view.erasure { throw AttachmentError.erased(name: name, reason: reason) }
    guard view.isHere else { throw AttachmentError.notHere(name: name, holders: others, known: known) }
    do {
      return (view, try store.contents.bytes(of: view.attachment.content))
    } catch StoreError.noContent(let content) {
      try store.write { try $0.noteMissing(content) }
      throw AttachmentError.notHere(name: name, holders: others, known: known)
    } catch StoreError.damagedContent(let content) {
      try store.write { try $0.noteMissing(content) }
      throw StoreError.damagedContent(content)
    }
  }

  // MARK: what all of them need

  func attachable(_ prefix: String, _ snapshot: Snapshot) throws -> RecordView {
    let view = try snapshot.record(prefix: prefix)
    try requireScope(view.space.division, try snapshot.pack())
    guard view.existence != .deleted else { throw try deleted(view, snapshot) }
    return view
  }

  func append(
    _ edit: CellEdit, to view: RecordView, operatorName: String, in commit: Commit
  ) throws {
    let writer = EditWriter(state: view.state, log: try ownLog(view.space, commit.snapshot))
    guard let write = writer.write(edit, rule: .latest, rank: { _ in 0 }) else { return }
    try append(
      to: view.space, operatorName: operatorName,
      mutations: [Mutation(target: .id(view.id), writes: [write])], in: commit)
  }

  func attachment(_ name: String, of view: RecordView, _ snapshot: Snapshot) throws -> AttachmentView {
    let all = try snapshot.attachments(of: view)
    var found = all.filter { $0.attachment.name.utf8.elementsEqual(name.utf8) }
    if found.isEmpty, name.utf8.count >= 4 {
      let digits = name.lowercased()
      found = all.filter { $0.attachment.content.description.hasPrefix(digits) }
    }
    guard let first = found.first else { throw AttachmentError.unknown(name: name, record: view.id) }
    let contents = Set(found.map(\.attachment.content))
    guard contents.count == 1 else {
      throw AttachmentError.ambiguous(name: name, contents: contents.sorted())
    }
    return first
  }

  /// A file as it stands: of one that is too large no more is read than tells so.
  ///
  /// - Parameter kind: the record's, whose pack may allow less than the protocol does.
  private static func attachmentBytes(_ path: String, of kind: Kind?) throws -> [UInt8] {
    var facts = stat()
    guard stat(path, &facts) == 0 else {
      throw errno == ENOENT ? NodeError.noFile(path: path) : NodeError.file(path: path, errno: errno)
    }
    guard facts.st_mode & S_IFMT == S_IFREG else { throw AttachmentError.notAFile(path: path) }
    guard let file = FileHandle(forReadingAtPath: path) else { throw NodeError.unreadable(path) }
    defer { try? file.close() }
    let packLimit = kind?.fields.first { $0.type == .attachment }?.maximumByteCount
    let limit = min(packLimit ?? .max, Attachment.maxByteCount)
    let data: Data
    do {
      // nil of an empty file.
      data = try file.read(upToCount: limit + 1) ?? Data()
    } catch {
      throw NodeError.file(path: path, errno: PosixCause.errno(of: error))
    }
    guard data.count <= limit else {
      throw AttachmentError.tooLarge(path: path, limit: limit, kind: packLimit == nil ? nil : kind?.code)
    }
    return Array(data)
  }

  /// Takes away files that were made and that no record came to want. One that cannot be is in nobody's way.
  func removeStrays(_ contents: some Collection<Hash256>) {
    guard !contents.isEmpty else { return }
    try? store.write { commit in
      for content in contents where try !commit.snapshot.isHere(content) {
        try? store.contents.remove(content)
      }
    }
  }
}
