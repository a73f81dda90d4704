/// Where each mutation of a change stands, so that one can be decoded without the others: an import's change
/// holds some hundred records.
public struct MutationIndex: Sendable {
  private struct Entry {
    var bytes: Range<Int>
    var firstK: UInt32
    var firstLeaf: Int
  }

  private let body: ChangeBody
  private let change: ChangeRef
  private var entries: [Entry] = []
  private var foreignLogs: [LogID] = []
  private var kinds: [KindName] = []

  /// Goes over the skeleton once; leaves are counted, no value is read.
  ///
  /// - Parameters:
  ///   - body: of a change that was checked when it was taken in.
  ///   - change: the change that it belongs to.
  public init(_ body: ChangeBody, of change: ChangeRef) throws(ChangeBody.Fault) {
    self.body = body
    self.change = change
    do {
      try body.bytes.withUnsafeBytes { try read($0) }
    } catch let fault as ChangeBody.Fault {
      throw fault
    } catch {
      throw .malformed
    }
  }

  private mutating func read(_ raw: UnsafeRawBufferPointer) throws {
    var decoder = ChangeDecoder(log: change.log, own: change, body: body, raw: raw)
    var reader = ByteReader(UnsafeRawBufferPointer(rebasing: raw[body.skeleton]))
    var firstK: UInt32 = 1
    var firstLeaf = 0
    while !reader.isAtEnd {
      switch try ProtobufField(from: &reader).pair {
      case (4, .bytes(let log)): try decoder.readForeignLog(log)
      case (5, .bytes(let name)): try decoder.readKind(name)
      case (6, .bytes(let inner)):
        let end = body.skeleton.lowerBound + reader.position
        entries.append(Entry(bytes: end - inner.count..<end, firstK: firstK, firstLeaf: firstLeaf))
        let contents = try decoder.contents(ofMutation: inner)
        firstK += contents.dots
        firstLeaf += contents.leaves
      default: continue
      }
    }
    foreignLogs = decoder.foreignLogs
    kinds = decoder.kinds
  }

  /// - Parameter selection: which cells of a creation are wanted; the others are left out.
  /// - Returns: the mutation and the number of its first dot; nil where there are not so many.
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
