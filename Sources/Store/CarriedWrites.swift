public import Ledger

/// What a record that was made anew elsewhere says of a write that it brought along.
public struct CarriedWrite: Sendable {
  /// The write as it stands in a record that it came from, where that is held here.
  public struct Origin: Sendable {
    public var dot: Dot
    public var cell: UInt32
    public var content: WriteContent
  }

  public var origin: Origin?
  /// Who brought it from record to record, as far as that was followed; whoever brought it to the one that was asked about is
  /// none of them.
  public var carriers: Set<NodeID> = []
}

extension Snapshot {
  /// Who makes a record anew elsewhere says who wrote each of the values that stood beside each other there (`Dot.carried`).
  /// This looks whether that is so.
  ///
  /// - Parameters:
  ///   - dots: as the record names them.
  ///   - view: the record.
  /// - Returns: what is known of each, by the record from which they were carried and those from which that was made.
  public func writesCarried(_ dots: Set<Dot>, in view: RecordView) throws -> [Dot: CarriedWrite] {
    var found = Dictionary(uniqueKeysWithValues: dots.map { ($0, CarriedWrite()) })
    var open = SoughtWrites(dots.map { ($0, $0) })
    var view = view
    for _ in 0..<RecordView.longestChain {
      guard !open.isEmpty, let place = view.origin, let former = try record(place.record, in: place.space)
      else { break }
      var next: [(name: Dot, asked: Dot)] = []
      for entry in try history(of: former) {
        for write in entry.writes {
          for asked in open.asked(for: write.dot.carried(to: view.space)) {
            found[asked]?.origin = CarriedWrite.Origin(
              dot: write.dot, cell: write.write.cell, content: write.write.content)
          }
          guard case .candidates(let list) = write.write.content else { continue }
          for dot in list.map(\.dot) {
            for asked in open.asked(for: dot.carried(to: view.space)) {
              found[asked]?.carriers.insert(write.dot.change.log.node)
              next.append((dot, asked))
            }
          }
        }
      }
      open = SoughtWrites(next.filter { found[$0.asked]?.origin == nil })
      view = former
    }
    return found
  }
}

extension RecordView {
  /// So often a record is followed to the one that it was made from. Nobody makes a longer chain but who wants it to have
  /// no end.
  public static let longestChain = 16
}

/// Writes that are looked for in a record, by what they are called in the one that it was carried to.
private struct SoughtWrites {
  private var byName: [Dot: [(name: Dot, asked: Dot)]] = [:]

  init(_ sought: [(name: Dot, asked: Dot)]) {
    byName = Dictionary(grouping: sought) { $0.name.unhashed }
  }

  var isEmpty: Bool { byName.isEmpty }

  /// What was asked for that a name may mean.
  func asked(for name: Dot) -> [Dot] {
    (byName[name.unhashed] ?? []).filter { $0.name.mayBe(name) }.map(\.asked)
  }
}
