internal import Campaign
internal import Ledger

/// What the search for duplicates compares of the records that a bulk load brings; up to a number, so that memory does
/// not grow with the load.
struct LoadedLikenesses: Sendable {
  private static let limit = 150_000

  private let pack: Pack
  private let fields: [LikenessFields]
  private var names = ShapeMemo()
  private(set) var records: [Likeness] = []
  /// The load's first record: whatever has this row or a later one came with it.
  private(set) var first: Int64?
  /// Whether some had to be left out: then all are read back.
  private(set) var isPartial = false

  init(_ pack: Pack) {
    self.pack = pack
    fields = pack.kinds.map { LikenessFields($0, pack) }
  }

  mutating func add(
    _ content: RecordContent, _ kind: Kind, key: Int64, id: RecordID, division: DivisionCode
  ) {
    if first == nil { first = key }
    guard !isPartial, let position = pack.kindPosition(kind.code),
      let likeness = Likeness(
        content, kind: position, fields: fields[position], key: key, id: id, division: division, names: &names
      )
    else { return }
    if records.count < LoadedLikenesses.limit {
      records.append(likeness)
    } else {
      isPartial = true
      records = []
    }
  }
}
