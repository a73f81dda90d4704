/// Where a text of a change lies, and which field it is a value of.
public struct TextLeaf: Hashable, Sendable {
  public var cell: UInt32
  /// The field's number where the cell is a group; else 0.
  public var member: UInt32
  /// Counted over all leaves of the change's body from 0.
  public var leaf: UInt32
}

extension MutationIndex {
  /// The texts of one mutation, candidates' included, in the order of their leaves; erased ones are among them.
  ///
  /// - Returns: none where there are not so many mutations, or the skeleton was not gone over so far (`reach`).
  public func textLeaves(at position: Int) throws(ChangeBody.Fault) -> [TextLeaf] {
    guard let (bytes, first) = place(of: position) else { return [] }
    do {
      return try body.bytes.withUnsafeBytes { raw in
        var reader = ByteReader(UnsafeRawBufferPointer(rebasing: raw[bytes]))
        while !reader.isAtEnd {
          if case (5, .bytes(let cells)) = try ProtobufField(from: &reader).pair {
            return try TextLeafReader.read(cells, from: first)
          }
        }
        return []
      }
    } catch let fault as ChangeBody.Fault {
      throw fault
    } catch {
      throw .malformed
    }
  }

  /// The positions of the mutations that some of these leaves belong to. The skeleton must have been gone over.
  public func mutations(with leaves: Set<Int>) -> [Int] {
    (0..<count).filter { position in
      guard let (_, first) = place(of: position) else { return false }
      let end = place(of: position + 1)?.firstLeaf ?? .max
      return leaves.contains { $0 >= first && $0 < end }
    }
  }
}

/// Goes over the cells of a mutation, counting leaves as `ChangeDecoder` does.
private struct TextLeafReader {
  private var found: [TextLeaf] = []
  private var cell: UInt32 = 0
  private var hasValueLeaf = false
  private var texts: UInt32 = 0

  static func read(_ cells: UnsafeRawBufferPointer, from first: Int) throws -> [TextLeaf] {
    var state = TextLeafReader()
    var reader = ByteReader(cells)
    while !reader.isAtEnd {
      let header = try reader.readVarint()
      state.cell = UInt32(truncatingIfNeeded: header >> 3)
      try state.read(CellCode(rawValue: UInt8(header & 7))!, &reader)
    }
    // The other values of the mutation are one leaf before the texts.
    let offset = UInt32(first) + (state.hasValueLeaf ? 1 : 0)
    return state.found.map { TextLeaf(cell: $0.cell, member: $0.member, leaf: $0.leaf + offset) }
  }

  private mutating func read(_ code: CellCode, _ reader: inout ByteReader) throws {
    switch code {
    case .register, .tallyBase: note(shape: try reader.readVarint(), member: 0)
    case .tallyIncrement: _ = try reader.readVarint()
    case .deletion, .restoration: break
    case .elements:
      for _ in 0..<(try reader.readCount()) { note(shape: try reader.readVarint(), member: 0) }
    case .group:
      for _ in 0..<(try reader.readCount()) {
        let header = try reader.readVarint()
        note(shape: header & 15, member: UInt32(truncatingIfNeeded: header >> 4))
      }
    case .candidates:
      for _ in 0..<(try reader.readCount()) {
        _ = try reader.readVarint()
        guard let number = UInt8(exactly: try reader.readVarint()), let inner = CellCode(rawValue: number)
        else {
          throw ChangeBody.Fault.malformed
        }
        try read(inner, &reader)
      }
    }
  }

  private mutating func note(shape: UInt64, member: UInt32) {
    switch shape & 3 {
    case 1, 2: hasValueLeaf = true
    case 3:
      found.append(TextLeaf(cell: cell, member: member, leaf: texts))
      texts += 1
    default: break
    }
  }
}
