internal import Ledger
internal import Store
internal import Wire

/// Attachments in a bundle, behind its changes: for each the request that a reader would have made, then the pieces
/// that answer it.
struct BundledAttachments {
  /// The format of a bundle that carries more than changes: each payload has its message's type before it.
  static let format: UInt8 = 2

  private struct Transfer {
    var space: Space
    var content: Hash256
    /// How long it may be, by what the record says.
    var byteCounts: Set<Int>
    /// nil where it is not wanted here, does not fit, or somebody else is fetching it.
    var part: PartialContent?
    var offset = 0
  }

  private let files: ContentFiles
  /// Whether so many bytes more may be kept on this disk.
  private let hasRoom: (Int) -> Bool
  private var current: Transfer?
  /// How many contents came, each once a space.
  private(set) var carried = 0
  /// Those that became whole.
  private(set) var kept: [(content: Hash256, space: Space)] = []
  /// Contents whose files were made, whether or not any record wants them.
  private(set) var placed: Set<Hash256> = []
  /// Those that were passed over for want of room.
  private(set) var unkept = 0
  /// Those that could not be written, or that somebody else was at.
  private(set) var unwritten = 0

  init(_ files: ContentFiles, hasRoom: @escaping (Int) -> Bool = { _ in true }) {
    self.files = files
    self.hasRoom = hasRoom
  }

  // MARK: writing

  /// Writes what is here of the records that a reader may read, each content once a space.
  ///
  /// - Parameters:
  ///   - scope: what both may read.
  ///   - isHeld: whether the reader is known to hold a content for records of a space, so that it need not be carried.
  /// - Returns: how many it carries, and how many were left out because their files are lost, damaged or cannot be read.
  static func write(
    to writer: inout BundleWriter, _ snapshot: Snapshot, _ files: ContentFiles, scope: (Space) -> Bool,
    isHeld: (Hash256, Space) throws -> Bool
  ) throws -> (written: Int, unread: Int) {
    var seen: [Space: Set<Hash256>] = [:]
    var (written, unread) = (0, 0)
    try snapshot.forEachRecordWithAttachments { view in
      guard scope(view.space) else { return }
      for attached in try snapshot.attachments(of: view) where attached.isHere && attached.erasure == nil {
        let attachment = attached.attachment
        guard seen[view.space]?.contains(attachment.content) != true,
          try !isHeld(attachment.content, view.space)
        else { continue }
        let byteCount = files.byteCount(attachment.content)
        // As long as the record does not say: another record, or another element, may.
        if let byteCount, byteCount != attachment.byteCount { continue }
        seen[view.space, default: []].insert(attachment.content)
        if (try? files.isWhole(attachment.content)) == true {
          try write(attachment, of: view, to: &writer, files)
          written += 1
        } else {
          unread += 1
        }
      }
    }
    return (written, unread)
  }

  private static func write(
    _ attachment: Attachment, of view: RecordView, to writer: inout BundleWriter, _ files: ContentFiles
  ) throws {
    let content = attachment.content
    try writer.write(
      .attachmentRequest(AttachmentRequest(space: view.space, record: view.id, content: content, offset: 0)))
    var offset = 0
    repeat {
      guard let data = try files.read(content, offset: offset, count: Limits.chunkBytes),
        data.count == min(Limits.chunkBytes, attachment.byteCount - offset)
      else { throw StoreError.damagedContent(content) }
      try writer.write(
        .attachmentChunk(AttachmentChunk(content: content, offset: UInt64(offset), data: data)))
      offset += data.count
    } while offset < attachment.byteCount
  }

  // MARK: reading

  /// Takes one message in, within `commit`'s transaction. The files of contents that became whole are there before it
  /// ends: where it fails they are nobody's. What is as long as no record says is passed over: that may be the record's
  /// fault, and anybody may have written it. What cannot be kept is passed over too, and counted: it keeps no record out.
  ///
  /// - Throws: `BundleFault.altered` where pieces do not follow each other.
  mutating func take(_ message: Message, mayRead: (Space) -> Bool, in commit: Commit) throws {
    switch message {
    case .attachmentRequest(let request) where request.offset == 0:
      try end(in: commit)
      carried += 1
      let counts =
        mayRead(request.space)
        ? try commit.snapshot.missingByteCounts(request.content, of: request.record, in: request.space) : []
      current = Transfer(
        space: request.space, content: request.content, byteCounts: counts,
        part: counts.max().flatMap { part(of: request.content, byteCount: $0) })
    case .attachmentChunk(let chunk): try take(chunk)
    default: throw BundleFault.altered
    }
  }

  private mutating func take(_ chunk: AttachmentChunk) throws {
    guard var transfer = current, chunk.content == transfer.content, chunk.offset == UInt64(transfer.offset)
    else { throw BundleFault.altered }
    transfer.offset += chunk.data.count
    if transfer.offset > transfer.byteCounts.max() ?? 0 { transfer.part = nil }
    if let part = transfer.part,
      filing({ () throws(StoreError) in try part.write(chunk.data, at: Int(chunk.offset)) }) == nil
    {
      transfer.part = nil
    }
    current = transfer
  }

  /// - Returns: nil where there is no room for it, somebody else is at it, or it cannot be written.
  private mutating func part(of content: Hash256, byteCount: Int) -> PartialContent? {
    guard hasRoom(byteCount) else {
      unkept += 1
      return nil
    }
    let files = files
    guard let part = filing({ () throws(StoreError) in try files.partial(content, byteCount: byteCount) })
    else { return nil }
    if part == nil { unwritten += 1 }
    return part
  }

  /// - Returns: nil where it failed, which is counted.
  private mutating func filing<T>(_ body: () throws(StoreError) -> T) -> T? {
    do throws(StoreError) {
      return try body()
    } catch {
      unwritten += 1
      return nil
    }
  }

  /// All pieces of the last one have come.
  mutating func end(in commit: Commit) throws {
    guard let transfer = current else { return }
    current = nil
    // Another content than its hash says was never one.
    guard let part = transfer.part, transfer.byteCounts.contains(transfer.offset),
      filing({ () throws(StoreError) in try part.finish(byteCount: transfer.offset) }) == true
    else { return }
    placed.insert(transfer.content)
    // An earlier part of the bundle, an erasure, may have ended that any record wants it.
    guard try commit.noteHere(transfer.content, in: transfer.space) else { return }
    kept.append((transfer.content, transfer.space))
  }
}

extension BundleWriter {
  /// A message of a bundle that carries attachments.
  mutating func write(_ message: Message, changes: Int = 0) throws {
    try write(frame: [message.type] + message.encoded(), changes: changes)
  }
}
