/// Which fields of a kind the search for duplicates goes by. The pack says so, among the parts that its reports
/// know by name; a part that a kind has no field for plays none.
public struct LikenessFields: Hashable, Sendable {
  let title: Int?
  /// The day, as a position in the kind's fields.
  public let date: Int?
  let place: Int?
  let organiser: Int?
  let partners: Int?
  let enterpriseCode: Int?

  public init(_ kind: Kind, _ pack: Pack) {
    func position(_ role: ReportRole) -> Int? {
      pack.reports.codes(role).lazy.compactMap { kind.fieldIndex($0) }.first { role.fits(kind.fields[$0]) }
    }
    title = position(.title)
    date = position(.date)
    place = position(.place)
    organiser = position(.organiser)
    partners = position(.partners)
    enterpriseCode = position(.enterpriseCode)
  }

  /// The field that plays a part; nil also for a part that says nothing of likeness.
  public func position(of role: ReportRole) -> Int? {
    switch role {
    case .title: title
    case .date: date
    case .place: place
    case .organiser: organiser
    case .partners: partners
    case .enterpriseCode: enterpriseCode
    default: nil
    }
  }
}

extension ReportRole {
  /// Whether a field can play the part: what is compared for likeness has to be of a certain type.
  func fits(_ field: Field) -> Bool {
    switch self {
    case .date: field.type == .date && field.form == .single
    case .partners: field.type == .text
    case .title, .place, .organiser: field.type == .text && field.form == .single
    case .enterpriseCode: field.form == .single && (field.type == .text || field.type == .creditCode)
    default: true
    }
  }
}
