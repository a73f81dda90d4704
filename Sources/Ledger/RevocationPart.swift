/// Part of a revocation whose list of heads is too long for one change. The parts stand in successive changes of one
/// branch; they are one revocation, that of the last part's change, and say nothing before that one is held. As a log is
/// dense, whoever holds the last part holds the others.
public struct RevocationPart: Hashable, Sendable {
  public var node: NodeID
  /// The first 8 bytes of the hash of the change before, which holds the part before; nil in the first part.
  public var previous: UInt64?
  public var isLast: Bool
  /// Heads that are still honoured, beside those of the other parts.
  public var honoured: [ChangeRef]
  /// Of the last part: why.
  public var reason: String

  public init(node: NodeID, previous: UInt64?, isLast: Bool, honoured: [ChangeRef], reason: String) {
    self.node = node
    self.previous = previous
    self.isLast = isLast
    self.honoured = honoured
    self.reason = reason
  }

  private static let hasPrevious: UInt8 = 1
  private static let last: UInt8 = 2

  /// Node (32), flags (1), hash prefix of the change before where there is a part before (8), the revocation's list,
  /// the reason.
  var encoded: [UInt8] {
    var out = ByteWriter()
    out.write(node.hash)
    out.write(byte: (previous == nil ? 0 : RevocationPart.hasPrevious) | (isLast ? RevocationPart.last : 0))
    if let previous { out.write(bigEndian: previous) }
    out.write(varint: UInt64(honoured.count))
    for ref in honoured { ref.write(to: &out) }
    out.write(lengthPrefixed: Array(reason.utf8))
    return out.bytes
  }

  init(_ bytes: UnsafeRawBufferPointer) throws {
    var reader = ByteReader(bytes)
    node = NodeID(try reader.readHash())
    guard let flags = try reader.read(count: 1).first,
      flags & ~(RevocationPart.hasPrevious | RevocationPart.last) == 0
    else { throw ChangeBody.Fault.malformed }
    previous = flags & RevocationPart.hasPrevious == 0 ? nil : try reader.readBigEndian64()
    isLast = flags & RevocationPart.last != 0
    let count = try reader.readVarint()
    guard count <= UInt64(reader.remaining) else { throw ChangeBody.Fault.malformed }
    honoured = []
    for _ in 0..<count { honoured.append(try ChangeRef(from: &reader)) }
    reason = try ChangeDecoder.text(try reader.readLengthPrefixed())
    guard reader.isAtEnd else { throw ChangeBody.Fault.malformed }
  }
}

extension Revocation {
  /// The lists of heads that go into one change each.
  ///
  /// - Parameter bytes: how much of a list a change takes.
  public func lists(of bytes: Int) -> [[ChangeRef]] {
    var lists: [[ChangeRef]] = [[]]
    var size = 0
    for head in honoured {
      var out = ByteWriter()
      head.write(to: &out)
      size += out.bytes.count
      if size > bytes, !lists[lists.count - 1].isEmpty {
        lists.append([])
        size = out.bytes.count
      }
      lists[lists.count - 1].append(head)
    }
    return lists
  }
}
