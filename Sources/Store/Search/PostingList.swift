internal import Campaign
internal import Foundation
internal import Ledger

/// The records that a pair of characters stands in, ascending by key, each with what the pair weighs there (see
/// `SearchText.weight`).
struct PostingList {
  struct Posting {
    var key: Int64
    var weight: Int
  }

  private(set) var postings: [Posting] = []

  mutating func add(_ key: Int64, weight: Int) { postings.append(Posting(key: key, weight: weight)) }

  // MARK: bytes

  /// Appends one posting to a list's bytes: a varint of the difference to the last key, doubled; odd where the
  /// weight is not the least one, which then follows.
  static func write(_ step: Int64, weight: Int, to out: inout ByteWriter) {
    if weight == SearchText.leastWeight {
      out.write(varint: UInt64(step) << 1)
    } else {
      out.write(varint: UInt64(step) << 1 | 1)
      out.write(varint: UInt64(weight))
    }
  }

  mutating func add(encoded bytes: Data) {
    bytes.withUnsafeBytes { raw in
      postings.reserveCapacity(postings.count + raw.count / 2)
      var reader = ByteReader(raw)
      var last: Int64 = 0
      while !reader.isAtEnd, let step = try? reader.readVarint() {
        last &+= Int64(truncatingIfNeeded: step >> 1)
        var weight = SearchText.leastWeight
        if step & 1 == 1 {
          guard let stated = try? reader.readVarint() else { return }
          weight = Int(truncatingIfNeeded: stated)
        }
        postings.append(Posting(key: last, weight: weight))
      }
    }
  }

  /// The list's bytes; ascending, each key once.
  var encoded: [UInt8] {
    var out = ByteWriter(capacity: postings.count * 2)
    var last: Int64 = 0
    for posting in postings {
      PostingList.write(posting.key - last, weight: posting.weight, to: &out)
      last = posting.key
    }
    return out.bytes
  }

  // MARK: several lists

  mutating func add(_ list: PostingList) { postings += list.postings }

  /// Ascending, each key once.
  ///
  /// - Parameter merge: what a key weighs that was added more than once.
  mutating func sort(merging merge: (Int, Int) -> Int) {
    let isSorted = zip(postings, postings.dropFirst()).allSatisfy { $0.key < $1.key }
    guard !isSorted else { return }
    postings.sort { $0.key < $1.key }
    var kept = 0
    for index in postings.indices.dropFirst() {
      if postings[index].key == postings[kept].key {
        postings[kept].weight = merge(postings[kept].weight, postings[index].weight)
      } else {
        kept += 1
        postings[kept] = postings[index]
      }
    }
    postings.removeLast(postings.count - kept - 1)
  }

  /// What is in both, weighing what `merge` makes of the two weights.
  func intersection(_ other: PostingList, merging merge: (Int, Int) -> Int) -> PostingList {
    var common = PostingList()
    var (a, b) = (0, 0)
    while a < postings.count, b < other.postings.count {
      let (mine, others) = (postings[a], other.postings[b])
      if mine.key == others.key { common.add(mine.key, weight: merge(mine.weight, others.weight)) }
      if mine.key <= others.key { a += 1 }
      if others.key <= mine.key { b += 1 }
    }
    return common
  }

  /// Without some keys, ascending.
  mutating func remove(_ keys: [Int64]) {
    guard !keys.isEmpty else { return }
    var next = 0
    postings.removeAll { posting in
      while next < keys.count, keys[next] < posting.key { next += 1 }
      return next < keys.count && keys[next] == posting.key
    }
  }
}
