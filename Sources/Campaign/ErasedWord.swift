/// What stands for an erased text where people read it and in files. A row that has it says nothing of that field.
public enum ErasedWord {
  /// In files, whatever the language.
  public static let inFiles = "[redacted]"
  private static let chinese = "〔已抹除〕"

  static func text(in language: LabelLanguage) -> String { language == .chinese ? chinese : inFiles }

  /// Whether a cell holds just this, in whatever language.
  static func isSpelled(by cell: UnsafeBufferPointer<UInt8>) -> Bool {
    // It is asked of every cell of a file.
    guard (inFiles.utf8.count...64).contains(cell.count) else { return false }
    let trimmed = Blanks.trimmed(cell)
    guard trimmed.first == inFiles.utf8.first || trimmed.first == chinese.utf8.first else { return false }
    return [inFiles, chinese].contains { trimmed.elementsEqual($0.utf8) }
  }
}
