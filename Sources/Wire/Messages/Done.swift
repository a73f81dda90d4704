public import Ledger

/// The sender has nothing more to send for now.
public struct Done: Sendable, Hashable {
  /// Frames of changes sent in this session, and frames taken in and made durable.
  public var sentFrames: UInt64
  public var receivedFrames: UInt64
  /// Over the heads of the scope that both may read.
  public var digest: Hash256
  /// The sender's signed word for what it holds, where that is more than it said before.
  public var receipt: [UInt8]

  public init(sentFrames: UInt64, receivedFrames: UInt64, digest: Hash256, receipt: [UInt8]) {
    self.sentFrames = sentFrames
    self.receivedFrames = receivedFrames
    self.digest = digest
    self.receipt = receipt
  }

  func write(to out: inout ByteWriter) {
    out.write(varint: sentFrames)
    out.write(varint: receivedFrames)
    out.write(digest)
    out.write(lengthPrefixed: receipt)
  }

  init(from reader: inout ByteReader) throws {
    sentFrames = try reader.readVarint()
    receivedFrames = try reader.readVarint()
    digest = try reader.readHash()
    receipt = Array(try reader.readLengthPrefixed())
  }
}

/// Why a side ends the session.
public struct Failure: Sendable, Hashable, Error {
  /// kebab-case; SPEC.md lists them.
  public var code: String
  public var detail: String

  public init(code: String, detail: String = "") {
    self.code = code
    self.detail = detail
  }

  func write(to out: inout ByteWriter) {
    out.write(lengthPrefixed: Array(code.utf8))
    out.write(lengthPrefixed: Array(detail.utf8))
  }

  init(from reader: inout ByteReader) throws {
    code = try reader.text()
    detail = try reader.text()
  }
}
