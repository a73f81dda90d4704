public import Ledger

/// What a bundle says of itself; its maker signs it.
public struct BundleManifest: Sendable {
  public var maker: NodeID
  public var makerName: String
  public var recipient: NodeID
  public var recipientName: String
  /// Milliseconds since 1970.
  public var madeAt: Int64
  public var changes: Int
  /// Contents of attachments that it carries; 0 where it carries none, or does not say.
  public var attachments = 0
  /// The file's format, as it was signed; 0 where it does not say.
  var format: UInt64 = 0
  /// SHA-256 of the sealed key and of all sealed segments.
  var content: Hash256

  /// Without the count of attachments and the format, which stand behind it (`tail`).
  var encoded: [UInt8] {
    var out = ByteWriter()
    out.write(.manifest)
    out.write(maker.hash)
    out.write(lengthPrefixed: Array(makerName.utf8))
    out.write(recipient.hash)
    out.write(lengthPrefixed: Array(recipientName.utf8))
    out.write(varint: zigZag(madeAt))
    out.write(varint: UInt64(changes))
    out.write(content)
    return out.bytes
  }

  /// The count of attachments, the format, and zero bytes up to a length; what does not fit is left out.
  func tail(_ length: Int) -> [UInt8] {
    var out: [UInt8] = []
    for number in [UInt64(attachments), format] {
      var next = ByteWriter()
      next.write(varint: number)
      guard out.count + next.count <= length else { break }
      out += next.bytes
    }
    return out + [UInt8](repeating: 0, count: length - out.count)
  }

  init(
    maker: NodeID, makerName: String, recipient: NodeID, recipientName: String, madeAt: Int64, changes: Int,
    content: Hash256
  ) {
    self.maker = maker
    self.makerName = makerName
    self.recipient = recipient
    self.recipientName = recipientName
    self.madeAt = madeAt
    self.changes = changes
    self.content = content
  }

  /// - Throws: `BundleFault` where the bytes are no manifest, or one that is cut short.
  init(encoded: [UInt8]) throws(BundleFault) {
    let parsed: BundleManifest?
    do {
      parsed = try encoded.withUnsafeBytes { raw in
        var reader = ByteReader(raw)
        return try BundleManifest(reading: &reader)
      }
    } catch {
      throw .cut
    }
    guard let parsed else { throw .notABundle }
    self = parsed
  }

  /// - Returns: nil where the tag is another one.
  private init?(reading reader: inout ByteReader) throws(ByteReader.Fault) {
    guard Array(try reader.read(count: 8)) == HashTag.manifest.bytes else { return nil }
    maker = NodeID(try reader.readHash())
    makerName = String(decoding: try reader.readLengthPrefixed(), as: UTF8.self)
    recipient = NodeID(try reader.readHash())
    recipientName = String(decoding: try reader.readLengthPrefixed(), as: UTF8.self)
    madeAt = unZigZag(try reader.readVarint())
    changes = Int(clamping: try reader.readVarint())
    content = try reader.readHash()
    attachments = Int(clamping: (try? reader.readVarint()) ?? 0)
    format = (try? reader.readVarint()) ?? 0
  }
}
