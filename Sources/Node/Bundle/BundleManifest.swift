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
  /// SHA-256 of the sealed key and of all sealed segments.
  var content: Hash256

  /// Without the count of attachments, which stands behind it (`tail`).
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

  /// The count of attachments, and zero bytes up to a length; these alone where it does not fit.
  func tail(_ length: Int) -> [UInt8] {
    var out = ByteWriter()
    out.write(varint: UInt64(attachments))
    let bytes = out.count <= length ? out.bytes : []
    return bytes + [UInt8](repeating: 0, count: length - bytes.count)
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
  }
}
