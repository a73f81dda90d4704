/// What makes a record anew in another space: all that lives of it, but for its existence. No pack is asked, so what
/// this version does not know goes along too.
public struct Remaking: Sendable {
  /// Cells with one value, sets, and counts as they stand; by portions of which each fits into a change of its own.
  public private(set) var portions: [[CellWrite]] = [[]]
  /// Cells whose values stand beside each other, each as candidates that name who wrote them: changes of their own, behind
  /// the portions.
  public private(set) var contested: [CellWrite] = []

  /// About how many bytes the values of a portion may have; a single one that has more stands alone.
  private static let portionBytes = 512 << 10
  /// Elements of a set in one write.
  private static let pieceCount = 4096
  /// Values and members in a portion, which `ContentLimits.parts` counts: a change has room for those of other records.
  private static let portionCount = 20_000

  private let space: Space
  private let heirs: [RecordID: RecordID]
  private let erased: Set<UInt32>
  private var portionSize = 0
  private var portionParts = 0

  /// - Parameters:
  ///   - space: where it is made anew.
  ///   - rule: how a cell chooses what is shown.
  ///   - namers: records that name this one as the same activity, or as another: the new one names them.
  ///   - heirs: records that are made anew as well, by what they were called.
  ///   - erased: numbers of fields, which have one value each, of which a redaction is known that their text lived on from.
  public init(
    _ state: RecordState, in space: Space, rule: (UInt32) -> MergeRule, namers: [PairCell: [RecordID]] = [:],
    heirs: [RecordID: RecordID] = [:], erased: Set<UInt32> = []
  ) {
    self.space = space
    self.heirs = heirs
    self.erased = erased
    for cell in state.cells where cell.sort != .existence {
      take(cell.shown(rule: rule(cell.number), rank: { _ in 0 }), namers)
    }
    for (pair, ids) in namers.sorted(by: { $0.key.rawValue < $1.key.rawValue })
    where state.cell(pair.rawValue, .set) == nil {
      add(.elements(ids.sorted().map { .record($0) }), to: pair.rawValue)
    }
  }

  /// About how many bytes the first portion takes.
  public var byteCount: Int { portions[0].reduce(0) { $0 + $1.content.byteCount + 2 } }

  /// How many parts the first portion has, as `ContentLimits.parts` counts them.
  public var partCount: Int { portions[0].reduce(0) { $0 + $1.content.partCount + 1 } }

  /// Whether each cell whose values stand beside each other fits into a change: a few large texts may not.
  ///
  /// - Parameter log: what writes it.
  public func fits(in log: LogID) -> Bool {
    contested.allSatisfy { write in
      let content = ChangeContent(
        time: 0, mutations: [Mutation(target: .id(RecordID(high: 0, low: 0)), writes: [write])])
      let seed = [UInt8](repeating: 0, count: ChangeBody.seedByteCount)
      return (try? ContentLimits.check(content)) != nil
        && (try? ChangeEncoder.encode(content, in: log, previousTime: 0, seed: seed)) != nil
    }
  }

  private mutating func take(_ shown: ShownCell, _ namers: [PairCell: [RecordID]]) {
    switch shown.sort {
    case .set:
      var elements = shown.elements.map(renamed)
      let named = Set(elements)
      let others = PairCell(rawValue: shown.number).flatMap { namers[$0] } ?? []
      elements += others.map { .record($0) }.filter { !named.contains($0) }
      for start in stride(from: 0, to: elements.count, by: Remaking.pieceCount) {
        add(.elements(Array(elements[start...].prefix(Remaking.pieceCount))), to: shown.number)
      }
    case .tally: takeTally(shown)
    default: takeValues(shown)
    }
  }

  private mutating func takeTally(_ shown: ShownCell) {
    if case .tallyBase(.integer)? = shown.shown, let total = shown.total, !isContested(shown) {
      return add(.tallyBase(.integer(total)), to: shown.number)
    }
    takeValues(shown)
    if shown.increments != 0 { add(.tallyIncrement(shown.increments), to: shown.number) }
  }

  private mutating func takeValues(_ shown: ShownCell) {
    guard isContested(shown) else {
      switch shown.shown {
      case nil, .register(.null), .group([]), .tallyBase(.null): return
      case let content?: return add(kept(content, of: shown.number), to: shown.number)
      }
    }
    // Of one author each value once: who wrote it says how high it ranks, and how often says nothing.
    var seen: [WriteContent: Set<NodeID>] = [:]
    let values = shown.entries.filter { seen[$0.content, default: []].insert($0.author).inserted }
    let candidates = values.map {
      Candidate(dot: $0.dot.carried(to: space), time: $0.time, content: kept($0.content, of: shown.number))
    }
    contested.append(
      CellWrite(cell: shown.number, content: .candidates(candidates.sorted { $0.dot < $1.dot })))
  }

  private func isContested(_ shown: ShownCell) -> Bool {
    shown.entries.contains { $0.content != shown.shown }
  }

  /// A cell is touched once in a change.
  private mutating func add(_ content: WriteContent, to cell: UInt32) {
    let size = content.byteCount
    let parts = content.partCount + 1
    let isFull =
      portionSize > 0
      && (portionSize + size > Remaking.portionBytes || portionParts + parts > Remaking.portionCount)
    if isFull || portions[portions.count - 1].contains(where: { $0.cell == cell }) {
      portions.append([])
      (portionSize, portionParts) = (0, 0)
    }
    portions[portions.count - 1].append(CellWrite(cell: cell, content: content))
    portionSize += size
    portionParts += parts
  }

  private func kept(_ content: WriteContent, of cell: UInt32) -> WriteContent {
    switch renamed(content) {
    case .register where erased.contains(cell): .register(.erased)
    case .group(let members):
      .group(
        members.map { erased.contains($0.field) ? GroupMember(field: $0.field, value: .erased) : $0 })
    case let other: other
    }
  }

  private func renamed(_ content: WriteContent) -> WriteContent {
    switch content {
    case .register(let value): return .register(renamed(value))
    case .group(let members):
      return .group(members.map { GroupMember(field: $0.field, value: renamed($0.value)) })
    default: return content
    }
  }

  private func renamed(_ value: Value) -> Value {
    if case .record(let id) = value { return .record(heirs[id] ?? id) }
    return value
  }
}

extension WriteContent {
  /// About how many bytes it takes in a change.
  fileprivate var byteCount: Int {
    switch self {
    case .register(let value), .tallyBase(let value): value.byteCount
    case .group(let members): members.reduce(0) { $0 + 3 + $1.value.byteCount }
    case .elements(let values): values.reduce(0) { $0 + 2 + $1.byteCount }
    case .tallyIncrement, .deletion, .restoration: 8
    case .candidates(let candidates): candidates.reduce(0) { $0 + 24 + $1.content.byteCount }
    }
  }
}

extension WriteContent {
  fileprivate var partCount: Int {
    switch self {
    case .group(let members): members.count
    case .elements(let values): values.count
    case .candidates(let candidates): 2 * candidates.count
    default: 0
    }
  }
}

extension Value {
  fileprivate var byteCount: Int {
    switch self {
    case .text(let text), .code(let text), .decimal(let text): text.utf8.count + 4
    case .unknown(_, let payload): payload.count + 4
    case .record: 17
    case .null, .flag, .integer, .date, .erased: 8
    }
  }
}
