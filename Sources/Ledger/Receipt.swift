/// A receiver's signed word that it holds these heads and has made them durable.
public struct Receipt: Hashable, Sendable {
  public var signer: NodeID
  /// The signer's clock, milliseconds since 1970.
  public var time: Int64
  public var heads: [LogHead]
  /// Stands before the heads, is none of them and tells the term; absent in the first one.
  private var mark: LogHead?
  public var signature: Signature

  /// When it was signed, in its signer's own order.
  public var signing: SigningTime { SigningTime(term: mark?.n ?? 0, time: time) }

  /// How many heads it has as it is encoded.
  public var headCount: Int { named.count }

  /// What is signed: tag ‖ signer ‖ time (8, big-endian) ‖ for each head: log, n (8), hash.
  private static func signedBytes(signer: NodeID, time: Int64, named: [LogHead]) -> [UInt8] {
    var out = ByteWriter(capacity: 64 + named.count * 96)
    out.write(.receipt)
    out.write(signer.hash)
    out.write(bigEndian: UInt64(bitPattern: time))
    for head in named {
      head.log.write(to: &out)
      out.write(bigEndian: head.n)
      out.write(head.hash)
    }
    return out.bytes
  }

  /// - Parameters:
  ///   - signing: in a later term than the first one it has a mark, where it names anything.
  ///   - sign: the signer's key.
  public init(signer: NodeID, at signing: SigningTime, heads: [LogHead], sign: ([UInt8]) throws -> Signature)
    rethrows
  {
    let mark = heads.first.flatMap { Receipt.mark(of: signer, in: $0.log.space, term: signing.term) }
    try self.init(signer: signer, time: signing.time, mark: mark, heads: heads, sign: sign)
  }

  private init(
    signer: NodeID, time: Int64, mark: LogHead?, heads: [LogHead], sign: ([UInt8]) throws -> Signature
  ) rethrows {
    self.signer = signer
    self.time = time
    self.mark = mark
    self.heads = heads
    let named = [mark].compactMap(\.self) + heads
    signature = try sign(Receipt.signedBytes(signer: signer, time: time, named: named))
  }

  private var named: [LogHead] { [mark].compactMap(\.self) + heads }

  public var signedBytes: [UInt8] { Receipt.signedBytes(signer: signer, time: time, named: named) }

  /// Signature (64), signer (32), time, then the heads: log (length-prefixed), n, hash.
  public var encoded: [UInt8] {
    let named = named
    var out = ByteWriter(capacity: 160 + named.count * 96)
    out.write(bytes: signature.bytes)
    out.write(signer.hash)
    out.write(varint: zigZag(time))
    for head in named {
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
        while !reader.isAtEnd { heads.append(try Receipt.head(&reader)) }
        let mark = heads.first.flatMap { Receipt.isMark($0, of: signer) ? $0 : nil }
        return Receipt(
          signer: signer, time: time, mark: mark, heads: mark == nil ? heads : Array(heads.dropFirst())
        ) { _ in signature }
      }
    }
    guard case .success(let receipt) = parsed else { throw .truncated }
    self = receipt
  }

  /// So many bytes of an encoded receipt say who signed it and when.
  public static let startByteCount = 512

  /// When a receipt was signed, by its first bytes.
  ///
  /// - Parameter start: `startByteCount` bytes of what was encoded, or all of it.
  /// - Returns: nil where that is none.
  public static func signing(ofStart start: [UInt8]) -> SigningTime? {
    start.withUnsafeBytes { bytes in
      var reader = ByteReader(bytes)
      guard (try? reader.read(count: Signature.byteCount)) != nil, let signer = try? reader.readHash(),
        let time = try? reader.readVarint()
      else { return nil }
      let first = try? Receipt.head(&reader)
      let mark = first.flatMap { Receipt.isMark($0, of: NodeID(signer)) ? $0 : nil }
      return SigningTime(term: mark?.n ?? 0, time: unZigZag(time))
    }
  }

  private static func head(_ reader: inout ByteReader) throws -> LogHead {
    guard let log = LogID(canonicalBytes: try reader.readLengthPrefixed()) else {
      throw ByteReader.Fault.truncated
    }
    let n = try reader.readVarint()
    guard n <= UInt64(Int64.max) else { throw ByteReader.Fault.truncated }
    return LogHead(log: log, n: n, hash: try reader.readHash(), time: 0)
  }

  // MARK: the term

  /// A term stands as a head that no log has: a reader that knows nothing of terms does not hold it, and passes over it.
  private static func mark(of signer: NodeID, in space: Space, term: UInt64) -> LogHead? {
    guard term > 0 else { return nil }
    return LogHead(
      log: LogID(node: signer, space: space, epoch: 0), n: min(term, SigningTime.lastTerm), hash: .zero,
      time: 0)
  }

  private static func isMark(_ head: LogHead, of signer: NodeID) -> Bool {
    head.log.node == signer && head.log.epoch == 0 && head.n > 0 && head.hash == .zero
  }
}
