/// The states of records that a change makes and nothing has touched: for each what `RecordState.apply` followed by
/// `encoded` gives, byte for byte, without the state between. Most records of a bulk load are this.
public struct FreshState {
  /// The table of changes with which each of these states begins: they refer to one alone.
  private let table: [UInt8]
  private var out = ByteWriter(capacity: 1024)

  /// - Parameter time: the change's time in milliseconds since 1970.
  init(of change: ChangeRef, time: Int64) {
    var changes = ChangeTable()
    changes.note(change, time: time)
    var out = ByteWriter(capacity: 80)
    changes.write(to: &out)
    table = out.bytes
  }

  /// For each mutation of a change the hash of the state that it makes; nil where it does more than give each cell
  /// of a new record its first value.
  static func hashes(of content: ChangeContent, in change: Change) -> [Hash256?] {
    var states = FreshState(of: change.ref, time: change.time)
    var firstK: UInt32 = 1
    return content.mutations.map { mutation in
      defer { firstK += UInt32(mutation.dotCount) }
      guard case .id(let record) = mutation.target else { return nil }
      states.out.removeAll()
      RecordState.writeHashPrefix(of: record, in: change.log.space, to: &states.out)
      return states.write(mutation, firstK: firstK) ? Hash256(hashing: states.out.bytes) : nil
    }
  }

  /// - Parameters:
  ///   - mutation: a creation.
  ///   - firstK: the number of its first dot in its change.
  ///   - time: the change's time in milliseconds since 1970.
  /// - Returns: the encoded state; nil where the mutation does more than give each cell its first value.
  public static func encoded(
    _ mutation: Mutation, firstK: UInt32, of change: ChangeRef, time: Int64
  ) -> [UInt8]? {
    var state = FreshState(of: change, time: time)
    return state.write(mutation, firstK: firstK) ? state.out.bytes : nil
  }

  /// - Returns: false where the mutation does more than give each cell its first value.
  private mutating func write(_ mutation: Mutation, firstK: UInt32) -> Bool {
    guard let creation = mutation.creation, mutation.writes.allSatisfy(FreshState.isFirst) else {
      return false
    }
    out.write(bytes: table)
    out.write(varint: 1)
    writeDot(firstK)
    creation.write(to: &out)
    out.write(varint: UInt64(mutation.writes.count))
    if FreshState.isInOrder(mutation.writes) {
      var k = firstK + 1
      for write in mutation.writes {
        self.write(write, k: k)
        k += UInt32(write.content.dotCount)
      }
      return true
    }
    guard let order = FreshState.order(mutation.writes) else { return false }
    for (index, k) in order { write(mutation.writes[index], k: firstK + k) }
    return true
  }

  private mutating func write(_ write: CellWrite, k: UInt32) {
    out.write(varint: UInt64(write.cell) << 3 | UInt64(write.content.sort.rawValue))
    out.write(varint: 0)
    if case .elements(let values) = write.content {
      out.write(varint: UInt64(values.count))
      for (offset, value) in values.enumerated() {
        writeDot(k + UInt32(offset))
        WriteContent.writeElement(value, to: &out)
        out.write(varint: 0)
        out.write(varint: 0)
      }
    } else {
      out.write(varint: 1)
      writeDot(k)
      write.content.write(to: &out)
      out.write(varint: 0)
      out.write(varint: 0)
    }
  }

  /// Dots of the only change: its index is 0.
  private mutating func writeDot(_ k: UInt32) {
    out.write(varint: 0)
    out.write(varint: UInt64(k))
  }

  /// Whether a write gives its cell a first value and does nothing else.
  private static func isFirst(_ write: CellWrite) -> Bool {
    guard write.supersedes.isEmpty else { return false }
    switch write.content {
    case .register, .group, .tallyBase, .tallyIncrement: return true
    case .elements(let values): return !values.isEmpty
    case .deletion, .restoration, .candidates: return false
    }
  }

  private static func isBefore(_ a: CellWrite, _ b: CellWrite) -> Bool {
    a.cell < b.cell
  }

  private static func isInOrder(_ writes: [CellWrite]) -> Bool {
    writes.indices.dropFirst().allSatisfy { isBefore(writes[$0 - 1], writes[$0]) }
  }

  /// The writes by cell, each with the number of its first dot less the mutation's; nil where a number comes twice, as
  /// of two sorts: what is shown then goes by the order of the cells.
  private static func order(_ writes: [CellWrite]) -> [(index: Int, k: UInt32)]? {
    var order: [(index: Int, k: UInt32)] = []
    order.reserveCapacity(writes.count)
    var k: UInt32 = 1
    for (index, write) in writes.enumerated() {
      order.append((index, k))
      k += UInt32(write.content.dotCount)
    }
    order.sort { isBefore(writes[$0.index], writes[$1.index]) }
    let isStrict = order.indices.dropFirst().allSatisfy {
      isBefore(writes[order[$0 - 1].index], writes[order[$0].index])
    }
    return isStrict ? order : nil
  }
}
