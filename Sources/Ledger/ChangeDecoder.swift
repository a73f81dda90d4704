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
  /// How many of them were referred to so far: they stand in the order of their first use.
  var usedLogs = 0
  var usedKinds = 0
  /// What was read so far of that which `ContentLimits.parts` counts.
  private var parts = 0
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
      case (7, .bytes(let statement)):
        do {
          content.statements.append(try self.statement(statement))
        } catch Stop.newerFormat {
          content.hasUnknownParts = true
        }
      case (8..., _): content.hasUnknownParts = true
      default: throw ChangeBody.Fault.malformed
      }
    }
    if content.hasUnknownParts { return content }
    guard nextLeaf == body.leaves.count else { throw ChangeBody.Fault.leavesDoNotFit }
    guard usedLogs == foreignLogs.count, usedKinds == kinds.count else {
      throw ChangeBody.Fault.notCanonical
    }
    return content
  }

  /// Before anything is made of them: a part may take a hundred times its bytes in memory.
  mutating func count(parts more: Int) throws {
    parts += more
    guard parts <= ContentLimits.parts else { throw ChangeBody.Fault.tooManyParts }
  }

  mutating func readForeignLog(_ bytes: UnsafeRawBufferPointer) throws {
    guard bytes.count == 40, let node = NodeID(bytes[0..<32]) else { throw ChangeBody.Fault.malformed }
    let epoch = bytes.loadUnaligned(fromByteOffset: 32, as: UInt64.self).bigEndian
    let other = LogID(node: node, space: log.space, epoch: epoch)
    guard foreignLogs.count < ContentLimits.logs else { throw ChangeBody.Fault.tooManyParts }
    guard other != log, !foreignLogs.contains(other) else { throw ChangeBody.Fault.notCanonical }
    foreignLogs.append(other)
  }

  mutating func readKind(_ bytes: UnsafeRawBufferPointer) throws {
    guard kinds.count < ContentLimits.kinds else { throw ChangeBody.Fault.tooManyParts }
    guard let kind = KindName(joined: try ChangeDecoder.text(bytes)), !kinds.contains(kind) else {
      throw ChangeBody.Fault.notCanonical
    }
    kinds.append(kind)
  }

  private mutating func statement(_ bytes: UnsafeRawBufferPointer) throws -> Statement {
    try count(parts: 1)
    var reader = ByteReader(bytes)
    var type: UInt64 = 0
    var payload = UnsafeRawBufferPointer(start: nil, count: 0)
    var last: UInt64 = 0
    while !reader.isAtEnd {
      let field = try ProtobufField(from: &reader)
      try field.follows(last, repeated: [])
      last = field.number
      switch field.pair {
      case (1, .varint(let number)): type = number
      case (2, .bytes(let bytes)):
        guard !bytes.isEmpty else { throw ChangeBody.Fault.notCanonical }
        payload = bytes
      case (3..., _): throw Stop.newerFormat
      default: throw ChangeBody.Fault.malformed
      }
    }
    guard type > 0, type <= UInt64(Int64.max) else { throw ChangeBody.Fault.malformed }
    return try Statement(type: type, payload: payload)
  }

  mutating func mutation(_ bytes: UnsafeRawBufferPointer) throws -> Mutation {
    try count(parts: 1)
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

  private mutating func creation(_ bytes: UnsafeRawBufferPointer) throws -> Creation {
    var reader = ByteReader(bytes)
    var index = 0
    var origin: RecordPlace?
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
        guard let named = Space(named: name) else { throw ChangeBody.Fault.malformed }
        space = named
      case (3, .bytes(let id)):
        guard let space, let id = RecordID(id) else { throw ChangeBody.Fault.malformed }
        origin = RecordPlace(space: space, record: id)
      case (4..., _): throw Stop.newerFormat
      default: throw ChangeBody.Fault.malformed
      }
    }
    guard index < kinds.count, space == nil || origin != nil else { throw ChangeBody.Fault.malformed }
    guard index <= usedKinds else { throw ChangeBody.Fault.notCanonical }
    if index == usedKinds { usedKinds += 1 }
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
