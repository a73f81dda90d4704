extension Schema {
  /// Which office a computer belongs to, as its certificate says: a replaced computer has another key and is the same
  /// office. NULL in the rows of an older step until who can read certificates fills it in (`MetaName.unsettled`).
  static let offices = """
    ALTER TABLE offices ADD COLUMN office_id TEXT;

    -- How much of what a node wrote counts, as it was judged last; absent where all of it does.
    CREATE TABLE standing(node BLOB PRIMARY KEY, honoured BLOB NOT NULL) WITHOUT ROWID;
    """
}
