public import Ledger
public import Wire

/// An attachment that this side lacks, with the record by which it is asked for.
public struct AttachmentAsk: Sendable, Hashable {
  public var space: Space
  public var record: RecordID
  public var content: Hash256
  /// As the record says.
  public var byteCount: Int

  public init(space: Space, record: RecordID, content: Hash256, byteCount: Int) {
    self.space = space
    self.record = record
    self.content = content
    self.byteCount = byteCount
  }
}

/// A piece that came, and what it was asked for.
public struct AskedChunk: Sendable, Hashable {
  public var ask: AttachmentAsk
  public var chunk: AttachmentChunk

  public init(ask: AttachmentAsk, chunk: AttachmentChunk) {
    self.ask = ask
    self.chunk = chunk
  }

  /// Whether nothing of the content comes behind it.
  public var isLast: Bool { Int(chunk.offset) + chunk.data.count == ask.byteCount }
}
