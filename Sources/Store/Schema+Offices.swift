extension Schema {
  /// Which office a computer belongs to, as its certificate says: a replaced computer has another key and is the same
  /// office. NULL in the rows of an older step until who can read certificates fills it in (`MetaName.unsettled`).
  static let offices = "ALTER TABLE offices ADD COLUMN office_id TEXT"
}
