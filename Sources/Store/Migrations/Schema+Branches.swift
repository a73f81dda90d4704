extension Schema {
  /// A receipt covers one branch of a log; a refused stretch is told from another of the same number by its first
  /// change's hash (empty where that cannot be read, and in rows of an older step).
  static let branches = """
    CREATE TABLE branch_receipts(
      signer BLOB NOT NULL, node BLOB NOT NULL, space INTEGER NOT NULL, epoch INTEGER NOT NULL,
      n INTEGER NOT NULL, hash BLOB NOT NULL, receipt INTEGER NOT NULL,
      PRIMARY KEY(signer, node, space, epoch, hash)) WITHOUT ROWID;
    INSERT INTO branch_receipts SELECT signer, node, space, epoch, n, hash, receipt FROM receipts;
    DROP TABLE receipts;
    ALTER TABLE branch_receipts RENAME TO receipts;
    CREATE INDEX receipts_by_log ON receipts(node, space, epoch);
    CREATE INDEX receipts_by_text ON receipts(receipt);

    CREATE TABLE refused(
      key INTEGER PRIMARY KEY, source INTEGER NOT NULL, node BLOB NOT NULL, division TEXT NOT NULL,
      section INTEGER NOT NULL, epoch INTEGER NOT NULL, n INTEGER NOT NULL, hash BLOB NOT NULL,
      reason TEXT NOT NULL, at INTEGER NOT NULL, batch BLOB,
      UNIQUE(node, division, section, epoch, n, hash, reason));
    INSERT INTO refused SELECT key, source, node, division, section, epoch, n, x'', reason, at, batch FROM quarantine;
    DROP TABLE quarantine;
    ALTER TABLE refused RENAME TO quarantine;

    -- What places offices' certificates in an order of their own (see OfficeTable).
    ALTER TABLE offices ADD COLUMN rights INTEGER NOT NULL DEFAULT 0;
    """
}
