/// What a notices log says beside records: who may write, which pack is in force.
public enum Statement: Hashable, Sendable {
  /// A node certificate was issued (DER).
  case certificate([UInt8])
  /// A campaign pack, as its YAML text.
  case pack([UInt8])
  /// A node's changes count only as far as stated.
  case revocation(Revocation)
  /// A revocation is lifted again, by the hash of the change that held it.
  case release(ChangeRef)
  /// Texts that are erased for good.
  case redaction(Redaction)
  /// The content of an attachment is to be nowhere any more.
  case erasure(AttachmentErasure)
  /// Part of a revocation that is too long for one change.
  case revocationPart(RevocationPart)
  /// A newer version's statement, kept untouched.
  case unknown(type: UInt64, payload: [UInt8])

  public var type: UInt64 {
    switch self {
    case .certificate: 1
    case .pack: 2
    case .revocation: 3
    case .release: 4
    case .redaction: 5
    case .erasure: 6
    case .revocationPart: 7
    case .unknown(let type, _): type
    }
  }

  public var payload: [UInt8] {
    switch self {
    case .certificate(let bytes), .pack(let bytes), .unknown(_, let bytes): return bytes
    case .revocation(let revocation): return revocation.encoded
    case .redaction(let redaction): return redaction.encoded
    case .erasure(let erasure): return erasure.encoded
    case .revocationPart(let part): return part.encoded
    case .release(let ref):
      var out = ByteWriter()
      ref.write(to: &out)
      return out.bytes
    }
  }

  /// As it was stored.
  public init(type: UInt64, payload: [UInt8]) throws {
    self = try payload.withUnsafeBytes { try Statement(type: type, payload: $0) }
  }

  init(type: UInt64, payload: UnsafeRawBufferPointer) throws {
    switch type {
    case 1: self = .certificate(Array(payload))
    case 2: self = .pack(Array(payload))
    case 3: self = .revocation(try Revocation(payload))
    case 4:
      var reader = ByteReader(payload)
      self = .release(try ChangeRef(from: &reader))
      guard reader.isAtEnd else { throw ChangeBody.Fault.malformed }
    case 5: self = .redaction(try Redaction(payload))
    // A version that does not know it takes whatever stands there, so one that does refuses no change for it.
    case 6:
      self =
        (try? AttachmentErasure(payload)).map { .erasure($0) }
        ?? .unknown(type: type, payload: Array(payload))
    case 7:
      self =
        (try? RevocationPart(payload)).map { .revocationPart($0) }
        ?? .unknown(type: type, payload: Array(payload))
    default: self = .unknown(type: type, payload: Array(payload))
    }
  }
}

/// Names, for each log of a node, the last change that is still honoured; a log not named: none is.
public struct Revocation: Hashable, Sendable {
  public var node: NodeID
  public var honoured: [ChangeRef]
  public var reason: String

  public init(node: NodeID, honoured: [ChangeRef], reason: String) {
    self.node = node
    self.honoured = honoured
    self.reason = reason
  }

  var encoded: [UInt8] {
    var out = ByteWriter()
    out.write(node.hash)
    out.write(varint: UInt64(honoured.count))
    for ref in honoured { ref.write(to: &out) }
    out.write(lengthPrefixed: Array(reason.utf8))
    return out.bytes
  }

  init(_ bytes: UnsafeRawBufferPointer) throws {
    var reader = ByteReader(bytes)
    node = NodeID(try reader.readHash())
    let count = try reader.readVarint()
    guard count <= UInt64(reader.remaining) else { throw ChangeBody.Fault.malformed }
    honoured = []
    for _ in 0..<count { honoured.append(try ChangeRef(from: &reader)) }
    reason = try ChangeDecoder.text(try reader.readLengthPrefixed())
    guard reader.isAtEnd else { throw ChangeBody.Fault.malformed }
  }
}

extension ChangeRef {
  /// The log's canonical bytes, length-prefixed; n as a varint; the hash's prefix (8, big-endian).
  func write(to out: inout ByteWriter) {
    out.write(lengthPrefixed: log.canonicalBytes)
    out.write(varint: n)
    out.write(bigEndian: hashPrefix)
  }

  init(from reader: inout ByteReader) throws(ByteReader.Fault) {
    guard let log = LogID(canonicalBytes: try reader.readLengthPrefixed()) else { throw .truncated }
    let n = try reader.readVarint()
    guard n <= UInt64(Int64.max) else { throw .truncated }
    self.init(log: log, n: n, hashPrefix: try reader.readBigEndian64())
  }
}
