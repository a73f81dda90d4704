extension Schema {
  /// Who holds a content is asked for whatever record it came with.
  static let holders = "CREATE INDEX holders_by_content ON holders(content)"
}
