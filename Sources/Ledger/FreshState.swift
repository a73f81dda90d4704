/// The state of a record that one mutation makes and nothing has touched: what `RecordState.apply` followed
/// by `encoded` gives, byte for byte, without the state between. Most records of a bulk load are this.
public enum FreshState {
  /// For each mutation of a change the hash of the state that it makes; nil where it does more than give each cell
  /// of a new record its first value.
  static func hashes(of content: ChangeContent, in change: Change) -> [Hash256?] {
    var firstK: UInt32 = 1
    return content.mutations.map { mutation in
      defer { firstK += UInt32(mutation.dotCount) }
      guard case .id(let record) = mutation.target,
        let state = encoded(mutation, firstK: firstK, of: change.ref, time: change.time)
      else { return nil }
      return RecordState.hash(ofEncoded: state, record: record, space: change.log.space)
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
    guard let creation = mutation.creation, let order = cellOrder(mutation) else { return nil }
    var changes = ChangeTable()
    changes.note(change, time: time)
    var out = ByteWriter(capacity: 768)
    changes.write(to: &out)
    out.write(varint: 1)
    writeDot(firstK, to: &out)
    creation.write(to: &out)
    out.write(varint: UInt64(order.count))
    for (index, k) in order {
      let write = mutation.writes[index]
      let sort = write.content.sort
      out.write(varint: UInt64(write.cell) << 3 | UInt64(sort.rawValue))
      out.write(varint: 0)
      if case .elements(let values) = write.content {
        out.write(varint: UInt64(values.count))
        for (offset, value) in values.enumerated() {
          writeDot(firstK + k + UInt32(offset), to: &out)
          WriteContent.writeElement(value, to: &out)
          out.write(varint: 0)
          out.write(varint: 0)
        }
      } else {
        out.write(varint: 1)
        writeDot(firstK + k, to: &out)
        write.content.write(to: &out)
        out.write(varint: 0)
        out.write(varint: 0)
      }
    }
    return out.bytes
  }

  /// Dots of the only change: its index is 0.
  private static func writeDot(_ k: UInt32, to out: inout ByteWriter) {
    out.write(varint: 0)
    out.write(varint: UInt64(k))
  }

  /// The writes by cell, each with the number of its first dot less the mutation's; nil where a cell comes
  /// twice or a write is no first value.
  private static func cellOrder(_ mutation: Mutation) -> [(index: Int, k: UInt32)]? {
    var order: [(index: Int, k: UInt32)] = []
    order.reserveCapacity(mutation.writes.count)
    var k: UInt32 = 1
    for (index, write) in mutation.writes.enumerated() {
      guard write.supersedes.isEmpty else { return nil }
      switch write.content {
      case .register, .group, .tallyBase, .tallyIncrement: break
      case .elements(let values) where !values.isEmpty: break
      default: return nil
      }
      order.append((index, k))
      k += UInt32(write.content.dotCount)
    }
    func key(_ index: Int) -> (UInt32, CellSort) {
      (mutation.writes[index].cell, mutation.writes[index].content.sort)
    }
    if !zip(order, order.dropFirst()).allSatisfy({ key($0.index) < key($1.index) }) {
      order.sort { key($0.index) < key($1.index) }
      guard zip(order, order.dropFirst()).allSatisfy({ key($0.index) != key($1.index) }) else { return nil }
    }
    return order
  }
}
