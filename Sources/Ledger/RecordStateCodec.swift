/// A record state in bytes: what Store keeps, and what the state's hash is taken over.
///
/// Logs and changes are listed once, ascending, and referred to by their index; so the form is canonical and
/// short. Layout: Protocol/SPEC.md, "Record state".
extension RecordState {
  public var encoded: [UInt8] {
    var changes = ChangeTable()
    for write in creations { changes.note(write.dot.change, time: write.time) }
    for cell in cells {
      for dot in cell.missing { changes.note(dot.change, time: nil) }
      for write in cell.writes {
        changes.note(write.dot.change, time: write.time)
        for dot in write.covers { changes.note(dot.change, time: nil) }
        for origin in write.content.origins { changes.note(origin.change, time: nil) }
      }
    }
    changes.sort()
    var out = ByteWriter(capacity: 384)
    changes.write(to: &out)
    write(to: &out, changes)
    return out.bytes
  }

  private func write(to out: inout ByteWriter, _ changes: ChangeTable) {
    func write(_ dot: Dot) {
      out.write(varint: changes.index(of: dot.change))
      out.write(varint: UInt64(dot.k))
    }
    out.write(varint: UInt64(creations.count))
    for creation in creations {
      write(creation.dot)
      creation.creation.write(to: &out)
    }
    out.write(varint: UInt64(cells.count))
    for cell in cells {
      out.write(varint: UInt64(cell.number) << 3 | UInt64(cell.sort.rawValue))
      out.write(varint: UInt64(cell.missing.count))
      for dot in cell.missing { write(dot) }
      out.write(varint: UInt64(cell.writes.count))
      for living in cell.writes {
        write(living.dot)
        living.writeContent(to: &out)
        for origin in living.content.origins { write(origin) }
        for list in [living.awaits, living.covers] {
          out.write(varint: UInt64(list.count))
          for dot in list { write(dot) }
        }
      }
    }
  }

  /// Reads what `encoded` gives, for a record of `space`.
  public init(_ bytes: UnsafeRawBufferPointer, space: Space) throws(ByteReader.Fault) {
    self.init()
    var reader = ByteReader(bytes)
    var logs: [LogID] = []
    for _ in 0..<(try reader.readCount()) {
      let node = NodeID(try reader.readHash())
      logs.append(LogID(node: node, space: space, epoch: try reader.readBigEndian64()))
    }
    var changes: [(ref: ChangeRef, time: Int64)] = []
    for _ in 0..<(try reader.readCount()) {
      let log = try reader.readIndex(below: logs.count)
      let ref = ChangeRef(
        log: logs[log], n: try reader.readVarint(), hashPrefix: try reader.readBigEndian64())
      let hasTime = try reader.readVarint() == 1
      changes.append((ref, hasTime ? unZigZag(try reader.readVarint()) : 0))
    }
    for _ in 0..<(try reader.readCount()) {
      let (dot, time) = try RecordState.readDot(from: &reader, changes)
      creations.append(CreationWrite(dot: dot, time: time, creation: try Creation(from: &reader)))
    }
    for _ in 0..<(try reader.readCount()) { cells.append(try Cell(from: &reader, changes)) }
    guard reader.isAtEnd else { throw .truncated }
  }

  fileprivate static func readDot(
    from reader: inout ByteReader, _ changes: [(ref: ChangeRef, time: Int64)]
  ) throws(ByteReader.Fault) -> (Dot, Int64) {
    let index = try reader.readIndex(below: changes.count)
    let k = UInt32(truncatingIfNeeded: try reader.readVarint())
    return (Dot(change: changes[index].ref, k: k), changes[index].time)
  }

  fileprivate static func readDots(
    from reader: inout ByteReader, _ changes: [(ref: ChangeRef, time: Int64)]
  ) throws(ByteReader.Fault) -> [Dot] {
    var dots: [Dot] = []
    for _ in 0..<(try reader.readCount()) { dots.append(try readDot(from: &reader, changes).0) }
    return dots
  }

  /// SHA-256(tag ‖ the log-like prefix of the space ‖ record id ‖ encoded state): one term of the fingerprint.
  public func hash(of record: RecordID, in space: Space) -> Hash256 {
    RecordState.hash(ofEncoded: encoded, record: record, space: space)
  }

  public static func hash(ofEncoded state: [UInt8], record: RecordID, space: Space) -> Hash256 {
    var out = ByteWriter(capacity: state.count + 48)
    writeHashPrefix(of: record, in: space, to: &out)
    out.write(bytes: state)
    return Hash256(hashing: out.bytes)
  }

  /// What is hashed before the encoded state.
  static func writeHashPrefix(of record: RecordID, in space: Space, to out: inout ByteWriter) {
    out.write(.recordState)
    out.write(byte: space.section.rawValue)
    out.write(lengthPrefixed: space.division.utf8)
    out.write(bigEndian: record.high)
    out.write(bigEndian: record.low)
  }
}

extension RecordState.Cell {
  fileprivate init(
    from reader: inout ByteReader, _ changes: [(ref: ChangeRef, time: Int64)]
  ) throws(ByteReader.Fault) {
    let header = try reader.readVarint()
    guard let number = UInt32(exactly: header >> 3), let sort = CellSort(rawValue: UInt8(header & 7)) else {
      throw .truncated
    }
    self.init(number: number, sort: sort)
    missing = try RecordState.readDots(from: &reader, changes)
    for _ in 0..<(try reader.readCount()) {
      let (dot, time) = try RecordState.readDot(from: &reader, changes)
      let heir = try reader.readHeir()
      var content = try heir == nil ? WriteContent(from: &reader) : .deletion
      if case .candidates(var list) = content {
        for i in list.indices { list[i].dot = try RecordState.readDot(from: &reader, changes).0 }
        content = .candidates(list)
      }
      var write = RecordState.LivingWrite(dot: dot, time: time, content: content, heir: heir)
      write.awaits = try RecordState.readDots(from: &reader, changes)
      write.covers = try RecordState.readDots(from: &reader, changes)
      writes.append(write)
    }
  }
}

extension Creation {
  func write(to out: inout ByteWriter) {
    out.write(lengthPrefixed: kind.lineage)
    out.write(lengthPrefixed: kind.code)
    out.write(varint: origin == nil ? 0 : 1)
    origin?.write(to: &out)
  }

  fileprivate init(from reader: inout ByteReader) throws(ByteReader.Fault) {
    let lineage = String(decoding: try reader.readLengthPrefixed(), as: UTF8.self)
    let code = String(decoding: try reader.readLengthPrefixed(), as: UTF8.self)
    self.init(kind: KindName(lineage: lineage, code: code))
    guard try reader.readVarint() == 1 else { return }
    origin = try RecordPlace(from: &reader)
  }
}

/// A deletion that names an heir stands in a state under a code of its own, behind those of cells.
private let deletionWithHeir: UInt8 = 8

extension RecordState.LivingWrite {
  fileprivate func writeContent(to out: inout ByteWriter) {
    guard let heir else { return content.write(to: &out) }
    out.write(byte: deletionWithHeir)
    heir.write(to: &out)
  }
}

extension ByteReader {
  /// The heir of a deletion that names one; nil, and nothing is read, where something else stands there.
  fileprivate mutating func readHeir() throws(Fault) -> RecordPlace? {
    var ahead = self
    guard try ahead.readByte() == deletionWithHeir else { return nil }
    self = ahead
    return try RecordPlace(from: &self)
  }
}

extension WriteContent {
  /// An element of a set stands in a state by itself.
  static func writeElement(_ value: Value, to out: inout ByteWriter) {
    out.write(byte: CellCode.elements.rawValue)
    out.write(varint: 1)
    value.writeWithShape(to: &out)
  }

  func write(to out: inout ByteWriter) {
    out.write(byte: CellCode(self).rawValue)
    switch self {
    case .register(let value), .tallyBase(let value): value.writeWithShape(to: &out)
    case .group(let members):
      out.write(varint: UInt64(members.count))
      for member in members {
        out.write(varint: UInt64(member.field))
        member.value.writeWithShape(to: &out)
      }
    case .elements(let values):
      out.write(varint: UInt64(values.count))
      for value in values { value.writeWithShape(to: &out) }
    case .tallyIncrement(let step): out.write(varint: zigZag(step))
    case .deletion, .restoration: break
    case .candidates(let list):
      out.write(varint: UInt64(list.count))
      for candidate in list {
        out.write(varint: zigZag(candidate.time))
        candidate.content.write(to: &out)
      }
    }
  }

  fileprivate init(from reader: inout ByteReader) throws(ByteReader.Fault) {
    guard let code = CellCode(rawValue: try reader.readByte()) else { throw .truncated }
    switch code {
    case .register: self = .register(try Value(withShapeFrom: &reader))
    case .tallyBase: self = .tallyBase(try Value(withShapeFrom: &reader))
    case .group:
      var members: [GroupMember] = []
      for _ in 0..<(try reader.readCount()) {
        let field = UInt32(truncatingIfNeeded: try reader.readVarint())
        members.append(GroupMember(field: field, value: try Value(withShapeFrom: &reader)))
      }
      self = .group(members)
    case .elements:
      var values: [Value] = []
      for _ in 0..<(try reader.readCount()) { values.append(try Value(withShapeFrom: &reader)) }
      self = .elements(values)
    case .tallyIncrement: self = .tallyIncrement(unZigZag(try reader.readVarint()))
    case .deletion: self = .deletion
    case .restoration: self = .restoration
    case .candidates:
      var list: [Candidate] = []
      for _ in 0..<(try reader.readCount()) {
        let time = unZigZag(try reader.readVarint())
        // The dots follow the content; the cell's reader fills them in.
        let dot = Dot(
          change: ChangeRef(
            log: LogID(
              node: NodeID(.zero), space: Space(division: DivisionCode("0")!, section: .records), epoch: 0),
            n: 0, hashPrefix: 0), k: 0)
        list.append(Candidate(dot: dot, time: time, content: try WriteContent(from: &reader)))
      }
      self = .candidates(list)
    }
  }
}

extension Value {
  func writeWithShape(to out: inout ByteWriter) {
    out.write(byte: shape)
    writePayload(to: &out)
  }

  fileprivate init(withShapeFrom reader: inout ByteReader) throws(ByteReader.Fault) {
    let shape = try reader.readByte()
    self = try Value(shape: shape, from: &reader)
  }
}

extension ByteReader {
  mutating func readIndex(below count: Int) throws(Fault) -> Int {
    let index = try readVarint()
    guard index < UInt64(count) else { throw .truncated }
    return Int(index)
  }
}
