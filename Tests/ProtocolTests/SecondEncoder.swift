import FoundationEssentials
import Ledger
import SwiftProtobuf

/// A change's body built from the generated types and Protocol/SPEC.md alone: what somebody would write who
/// never read the Ledger's own encoder.
struct SecondEncoder {
  private var skeleton = ProtoSkeleton()
  private var leaves: [Data] = []
  private var hasText = false
  private let log: LogID

  static func body(_ content: ChangeContent, in log: LogID, previousTime: Int64, seed: [UInt8])
    -> ProtoChangeBody
  {
    var encoder = SecondEncoder(log: log)
    encoder.fill(content, previousTime: previousTime)
    return .with {
      $0.skeleton = encoder.skeleton.canonical
      if encoder.hasText { $0.seed = Data(seed) }
      $0.leaf = encoder.leaves
    }
  }

  private init(log: LogID) { self.log = log }

  private mutating func fill(_ content: ChangeContent, previousTime: Int64) {
    skeleton.time = content.time &- previousTime
    skeleton.operator = content.operatorName
    if let certificate = content.certificate { skeleton.certificate = Data(certificate.bytes) }
    for mutation in content.mutations { skeleton.mutation.append(carry(mutation)) }
    skeleton.statement = content.statements.map { statement in
      .with {
        $0.type = statement.type
        $0.payload = Data(statement.payload)
      }
    }
  }

  private mutating func carry(_ mutation: Mutation) -> ProtoMutation {
    var carrier = ProtoMutation()
    switch mutation.target {
    case .id(let id): carrier.id = Data(id.bytes)
    case .madeHere(let n, let k):
      carrier.madeN = n
      carrier.madeK = UInt64(k)
    }
    if let creation = mutation.creation { carrier.creation = carry(creation) }
    var values: [UInt8] = []
    var texts: [Data] = []
    for (index, write) in mutation.writes.enumerated() {
      carrier.cells.append(UInt64(write.cell) * 8 + code(write.content))
      put(write.content, &carrier.cells, &values, &texts)
      let origins = origins(write.content)
      guard !write.supersedes.isEmpty || !origins.isEmpty || write.heir != nil else { continue }
      carrier.link.append(link(UInt64(index), write.supersedes.sorted(), origins, write.heir))
    }
    if !values.isEmpty { leaves.append(Data(values)) }
    leaves += texts
    if !texts.isEmpty { hasText = true }
    return carrier
  }

  private mutating func carry(_ creation: Creation) -> ProtoCreation {
    let name = "\(creation.kind.lineage)/\(creation.kind.code)"
    if !skeleton.kind.contains(name) { skeleton.kind.append(name) }
    return .with {
      $0.kind = UInt64(skeleton.kind.firstIndex(of: name)!)
      guard let origin = creation.origin else { return }
      $0.originSpace = Data([origin.space.section.rawValue] + origin.space.division.utf8)
      $0.originID = Data(origin.record.bytes)
    }
  }

  private func code(_ content: WriteContent) -> UInt64 {
    switch content {
    case .register: 0
    case .group: 1
    case .elements: 2
    case .tallyBase: 3
    case .tallyIncrement: 4
    case .deletion: 5
    case .restoration: 6
    case .candidates: 7
    }
  }

  private func origins(_ content: WriteContent) -> [Dot] {
    if case .candidates(let candidates) = content { return candidates.map(\.dot) }
    return []
  }

  private func put(
    _ content: WriteContent, _ cells: inout [UInt64], _ values: inout [UInt8], _ texts: inout [Data]
  ) {
    switch content {
    case .register(let value), .tallyBase(let value):
      cells.append(put(value, &values, &texts))
    case .group(let members):
      cells.append(UInt64(members.count))
      for member in members { cells.append(UInt64(member.field) * 16 + put(member.value, &values, &texts)) }
    case .elements(let elements):
      cells.append(UInt64(elements.count))
      for element in elements { cells.append(put(element, &values, &texts)) }
    case .tallyIncrement(let step): cells.append(zigZag64(step))
    case .deletion, .restoration: break
    case .candidates(let candidates):
      cells.append(UInt64(candidates.count))
      for candidate in candidates {
        cells += [zigZag64(candidate.time), code(candidate.content)]
        put(candidate.content, &cells, &values, &texts)
      }
    }
  }

  /// - Returns: the value's shape.
  private func put(_ value: Value, _ values: inout [UInt8], _ texts: inout [Data]) -> UInt64 {
    switch value {
    case .null: return 0
    case .flag(let flag): return flag ? 8 : 4
    case .erased: return 12
    case .integer(let number):
      values += varint(zigZag64(number))
      return 1
    case .date(let days):
      values += varint(zigZag64(Int64(days)))
      return 5
    case .code(let text):
      values += varint(UInt64(text.utf8.count)) + Array(text.utf8)
      return 2
    case .decimal(let text):
      values += varint(UInt64(text.utf8.count)) + Array(text.utf8)
      return 6
    case .record(let id):
      values += [16] + id.bytes
      return 10
    case .text(let text):
      texts.append(Data(text.utf8))
      return 3
    case .unknown(let shape, let payload):
      if shape & 3 == 3 {
        texts.append(Data(payload))
      } else {
        values += varint(UInt64(payload.count)) + payload
      }
      return UInt64(shape)
    }
  }

  private mutating func link(
    _ cell: UInt64, _ superseded: [Dot], _ origins: [Dot], _ heir: RecordPlace?
  ) -> ProtoLink {
    var carrier = ProtoLink()
    carrier.cell = cell
    (carrier.superseded, carrier.supersededHashes) = runs(superseded)
    (carrier.origins, carrier.originHashes) = runs(origins)
    if let heir {
      carrier.heirSpace = Data([heir.space.section.rawValue] + heir.space.division.utf8)
      carrier.heirID = Data(heir.record.bytes)
    }
    return carrier
  }

  private mutating func runs(_ dots: [Dot]) -> ([UInt64], Data) {
    var numbers: [UInt64] = []
    var hashes: [UInt8] = []
    var rest = dots[...]
    while let change = rest.first?.change {
      let run = rest.prefix { $0.change == change }
      rest = rest.dropFirst(run.count)
      let index = index(of: change.log)
      numbers += [index, change.n, UInt64(run.count)] + run.map { UInt64($0.k) }
      if index > 0 { hashes += change.hashPrefix.bigEndianBytes }
    }
    return (numbers, Data(hashes))
  }

  private mutating func index(of other: LogID) -> UInt64 {
    if other == log { return 0 }
    let name = Data(other.node.bytes + other.epoch.bigEndianBytes)
    if !skeleton.log.contains(name) { skeleton.log.append(name) }
    return UInt64(skeleton.log.firstIndex(of: name)! + 1)
  }

  private func zigZag64(_ value: Int64) -> UInt64 {
    value < 0 ? UInt64(bitPattern: -(value + 1)) * 2 + 1 : UInt64(value) * 2
  }

  private func varint(_ value: UInt64) -> [UInt8] {
    value < 128 ? [UInt8(value)] : [UInt8(value % 128) + 128] + varint(value / 128)
  }
}

extension SwiftProtobuf.Message {
  /// The library writes known fields ascending, shortest, and without defaults.
  var canonical: Data { (try? serializedData()) ?? Data() }
}
