/// The cells of one mutation: what the skeleton says of them, and their values out of the leaves.
extension ChangeDecoder {
  /// The values of one mutation: its value leaf (absent where no cell has a value that needs one), and
  /// then a leaf a text.
  private struct Values {
    var reader: ByteReader?
    var nextText: Int
    /// Whether no text is made of what is read, because nobody wants it.
    var isPassingOver = false
  }

  /// - Parameter wanted: a bit a cell whose write is wanted; nil for all.
  mutating func writes(
    cells: UnsafeRawBufferPointer, links: [Link], wanted: [UInt64]?
  ) throws -> [CellWrite] {
    var values = Values(reader: nil, nextText: nextLeaf)
    var contents = CellContents()
    try scan(cells, &contents)
    try count(parts: contents.parts)
    if contents.needsValueLeaf {
      values.reader = ByteReader(try leaf(nextLeaf))
      values.nextText += 1
    }
    var reader = ByteReader(cells)
    var writes: [CellWrite] = []
    var place = 0
    var rest = links[...]
    while !reader.isAtEnd {
      let header = try reader.readVarint()
      guard let cell = UInt32(exactly: header >> 3) else { throw ChangeBody.Fault.malformed }
      let code = CellCode(rawValue: UInt8(header & 7))!
      let link = rest.first?.cell == place ? rest.popFirst() : nil
      place += 1
      let isWanted = ChangeDecoder.contains(wanted, cell)
      values.isPassingOver = !isWanted
      let content = try content(code, from: &reader, values: &values, origins: link?.origins ?? [])
      if case .candidates = content {
      } else if link?.origins.isEmpty == false {
        throw ChangeBody.Fault.malformed
      }
      guard link?.heir == nil || content == .deletion else { throw ChangeBody.Fault.malformed }
      guard (cell == CellWrite.existenceCell) == (content.sort == .existence) else {
        throw ChangeBody.Fault.malformed
      }
      if isWanted {
        writes.append(
          CellWrite(cell: cell, content: content, supersedes: link?.supersedes ?? [], heir: link?.heir))
      }
    }
    guard rest.isEmpty else { throw ChangeBody.Fault.malformed }
    if let rest = values.reader, !rest.isAtEnd { throw ChangeBody.Fault.leavesDoNotFit }
    nextLeaf = values.nextText
    return writes
  }

  private static func contains(_ wanted: [UInt64]?, _ cell: UInt32) -> Bool {
    guard let wanted else { return true }
    let word = Int(cell / 64)
    return word < wanted.count && wanted[word] & 1 << UInt64(cell % 64) != 0
  }

  private func content(
    _ code: CellCode, from reader: inout ByteReader, values: inout Values, origins: [Dot]
  ) throws -> WriteContent {
    switch code {
    case .register: return .register(try value(shape: try shape(&reader), &values))
    case .tallyBase: return .tallyBase(try value(shape: try shape(&reader), &values))
    case .tallyIncrement: return .tallyIncrement(unZigZag(try reader.readVarint()))
    case .deletion: return .deletion
    case .restoration: return .restoration
    case .elements:
      let count = try reader.readCount()
      var elements: [Value] = []
      for _ in 0..<count { elements.append(try value(shape: try shape(&reader), &values)) }
      return .elements(elements)
    case .group:
      let count = try reader.readCount()
      var members: [GroupMember] = []
      for _ in 0..<count {
        let header = try reader.readVarint()
        guard let field = UInt32(exactly: header >> 4), members.last.map({ $0.field < field }) ?? true else {
          throw ChangeBody.Fault.notCanonical
        }
        members.append(GroupMember(field: field, value: try value(shape: UInt8(header & 15), &values)))
      }
      return .group(members)
    case .candidates:
      let count = try reader.readCount()
      guard count == origins.count, count > 0 else { throw ChangeBody.Fault.malformed }
      var candidates: [Candidate] = []
      for index in 0..<count {
        let time = unZigZag(try reader.readVarint())
        let inner = try candidateCode(&reader)
        let content = try content(inner, from: &reader, values: &values, origins: [])
        candidates.append(Candidate(dot: origins[index], time: time, content: content))
      }
      return .candidates(candidates)
    }
  }

  /// What sort of write a candidate was.
  private func candidateCode(_ reader: inout ByteReader) throws -> CellCode {
    guard let number = UInt8(exactly: try reader.readVarint()), let code = CellCode(rawValue: number),
      code != .candidates, code != .elements
    else { throw ChangeBody.Fault.malformed }
    return code
  }

  private func shape(_ reader: inout ByteReader) throws -> UInt8 {
    let shape = try reader.readVarint()
    guard shape < 16 else { throw Stop.newerFormat }
    return UInt8(shape)
  }

  private func value(shape: UInt8, _ values: inout Values) throws -> Value {
    switch shape & 3 {
    case 0:
      var nothing = ByteReader(UnsafeRawBufferPointer(start: nil, count: 0))
      return try Value(shape: shape, from: &nothing)
    case 3:
      let index = values.nextText
      values.nextText += 1
      if index < body.leaves.count, case .erased = body.leaves[index] { return .erased }
      let bytes = try leaf(index)
      if values.isPassingOver { return .null }
      return shape == 3 ? .text(try ChangeDecoder.text(bytes)) : Value(shape: shape, bytes: bytes)
    default:
      guard var ahead = values.reader else { throw ChangeBody.Fault.leavesDoNotFit }
      // A code and a decimal are texts; what is no UTF-8 would have no one spelling in a record's state.
      if shape == 2 || shape == 6 { _ = try ChangeDecoder.text(try ahead.readLengthPrefixed()) }
      return try Value(shape: shape, from: &values.reader!)
    }
  }

  private func leaf(_ index: Int) throws -> UnsafeRawBufferPointer {
    guard index < body.leaves.count else { throw ChangeBody.Fault.leavesDoNotFit }
    switch body.leaves[index] {
    case .value(let range), .salted(_, let range): return UnsafeRawBufferPointer(rebasing: raw[range])
    case .erased: throw ChangeBody.Fault.erasedLeaf
    }
  }

  /// What a run of cells asks for, without its values.
  struct CellContents {
    var needsValueLeaf = false
    var texts = 0
    var dots: UInt32 = 0
    /// Cells, elements, members and candidates.
    var parts = 0
    var leaves: Int { texts + (needsValueLeaf ? 1 : 0) }

    mutating func note(shape: UInt64) {
      switch shape & 3 {
      case 1, 2: needsValueLeaf = true
      case 3: texts += 1
      default: break
      }
    }
  }

  func scan(_ cells: UnsafeRawBufferPointer, _ contents: inout CellContents) throws {
    var reader = ByteReader(cells)
    while !reader.isAtEnd {
      let header = try reader.readVarint()
      let code = CellCode(rawValue: UInt8(header & 7))!
      let before = contents.dots
      contents.parts += 1
      try scan(code, &reader, &contents)
      if code != .elements { contents.dots = before + 1 }
    }
  }

  private func scan(_ code: CellCode, _ reader: inout ByteReader, _ contents: inout CellContents) throws {
    switch code {
    case .register, .tallyBase: contents.note(shape: try reader.readVarint())
    case .tallyIncrement: _ = try reader.readVarint()
    case .deletion, .restoration: break
    case .elements, .group:
      for _ in 0..<(try reader.readCount()) {
        contents.note(shape: try reader.readVarint())
        contents.dots += 1
        contents.parts += 1
      }
    case .candidates:
      for _ in 0..<(try reader.readCount()) {
        _ = try reader.readVarint()
        contents.parts += 1
        try scan(try candidateCode(&reader), &reader, &contents)
      }
    }
  }
}

extension ByteReader {
  /// A count of things of at least one byte each: never more than what is left.
  mutating func readCount() throws(Fault) -> Int {
    let count = try readVarint()
    guard count <= UInt64(remaining) else { throw .truncated }
    return Int(count)
  }
}
