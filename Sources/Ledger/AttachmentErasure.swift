/// The content of one record's attachment is to be nowhere any more. What the record says of it stays.
public struct AttachmentErasure: Hashable, Sendable {
  public var space: Space
  public var record: RecordID
  /// SHA-256 of the content.
  public var content: Hash256
  public var reason: String

  public init(space: Space, record: RecordID, content: Hash256, reason: String) {
    self.space = space
    self.record = record
    self.content = content
    self.reason = reason
  }

  /// Section (1) ‖ lp(division) ‖ record (16) ‖ SHA-256 (32) ‖ lp(reason).
  var encoded: [UInt8] {
    var out = ByteWriter()
    out.write(byte: space.section.rawValue)
    out.write(lengthPrefixed: Array(space.division.utf8))
    out.write(bytes: record.bytes)
    out.write(content)
    out.write(lengthPrefixed: Array(reason.utf8))
    return out.bytes
  }

  /// - Throws: where the bytes are none. Nothing stands behind it.
  init(_ bytes: UnsafeRawBufferPointer) throws {
    var reader = ByteReader(bytes)
    let section = Space.Section(rawValue: try reader.readByte())
    let division = DivisionCode(try reader.readLengthPrefixed())
    guard let section, let division, let record = RecordID(try reader.read(count: 16)) else {
      throw ChangeBody.Fault.malformed
    }
    space = Space(division: division, section: section)
    self.record = record
    content = try reader.readHash()
    reason = try ChangeDecoder.text(try reader.readLengthPrefixed())
    guard reader.isAtEnd else { throw ChangeBody.Fault.malformed }
  }
}
