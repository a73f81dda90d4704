/// Where a record is: an id means a record within a space.
public struct RecordPlace: Hashable, Sendable {
  public var space: Space
  public var record: RecordID

  public init(space: Space, record: RecordID) {
    self.space = space
    self.record = record
  }
}

extension RecordPlace {
  /// As bodies name a space: section, then code.
  var spaceName: [UInt8] { [space.section.rawValue] + space.division.utf8 }

  /// As it stands in a record's state.
  func write(to out: inout ByteWriter) {
    out.write(byte: space.section.rawValue)
    out.write(lengthPrefixed: space.division.utf8)
    out.write(bytes: record.bytes)
  }

  init(from reader: inout ByteReader) throws(ByteReader.Fault) {
    guard let section = Space.Section(rawValue: try reader.readByte()),
      let division = DivisionCode(try reader.readLengthPrefixed())
    else { throw .truncated }
    let id = RecordID(try reader.read(count: 16))!
    self.init(space: Space(division: division, section: section), record: id)
  }
}

extension Space {
  /// - Parameter name: section, then code.
  init?(named name: UnsafeRawBufferPointer) {
    guard name.count > 1, let section = Section(rawValue: name[0]), let division = DivisionCode(name[1...])
    else { return nil }
    self.init(division: division, section: section)
  }
}
