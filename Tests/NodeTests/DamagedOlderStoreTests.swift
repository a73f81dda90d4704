import Foundation
import GRDB
import TestSupport
import Testing

@testable import Node
@testable import Store

/// A store of an older step in which something is damaged that a later step copies.
@Suite struct DamagedOlderStoreTests {
  struct Damage: Sendable, CustomTestStringConvertible {
    var step: Int
    var table: String
    /// nil: its page is none.
    var column: String?

    var testDescription: String { "step \(step), \(table)\(column.map { ".\($0)" } ?? "")" }
  }

  /// The last step before each that copies a table or goes through it.
  static let damages = [
    Damage(step: 3, table: "records"), Damage(step: 4, table: "touches"),
    Damage(step: 5, table: "receipts"), Damage(step: 5, table: "quarantine"),
    Damage(step: 10, table: "attachments"), Damage(step: 5, table: "quarantine", column: "reason"),
  ]

  private let offices: TestOffices
  private let folder = TemporaryFolder()

  init() throws { offices = try TestOffices() }

  private func damaged(_ damage: Damage) throws -> String {
    let office = try offices.enrolled("540100", "拉萨市局")
    for number in 0..<3 { try office.addTraining("第\(number)场") }
    let place = folder.path + "/old"
    try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
    try office.store.copy(to: place)
    try OlderStore.putBack(place, to: damage.step)
    let path = place + "/" + Store.fileName
    let file = try DatabaseQueue(path: path)
    let (page, size) = try file.writeWithoutTransaction { db in
      if let column = damage.column { try db.putNull(in: column, of: damage.table) }
      return (
        try #require(
          try Int.fetchOne(
            db, sql: "SELECT rootpage FROM sqlite_schema WHERE name = ?", arguments: [damage.table])),
        try #require(try Int.fetchOne(db, sql: "PRAGMA page_size"))
      )
    }
    try file.close()
    guard damage.column == nil else { return place }
    let handle = try #require(FileHandle(forUpdatingAtPath: path))
    try handle.seek(toOffset: UInt64((page - 1) * size))
    try handle.write(contentsOf: Data(repeating: 0, count: size))
    try handle.close()
    return place
  }

  /// Nobody reads any of it: all that the store's log says comes in.
  @Test(arguments: damages) func aMergeReadsTheRest(damage: Damage) throws {
    let report = try offices.region.merge(
      [damaged(damage)], decide: nil, operatorName: "", progress: { _ in })
    #expect(report.sources.map { $0.error == nil } == [true], "\(report.sources)")
    #expect(report.recordsNew == 3 && !report.hasLeftOut)
  }

  /// It is refused by name, again and again, and merged it loses nothing.
  @Test(arguments: damages) func whoseItIsIsToldAndItStaysAsItIs(damage: Damage) throws {
    let place = try damaged(damage)
    for _ in 0..<2 {
      #expect {
        _ = try Store(opening: place)
      } throws: {
        if case StoreError.damagedOlder(damage.step, _) = $0 { true } else { false }
      }
      #expect {
        _ = try Store(reading: place)
      } throws: {
        if case StoreError.damagedOlder(damage.step, _) = $0 { true } else { false }
      }
    }
    let file = try DatabaseQueue(path: place + "/" + Store.fileName)
    #expect(try file.read { try Int.fetchOne($0, sql: "PRAGMA user_version") } == damage.step)
    try file.close()
    let report = try offices.region.merge([place], decide: nil, operatorName: "", progress: { _ in })
    #expect(report.recordsNew == 3 && !report.hasLeftOut, "\(report.sources)")
  }

  /// What a later step only finds sooner keeps no store shut, and no merge from the rest.
  @Test func aDamagedPageOfHoldersKeepsNothingShut() throws {
    let place = try damaged(Damage(step: 14, table: "holders"))
    let region = offices.region
    let report = try region.merge([place], decide: nil, operatorName: "", progress: { _ in })
    #expect(report.sources.first?.error == nil && report.recordsNew == 3, "\(report.sources)")
    let store = try Store(opening: place)
    #expect(try store.read { try $0.recordCount() } == 3)
    store.close()
  }
}

extension Database {
  /// A row with what its column may not hold, as a flipped bit leaves it.
  fileprivate func putNull(in column: String, of table: String) throws {
    func declare(_ former: String, _ now: String) throws {
      try execute(sql: "PRAGMA writable_schema = ON")
      try execute(
        sql: "UPDATE sqlite_schema SET sql = replace(sql, ?, ?) WHERE name = ?",
        arguments: [former, now, table])
      try execute(sql: "PRAGMA writable_schema = RESET")
    }
    try declare("\(column) TEXT NOT NULL", "\(column) TEXT")
    try execute(
      sql: """
        INSERT INTO \(table)(source, node, division, section, epoch, n, \(column), at)
        VALUES (0, x'01', '540100', 0, 1, 1, NULL, 0)
        """)
    try declare("\(column) TEXT", "\(column) TEXT NOT NULL")
  }
}
