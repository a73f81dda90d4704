/// What one change does to one record.
public struct Mutation: Hashable, Sendable {
  /// How the record is named in the change.
  public enum Target: Hashable, Sendable {
    case id(RecordID)
    /// By the dot of the author's own log that made it, where that is shorter.
    case madeHere(n: UInt64, k: UInt32)
  }

  public var target: Target
  public var creation: Creation?
  public var writes: [CellWrite]

  public init(target: Target, creation: Creation? = nil, writes: [CellWrite]) {
    self.target = target
    self.creation = creation
    self.writes = writes
  }

  /// How many dots this mutation takes.
  public var dotCount: Int {
    writes.reduce(creation == nil ? 0 : 1) { $0 + $1.content.dotCount }
  }
}

/// The making of a record.
public struct Creation: Hashable, Sendable {
  public var kind: KindName
  /// Where the record was before it was moved here.
  public var origin: RecordPlace?

  public init(kind: KindName, origin: RecordPlace? = nil) {
    self.kind = kind
    self.origin = origin
  }
}

/// A record's kind: its code within a lineage of packs. Neither part holds a `/`. Names are equal where their
/// bytes are.
public struct KindName: Hashable, Sendable {
  public var lineage: String
  public var code: String

  public init(lineage: String, code: String) {
    self.lineage = lineage
    self.code = code
  }

  /// `lineage/code`
  var joined: String { "\(lineage)/\(code)" }

  init?(joined: String) {
    // By bytes: before a combining mark a `/` is part of a longer character.
    let bytes = joined.utf8
    guard let slash = bytes.firstIndex(of: UInt8(ascii: "/")) else { return nil }
    lineage = String(decoding: bytes[..<slash], as: UTF8.self)
    let rest = bytes[bytes.index(after: slash)...]
    guard !rest.contains(UInt8(ascii: "/")) else { return nil }
    code = String(decoding: rest, as: UTF8.self)
  }

  public static func == (a: KindName, b: KindName) -> Bool {
    a.code.hasSameBytes(as: b.code) && a.lineage.hasSameBytes(as: b.lineage)
  }

  public func hash(into hasher: inout Hasher) {
    lineage.hashBytes(into: &hasher)
    code.hashBytes(into: &hasher)
  }
}

/// A write to one cell, with the living writes that its author saw and that it takes the place of.
public struct CellWrite: Hashable, Sendable {
  /// The pack's number of the field or group; 0 is the record's own existence.
  public var cell: UInt32
  public var content: WriteContent
  /// Named predecessors. Earlier writes of the author's own log need no naming (see `WriteContent.succeedsOwn`).
  public var supersedes: [Dot]
  /// Of a deletion: the record that was made in place of this one elsewhere. Other writes have none.
  public var heir: RecordPlace?

  public init(cell: UInt32, content: WriteContent, supersedes: [Dot] = [], heir: RecordPlace? = nil) {
    self.cell = cell
    self.content = content
    self.supersedes = supersedes
    self.heir = heir
  }

  public static let existenceCell: UInt32 = 0
}

/// What a write puts into its cell.
public enum WriteContent: Hashable, Sendable {
  case register(Value)
  /// Members in ascending order of their field numbers, each once.
  case group([GroupMember])
  /// Elements added, each a dot of its own; removals are the predecessors alone.
  case elements([Value])
  case tallyBase(Value)
  case tallyIncrement(Int64)
  /// The record's deletion: the predecessors are the writes that its author saw (and former deletions).
  case deletion
  case restoration
  /// Values that stand beside each other, each with the dot of its write: those that an undone resolution had settled, or
  /// those of a record that is made anew in another space.
  case candidates([Candidate])

  /// The sort of cell that a write belongs to; a cell is the pair of number and sort.
  public var sort: CellSort {
    switch self {
    case .register: .register
    case .group: .group
    case .elements: .set
    case .tallyBase, .tallyIncrement: .tally
    case .deletion, .restoration: .existence
    case .candidates(let list): list.first?.content.sort ?? .register
    }
  }

  public var isCandidates: Bool {
    if case .candidates = self { true } else { false }
  }

  /// Whether a redaction took something of it: of a set, whose elements stand each alone, nothing is said.
  public var holdsErased: Bool {
    switch self {
    case .register(let value): value == .erased
    case .group(let members): members.contains { $0.value == .erased }
    default: false
    }
  }

  /// How many dots a write of this takes.
  public var dotCount: Int {
    if case .elements(let values) = self { return values.count }
    return 1
  }
}

/// How a cell merges.
public enum CellSort: UInt8, Hashable, Sendable, Comparable {
  case register = 0
  case group = 1
  case set = 2
  case tally = 3
  case existence = 4

  public static func < (a: CellSort, b: CellSort) -> Bool { a.rawValue < b.rawValue }
}

/// A value that was living before a resolution was undone.
public struct Candidate: Hashable, Sendable {
  public var dot: Dot
  /// The author's wall clock at that write, in milliseconds since 1970.
  public var time: Int64
  public var content: WriteContent

  public init(dot: Dot, time: Int64, content: WriteContent) {
    self.dot = dot
    self.time = time
    self.content = content
  }
}
