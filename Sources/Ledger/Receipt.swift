/// A receiver's signed word that it holds these heads and has made them durable.
public struct Receipt: Hashable, Sendable {
  public var signer: NodeID
  /// The signer's clock, milliseconds since 1970.
  public var time: Int64
  public var heads: [LogHead]
  public var signature: Signature

  /// What is signed: tag ‖ signer ‖ time (8, big-endian) ‖ for each head: log, n (8), hash.
  public static func signedBytes(signer: NodeID, time: Int64, heads: [LogHead]) -> [UInt8] {
    var out = ByteWriter(capacity: 64 + heads.count * 96)
    out.write(.receipt)
    out.write(signer.hash)
    out.write(bigEndian: UInt64(bitPattern: time))
    for head in heads {
      head.log.write(to: &out)
      out.write(bigEndian: head.n)
      out.write(head.hash)
    }
    return out.bytes
  }

  /// - Parameter sign: the signer's key.
  public init(signer: NodeID, time: Int64, heads: [LogHead], sign: ([UInt8]) throws -> Signature) rethrows {
    self.signer = signer
    self.time = time
    self.heads = heads
    signature = try sign(Receipt.signedBytes(signer: signer, time: time, heads: heads))
  }

  public var signedBytes: [UInt8] { Receipt.signedBytes(signer: signer, time: time, heads: heads) }

  /// Signature (64), signer (32), time, then the heads: log (length-prefixed), n, hash.
  public var encoded: [UInt8] {
    var out = ByteWriter(capacity: 160 + heads.count * 96)
    out.write(bytes: signature.bytes)
    out.write(signer.hash)
    out.write(varint: zigZag(time))
    for head in heads {
      out.write(lengthPrefixed: head.log.canonicalBytes)
      out.write(varint: head.n)
      out.write(head.hash)
    }
    return out.bytes
  }

  public init(encoded: [UInt8]) throws(ByteReader.Fault) {
    let parsed = Result { () throws -> Receipt in
      try encoded.withUnsafeBytes { raw in
        var reader = ByteReader(raw)
        guard let signature = Signature(try reader.read(count: 64)) else { throw ByteReader.Fault.truncated }
        let signer = NodeID(try reader.readHash())
        let time = unZigZag(try reader.readVarint())
        var heads: [LogHead] = []
        while !reader.isAtEnd {
          guard let log = LogID(canonicalBytes: try reader.readLengthPrefixed()) else {
            throw ByteReader.Fault.truncated
          }
          let n = try reader.readVarint()
          guard n <= UInt64(Int64.max) else { throw ByteReader.Fault.truncated }
          heads.append(LogHead(log: log, n: n, hash: try reader.readHash(), time: 0))
        }
        return Receipt(signer: signer, time: time, heads: heads) { _ in signature }
      }
    }
    guard case .success(let receipt) = parsed else { throw .truncated }
    self = receipt
  }
}
