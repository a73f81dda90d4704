import Foundation
import GRDB

@testable import Node
@testable import Store

/// What the store's work costs, as far as it can be counted.
enum StoreCosts {
  /// `@unchecked Sendable`: one connection traces, one statement after the other.
  private final class Statements: @unchecked Sendable {
    var all: [String] = []
  }

  private static func traced(_ db: Database, _ body: () throws -> Void) throws -> [String] {
    let statements = Statements()
    db.trace { event in
      if case .statement(let statement) = event { statements.all.append(statement.expandedSQL) }
    }
    defer { db.trace(options: []) }
    try body()
    return statements.all
  }

  /// The statements that `body` runs.
  static func statements(_ store: Store, _ body: (Snapshot) throws -> Void) throws -> [String] {
    try store.read { snapshot in try traced(snapshot.db) { try body(snapshot) } }
  }

  /// How SQLite goes about the statements that `body` runs, a line a step.
  static func plan(_ store: Store, _ body: (Snapshot) throws -> Void) throws -> [String] {
    try store.read { snapshot in
      try traced(snapshot.db) { try body(snapshot) }
        .filter { $0.hasPrefix("SELECT") }
        .flatMap { sql in
          try Row.fetchAll(snapshot.db, sql: "EXPLAIN QUERY PLAN " + sql).map { $0["detail"] as String }
        }
    }
  }

  /// How many statements run on the connection that writes while `body` does.
  static func statementCount(_ store: Store, _ body: () throws -> Void) throws -> Int {
    let statements = Statements()
    store.database.writeWithoutTransaction { (db: Database) in
      db.trace { _ in statements.all.append("") }
    }
    defer {
      store.database.writeWithoutTransaction { (db: Database) in db.trace(options: []) }
    }
    try body()
    return statements.all.count
  }

  /// Rows that `body` writes.
  static func rowsWritten(_ store: Store, _ body: () throws -> Void) throws -> Int {
    func count() throws -> Int {
      try store.database.writeWithoutTransaction { (db: Database) throws -> Int in db.totalChangesCount }
    }
    let before = try count()
    try body()
    return try count() - before
  }
}
