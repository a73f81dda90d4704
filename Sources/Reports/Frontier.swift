internal import Campaign
public import Ledger
public import Store

/// What a report rests on, so that two can be compared and a missing office is seen.
public struct Frontier: Sendable {
  public struct Office: Sendable {
    public var name: String
    public var division: DivisionCode
    /// Milliseconds since 1970; nil where it was never heard of.
    public var lastSeen: Int64?
    public var changes: UInt64
  }

  public var packVersion: Int
  public var offices: [Office]
  public var conflictsOpen: Int
  public var quarantined: Int

  public init(_ snapshot: Snapshot) throws {
    packVersion = try snapshot.pack().info.version
    offices = try snapshot.offices().map { office in
      Office(
        name: office.name, division: office.division, lastSeen: office.lastSeen,
        changes: try snapshot.heads(of: office.node).reduce(0) { $0 + $1.n })
    }
    conflictsOpen = try snapshot.conflictCount()
    quarantined = try snapshot.quarantine().count
  }
}
