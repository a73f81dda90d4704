internal import Foundation
internal import GRDB
internal import Ledger

/// The days of the records that the search index covers, as they were when it was built, so that hits are ranked
/// without a record being opened: portions of neighbouring keys, a blob each.
struct SearchDays {
  private let db: Database
  init(_ db: Database) { self.db = db }

  /// A record without a day comes after all others.
  static let none = Int32.min

  /// Two blobs of so many records fill a page of 4 KiB.
  private static let portion: Int64 = 500

  /// - Parameter days: ascending by record.
  func write(_ days: [(record: Int64, day: Int32)]) throws {
    let statement = try HotStatement(
      db,
      "INSERT INTO search_days(portion, days) VALUES (?, ?) ON CONFLICT DO UPDATE SET days = excluded.days")
    var start = 0
    while start < days.count {
      let portion = days[start].record / SearchDays.portion
      var all = try stored(portion) ?? Array(repeating: SearchDays.none, count: Int(SearchDays.portion))
      while start < days.count, days[start].record / SearchDays.portion == portion {
        all[Int(days[start].record % SearchDays.portion)] = days[start].day
        start += 1
      }
      var out = ByteWriter(capacity: all.count * 4)
      for day in all { out.write(bigEndian: UInt32(bitPattern: day)) }
      try statement.run { values in
        values.add(portion)
        values.add(out.bytes)
      }
    }
  }

  /// Calls `body` with the day of each record.
  ///
  /// - Parameter keys: ascending.
  func forEach(_ keys: some Sequence<Int64>, _ body: (Int64, Int32) -> Void) throws {
    var open: (portion: Int64, days: [Int32]) = (-1, [])
    for key in keys {
      let portion = key / SearchDays.portion
      if portion != open.portion { open = (portion, try stored(portion) ?? []) }
      let place = Int(key % SearchDays.portion)
      body(key, place < open.days.count ? open.days[place] : SearchDays.none)
    }
  }

  private func stored(_ portion: Int64) throws -> [Int32]? {
    let statement = try db.cachedStatement(sql: "SELECT days FROM search_days WHERE portion = ?")
    guard let row = try Row.fetchOne(statement, arguments: [portion]) else { return nil }
    return try row.withUnsafeData(atIndex: 0) { data in
      (data ?? Data()).withUnsafeBytes { raw in
        (0..<raw.count / 4).map {
          Int32(bitPattern: raw.loadUnaligned(fromByteOffset: $0 * 4, as: UInt32.self).bigEndian)
        }
      }
    }
  }
}
