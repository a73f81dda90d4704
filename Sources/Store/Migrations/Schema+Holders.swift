extension Schema {
  /// Who holds a content is asked for whatever record it came with. Where a page of the table is damaged the index waits for
  /// `doctor --repair`: nothing is wrong without it but that it takes longer.
  static let holders = "CREATE INDEX IF NOT EXISTS holders_by_content ON holders(content)"
}
