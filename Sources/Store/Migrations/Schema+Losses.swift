extension Schema {
  /// What this store has signed for holding and did not hold when it was shown its receipt: it was restored from an old
  /// backup, or set back.
  static let losses = """
    CREATE TABLE losses(
      node BLOB NOT NULL, division TEXT NOT NULL, section INTEGER NOT NULL, epoch INTEGER NOT NULL,
      n INTEGER NOT NULL, hash BLOB NOT NULL,
      held INTEGER NOT NULL,       -- up to which number the log was held then
      PRIMARY KEY(node, division, section, epoch, n, hash)) WITHOUT ROWID;
    """
}
