/// A change's bytes: a protobuf message (Protocol/change.proto) that is encoded once and never again.
///
/// The skeleton says who and what and what supersedes what; every text is a leaf of its own beside it, and
/// the other values of a mutation are one leaf. The digest is taken over the skeleton and the leaves'
/// digests, so that a text can be erased later while the chain still verifies.
public struct ChangeBody: Sendable {
  public enum Fault: Error, Equatable, Sendable {
    case malformed
    case notCanonical
    case tooLarge
    /// One value, or the values of one record, beyond `ContentLimits`.
    case fieldTooLarge
    case recordTooLarge
    case tooManyMakers
    /// More in one change than `ContentLimits` allows.
    case tooManyParts
    case invalidText
    /// Leaves are missing, or there are more than the skeleton asks for.
    case leavesDoNotFit
    /// The values of a mutation that are no texts are one leaf, which no redaction erases.
    case erasedLeaf
  }

  public static let maxByteCount = 1 << 20
  public static let seedByteCount = 16
  /// By how much a leaf may grow that stays beside an erased one, or is one: by its salt or digest, and the fields' tags.
  static let stayedByteCount = 40

  /// The outer message.
  public let bytes: [UInt8]
  let skeleton: Range<Int>
  let seed: Range<Int>?
  let leaves: [Leaf]
  /// The leaves of which the digest alone is here, ascending, counted from 0.
  public let erasedLeaves: [Int]
  /// The size that limits are held against: what redactions left out and put in its place does not count.
  public let limitByteCount: Int

  enum Leaf {
    case value(Range<Int>)
    /// A leaf that stays in a change of which another was erased carries its own salt.
    case salted(salt: Range<Int>, value: Range<Int>)
    case erased(digest: Range<Int>)
  }

  /// Finds the parts; nothing is decoded and nothing is hashed yet.
  public init(_ bytes: [UInt8]) throws(Fault) {
    self.bytes = bytes
    let parts: Parts
    do {
      parts = try bytes.withUnsafeBytes { raw in try Parts(raw) }
    } catch {
      throw bytes.count > ChangeBody.maxByteCount ? .tooLarge : error as? Fault ?? .malformed
    }
    guard let skeleton = parts.skeleton else { throw .malformed }
    self.skeleton = skeleton
    seed = parts.seed
    leaves = parts.leaves
    erasedLeaves = parts.erasedLeaves
    limitByteCount = bytes.count - (parts.hasStayed ? leaves.count * ChangeBody.stayedByteCount : 0)
    guard limitByteCount <= ChangeBody.maxByteCount else { throw .tooLarge }
  }

  private struct Parts {
    var skeleton: Range<Int>?
    var seed: Range<Int>?
    var leaves: [Leaf] = []
    var erasedLeaves: [Int] = []
    var hasStayed = false

    init(_ raw: UnsafeRawBufferPointer) throws {
      var reader = ByteReader(raw)
      var last: UInt64 = 0
      while !reader.isAtEnd {
        let tag = try reader.readVarint()
        guard tag & 7 == 2 else { throw Fault.malformed }
        let field = tag >> 3
        guard field >= last, field > last || field == 3 || field == 4 else { throw Fault.notCanonical }
        last = field
        let content = try reader.readLengthPrefixed()
        let range = reader.position - content.count..<reader.position
        switch field {
        case 1: skeleton = range
        case 2:
          guard range.count == ChangeBody.seedByteCount else { throw Fault.malformed }
          seed = range
        case 3: leaves.append(.value(range))
        case 4:
          // Beside a seed or whole leaves, it would be a second spelling of the same digest.
          guard seed == nil, leaves.isEmpty || hasStayed else { throw Fault.notCanonical }
          hasStayed = true
          let leaf = try Parts.stayedOrErased(content, at: range.lowerBound)
          if case .erased = leaf { erasedLeaves.append(leaves.count) }
          leaves.append(leaf)
        default: throw Fault.malformed
        }
      }
      // So it would be where nothing was erased.
      guard !hasStayed || !erasedLeaves.isEmpty else { throw Fault.notCanonical }
    }

    private static func stayedOrErased(_ content: UnsafeRawBufferPointer, at offset: Int) throws -> Leaf {
      var reader = ByteReader(content)
      var ranges: [UInt64: Range<Int>] = [:]
      var last: UInt64 = 0
      while !reader.isAtEnd {
        let tag = try reader.readVarint()
        guard tag & 7 == 2, tag >> 3 > last else { throw Fault.notCanonical }
        last = tag >> 3
        let part = try reader.readLengthPrefixed()
        guard !part.isEmpty else { throw Fault.notCanonical }
        ranges[last] = offset + reader.position - part.count..<offset + reader.position
      }
      if let digest = ranges[3], digest.count == 32, ranges.count == 1 { return .erased(digest: digest) }
      guard let salt = ranges[1], salt.count == 32, last <= 2 else { throw Fault.malformed }
      // An empty text is protobuf's default, and not written.
      return .salted(salt: salt, value: ranges[2] ?? salt.upperBound..<salt.upperBound)
    }
  }

  /// SHA-256(tag ‖ length of the skeleton (4, big-endian) ‖ skeleton ‖ digest of each leaf in order).
  public var digest: Hash256 {
    bytes.withUnsafeBytes { raw in
      var out = ByteWriter(capacity: skeleton.count + 32 * leaves.count + 16)
      out.write(HashTag.body)
      out.write(bigEndian: UInt32(skeleton.count))
      out.write(buffer: UnsafeRawBufferPointer(rebasing: raw[skeleton]))
      var scratch = ByteWriter(capacity: 256)
      for (index, leaf) in leaves.enumerated() {
        switch leaf {
        case .erased(let range): out.write(buffer: UnsafeRawBufferPointer(rebasing: raw[range]))
        case .salted(let salt, let value):
          out.write(LeafDigest.digest(salt: Hash256(raw[salt])!, value: raw[value], scratch: &scratch))
        case .value(let value):
          let salt = LeafDigest.salt(seed: seed.map { raw[$0] }, index: index, scratch: &scratch)
          out.write(LeafDigest.digest(salt: salt, value: raw[value], scratch: &scratch))
        }
      }
      return Hash256(hashing: out.bytes)
    }
  }
}

/// The digest of one leaf: SHA-256(tag ‖ salt (32) ‖ value).
enum LeafDigest {
  /// SHA-256(tag ‖ seed (16) ‖ index (4, big-endian)); 32 zero bytes in a change that has no seed.
  static func salt(seed: Slice<UnsafeRawBufferPointer>?, index: Int, scratch: inout ByteWriter) -> Hash256 {
    guard let seed else { return .zero }
    scratch.removeAll()
    scratch.write(HashTag.salt)
    scratch.write(buffer: UnsafeRawBufferPointer(rebasing: seed))
    scratch.write(bigEndian: UInt32(index))
    return Hash256(hashing: scratch.bytes)
  }

  static func digest(
    salt: Hash256, value: Slice<UnsafeRawBufferPointer>, scratch: inout ByteWriter
  ) -> Hash256 {
    scratch.removeAll()
    scratch.write(HashTag.leaf)
    scratch.write(salt)
    scratch.write(buffer: UnsafeRawBufferPointer(rebasing: value))
    return Hash256(hashing: scratch.bytes)
  }
}
