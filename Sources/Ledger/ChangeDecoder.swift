/// Decodes a change's body. Strict: what the encoder would have written differently is refused, so that
/// one content has one spelling; fields with higher numbers are a newer format's and are passed over.
public struct ChangeDecoder {
  let log: LogID
  let own: ChangeRef
  let body: ChangeBody
  let raw: UnsafeRawBufferPointer
  var nextLeaf = 0
  var foreignLogs: [LogID] = []
  var kinds: [KindName] = []
  /// Which cells of a creation are wanted; nil for all.
  var selection: CellSelection?

  enum Stop: Error { case newerFormat }

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

  init(log: LogID, own: ChangeRef, body: ChangeBody, raw: UnsafeRawBufferPointer) {
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
      case (5, .bytes(let name)): try readKind(name)
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

  mutating func readForeignLog(_ bytes: UnsafeRawBufferPointer) throws {
    guard bytes.count == 40, let node = NodeID(bytes[0..<32]) else { throw ChangeBody.Fault.malformed }
    let epoch = bytes.loadUnaligned(fromByteOffset: 32, as: UInt64.self).bigEndian
    let other = LogID(node: node, space: log.space, epoch: epoch)
    guard other != log, !foreignLogs.contains(other) else { throw ChangeBody.Fault.notCanonical }
    foreignLogs.append(other)
  }

  mutating func readKind(_ bytes: UnsafeRawBufferPointer) throws {
    guard let kind = KindName(joined: try ChangeDecoder.text(bytes)), !kinds.contains(kind) else {
      throw ChangeBody.Fault.notCanonical
    }
    kinds.append(kind)
  }

  private func statement(_ bytes: UnsafeRawBufferPointer) throws -> Statement {
    var reader = ByteReader(bytes)
    guard case (1, .varint(let type)) = try ProtobufField(from: &reader).pair, type > 0,
      type <= UInt64(Int64.max)
    else {
      throw ChangeBody.Fault.malformed
    }
    guard !reader.isAtEnd else {
      return try Statement(type: type, payload: UnsafeRawBufferPointer(start: nil, count: 0))
    }
    guard case (2, .bytes(let payload)) = try ProtobufField(from: &reader).pair, !payload.isEmpty,
      reader.isAtEnd
    else { throw ChangeBody.Fault.malformed }
    return try Statement(type: type, payload: payload)
  }

  mutating func mutation(_ bytes: UnsafeRawBufferPointer) throws -> Mutation {
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
        guard target == nil, let n = madeIn, n > 0, n <= own.n, k > 0, let k = UInt32(exactly: k) else {
          throw ChangeBody.Fault.malformed
        }
        target = .madeHere(n: n, k: k)
      case (4, .bytes(let inner)): creation = try self.creation(inner)
      case (5, .bytes(let run)):
        guard !run.isEmpty else { throw ChangeBody.Fault.notCanonical }
        cells = run
      case (6, .bytes(let inner)): links.append(try link(inner, after: links.last?.cell))
      case (7..., _): throw Stop.newerFormat
      default: throw ChangeBody.Fault.malformed
      }
    }
    guard let target, madeIn == nil || target.isMadeHere else { throw ChangeBody.Fault.malformed }
    let writes = try writes(
      cells: cells ?? UnsafeRawBufferPointer(start: nil, count: 0), links: links,
      wanted: creation.flatMap { selection?.cells(of: $0.kind) })
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

  static func text(_ bytes: UnsafeRawBufferPointer) throws -> String {
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
