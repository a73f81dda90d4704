public import Ledger

/// Changes of one or more logs, and where the reader stands once it has taken them in.
///
/// The one message of the hot path, with a codec by hand: it writes exactly the bytes of Protocol/messages.proto
/// (tested both ways against the generated code) and copies each body once.
public struct ChangesFrame: Sendable {
  public var batches: [Batch]
  public var through: ArrivalCursor

  public init(batches: [Batch], through: ArrivalCursor) {
    self.batches = batches
    self.through = through
  }
}

// MARK: writing

extension ChangesFrame {
  /// The message before compression.
  var encoded: [UInt8] {
    let parts = batches.map { (batch: $0, size: ChangesFrame.size(of: $0)) }
    var out = ByteWriter(capacity: 64 + parts.reduce(0) { $0 + $1.size + 6 })
    out.write(tag: 1, length: ChangesFrame.size(of: through))
    ChangesFrame.write(through, to: &out)
    for (batch, size) in parts {
      out.write(tag: 2, length: size)
      ChangesFrame.write(batch, to: &out)
    }
    return out.bytes
  }

  private static func size(of cursor: ArrivalCursor) -> Int {
    2 + cursor.store.count + 2 + cursor.running.count
      + (cursor.arrival == 0 ? 0 : 1 + varintSize(UInt64(cursor.arrival)))
  }

  private static func write(_ cursor: ArrivalCursor, to out: inout ByteWriter) {
    out.write(field: 1, bytes: cursor.store)
    if cursor.arrival != 0 { out.write(field: 2, varint: UInt64(cursor.arrival)) }
    out.write(field: 3, bytes: cursor.running)
  }

  private static func size(of batch: Batch) -> Int {
    var size = fieldSize(batch.log.canonicalBytes.count)
    if batch.startN > 0 { size += 1 + varintSize(batch.startN) + fieldSize(Hash256.byteCount) }
    for body in batch.bodies { size += fieldSize(body.count) }
    guard !batch.signatures.isEmpty else { return size }
    let signed = batch.signatures.reduce(0) { $0 + varintSize($1.n - batch.startN) }
    return size + fieldSize(signed) + fieldSize(Signature.byteCount * batch.signatures.count)
  }

  private static func write(_ batch: Batch, to out: inout ByteWriter) {
    out.write(field: 1, bytes: batch.log.canonicalBytes)
    if batch.startN > 0 {
      out.write(field: 2, varint: batch.startN)
      out.write(field: 3, bytes: batch.startHash.bytes)
    }
    for body in batch.bodies { out.write(field: 4, bytes: body) }
    guard !batch.signatures.isEmpty else { return }
    out.write(tag: 5, length: batch.signatures.reduce(0) { $0 + varintSize($1.n - batch.startN) })
    for signature in batch.signatures { out.write(varint: signature.n - batch.startN) }
    out.write(tag: 6, length: Signature.byteCount * batch.signatures.count)
    for signature in batch.signatures { signature.signature.bytes.withUnsafeBytes { out.write(buffer: $0) } }
  }

  /// A length-prefixed field of so many bytes.
  private static func fieldSize(_ count: Int) -> Int { 1 + varintSize(UInt64(count)) + count }

  private static func varintSize(_ value: UInt64) -> Int { (70 - (value | 1).leadingZeroBitCount) / 7 }
}

extension ByteWriter {
  fileprivate mutating func write(tag field: UInt64, length: Int) {
    write(varint: field << 3 | 2)
    write(varint: UInt64(length))
  }

  fileprivate mutating func write(field: UInt64, bytes: [UInt8]) {
    write(tag: field, length: bytes.count)
    bytes.withUnsafeBytes { write(buffer: $0) }
  }

  fileprivate mutating func write(field: UInt64, varint value: UInt64) {
    write(varint: field << 3)
    write(varint: value)
  }
}

// MARK: reading

extension ChangesFrame {
  init(encoded bytes: [UInt8]) throws { self = try bytes.withUnsafeBytes { try ChangesFrame($0) } }

  private init(_ raw: UnsafeRawBufferPointer) throws {
    var cursor: ArrivalCursor?
    var batches: [Batch] = []
    var changes = 0
    var reader = FieldReader(raw)
    while let (number, content) = try reader.next() {
      switch (number, content) {
      case (1, .bytes(let inner)): cursor = try ChangesFrame.cursor(inner)
      case (2, .bytes(let inner)):
        try WireFault.check("batches", batches.count + 1, limit: Limits.batchesPerFrame)
        batches.append(try ChangesFrame.batch(inner, &changes))
      case (1...2, _): throw CarriedFault()
      default: continue
      }
    }
    guard let cursor else { throw CarriedFault() }
    self.init(batches: batches, through: cursor)
  }

  private static func cursor(_ raw: UnsafeRawBufferPointer) throws -> ArrivalCursor {
    var store: [UInt8] = []
    var arrival: UInt64 = 0
    var running: [UInt8] = []
    var reader = FieldReader(raw)
    while let (number, content) = try reader.next() {
      switch (number, content) {
      case (1, .bytes(let bytes)): store = Array(bytes)
      case (2, .varint(let value)): arrival = value
      case (3, .bytes(let bytes)): running = Array(bytes)
      case (1...3, _): throw CarriedFault()
      default: continue
      }
    }
    guard store.count == 16, running.count == 16, let arrival = Int64(exactly: arrival) else {
      throw CarriedFault()
    }
    return ArrivalCursor(store: store, arrival: arrival, running: running)
  }

  /// - Parameter changes: how many the frame's batches hold so far.
  /// What redactions put into a body does not count.
  private static func size(of body: [UInt8]) -> Int {
    guard body.count > Limits.changeBytes else { return body.count }
    return (try? ChangeBody(body))?.limitByteCount ?? body.count
  }

  private static func batch(_ raw: UnsafeRawBufferPointer, _ changes: inout Int) throws -> Batch {
    var log: LogID?
    var startN: UInt64 = 0
    var startHash = Hash256.zero
    var bodies: [[UInt8]] = []
    var signed: [UInt64] = []
    var signatures = UnsafeRawBufferPointer(start: nil, count: 0)
    var reader = FieldReader(raw)
    while let (number, content) = try reader.next() {
      switch (number, content) {
      case (1, .bytes(let bytes)): log = LogID(canonicalBytes: bytes)
      case (2, .varint(let n)): startN = n
      case (3, .bytes(let bytes)):
        guard let hash = Hash256(bytes) else { throw CarriedFault() }
        startHash = hash
      case (4, .bytes(let body)):
        changes += 1
        try WireFault.check("changes", changes, limit: Limits.changesPerFrame)
        bodies.append(Array(body))
        try WireFault.check("change", size(of: bodies[bodies.count - 1]), limit: Limits.changeBytes)
      case (5, .varint(let n)): signed.append(n)
      case (5, .bytes(let run)): signed += try numbers(run, limit: Limits.changesPerFrame - signed.count)
      case (6, .bytes(let bytes)): signatures = bytes
      case (1...6, _): throw CarriedFault()
      default: continue
      }
    }
    guard let log, startN > 0 || startHash == .zero, signed.count <= bodies.count else {
      throw CarriedFault()
    }
    _ = try (startN.number() + UInt64(bodies.count)).number()
    return Batch(
      log: log, startN: startN, startHash: startHash, bodies: bodies,
      signatures: try heads(signed, signatures, after: startN))
  }

  private static func numbers(_ run: UnsafeRawBufferPointer, limit: Int) throws -> [UInt64] {
    var reader = ByteReader(run)
    var numbers: [UInt64] = []
    while !reader.isAtEnd {
      try WireFault.check("changes", numbers.count + 1, limit: limit)
      numbers.append(try reader.readVarint())
    }
    return numbers
  }

  private static func heads(
    _ signed: [UInt64], _ signatures: UnsafeRawBufferPointer, after startN: UInt64
  ) throws -> [Batch.HeadSignature] {
    guard signatures.count == signed.count * Signature.byteCount else { throw CarriedFault() }
    var reader = ByteReader(signatures)
    return try signed.map { offset in
      let (n, overflow) = startN.addingReportingOverflow(offset)
      guard !overflow, let signature = Signature(try reader.read(count: Signature.byteCount)) else {
        throw CarriedFault()
      }
      return Batch.HeadSignature(n: n, signature: signature)
    }
  }
}
