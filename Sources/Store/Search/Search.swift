public import Campaign
internal import Foundation
internal import GRDB
internal import Ledger

extension Snapshot {
  /// Gives the records that hold `text` and that a filter lets through to `body`, the best first, of equally
  /// good ones the latest, until it returns false.
  ///
  /// No more of them are read than are given out, as far as the index knows how well they fit.
  public func search(_ text: SearchText, _ filter: RecordFilter, _ body: (RecordView) throws -> Bool) throws {
    let reader = try RecordReader(self)
    var hits = try RankedHits(text, filter, reader, self)
    let statement = try db.cachedStatement(sql: "SELECT \(RecordRow.columns) FROM records WHERE key = ?")
    var left = filter.limit ?? .max
    while left > 0, let key = try hits.next() {
      guard let row = try Row.fetchOne(statement, arguments: [key]), let view = try reader.view(row) else {
        continue
      }
      left -= 1
      if try !body(view) { return }
    }
  }
}

/// The records that a text stands in, one after another, the best first.
///
/// A record stands in the order at what it may score at most, by the index, until it was looked at; from then on
/// at what it does score. So the first is a hit once it was looked at: all others are at most as good.
struct RankedHits {
  private struct Place: Comparable {
    var score: Int32
    var day: Int32
    var key: Int64
    var wasRead: Bool

    static func < (a: Place, b: Place) -> Bool {
      if a.score != b.score { return a.score < b.score }
      if a.day != b.day { return a.day < b.day }
      return a.key < b.key
    }
  }

  private let text: SearchText
  private let reader: Snapshot.RecordReader
  private let clause: Snapshot.Clause
  private let matches: (@Sendable (RecordView) -> Bool)?
  private var places: MaxHeap<Place>
  /// Records that are read at once, in the order of their keys: more each time, for who asks on wants many.
  private var portion: Int
  private static let portions = 16...4096

  init(_ text: SearchText, _ filter: RecordFilter, _ reader: Snapshot.RecordReader, _ snapshot: Snapshot)
    throws
  {
    self.text = text
    self.reader = reader
    clause = Snapshot.Clause(filter, spaces: reader.spaces)
    matches = filter.matches
    portion = min(max(filter.limit ?? 64, RankedHits.portions.lowerBound), RankedHits.portions.upperBound)
    let candidates = try snapshot.candidates(text)
    let postings = candidates.indexed.postings
    var bounds: [Place] = []
    bounds.reserveCapacity(postings.count)
    try SearchDays(snapshot.db).forEach(postings.lazy.map(\.key)) { key, day in
      let weight = Int32(clamping: postings[bounds.count].weight)
      bounds.append(Place(score: weight, day: day, key: key, wasRead: false))
    }
    places = MaxHeap(bounds)
    try read(candidates.tail)
  }

  /// The next best; nil where there is none left.
  mutating func next() throws -> Int64? {
    while let best = places.max {
      if best.wasRead { return places.removeMax()?.key }
      var keys: [Int64] = []
      while keys.count < portion, let place = places.max, !place.wasRead {
        keys.append(place.key)
        _ = places.removeMax()
      }
      portion = min(portion * 2, RankedHits.portions.upperBound)
      try read(keys.sorted())
    }
    return nil
  }

  /// Puts those of some records that the text stands in where they belong: their own texts decide.
  private mutating func read(_ keys: [Int64]) throws {
    guard !keys.isEmpty else { return }
    let rows = try reader.rows(keys, clause)
    while let row = try rows.next() {
      guard let (kind, content) = try reader.content(row), let score = text.score(content, kind) else {
        continue
      }
      if let matches, let view = try reader.view(row), !matches(view) { continue }
      let day: Int64? = row[Snapshot.RecordReader.dateColumn]
      places.insert(
        Place(
          score: Int32(clamping: score), day: day.map { Int32(clamping: $0) } ?? SearchDays.none, key: row[0],
          wasRead: true))
    }
  }
}
