internal import Foundation
internal import GRDB
internal import Ledger

/// A row of `records`.
struct RecordRow {
  var key: Int64
  var id: RecordID
  var space: Int64
  var origin: Int64
  var position: Int
  var encodedState: [UInt8]?
  var flags: Int64

  static let columns =
    "key, id, space, origin, position, (SELECT state FROM states WHERE record = key), flags"
  static let idColumn = 1
  static let spaceColumn = 2
  static let originColumn = 3
  static let positionColumn = 4
  static let stateColumn = 5

  init(_ row: Row) throws {
    key = row[0]
    guard let id = RecordID(row[1] as Data) else { throw StoreError.damaged("record \(key)") }
    self.id = id
    space = row[2]
    origin = row[3]
    position = row[4]
    encodedState = try row.withUnsafeData(atIndex: 5) { $0.map { Array($0) } }
    flags = row[6]
  }

  static func find(_ db: Database, id: RecordID, space: Int64) throws -> RecordRow? {
    let statement = try db.cachedStatement(sql: "SELECT \(columns) FROM records WHERE id = ? AND space = ?")
    return try Row.fetchOne(statement, arguments: [Data(id.bytes), space]).map { try RecordRow($0) }
  }

  static func find(_ db: Database, key: Int64) throws -> RecordRow? {
    let statement = try db.cachedStatement(sql: "SELECT \(columns) FROM records WHERE key = ?")
    return try Row.fetchOne(statement, arguments: [key]).map { try RecordRow($0) }
  }

  func state(_ decoded: DecodedChanges, space: Space) throws -> RecordState {
    guard let encodedState else { return try decoded.state(origin: origin, position: position) }
    do {
      return try encodedState.withUnsafeBytes { try RecordState($0, space: space) }
    } catch {
      throw StoreError.damaged("state of record \(id)")
    }
  }
}
