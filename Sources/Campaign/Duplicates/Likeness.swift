public import Ledger

/// What the search for duplicates keeps of a record: small, for it holds many of them at once.
public struct Likeness: Sendable {
  /// The record's row where it is kept; nothing is made of it here.
  public let key: Int64
  public let id: RecordID
  let kind: Int
  /// Days since 1970.
  public let day: Int32
  let division: DivisionCode
  let title: NameShape
  let place: NameShape
  let organiser: NameShape
  let partners: [NameShape]
  /// A hash of the enterprise's code; nil for none.
  let enterpriseCode: UInt64?

  /// - Parameter names: where the shapes of names are looked up first.
  /// - Returns: nil for a record that has no day: it is compared with none.
  public init?(
    _ content: RecordContent, kind: Int, fields: LikenessFields, key: Int64, id: RecordID,
    division: DivisionCode, names: inout ShapeMemo
  ) {
    guard case .single(.date(let day))? = fields.date.flatMap({ content[field: $0] }) else { return nil }
    self.key = key
    self.id = id
    self.kind = kind
    self.day = day
    self.division = division
    func texts(_ field: Int?) -> [String] {
      switch field.flatMap({ content[field: $0] }) {
      case .single(.text(let text))?, .single(.code(let text))?: [text]
      case .set(let elements)?: elements.compactMap { if case .text(let text) = $0 { text } else { nil } }
      default: []
      }
    }
    title = NameShape(texts(fields.title).first ?? "")
    place = names.shape(texts(fields.place).first ?? "")
    organiser = names.shape(texts(fields.organiser).first ?? "")
    partners = texts(fields.partners).map { names.shape($0) }.filter { !$0.isEmpty }
    enterpriseCode = texts(fields.enterpriseCode).first.map { names.shape($0).hash }
  }

  /// What a record has to share with another to be compared with it.
  var buckets: [UInt64] {
    var buckets: [UInt64] = []
    func add(_ part: UInt64, _ hash: UInt64) {
      buckets.append((hash ^ part &* 0x9e37_79b9_7f4a_7c15) &+ UInt64(kind) &* 0xd6e8_feb8_6659_fd93)
    }
    if let enterpriseCode { add(1, enterpriseCode) }
    if !place.isEmpty { add(2, place.hash) }
    if !organiser.isEmpty { add(3, organiser.hash) }
    for partner in partners where partner.hash != organiser.hash { add(3, partner.hash) }
    for (number, least) in title.leastGrams.enumerated() { add(4 + UInt64(number), least) }
    return buckets
  }
}
