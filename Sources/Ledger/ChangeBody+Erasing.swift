/// Leaving texts out of a body, for a redaction.
extension ChangeBody {
  /// The body without some texts, in bytes.
  ///
  /// - Parameter leaves: counted over all leaves from 0.
  /// - Returns: nil where nothing of it is to go. A leaf that is no text stays.
  public func withoutTexts(_ named: Set<Int>, of change: ChangeRef) -> [UInt8]? {
    guard !named.isSubset(of: erasedLeaves) else { return nil }
    let leaves = textLeaves(of: change).map { named.intersection($0) } ?? named
    guard !leaves.subtracting(erasedLeaves).isDisjoint(with: self.leaves.indices) else { return nil }
    let bytes = erasing(leaves)
    // A leaf of other values cannot be missing: such a body would not be read.
    guard let body = try? ChangeBody(bytes),
      (try? ChangeDecoder.decode(body, of: change, previousTime: 0)) != nil
    else { return nil }
    return bytes
  }

  /// The leaves that are texts; nil of a newer format's change, of which only reading it without them tells.
  private func textLeaves(of change: ChangeRef) -> Set<Int>? {
    guard let content = try? ChangeDecoder.decode(self, of: change, previousTime: 0), !content.hasUnknownParts
    else { return nil }
    var index = MutationIndex(self, of: change)
    do {
      try index.reach(.max)
      return try content.mutations.indices.reduce(into: []) { texts, position in
        texts.formUnion(try index.textLeaves(at: position).map { Int($0.leaf) })
      }
    } catch {
      return nil
    }
  }

  /// The text that a leaf holds; nil where it was erased or there are not so many.
  public func text(ofLeaf index: Int) -> String? {
    guard leaves.indices.contains(index) else { return nil }
    switch leaves[index] {
    case .value(let range), .salted(_, let range): return String(decoding: bytes[range], as: UTF8.self)
    case .erased: return nil
    }
  }

  /// The same body without the values of some leaves: their digests stand in their place, and salts beside the others
  /// instead of the seed that would tell them all. Its digest is the same.
  ///
  /// - Parameter more: the leaves, beside those that are erased already; counted from 0.
  func erasing(_ more: Set<Int>) -> [UInt8] {
    let gone = more.union(erasedLeaves)
    guard leaves.indices.contains(where: gone.contains) else { return bytes }
    return bytes.withUnsafeBytes { raw in
      var out = ByteWriter(capacity: bytes.count + leaves.count * ChangeBody.stayedByteCount)
      out.write(field: 1, bytes: raw[skeleton])
      var scratch = ByteWriter(capacity: 256)
      for (index, leaf) in leaves.enumerated() {
        var stayed = ByteWriter(capacity: 64)
        if gone.contains(index) {
          stayed.write(field: 3, bytes: digest(of: leaf, index, raw, &scratch).bytes)
        } else {
          let (salt, value) = salted(leaf, index, raw, &scratch)
          stayed.write(field: 1, bytes: salt.bytes)
          if !value.isEmpty { stayed.write(field: 2, bytes: value) }
        }
        out.write(field: 4, bytes: stayed.bytes)
      }
      return out.bytes
    }
  }

  private func salted(
    _ leaf: Leaf, _ index: Int, _ raw: UnsafeRawBufferPointer, _ scratch: inout ByteWriter
  ) -> (salt: Hash256, value: Slice<UnsafeRawBufferPointer>) {
    switch leaf {
    case .value(let value):
      (LeafDigest.salt(seed: seed.map { raw[$0] }, index: index, scratch: &scratch), raw[value])
    case .salted(let salt, let value): (Hash256(raw[salt])!, raw[value])
    case .erased: preconditionFailure("leaf \(index) is erased and has no salt")
    }
  }

  private func digest(
    of leaf: Leaf, _ index: Int, _ raw: UnsafeRawBufferPointer, _ scratch: inout ByteWriter
  ) -> Hash256 {
    if case .erased(let digest) = leaf { return Hash256(raw[digest])! }
    let (salt, value) = salted(leaf, index, raw, &scratch)
    return LeafDigest.digest(salt: salt, value: value, scratch: &scratch)
  }
}
