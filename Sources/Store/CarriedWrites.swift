public import Ledger

/// A write that a record which was made anew elsewhere names of the one that it was made from.
public struct CarriedWrite: Sendable {
  /// As it is called where it stands.
  public var dot: Dot
  public var content: WriteContent
}

extension Snapshot {
  /// Who makes a record anew elsewhere says who wrote each of the values that stood beside each other there (`Dot.carried`).
  /// This looks whether that is so.
  ///
  /// - Parameters:
  ///   - dots: as the record names them.
  ///   - view: the record.
  /// - Returns: those that are held here, in the record from which they were carried, or in one from which that was made.
  public func writesCarried(_ dots: Set<Dot>, in view: RecordView) throws -> [Dot: CarriedWrite] {
    // By what a write is called in the record that is looked at, what it was asked for as.
    var open = Dictionary(uniqueKeysWithValues: dots.map { ($0, Set([$0])) })
    var found: [Dot: CarriedWrite] = [:]
    var view = view
    for _ in 0..<RecordView.longestChain {
      guard !open.isEmpty, let place = view.origin, let former = try record(place.record, in: place.space)
      else { break }
      var next: [Dot: Set<Dot>] = [:]
      for entry in try history(of: former) {
        for write in entry.writes {
          let written = CarriedWrite(dot: write.dot, content: write.write.content)
          for name in open.names(of: write.dot, carriedTo: view.space) {
            for asked in open[name] ?? [] { found[asked] = written }
          }
          guard case .candidates(let list) = written.content else { continue }
          for dot in list.map(\.dot) {
            for name in open.names(of: dot, carriedTo: view.space) {
              next[dot, default: []].formUnion(open[name] ?? [])
            }
          }
        }
      }
      open = next.mapValues { $0.filter { found[$0] == nil } }.filter { !$0.value.isEmpty }
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

extension [Dot: Set<Dot>] {
  /// The keys that mean a write which was carried to a space. Its own log names it without a hash.
  fileprivate func names(of dot: Dot, carriedTo space: Space) -> [Dot] {
    let name = dot.carried(to: space)
    if self[name] != nil { return [name] }
    if name.change.hashPrefix != 0 { return self[name.unhashed] == nil ? [] : [name.unhashed] }
    return keys.filter { $0.unhashed == name }
  }
}
