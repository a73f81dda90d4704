internal import Campaign
public import Ledger
public import Store

/// What a report rests on, so that two can be compared and a missing office is seen.
public struct Frontier: Sendable {
  public struct Office: Sendable {
    public var name: String
    public var division: DivisionCode
    /// Whether it is the office whose store this is.
    public var isOwn: Bool
    /// When this store last spoke with it, milliseconds since 1970; nil where it never did.
    public var lastContact: Int64?
    public var holding: OfficeHolding

    /// Whether anything came from it, by whatever way.
    public var isHeardOf: Bool { isOwn || lastContact != nil || holding.changes > 0 }
  }

  public var packVersion: Int
  public var offices: [Office]
  public var conflictsOpen: Int
  /// Stretches of logs that were set aside.
  public var quarantined: Int
  /// Records of the scope, of whatever day, that no report can count: the pack in force does not know their kinds.
  public var ofUnknownKinds: Int
  /// Offices that were invited and have not joined.
  public var invited: [(name: String, division: DivisionCode)]

  public var neverHeardOf: [(name: String, division: DivisionCode)] {
    offices.filter { !$0.isHeardOf }.map { ($0.name, $0.division) } + invited
  }

  /// An invitation that has run out by the report's moment asks nobody in any more.
  public init(_ snapshot: Snapshot, _ scope: ReportScope) throws {
    let pack = try snapshot.pack()
    packVersion = pack.info.version
    ofUnknownKinds = try snapshot.unknownKindCount(scope.filter(pack))
    let holdings = try snapshot.officeHoldings()
    let own = try snapshot.meta(.node).flatMap { NodeID($0) }
    var offices = try snapshot.offices().map { office in
      Office(
        name: office.name, division: office.division, isOwn: office.node == own, lastContact: office.lastSeen,
        holding: holdings[office.node] ?? OfficeHolding())
    }
    // Before it is enrolled an office has no certificate, but records all the same.
    if let own, !offices.contains(where: \.isOwn), let name = try snapshot.metaText(.officeName),
      let division = try snapshot.metaText(.division).flatMap({ DivisionCode($0) })
    {
      offices.insert(
        Office(
          name: name, division: division, isOwn: true, lastContact: nil,
          holding: holdings[own] ?? OfficeHolding()), at: 0)
    }
    self.offices = offices
    conflictsOpen = try snapshot.conflictCount()
    quarantined = try snapshot.quarantine().count
    invited = try snapshot.openInvitations(at: scope.time / 1000)
  }
}
