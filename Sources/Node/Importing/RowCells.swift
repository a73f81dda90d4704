internal import Campaign

/// The cells of one row, side by side in one buffer that is used again for the next.
struct RowCells {
  private(set) var bytes: [UInt8] = []
  private(set) var ends: [Int] = []
  /// Where a quote that was opened and not closed stands, in what the row was read of.
  var openQuote: Int?
  /// What a cell cannot say as it was meant, and which one.
  private(set) var problem: (finding: Finding, cell: Int)?

  var count: Int { ends.count }

  func range(_ index: Int) -> Range<Int> { (index == 0 ? 0 : ends[index - 1])..<ends[index] }

  func text(_ index: Int) -> String { String(decoding: bytes[range(index)], as: UTF8.self) }

  var texts: [String] { ends.indices.map(text) }

  mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
    ends.removeAll(keepingCapacity: true)
    problem = nil
    openQuote = nil
  }

  /// Says something of the cell that is being written.
  mutating func note(_ finding: Finding?) { problem = problem ?? finding.map { ($0, ends.count) } }

  mutating func append(_ byte: UInt8) { bytes.append(byte) }

  mutating func append(_ more: some Collection<UInt8>) { bytes.append(contentsOf: more) }

  mutating func endCell() { ends.append(bytes.count) }

  /// Takes a byte out of the cell that is being written.
  mutating func removeFirstOfOpenCell() { bytes.remove(at: ends.last ?? 0) }

  /// Puts something else in the place of the cell that is being written.
  mutating func replaceOpenCell(_ cell: some Collection<UInt8>) {
    bytes.replaceSubrange((ends.last ?? 0)..., with: cell)
  }

  var openCell: ArraySlice<UInt8> { bytes[(ends.last ?? 0)...] }

  func withCells<R>(_ body: ([UnsafeBufferPointer<UInt8>]) throws -> R) rethrows -> R {
    try bytes.withUnsafeBufferPointer { all in
      var start = 0
      let cells = ends.map { end in
        defer { start = end }
        return UnsafeBufferPointer(rebasing: all[start..<end])
      }
      return try body(cells)
    }
  }
}
