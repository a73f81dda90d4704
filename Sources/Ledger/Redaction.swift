/// Names texts that are erased for good: the leaves of one record's field, in the changes that wrote them.
///
/// Every store that holds it leaves these values out of those changes, also where such a change comes later. Their
/// digests stay, so that the chains verify and merging goes on as before.
public struct Redaction: Hashable, Sendable {
  /// Texts of one change.
  public struct Erased: Hashable, Sendable {
    public var change: ChangeRef
    /// Ascending; counted over all leaves of the change's body from 0.
    public var leaves: [UInt32]

    public init(change: ChangeRef, leaves: [UInt32]) {
      self.change = change
      self.leaves = leaves
    }
  }

  public var space: Space
  public var record: RecordID
  /// The field's cell, and its number within it where that is a group's; else 0.
  public var cell: UInt32
  public var member: UInt32
  /// Why, in the words of who ordered it. It is read by all offices, also those that may not read the record.
  public var reason: String
  public var erased: [Erased]

  public init(
    space: Space, record: RecordID, cell: UInt32, member: UInt32, reason: String, erased: [Erased]
  ) {
    self.space = space
    self.record = record
    self.cell = cell
    self.member = member
    self.reason = reason
    self.erased = erased
  }

  var encoded: [UInt8] {
    var out = ByteWriter()
    out.write(byte: space.section.rawValue)
    out.write(lengthPrefixed: space.division.utf8)
    out.write(bytes: record.bytes)
    out.write(varint: UInt64(cell))
    out.write(varint: UInt64(member))
    out.write(lengthPrefixed: Array(reason.utf8))
    out.write(varint: UInt64(erased.count))
    for one in erased {
      one.change.write(to: &out)
      out.write(varint: UInt64(one.leaves.count))
      for leaf in one.leaves { out.write(varint: UInt64(leaf)) }
    }
    return out.bytes
  }

  init(_ bytes: UnsafeRawBufferPointer) throws {
    var reader = ByteReader(bytes)
    guard let section = Space.Section(rawValue: try reader.readByte()),
      let division = DivisionCode(try reader.readLengthPrefixed()),
      let record = RecordID(try reader.read(count: 16)),
      let cell = UInt32(exactly: try reader.readVarint()),
      let member = UInt32(exactly: try reader.readVarint())
    else { throw ChangeBody.Fault.malformed }
    space = Space(division: division, section: section)
    self.record = record
    self.cell = cell
    self.member = member
    reason = try ChangeDecoder.text(try reader.readLengthPrefixed())
    erased = []
    for _ in 0..<(try reader.readCount()) {
      let change = try ChangeRef(from: &reader)
      guard change.log.space == space else { throw ChangeBody.Fault.malformed }
      erased.append(Erased(change: change, leaves: try Redaction.leaves(from: &reader)))
    }
    guard reader.isAtEnd else { throw ChangeBody.Fault.malformed }
  }

  private static func leaves(from reader: inout ByteReader) throws -> [UInt32] {
    var leaves: [UInt32] = []
    for _ in 0..<(try reader.readCount()) {
      guard let leaf = UInt32(exactly: try reader.readVarint()), leaves.last.map({ $0 < leaf }) ?? true else {
        throw ChangeBody.Fault.notCanonical
      }
      leaves.append(leaf)
    }
    return leaves
  }
}
