internal import Foundation
internal import GRDB
internal import Ledger

/// What is noted of another node beside its row among the peers: a line of `meta` each, named by the kind of fact and the
/// node, so that a fact needs no step of the schema and an older program passes over it.
enum NodeFact: String {
  /// The last receipt by which it named all that it holds (`LastWord`).
  case lastWord = "retracted"
  /// It names its own logs where it names all.
  case namesOwn = "names-own"
  /// Its last whole word that may be handed on: when it was signed (`SigningTime`).
  case handedOn = "word"
  /// The whole words of others that it has heard of from here.
  case told
  /// How often it took words back of late.
  case wavering
  /// How far its clock is off at least, by what a bundle told.
  case leastDrift = "clock"

  var prefix: String { "\(rawValue)-" }
  func name(_ node: NodeID) -> String { "\(prefix)\(node)" }
}

extension Commit {
  func note(_ fact: NodeFact, of node: NodeID, _ bytes: [UInt8]) throws {
    try db.execute(
      sql: "INSERT INTO meta(name, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
      arguments: [fact.name(node), Data(bytes)])
  }

  func forget(_ fact: NodeFact, of node: NodeID) throws {
    try db.execute(sql: "DELETE FROM meta WHERE name = ?", arguments: [fact.name(node)])
  }
}

extension Snapshot {
  func noted(_ fact: NodeFact, of node: NodeID) throws -> [UInt8]? {
    try Data.fetchOne(
      db.cachedStatement(sql: "SELECT value FROM meta WHERE name = ?"), arguments: [fact.name(node)]
    ).map { Array($0) }
  }

  /// All of a kind, by node.
  func noted(_ fact: NodeFact) throws -> [(node: NodeID, bytes: [UInt8])] {
    let rows = try Row.fetchAll(
      db.cachedStatement(
        sql: "SELECT substr(name, ?2 + 1), value FROM meta WHERE substr(name, 1, ?2) = ?1 ORDER BY name"),
      arguments: [fact.prefix, fact.prefix.utf8.count])
    return rows.compactMap { row in
      [UInt8](hex: row[0] as String).flatMap { NodeID($0) }.map { ($0, Array(row[1] as Data)) }
    }
  }
}
