public import Ledger

/// Changes of one or more logs, and where the reader stands once it has taken them in.
public struct ChangesFrame: Sendable {
  public var batches: [Batch]
  public var through: ArrivalCursor

  public init(batches: [Batch], through: ArrivalCursor) {
    self.batches = batches
    self.through = through
  }

  func write(to out: inout ByteWriter) {
    through.write(to: &out)
    out.write(varint: UInt64(batches.count))
    for batch in batches {
      out.write(lengthPrefixed: batch.log.canonicalBytes)
      out.write(varint: batch.startN)
      if batch.startN > 0 { out.write(batch.startHash) }
      out.write(varint: UInt64(batch.bodies.count))
      for body in batch.bodies { out.write(lengthPrefixed: body) }
      out.write(varint: UInt64(batch.signatures.count))
      for signature in batch.signatures {
        out.write(varint: signature.n - batch.startN)
        out.write(bytes: signature.signature.bytes)
      }
    }
  }

  init(from reader: inout ByteReader) throws {
    through = try ArrivalCursor(from: &reader)
    var changes = 0
    batches = try reader.list(limit: Limits.batchesPerFrame, "batches") { reader in
      let log = try reader.log()
      let startN = try reader.readVarint()
      let startHash = startN > 0 ? try reader.readHash() : .zero
      let bodies = try reader.list(limit: Limits.changesPerFrame - changes, "changes") {
        Array(try $0.readLengthPrefixed())
      }
      changes += bodies.count
      let signatures = try reader.list(limit: bodies.count, "signatures") { reader in
        let (n, overflow) = startN.addingReportingOverflow(try reader.readVarint())
        guard !overflow, let signature = Signature(try reader.read(count: 64)) else {
          throw ByteReader.Fault.truncated
        }
        return Batch.HeadSignature(n: n, signature: signature)
      }
      return Batch(log: log, startN: startN, startHash: startHash, bodies: bodies, signatures: signatures)
    }
  }
}

extension ArrivalCursor {
  func write(to out: inout ByteWriter) {
    out.write(bytes: store)
    out.write(varint: UInt64(arrival))
    out.write(bytes: running)
  }

  init(from reader: inout ByteReader) throws {
    let store = Array(try reader.read(count: 16))
    let arrival = Int64(clamping: try reader.readVarint())
    self.init(store: store, arrival: arrival, running: Array(try reader.read(count: 16)))
  }
}
