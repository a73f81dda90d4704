/// What a write names: the dots that it supersedes, those that candidates came from, and a deletion's heir.
extension ChangeDecoder {
  struct Link {
    var cell = 0
    var supersedes: [Dot] = []
    var origins: [Dot] = []
    var heir: RecordPlace?
  }

  mutating func link(_ bytes: UnsafeRawBufferPointer, after previous: Int?) throws -> Link {
    var reader = ByteReader(bytes)
    var link = Link()
    var runs: [UInt64: UnsafeRawBufferPointer] = [:]
    var heirSpace: Space?
    var last: UInt64 = 0
    while !reader.isAtEnd {
      let field = try ProtobufField(from: &reader)
      try field.follows(last, repeated: [])
      last = field.number
      switch field.pair {
      case (1, .varint(let cell)):
        guard cell > 0, let cell = Int(exactly: cell) else { throw ChangeBody.Fault.notCanonical }
        link.cell = cell
      case (2...5, .bytes(let run)):
        guard !run.isEmpty else { throw ChangeBody.Fault.notCanonical }
        runs[last] = run
      case (6, .bytes(let name)):
        guard let space = Space(named: name) else { throw ChangeBody.Fault.malformed }
        heirSpace = space
      case (7, .bytes(let id)):
        guard let heirSpace, let id = RecordID(id) else { throw ChangeBody.Fault.malformed }
        link.heir = RecordPlace(space: heirSpace, record: id)
      case (8..., _): throw Stop.newerFormat
      default: throw ChangeBody.Fault.malformed
      }
    }
    guard heirSpace == nil || link.heir != nil else { throw ChangeBody.Fault.malformed }
    guard previous.map({ $0 < link.cell }) ?? true else { throw ChangeBody.Fault.notCanonical }
    // Hashes of nothing would be bytes that nobody reads.
    guard runs[2] != nil || runs[3] == nil, runs[4] != nil || runs[5] == nil else {
      throw ChangeBody.Fault.notCanonical
    }
    link.supersedes = try dots(runs[2], hashes: runs[3])
    guard zip(link.supersedes, link.supersedes.dropFirst()).allSatisfy({ $0 < $1 }) else {
      throw ChangeBody.Fault.notCanonical
    }
    link.origins = try dots(runs[4], hashes: runs[5])
    guard !link.supersedes.isEmpty || !link.origins.isEmpty || link.heir != nil else {
      throw ChangeBody.Fault.notCanonical
    }
    return link
  }

  private mutating func dots(_ run: UnsafeRawBufferPointer?, hashes: UnsafeRawBufferPointer?) throws -> [Dot]
  {
    guard let run else { return [] }
    var reader = ByteReader(run)
    var hashReader = ByteReader(hashes ?? UnsafeRawBufferPointer(start: nil, count: 0))
    var dots: [Dot] = []
    while !reader.isAtEnd {
      let index = try reader.readVarint()
      let n = try reader.readVarint()
      let count = try reader.readVarint()
      guard index <= UInt64(foreignLogs.count), count > 0, n > 0, count <= UInt64(reader.remaining) else {
        throw ChangeBody.Fault.malformed
      }
      guard index <= UInt64(usedLogs) + 1 else { throw ChangeBody.Fault.notCanonical }
      usedLogs = max(usedLogs, Int(index))
      try self.count(parts: Int(count))
      // A reference within the own log needs no hash: it lies on this very branch.
      let prefix = index == 0 ? 0 : try hashReader.readBigEndian64()
      guard n <= UInt64(Int64.max), index > 0 || n < own.n else { throw ChangeBody.Fault.malformed }
      let change = ChangeRef(log: index == 0 ? log : foreignLogs[Int(index) - 1], n: n, hashPrefix: prefix)
      // The dots of one change stand in one run.
      guard change != dots.last?.change else { throw ChangeBody.Fault.notCanonical }
      for _ in 0..<count {
        guard let k = UInt32(exactly: try reader.readVarint()), k > 0 else {
          throw ChangeBody.Fault.malformed
        }
        dots.append(Dot(change: change, k: k))
      }
    }
    guard hashReader.isAtEnd else { throw ChangeBody.Fault.malformed }
    return dots
  }
}
