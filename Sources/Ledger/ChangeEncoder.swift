/// Encodes a change's content into its body, once and canonically.
///
/// The layout is Protocol/change.proto; this hand-written codec is for the hot path and is tested against
/// the generated one both ways.
public struct ChangeEncoder {
  private let log: LogID
  private var foreignLogs: [LogID] = []
  private var kinds: [KindName] = []
  /// The leaves as they stand in the body, in their order.
  private var leaves = ByteWriter()
  private var hasText = false
  // Written anew for each mutation; the room they have taken is kept.
  private var mutation = ByteWriter(capacity: 128)
  private var cells = ByteWriter(capacity: 64)
  private var values = ByteWriter(capacity: 128)
  private var texts = ByteWriter(capacity: 1024)
  private var links = ByteWriter()

  private init(log: LogID) { self.log = log }

  /// - Parameters:
  ///   - log: the log that the change is appended to; what refers to another log is spelled out.
  ///   - previousTime: the time of the log's previous change in milliseconds, 0 for the first.
  ///   - seed: 16 random bytes; they are used where the change carries text.
  /// - Throws: `tooLarge` where the body is beyond `ChangeBody.maxByteCount`, `tooManyParts` where it refers to
  ///   more logs or kinds than `ContentLimits` allows.
  public static func encode(
    _ content: ChangeContent, in log: LogID, previousTime: Int64, seed: [UInt8]
  ) throws(ChangeBody.Fault) -> [UInt8] {
    precondition(seed.count == ChangeBody.seedByteCount, "a seed has 16 bytes, not \(seed.count)")
    var encoder = ChangeEncoder(log: log)
    let skeleton = encoder.skeleton(of: content, previousTime: previousTime)
    guard encoder.foreignLogs.count <= ContentLimits.logs, encoder.kinds.count <= ContentLimits.kinds else {
      throw .tooManyParts
    }
    var out = ByteWriter(capacity: skeleton.count + encoder.leaves.count + 64)
    out.write(field: 1, bytes: skeleton)
    if encoder.hasText { out.write(field: 2, bytes: seed) }
    out.write(bytes: encoder.leaves.bytes)
    guard out.count <= ChangeBody.maxByteCount else { throw .tooLarge }
    return out.bytes
  }

  private mutating func skeleton(of content: ChangeContent, previousTime: Int64) -> [UInt8] {
    var mutations = ByteWriter(capacity: content.mutations.count * 48)
    for mutation in content.mutations {
      encode(mutation)
      mutations.write(field: 6, bytes: self.mutation.bytes)
    }
    var out = ByteWriter(capacity: mutations.count + 64)
    let delta = content.time &- previousTime
    if delta != 0 {
      out.write(varint: 1 << 3)
      out.write(varint: zigZag(delta))
    }
    if !content.operatorName.isEmpty { out.write(field: 2, bytes: Array(content.operatorName.utf8)) }
    if let certificate = content.certificate { out.write(field: 3, bytes: certificate.bytes) }
    for foreign in foreignLogs {
      out.write(field: 4, bytes: foreign.node.bytes + foreign.epoch.bigEndianBytes)
    }
    for kind in kinds { out.write(field: 5, bytes: Array(kind.joined.utf8)) }
    out.write(bytes: mutations.bytes)
    for statement in content.statements {
      var inner = ByteWriter()
      inner.write(varint: 1 << 3)
      inner.write(varint: statement.type)
      if !statement.payload.isEmpty { inner.write(field: 2, bytes: statement.payload) }
      out.write(field: 7, bytes: inner.bytes)
    }
    return out.bytes
  }

  /// Leaves what is written in `mutation`.
  private mutating func encode(_ content: Mutation) {
    mutation.removeAll()
    switch content.target {
    case .id(let id):
      mutation.write(varint: 1 << 3 | 2)
      mutation.write(varint: 16)
      mutation.write(bigEndian: id.high)
      mutation.write(bigEndian: id.low)
    case .madeHere(let n, let k):
      mutation.write(varint: 2 << 3)
      mutation.write(varint: n)
      mutation.write(varint: 3 << 3)
      mutation.write(varint: UInt64(k))
    }
    if let creation = content.creation { mutation.write(field: 4, bytes: encode(creation)) }
    cells.removeAll()
    values.removeAll()
    texts.removeAll()
    links.removeAll()
    for (index, write) in content.writes.enumerated() {
      encode(write)
      let origins = write.content.origins
      if !write.supersedes.isEmpty || !origins.isEmpty || write.heir != nil {
        links.write(field: 6, bytes: link(cell: index, write.supersedes, origins: origins, write.heir))
      }
    }
    if values.count > 0 { leaves.write(field: 3, bytes: values.bytes) }
    if texts.count > 0 { hasText = true }
    leaves.write(bytes: texts.bytes)
    if cells.count > 0 { mutation.write(field: 5, bytes: cells.bytes) }
    mutation.write(bytes: links.bytes)
  }

  private mutating func encode(_ creation: Creation) -> [UInt8] {
    var out = ByteWriter()
    let index = kinds.firstIndex(of: creation.kind) ?? kinds.count
    if index == kinds.count { kinds.append(creation.kind) }
    if index > 0 {
      out.write(varint: 1 << 3)
      out.write(varint: UInt64(index))
    }
    if let origin = creation.origin {
      out.write(field: 2, bytes: origin.spaceName)
      out.write(field: 3, bytes: origin.record.bytes)
    }
    return out.bytes
  }

  /// A cell is a run of varints: number × 8 + sort code, then what the sort asks for (`CellCode`).
  private mutating func encode(_ write: CellWrite) {
    cells.write(varint: UInt64(write.cell) << 3 | UInt64(CellCode(write.content).rawValue))
    encode(write.content)
  }

  private mutating func encode(_ content: WriteContent) {
    switch content {
    case .register(let value), .tallyBase(let value):
      cells.write(varint: UInt64(value.shape))
      put(value)
    case .group(let members):
      cells.write(varint: UInt64(members.count))
      for member in members {
        cells.write(varint: UInt64(member.field) << 4 | UInt64(member.value.shape))
        put(member.value)
      }
    case .elements(let elements):
      cells.write(varint: UInt64(elements.count))
      for element in elements {
        cells.write(varint: UInt64(element.shape))
        put(element)
      }
    case .tallyIncrement(let step): cells.write(varint: zigZag(step))
    case .deletion, .restoration: break
    case .candidates(let candidates):
      cells.write(varint: UInt64(candidates.count))
      for candidate in candidates {
        cells.write(varint: zigZag(candidate.time))
        cells.write(varint: UInt64(CellCode(candidate.content).rawValue))
        encode(candidate.content)
      }
    }
  }

  private mutating func put(_ value: Value) {
    switch value {
    case .text(let text):
      texts.write(varint: 3 << 3 | 2)
      texts.write(lengthPrefixed: text)
    case .unknown(let shape, let payload) where shape & 3 == 3: texts.write(field: 3, bytes: payload)
    default: value.writePayload(to: &values)
    }
  }

  private mutating func link(cell: Int, _ supersedes: [Dot], origins: [Dot], _ heir: RecordPlace?)
    -> [UInt8]
  {
    var out = ByteWriter()
    if cell != 0 {
      out.write(varint: 1 << 3)
      out.write(varint: UInt64(cell))
    }
    write(supersedes.sorted(), dotsField: 2, to: &out)
    write(origins, dotsField: 4, to: &out)
    if let heir {
      out.write(field: 6, bytes: heir.spaceName)
      out.write(field: 7, bytes: heir.record.bytes)
    }
    return out.bytes
  }

  /// Dots as a packed run of varints, dots of one change side by side: log (0 own, else 1 + its index), n,
  /// count, the k's; then eight bytes of hash for each change of another log.
  private mutating func write(_ dots: [Dot], dotsField field: UInt64, to out: inout ByteWriter) {
    guard !dots.isEmpty else { return }
    var packed = ByteWriter()
    var hashes = ByteWriter()
    var start = 0
    while start < dots.count {
      let change = dots[start].change
      var end = start
      while end < dots.count, dots[end].change == change { end += 1 }
      let index = indexOfLog(change.log)
      packed.write(varint: UInt64(index))
      packed.write(varint: change.n)
      packed.write(varint: UInt64(end - start))
      for dot in dots[start..<end] { packed.write(varint: UInt64(dot.k)) }
      if index > 0 { hashes.write(bigEndian: change.hashPrefix) }
      start = end
    }
    out.write(field: field, bytes: packed.bytes)
    if hashes.count > 0 { out.write(field: field + 1, bytes: hashes.bytes) }
  }

  private mutating func indexOfLog(_ other: LogID) -> Int {
    precondition(other.space == log.space, "a change refers to writes of its own space only")
    if other == log { return 0 }
    if let index = foreignLogs.firstIndex(of: other) { return index + 1 }
    foreignLogs.append(other)
    return foreignLogs.count
  }
}

/// The low three bits of a cell's header.
enum CellCode: UInt8 {
  case register = 0
  case group = 1
  case elements = 2
  case tallyBase = 3
  case tallyIncrement = 4
  case deletion = 5
  case restoration = 6
  case candidates = 7

  init(_ content: WriteContent) {
    switch content {
    case .register: self = .register
    case .group: self = .group
    case .elements: self = .elements
    case .tallyBase: self = .tallyBase
    case .tallyIncrement: self = .tallyIncrement
    case .deletion: self = .deletion
    case .restoration: self = .restoration
    case .candidates: self = .candidates
    }
  }
}

extension WriteContent {
  /// The dots that the candidates of an undone resolution came from, in the candidates' order.
  var origins: [Dot] {
    if case .candidates(let list) = self { return list.map(\.dot) }
    return []
  }
}

extension ByteWriter {
  /// A protobuf field of wire type 2.
  mutating func write(field: UInt64, bytes more: some Collection<UInt8>) {
    write(varint: field << 3 | 2)
    write(lengthPrefixed: more)
  }
}
