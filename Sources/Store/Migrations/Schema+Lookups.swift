extension Schema {
  /// Finds without going through a table: what touched records since an arrival, who signed for a log, which receipts
  /// rest on a text, and whether a peer has signed for all that it may read.
  static let lookups = """
    CREATE INDEX touches_by_arrival ON touches(arrival);
    CREATE INDEX receipts_by_log ON receipts(node, space, epoch);
    CREATE INDEX receipts_by_text ON receipts(receipt);
    -- The last arrival of the store when that was so.
    ALTER TABLE peers ADD COLUMN receipted INTEGER;
    """
}
