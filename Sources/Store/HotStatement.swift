internal import GRDB
internal import GRDBSQLite
internal import Ledger

/// A statement without a result that runs once a record. Its values are bound straight through SQLite: GRDB's
/// arguments box each of them, and a bulk load binds some thirty a record.
struct HotStatement {
  private let db: Database
  private let statement: GRDB.Statement

  init(_ db: Database, _ sql: String) throws {
    self.db = db
    statement = try db.cachedStatement(sql: sql)
  }

  /// Runs it once.
  /// - Parameter bind: adds the values in the order of the statement's parameters, all of them.
  /// - Throws: GRDB's `DatabaseError`, as its own statements do.
  func run(_ bind: (inout Values) -> Void) throws {
    var values = Values(statement: statement.sqliteStatement)
    bind(&values)
    let code = sqlite3_step(statement.sqliteStatement)
    sqlite3_reset(statement.sqliteStatement)
    guard code == SQLITE_DONE, values.fault == SQLITE_OK else {
      throw DatabaseError(
        resultCode: ResultCode(rawValue: code == SQLITE_DONE ? values.fault : code),
        message: db.lastErrorMessage,
        sql: statement.sql)
    }
  }

  /// The values of one run, in order. SQLite copies what is handed to it.
  struct Values {
    fileprivate let statement: SQLiteStatement
    private var index: Int32 = 0
    fileprivate var fault = SQLITE_OK
    /// SQLITE_TRANSIENT, a cast in C that does not import.
    private static let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

    fileprivate init(statement: SQLiteStatement) { self.statement = statement }

    private mutating func note(_ code: Int32) { if code != SQLITE_OK { fault = code } }

    mutating func add(_ value: Int64) {
      index += 1
      note(sqlite3_bind_int64(statement, index, value))
    }

    mutating func addNull() {
      index += 1
      note(sqlite3_bind_null(statement, index))
    }

    mutating func add(_ value: Int64?) {
      if let value { add(value) } else { addNull() }
    }

    mutating func add(_ text: String?) {
      guard var text else { return addNull() }
      index += 1
      let index = index
      note(
        text.withUTF8 { utf8 in
          utf8.withMemoryRebound(to: CChar.self) {
            sqlite3_bind_text(
              statement, index, $0.baseAddress ?? UnsafePointer(bitPattern: 1), Int32($0.count), Values.copied
            )
          }
        })
    }

    mutating func add(_ blob: UnsafeRawBufferPointer) {
      index += 1
      // An address of nothing would bind NULL.
      guard let address = blob.baseAddress, blob.count > 0 else {
        return note(sqlite3_bind_zeroblob(statement, index, 0))
      }
      note(sqlite3_bind_blob(statement, index, address, Int32(blob.count), Values.copied))
    }

    mutating func add(_ blob: [UInt8]) {
      blob.withUnsafeBytes { add($0) }
    }

    mutating func add(_ hash: Hash256) {
      withUnsafeBytes(
        of: (hash.word0.bigEndian, hash.word1.bigEndian, hash.word2.bigEndian, hash.word3.bigEndian)
      ) {
        add($0)
      }
    }

    mutating func add(_ id: RecordID) {
      withUnsafeBytes(of: (id.high.bigEndian, id.low.bigEndian)) { add($0) }
    }
  }
}
