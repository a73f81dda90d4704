internal import Ledger

/// How much of what a node wrote counts, in bytes: for this store alone, so that what waits for something can tell
/// whether it may come yet.
///
/// Counts are varints, lists length-prefixed: the revocations; the rulings; 0, or 1 and each certificate's divisions and
/// narrowings. What one names stands as in a revocation (Protocol/SPEC.md, "Statements").
extension Honoured {
  var encoded: [UInt8] {
    var out = ByteWriter()
    out.write(revocations)
    out.write(rulings)
    out.write(byte: ways == nil ? 0 : 1)
    guard let ways else { return out.bytes }
    out.write(varint: UInt64(ways.count))
    for way in ways {
      out.write(varint: UInt64(way.divisions.count))
      for division in way.divisions.sorted() { out.write(lengthPrefixed: division.utf8) }
      out.write(way.narrowings)
    }
    return out.bytes
  }

  /// - Throws: `StoreError.damaged` where that is no such value.
  init(encoded: [UInt8]) throws {
    do {
      self = try encoded.withUnsafeBytes { raw in
        var reader = ByteReader(raw)
        let (revocations, rulings) = (try reader.readHeads(), try reader.readHeads())
        guard try reader.readByte() == 1 else {
          return Honoured(revocations: revocations, rulings: rulings)
        }
        let ways = try (0..<reader.readVarint()).map { _ in
          let divisions = try (0..<reader.readVarint()).compactMap { _ in
            DivisionCode(String(decoding: try reader.readLengthPrefixed(), as: UTF8.self))
          }
          return Way(divisions: Set(divisions), narrowings: try reader.readHeads())
        }
        return Honoured(revocations: revocations, rulings: rulings, ways: ways)
      }
    } catch {
      throw StoreError.damaged("how an office stands")
    }
  }
}

extension ByteWriter {
  fileprivate mutating func write(_ lists: [Honoured.Heads]) {
    write(varint: UInt64(lists.count))
    for heads in lists {
      let all = Revocation(node: NodeID(.zero), honoured: heads.values.joined().sorted(), reason: "")
      write(lengthPrefixed: Statement.revocation(all).payload)
    }
  }
}

extension ByteReader {
  fileprivate mutating func readHeads() throws -> [Honoured.Heads] {
    try (0..<readVarint()).map { _ in
      let payload = Array(try readLengthPrefixed())
      guard case .revocation(let all) = try Statement(type: 3, payload: payload) else {
        throw StoreError.damaged("how an office stands")
      }
      return Dictionary(grouping: all.honoured, by: \.log)
    }
  }
}
