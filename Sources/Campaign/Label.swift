/// A language that labels are kept in; `code` stands for the pack's own codes.
public enum LabelLanguage: Hashable, Sendable {
  case chinese
  case english
  case code
}

/// What people call a thing of the pack. A pack of one language has the same text twice.
public struct Label: Hashable, Sendable {
  public let chinese: String
  public let english: String

  public init(chinese: String, english: String) {
    self.chinese = chinese
    self.english = english
  }

  /// - Returns: nil for `code`, which a label does not know.
  public func text(in language: LabelLanguage) -> String? {
    switch language {
    case .chinese: chinese
    case .english: english
    case .code: nil
    }
  }
}
