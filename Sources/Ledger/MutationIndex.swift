/// Where each mutation of a change stands, so that one can be decoded without the others: an import's change
/// holds some hundred records.
public struct MutationIndex: Sendable {
  private struct Entry {
    var bytes: Range<Int>
    var firstK: UInt32
    var firstLeaf: Int
  }

  let body: ChangeBody
  private let change: ChangeRef
  private var entries: [Entry] = []
  private var foreignLogs: [LogID] = []
  private var kinds: [KindName] = []
  /// How far the skeleton was gone over, and what the next mutation begins with.
  private var next: Int
  private var firstK: UInt32 = 1
  private var firstLeaf = 0

  /// - Parameters:
  ///   - body: of a change that was checked when it was taken in.
  ///   - change: the change that it belongs to.
  public init(_ body: ChangeBody, of change: ChangeRef) {
    self.body = body
    self.change = change
    next = body.skeleton.lowerBound
  }

  /// About what it takes in memory, the body included.
  public var byteCount: Int {
    body.bytes.count + body.leaves.count * MemoryLayout<ChangeBody.Leaf>.stride
      + entries.count * MemoryLayout<Entry>.stride
  }

  /// Whether the skeleton was gone over as far as a mutation stands, or to its end.
  public func reaches(_ position: Int) -> Bool {
    position < entries.count || next == body.skeleton.upperBound
  }

  /// Goes over the skeleton as far as a mutation stands, the second time to its end: who wants one record of a
  /// change often wants no other. Leaves are counted, no value is read.
  public mutating func reach(_ position: Int) throws(ChangeBody.Fault) {
    do {
      let last = entries.isEmpty ? position : .max
      try body.bytes.withUnsafeBytes { try read($0, through: last) }
    } catch let fault as ChangeBody.Fault {
      throw fault
    } catch {
      throw .malformed
    }
  }

  private mutating func read(_ raw: UnsafeRawBufferPointer, through last: Int) throws {
    var decoder = ChangeDecoder(log: change.log, own: change, body: body, raw: raw)
    decoder.foreignLogs = foreignLogs
    decoder.kinds = kinds
    let start = next
    var reader = ByteReader(UnsafeRawBufferPointer(rebasing: raw[start..<body.skeleton.upperBound]))
    // Logs and kinds stand before the mutations.
    while !reader.isAtEnd, entries.count <= last {
      switch try ProtobufField(from: &reader).pair {
      case (4, .bytes(let log)): try decoder.readForeignLog(log)
      case (5, .bytes(let name)): try decoder.readKind(name)
      case (6, .bytes(let inner)):
        let end = start + reader.position
        entries.append(Entry(bytes: end - inner.count..<end, firstK: firstK, firstLeaf: firstLeaf))
        let contents = try decoder.contents(ofMutation: inner)
        firstK += contents.dots
        firstLeaf += contents.leaves
      default: continue
      }
    }
    next = start + reader.position
    foreignLogs = decoder.foreignLogs
    kinds = decoder.kinds
  }

  /// How many mutations were gone over.
  var count: Int { entries.count }

  /// Where a mutation stands in the body's bytes, and the number of its first leaf.
  func place(of position: Int) -> (bytes: Range<Int>, firstLeaf: Int)? {
    guard entries.indices.contains(position) else { return nil }
    return (entries[position].bytes, entries[position].firstLeaf)
  }

  /// - Parameter selection: which cells of a creation are wanted; the others are left out.
  /// - Returns: the mutation and the number of its first dot; nil where there are not so many, or the skeleton was
  ///   not gone over so far (`reach`).
  public func mutation(
    at position: Int, selection: CellSelection? = nil
  ) throws(ChangeBody.Fault) -> (mutation: Mutation, firstK: UInt32)? {
    guard entries.indices.contains(position) else { return nil }
    let entry = entries[position]
    do {
      let mutation = try body.bytes.withUnsafeBytes { raw in
        var decoder = ChangeDecoder(log: change.log, own: change, body: body, raw: raw)
        decoder.foreignLogs = foreignLogs
        decoder.kinds = kinds
        decoder.usedLogs = foreignLogs.count
        decoder.usedKinds = kinds.count
        decoder.nextLeaf = entry.firstLeaf
        decoder.selection = selection
        return try decoder.mutation(UnsafeRawBufferPointer(rebasing: raw[entry.bytes]))
      }
      return (mutation, entry.firstK)
    } catch let fault as ChangeBody.Fault {
      throw fault
    } catch {
      throw .malformed
    }
  }
}

extension ChangeDecoder {
  fileprivate func contents(ofMutation bytes: UnsafeRawBufferPointer) throws -> CellContents {
    var reader = ByteReader(bytes)
    var contents = CellContents()
    var made: UInt32 = 0
    while !reader.isAtEnd {
      switch try ProtobufField(from: &reader).pair {
      case (4, _): made += 1
      case (5, .bytes(let cells)): try scan(cells, &contents)
      default: continue
      }
    }
    contents.dots += made
    return contents
  }
}
