/// Decodes a change's body. Strict: what the encoder would have written differently is refused, so that
/// one content has one spelling; fields with higher numbers are a newer format's and are passed over.
public struct ChangeDecoder {
  private let log: LogID
  private let own: ChangeRef
  private let body: ChangeBody
  private let raw: UnsafeRawBufferPointer
  private var nextLeaf = 0
  private var foreignLogs: [LogID] = []
  private var kinds: [KindName] = []

  private enum Stop: Error { case newerFormat }

  /// - Parameters:
  ///   - change: the change that the body belongs to (its log says what own references mean).
  ///   - previousTime: the time of the log's previous change in milliseconds, 0 for the first.
  public static func decode(
    _ body: ChangeBody, of change: ChangeRef, previousTime: Int64
  ) throws(ChangeBody.Fault) -> ChangeContent {
    do {
      return try body.bytes.withUnsafeBytes { raw in
        var decoder = ChangeDecoder(log: change.log, own: change, body: body, raw: raw)
        return try decoder.content(previousTime: previousTime)
      }
    } catch let fault as ChangeBody.Fault {
      throw fault
    } catch {
      throw .malformed
    }
  }

  /// One mutation of a change, and the number of its first dot; the others are passed over.
  public static func decodeMutation(
    at position: Int, _ body: ChangeBody, of change: ChangeRef
  ) throws(ChangeBody.Fault) -> (mutation: Mutation, firstK: UInt32)? {
    do {
      return try body.bytes.withUnsafeBytes { raw in
        var decoder = ChangeDecoder(log: change.log, own: change, body: body, raw: raw)
        return try decoder.onlyMutation(at: position)
      }
    } catch let fault as ChangeBody.Fault {
      throw fault
    } catch {
      throw .malformed
    }
  }

  private mutating func onlyMutation(at position: Int) throws -> (mutation: Mutation, firstK: UInt32)? {
    var reader = ByteReader(UnsafeRawBufferPointer(rebasing: raw[body.skeleton]))
    var index = 0
    var firstK: UInt32 = 1
    while !reader.isAtEnd {
      let field = try ProtobufField(from: &reader)
      switch field.pair {
      case (4, .bytes(let other)): try readForeignLog(other)
      case (5, .bytes(let name)):
        guard let kind = KindName(joined: try ChangeDecoder.text(name)) else {
          throw ChangeBody.Fault.malformed
        }
        kinds.append(kind)
      case (6, .bytes(let inner)):
        if index == position { return (try mutation(inner), firstK) }
        index += 1
        firstK += try passOver(inner)
      default: continue
      }
    }
    return nil
  }

  /// Steps over a mutation: its leaves are counted, its values are not read.
  /// - Returns: how many dots it takes.
  private mutating func passOver(_ bytes: UnsafeRawBufferPointer) throws -> UInt32 {
    var reader = ByteReader(bytes)
    var contents = CellContents()
    while !reader.isAtEnd {
      switch try ProtobufField(from: &reader).pair {
      case (4, _): contents.dots += 1
      case (5, .bytes(let cells)): try scan(cells, &contents)
      default: continue
      }
    }
    nextLeaf += contents.texts + (contents.needsValueLeaf ? 1 : 0)
    return contents.dots
  }

  private init(log: LogID, own: ChangeRef, body: ChangeBody, raw: UnsafeRawBufferPointer) {
    self.log = log
    self.own = own
    self.body = body
    self.raw = raw
  }

  private mutating func content(previousTime: Int64) throws -> ChangeContent {
    var content = ChangeContent(time: previousTime)
    var reader = ByteReader(UnsafeRawBufferPointer(rebasing: raw[body.skeleton]))
    var last: UInt64 = 0
    while !reader.isAtEnd {
      let field = try ProtobufField(from: &reader)
      try field.follows(last, repeated: [4, 5, 6, 7])
      last = field.number
      switch (field.number, field.content) {
      case (1, .varint(let delta)):
        guard delta != 0 else { throw ChangeBody.Fault.notCanonical }
        content.time = previousTime &+ unZigZag(delta)
      case (2, .bytes(let name)):
        content.operatorName = try ChangeDecoder.text(name)
        guard !name.isEmpty else { throw ChangeBody.Fault.notCanonical }
      case (3, .bytes(let hash)):
        guard let hash = Hash256(hash) else { throw ChangeBody.Fault.malformed }
        content.certificate = hash
      case (4, .bytes(let other)): try readForeignLog(other)
      case (5, .bytes(let name)):
        guard let kind = KindName(joined: try ChangeDecoder.text(name)), !kinds.contains(kind) else {
          throw ChangeBody.Fault.notCanonical
        }
        kinds.append(kind)
      case (6, .bytes(let mutation)):
        guard !content.hasUnknownParts else { continue }
        do {
          content.mutations.append(try self.mutation(mutation))
        } catch Stop.newerFormat {
          content.hasUnknownParts = true
        }
      case (7, .bytes(let statement)): content.statements.append(try self.statement(statement))
      case (8..., _): content.hasUnknownParts = true
      default: throw ChangeBody.Fault.malformed
      }
    }
    guard nextLeaf == body.leaves.count || content.hasUnknownParts else {
      throw ChangeBody.Fault.leavesDoNotFit
    }
    return content
  }

  private mutating func readForeignLog(_ bytes: UnsafeRawBufferPointer) throws {
    guard bytes.count == 40, let node = NodeID(bytes[0..<32]) else { throw ChangeBody.Fault.malformed }
    let epoch = bytes.loadUnaligned(fromByteOffset: 32, as: UInt64.self).bigEndian
    let other = LogID(node: node, space: log.space, epoch: epoch)
    guard other != log, !foreignLogs.contains(other) else { throw ChangeBody.Fault.notCanonical }
    foreignLogs.append(other)
  }

  private func statement(_ bytes: UnsafeRawBufferPointer) throws -> Statement {
    var reader = ByteReader(bytes)
    guard case (1, .varint(let type)) = try ProtobufField(from: &reader).pair,
      case (2, .bytes(let payload)) = try ProtobufField(from: &reader).pair, reader.isAtEnd
    else { throw ChangeBody.Fault.malformed }
    return try Statement(type: type, payload: payload)
  }

  private mutating func mutation(_ bytes: UnsafeRawBufferPointer) throws -> Mutation {
    var reader = ByteReader(bytes)
    var target: Mutation.Target?
    var madeIn: UInt64?
    var creation: Creation?
    var cells: UnsafeRawBufferPointer?
    var links: [Link] = []
    var last: UInt64 = 0
    while !reader.isAtEnd {
      let field = try ProtobufField(from: &reader)
      try field.follows(last, repeated: [6])
      last = field.number
      switch field.pair {
      case (1, .bytes(let id)):
        guard let id = RecordID(id) else { throw ChangeBody.Fault.malformed }
        target = .id(id)
      case (2, .varint(let n)): madeIn = n
      case (3, .varint(let k)):
        guard let n = madeIn, n > 0, n <= own.n, k > 0, let k = UInt32(exactly: k) else {
          throw ChangeBody.Fault.malformed
        }
        target = .madeHere(n: n, k: k)
      case (4, .bytes(let inner)): creation = try self.creation(inner)
      case (5, .bytes(let run)): cells = run
      case (6, .bytes(let inner)): links.append(try link(inner, after: links.last?.cell))
      case (7..., _): throw Stop.newerFormat
      default: throw ChangeBody.Fault.malformed
      }
    }
    guard let target, madeIn == nil || target.isMadeHere else { throw ChangeBody.Fault.malformed }
    let writes = try writes(cells: cells ?? UnsafeRawBufferPointer(start: nil, count: 0), links: links)
    return Mutation(target: target, creation: creation, writes: writes)
  }

  private func creation(_ bytes: UnsafeRawBufferPointer) throws -> Creation {
    var reader = ByteReader(bytes)
    var index = 0
    var origin: Creation.Origin?
    var space: Space?
    var last: UInt64 = 0
    while !reader.isAtEnd {
      let field = try ProtobufField(from: &reader)
      try field.follows(last, repeated: [])
      last = field.number
      switch field.pair {
      case (1, .varint(let kind)):
        guard kind > 0, kind < UInt64(kinds.count) else { throw ChangeBody.Fault.malformed }
        index = Int(kind)
      case (2, .bytes(let name)):
        guard name.count > 1, let section = Space.Section(rawValue: name[0]),
          let division = DivisionCode(name[1...])
        else { throw ChangeBody.Fault.malformed }
        space = Space(division: division, section: section)
      case (3, .bytes(let id)):
        guard let space, let id = RecordID(id) else { throw ChangeBody.Fault.malformed }
        origin = Creation.Origin(space: space, record: id)
      case (4..., _): throw Stop.newerFormat
      default: throw ChangeBody.Fault.malformed
      }
    }
    guard index < kinds.count, space == nil || origin != nil else { throw ChangeBody.Fault.malformed }
    return Creation(kind: kinds[index], origin: origin)
  }

  // MARK: cells

  /// The values of one mutation: its value leaf (absent where no cell has a value that needs one), and
  /// then a leaf a text.
  private struct Values {
    var reader: ByteReader?
    var nextText: Int
  }

  private mutating func writes(cells: UnsafeRawBufferPointer, links: [Link]) throws -> [CellWrite] {
    var values = Values(reader: nil, nextText: nextLeaf)
    var contents = CellContents()
    try scan(cells, &contents)
    if contents.needsValueLeaf {
      values.reader = ByteReader(try leaf(nextLeaf))
      values.nextText += 1
    }
    var reader = ByteReader(cells)
    var writes: [CellWrite] = []
    while !reader.isAtEnd {
      let header = try reader.readVarint()
      guard let cell = UInt32(exactly: header >> 3) else { throw ChangeBody.Fault.malformed }
      let code = CellCode(rawValue: UInt8(header & 7))!
      let link = links.first { $0.cell == writes.count }
      let content = try content(code, from: &reader, values: &values, origins: link?.origins ?? [])
      if case .candidates = content {
      } else if link?.origins.isEmpty == false {
        throw ChangeBody.Fault.malformed
      }
      guard (cell == CellWrite.existenceCell) == (content.sort == .existence) else {
        throw ChangeBody.Fault.malformed
      }
      writes.append(CellWrite(cell: cell, content: content, supersedes: link?.supersedes ?? []))
    }
    guard links.allSatisfy({ $0.cell < writes.count }) else { throw ChangeBody.Fault.malformed }
    if let rest = values.reader, !rest.isAtEnd { throw ChangeBody.Fault.leavesDoNotFit }
    nextLeaf = values.nextText
    return writes
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
        guard let inner = CellCode(rawValue: UInt8(truncatingIfNeeded: try reader.readVarint())),
          inner != .candidates, inner != .elements
        else { throw ChangeBody.Fault.malformed }
        let content = try content(inner, from: &reader, values: &values, origins: [])
        candidates.append(Candidate(dot: origins[index], time: time, content: content))
      }
      return .candidates(candidates)
    }
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
      let bytes = try leaf(values.nextText)
      values.nextText += 1
      return shape == 3 ? .text(try ChangeDecoder.text(bytes)) : Value(shape: shape, bytes: bytes)
    default:
      guard values.reader != nil else { throw ChangeBody.Fault.leavesDoNotFit }
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
  private struct CellContents {
    var needsValueLeaf = false
    var texts = 0
    var dots: UInt32 = 0

    mutating func note(shape: UInt64) {
      switch shape & 3 {
      case 1, 2: needsValueLeaf = true
      case 3: texts += 1
      default: break
      }
    }
  }

  private func scan(_ cells: UnsafeRawBufferPointer, _ contents: inout CellContents) throws {
    var reader = ByteReader(cells)
    while !reader.isAtEnd {
      let header = try reader.readVarint()
      let code = CellCode(rawValue: UInt8(header & 7))!
      let before = contents.dots
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
      }
    case .candidates:
      for _ in 0..<(try reader.readCount()) {
        _ = try reader.readVarint()
        guard let inner = CellCode(rawValue: UInt8(truncatingIfNeeded: try reader.readVarint())),
          inner != .candidates
        else { throw ChangeBody.Fault.malformed }
        try scan(inner, &reader, &contents)
      }
    }
  }

  // MARK: links

  private struct Link {
    var cell = 0
    var supersedes: [Dot] = []
    var origins: [Dot] = []
  }

  private func link(_ bytes: UnsafeRawBufferPointer, after previous: Int?) throws -> Link {
    var reader = ByteReader(bytes)
    var link = Link()
    var runs: [UInt64: UnsafeRawBufferPointer] = [:]
    var last: UInt64 = 0
    while !reader.isAtEnd {
      let field = try ProtobufField(from: &reader)
      try field.follows(last, repeated: [])
      last = field.number
      switch field.pair {
      case (1, .varint(let cell)):
        guard cell > 0, let cell = Int(exactly: cell) else { throw ChangeBody.Fault.notCanonical }
        link.cell = cell
      case (2...5, .bytes(let run)): runs[last] = run
      case (6..., _): throw Stop.newerFormat
      default: throw ChangeBody.Fault.malformed
      }
    }
    guard previous.map({ $0 < link.cell }) ?? true else { throw ChangeBody.Fault.notCanonical }
    link.supersedes = try dots(runs[2], hashes: runs[3])
    guard zip(link.supersedes, link.supersedes.dropFirst()).allSatisfy({ $0 < $1 }) else {
      throw ChangeBody.Fault.notCanonical
    }
    link.origins = try dots(runs[4], hashes: runs[5])
    guard !link.supersedes.isEmpty || !link.origins.isEmpty else { throw ChangeBody.Fault.notCanonical }
    return link
  }

  private func dots(_ run: UnsafeRawBufferPointer?, hashes: UnsafeRawBufferPointer?) throws -> [Dot] {
    guard let run else { return [] }
    var reader = ByteReader(run)
    var hashReader = ByteReader(hashes ?? UnsafeRawBufferPointer(start: nil, count: 0))
    var dots: [Dot] = []
    while !reader.isAtEnd {
      let index = try reader.readVarint()
      let n = try reader.readVarint()
      let count = try reader.readVarint()
      guard index <= UInt64(foreignLogs.count), count > 0, n > 0, count <= UInt64(reader.remaining) else {
        throw ChangeBody.Fault.malformed
      }
      // A reference within the own log needs no hash: it lies on this very branch.
      let prefix = index == 0 ? 0 : try hashReader.readBigEndian64()
      guard index > 0 || n < own.n else { throw ChangeBody.Fault.malformed }
      let change = ChangeRef(log: index == 0 ? log : foreignLogs[Int(index) - 1], n: n, hashPrefix: prefix)
      for _ in 0..<count {
        guard let k = UInt32(exactly: try reader.readVarint()), k > 0 else {
          throw ChangeBody.Fault.malformed
        }
        dots.append(Dot(change: change, k: k))
      }
    }
    guard hashReader.isAtEnd else { throw ChangeBody.Fault.malformed }
    return dots
  }

  private static func text(_ bytes: UnsafeRawBufferPointer) throws -> String {
    guard let text = String(validating: bytes, as: UTF8.self) else { throw ChangeBody.Fault.invalidText }
    return text
  }
}

extension Mutation.Target {
  var isMadeHere: Bool {
    if case .madeHere = self { return true }
    return false
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

/// One field of a protobuf message.
struct ProtobufField {
  enum Content {
    case varint(UInt64)
    case bytes(UnsafeRawBufferPointer)
  }

  var number: UInt64
  var content: Content

  init(from reader: inout ByteReader) throws {
    let tag = try reader.readVarint()
    number = tag >> 3
    switch tag & 7 {
    case 0: content = .varint(try reader.readVarint())
    case 2: content = .bytes(try reader.readLengthPrefixed())
    default: throw ChangeBody.Fault.malformed
    }
  }

  var pair: (UInt64, Content) { (number, content) }

  /// Fields ascend, and only some may come more than once.
  func follows(_ last: UInt64, repeated: [UInt64]) throws {
    guard number > last || number == last && repeated.contains(number) else {
      throw ChangeBody.Fault.notCanonical
    }
  }
}
