extension Schema {
  /// Which leaves of which changes are erased, from the redactions that count. A change may be named before it comes,
  /// and of a space that nothing is held of.
  static let redactions = """
    CREATE TABLE redactions(
      node BLOB NOT NULL, division TEXT NOT NULL, section INTEGER NOT NULL, epoch INTEGER NOT NULL,
      n INTEGER NOT NULL, hash INTEGER NOT NULL,   -- the first 8 bytes of the change's hash
      leaves BLOB NOT NULL,                        -- varints, ascending
      PRIMARY KEY(node, division, section, epoch, n, hash)) WITHOUT ROWID;

    -- The changes whose redactions were carried out.
    CREATE TABLE redacting(arrival INTEGER PRIMARY KEY);

    -- Whether the region's CA signed it; of a row of an older step that is known when it is shown again.
    ALTER TABLE offices ADD COLUMN of_authority INTEGER NOT NULL DEFAULT 0;
    """
}
