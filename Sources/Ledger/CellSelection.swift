/// Which cells of a new record are wanted, by its kind: what only adds up a few fields need not make a string of
/// every text beside them.
public struct CellSelection: Sendable {
  /// A bit a cell number.
  private var wanted: [KindName: [UInt64]] = [:]

  /// Wants every cell of every kind, until a kind's are named.
  public init() {}

  /// Wants these cells of a kind, and no others.
  public mutating func want(_ cells: some Sequence<UInt32>, of kind: KindName) {
    var bits: [UInt64] = []
    for cell in cells {
      let word = Int(cell / 64)
      while bits.count <= word { bits.append(0) }
      bits[word] |= 1 << UInt64(cell % 64)
    }
    wanted[kind] = bits
  }

  /// The wanted cells of a kind; nil where all are.
  func cells(of kind: KindName) -> [UInt64]? { wanted[kind] }
}
