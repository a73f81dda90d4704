internal import Foundation
internal import GRDB
internal import Ledger

extension Schema {
  /// Which records have which attachments, from their states; of which of them the contents are here; which were
  /// erased.
  static let attachments = """
    CREATE TABLE attachments(
      record INTEGER NOT NULL, content BLOB NOT NULL, name TEXT NOT NULL, bytes INTEGER NOT NULL,
      author BLOB NOT NULL,        -- the node that attached it
      erased INTEGER NOT NULL,
      PRIMARY KEY(record, content, name, bytes)) WITHOUT ROWID;
    CREATE INDEX attachments_by_content ON attachments(content);

    -- By space: that a content is here for one division's record gives nobody a right to it by another's.
    CREATE TABLE contents(
      space INTEGER NOT NULL, content BLOB NOT NULL,
      here INTEGER NOT NULL,       -- 0: a record has it, and it is missing
      PRIMARY KEY(space, content)) WITHOUT ROWID;
    CREATE INDEX contents_missing ON contents(space, content) WHERE NOT here;

    -- What statements say, wherever the record is or will be.
    CREATE TABLE erasures(
      division TEXT NOT NULL, section INTEGER NOT NULL, record BLOB NOT NULL, content BLOB NOT NULL,
      reason TEXT NOT NULL, PRIMARY KEY(division, section, record, content)) WITHOUT ROWID;
    -- Files that have to go: a name stays here until its file has gone.
    CREATE TABLE unwanted(content BLOB PRIMARY KEY) WITHOUT ROWID;

    -- Who has said lately that it has not got what it was asked for.
    CREATE TABLE absences(
      peer INTEGER NOT NULL, space INTEGER NOT NULL, content BLOB NOT NULL, at INTEGER NOT NULL,
      PRIMARY KEY(peer, space, content)) WITHOUT ROWID;
    """

  /// An older program keeps and relays what a newer one attaches: it stands in the states. One that cannot be read keeps
  /// nobody from the others: `doctor` makes it anew, and what is derived from it.
  static func deriveAttachments(_ db: Database) throws {
    let table = AttachmentTable(db)
    let logs = LogRegistry(db)
    let decoded = DecodedChanges(db)
    for key in try Int64.fetchAll(db, sql: "SELECT record FROM states") {
      guard let row = try? RecordRow.find(db, key: key), let space = try? logs.space(key: row.space),
        let state = try? row.state(decoded, space: space)
      else { continue }
      try table.replace(record: row.key, space: row.space, state)
    }
  }
}
