public import Ledger

/// How much of what a node wrote counts.
///
/// A change counts where every revocation and every ruling on its log honours it, and where one of the node's
/// certificates covers it: one that nobody took back, or one that was taken back by narrowings which all honour the
/// change.
public struct Honoured: Hashable, Sendable {
  /// By log, heads that are still honoured; a log not named: nothing of it.
  public typealias Heads = [LogID: [ChangeRef]]

  /// A certificate that the node has or had.
  public struct Way: Hashable, Sendable {
    public var divisions: Set<DivisionCode>
    /// What each narrowing names that took it back; of these every one has to honour a change.
    public var narrowings: [Heads]

    public init(divisions: Set<DivisionCode>, narrowings: [Heads]) {
      self.divisions = divisions
      self.narrowings = narrowings
    }
  }

  public var revocations: [Heads]
  /// Of a log that one of these names what every one that names it does; of others everything.
  public var rulings: [Heads]
  /// nil where of all certificates that are held each counts or covers no more: then scope is judged elsewhere.
  public var ways: [Way]?

  public init(revocations: [Heads] = [], rulings: [Heads] = [], ways: [Way]? = nil) {
    self.revocations = revocations
    self.rulings = rulings
    self.ways = ways
  }

  public static let everything = Honoured()
  public static let nothing = Honoured(revocations: [[:]])

  /// What every one of these honours.
  public static func only(_ revocations: [Heads]) -> Honoured { Honoured(revocations: revocations) }

  /// What has to honour a change of a log: all heads lists of one of these. One that is empty asks for nothing; none
  /// at all: nothing counts.
  func demands(on log: LogID) -> [[[ChangeRef]]] {
    let always = revocations.map { $0[log] ?? [] } + rulings.compactMap { $0[log] }
    guard let ways else { return [always] }
    return ways.filter { $0.divisions.contains(log.space.division) }.map { way in
      always + way.narrowings.map { $0[log] ?? [] }
    }
  }

  /// Whether a change may count, as far as its number and hash tell. Where a log has branches only the branches
  /// themselves tell.
  public func mayCount(_ change: ChangeRef) -> Bool {
    demands(on: change.log).contains { way in
      way.allSatisfy { heads in heads.contains { $0.n > change.n || $0 == change } }
    }
  }

  /// The heads of a log that are named, by whatever names them; nil where all of it counts.
  public func heads(on log: LogID) -> Set<ChangeRef>? {
    let ways = demands(on: log)
    return ways.contains { $0.isEmpty } ? nil : Set(ways.joined().joined())
  }

  /// Why something does not count here.
  public var fault: BatchFault {
    guard revocations.isEmpty else { return .revoked }
    guard let ways else { return rulings.isEmpty ? .revoked : .ruledOut }
    return ways.allSatisfy(\.narrowings.isEmpty) ? .outOfScope : .narrowed
  }

  /// Whether nothing was said of the node, and only some of its certificates counts.
  public var isOnlyOfScope: Bool {
    revocations.isEmpty && rulings.isEmpty && ways?.allSatisfy(\.narrowings.isEmpty) != false
  }

  /// Whether any certificate that the node ever had covers a division.
  public func covers(_ division: DivisionCode) -> Bool {
    ways?.contains { $0.divisions.contains(division) } ?? true
  }

  /// Whether a revocation or a narrowing that concerns a log names this very head.
  public func names(_ head: LogHead) -> Bool {
    demands(on: head.log).contains { way in way.contains { $0.contains(head.ref) } }
  }
}

extension Snapshot {
  /// Whether a change is one of those that heads honour, or lies before one on its way. Where a head is not held yet,
  /// what has a lower number does.
  public func honours(_ heads: [ChangeRef], _ change: ChangeRef) throws -> Bool {
    let logs = LogRegistry(db, withdrawnToo: true)
    return try heads.contains { head in
      guard head.log == change.log, head.n >= change.n else { return false }
      if head == change { return true }
      guard try logs.branch(holding: head.n, hashPrefix: head.hashPrefix, of: head.log) != nil else {
        return head.n > change.n
      }
      return head.n > change.n && logs.isAncestor(change, of: head)
    }
  }
}
