public import Campaign
public import Ledger
public import Store

/// Who has handed in the campaign's summary and typical cases, and when, against the deadline.
public struct SubmissionsReport: Sendable {
  public struct Row: Sendable {
    public var office: String
    public var division: DivisionCode
    /// The summary that counts: of several the one that was handed in first.
    public var summary: RecordID?
    /// As the summary says; nil where it does not, or where there is none.
    public var submittedOn: CivilDate?
    public var summaries = 0
    public var typicalCases = 0
    /// Fields of the summary that only a person may settle.
    public var disputed: [String] = []
    /// Milliseconds since 1970; nil where this store never spoke with the office.
    public var lastSync: Int64?
    /// Changes that the office is known to hold and that have not come here; nil where nothing is known.
    public var unsent: Int?
    /// Days after the deadline, negative before it.
    public var daysLate: Int?
  }

  public var deadline: CivilDate?
  public var rows: [Row]
  /// Divisions right below the asked one that no row is about.
  public var missing: [DivisionCode]

  /// - Parameter ownUnsent: what this store itself has not sent on; nil for the store of the region.
  public init(_ snapshot: Snapshot, _ scope: ReportScope, ownUnsent: Int?) throws {
    let pack = try snapshot.pack()
    deadline = pack.info.submissionDeadline
    var offices = try OfficeRows(snapshot, scope, ownUnsent: ownUnsent)
    if let code = pack.reports.code(.typicalCaseKind) {
      try scope.forEachShown(snapshot, kind: code, fields: []) { record in
        offices.rows[offices.place(of: record)].typicalCases += 1
      }
    }
    if let code = pack.reports.code(.summaryKind) {
      let field = pack.reports.code(.submittedOn)
      try scope.forEachShown(snapshot, kind: code, fields: Set(pack.reports.codes(.submittedOn))) { record in
        offices.note(summary: record, field: field)
      }
    }
    let deadline = deadline
    rows = offices.asked.map { row in
      var row = row
      if let deadline, let day = row.submittedOn { row.daysLate = Int(day.days) - Int(deadline.days) }
      return row
    }
    let told = rows.map(\.division)
    missing = pack.divisions.children(of: scope.division).map(\.code).filter { child in
      !told.contains { pack.divisions.isWithin($0, child) }
    }
  }

  public var handedIn: Int { rows.count { $0.summary != nil } }
  public var late: Int { rows.count { ($0.daysLate ?? 0) > 0 } }
}

/// A row an office, and where a record belongs among them.
private struct OfficeRows {
  var rows: [SubmissionsReport.Row] = []
  private var places: [NodeID: Int] = [:]
  private var byDivision: [DivisionCode: Int] = [:]
  private var byID: [String: Int] = [:]
  private var names: [NodeID: String]
  /// The rows of which a computer is in force.
  private var inForce: Set<Int> = []
  /// The office that the others hand in to: it owes nothing itself.
  private var receiver: Int?

  init(_ snapshot: Snapshot, _ scope: ReportScope, ownUnsent: Int?) throws {
    let homes = DivisionHomes(try snapshot.pack().divisions, below: scope.division).homes
    let own = try snapshot.meta(.node).flatMap { NodeID($0) }
    let contacts = ContactOrder(now: scope.time)
    let peers = try snapshot.peers()
    let synced = Dictionary(
      peers.compactMap { peer in peer.node.flatMap { node in peer.lastSync.map { (node, $0) } } },
      uniquingKeysWith: { contacts.last(of: [$0, $1]) ?? $1 })
    let holdings = try snapshot.officeHoldings()
    names = try snapshot.officeNames()
    var known = try snapshot.offices().map {
      Computer(
        node: $0.node, office: $0.officeID, name: $0.name, division: $0.division, isRevoked: $0.isRevoked)
    }
    if let own, !known.contains(where: { $0.node == own }), let name = names[own],
      let division = try snapshot.metaText(.division).flatMap({ DivisionCode($0) })
    {
      known.insert(
        Computer(node: own, office: "", name: name, division: division, isRevoked: false), at: 0)
    }
    let isRegion = try snapshot.meta(.isRegion) != nil
    // What an office is called now, not what it was called on a computer that is out of use.
    known.sort { !$0.isRevoked && $1.isRevoked }
    for computer in known where homes[computer.division] != nil {
      let place = place(of: computer)
      let isOwn = computer.node == own
      let lastSync = isOwn ? contacts.last(of: peers.compactMap(\.lastSync)) : synced[computer.node]
      rows[place].lastSync = contacts.last(of: [rows[place].lastSync, lastSync].compactMap { $0 })
      if let unsent = isOwn ? ownUnsent : holdings[computer.node]?.unreceived {
        rows[place].unsent = (rows[place].unsent ?? 0) + unsent
      }
      if isOwn, isRegion { receiver = place }
    }
    for (name, division) in try snapshot.openInvitations(at: scope.time / 1000) where homes[division] != nil {
      if byDivision[division] == nil { byDivision[division] = rows.count }
      rows.append(SubmissionsReport.Row(office: name, division: division))
    }
  }

  private struct Computer {
    var node: NodeID
    /// Empty where no certificate says.
    var office: String
    var name: String
    var division: DivisionCode
    var isRevoked: Bool
  }

  /// The row of a computer's office. Those of one name and division are one office too: of a time when each computer
  /// was certified as an office by itself.
  private mutating func place(of computer: Computer) -> Int {
    let (name, division) = (computer.name, computer.division)
    let place =
      byID[computer.office] ?? rows.firstIndex { $0.office == name && $0.division == division } ?? rows.count
    if !computer.office.isEmpty { byID[computer.office] = place }
    if place == rows.count {
      rows.append(SubmissionsReport.Row(office: name, division: division))
      if byDivision[division] == nil { byDivision[division] = place }
    }
    if !computer.isRevoked { inForce.insert(place) }
    places[computer.node] = place
    return place
  }

  /// The row that a record counts in: its author's where it is about the author's division, else that of an
  /// office of the division it is about; else one of its own.
  mutating func place(of record: ShownRecord) -> Int {
    let division = record.space.division
    let author = record.author.flatMap { places[$0] }
    if let author, rows[author].division == division { return author }
    if let place = byDivision[division] { return place }
    let name = record.author.flatMap { names[$0] } ?? ""
    byDivision[division] = rows.count
    rows.append(SubmissionsReport.Row(office: name, division: division))
    return rows.count - 1
  }

  mutating func note(summary record: ShownRecord, field: String?) {
    let place = place(of: record)
    let day: CivilDate? =
      if let field, case .single(.date(let days))? = record.content[field, in: record.kind] {
        CivilDate(days: days)
      } else {
        nil
      }
    rows[place].summaries += 1
    rows[place].disputed = Array(Set(rows[place].disputed).union(record.disputed)).sorted()
    if rows[place].summary != nil {
      guard let day, rows[place].submittedOn.map({ day < $0 }) ?? true else { return }
    }
    rows[place].summary = record.id
    rows[place].submittedOn = day
  }

  /// The receiver owes nothing, nor does an office whose computers were all revoked: they are told of only where
  /// they have handed something in.
  var asked: [SubmissionsReport.Row] {
    rows.indices.filter { place in
      rows[place].summaries + rows[place].typicalCases > 0
        || place != receiver && (inForce.contains(place) || !places.values.contains(place))
    }.map { rows[$0] }
  }
}
