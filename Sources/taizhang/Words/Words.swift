import Campaign

/// The words of messages, in the language that was asked for.
struct Words {
  enum Language {
    case chinese
    case english
  }

  let language: Language
  var isChinese: Bool { language == .chinese }
  var labels: LabelLanguage { isChinese ? .chinese : .english }

  /// `zh` or `en`; else by the locale: Chinese where it says zh or bo.
  static func chosen(by option: String?) -> Words {
    if let option {
      return Words(language: option.hasPrefix("zh") || option.hasPrefix("bo") ? .chinese : .english)
    }
    let locale = ["LC_ALL", "LC_MESSAGES", "LANG"].lazy.compactMap { Variable($0).value }.first ?? ""
    return Words(language: locale.hasPrefix("zh") || locale.hasPrefix("bo") ? .chinese : .english)
  }

  /// Those of the command line that this process was called with, for what is worded before it is parsed.
  static let ofThisRun = chosen(by: CommandLineWords(CommandLine.arguments.dropFirst()).language)

  /// So many things, in English: `1 change`, `2 changes`.
  /// - Parameter things: their plural, where it is not made by an s.
  static func counted(_ count: some BinaryInteger, _ thing: String, _ things: String? = nil) -> String {
    "\(count) \(count == 1 ? thing : things ?? thing + "s")"
  }

  /// Both wordings side by side, so that neither is forgotten.
  func callAsFunction(_ chinese: String, _ english: String) -> String { isChinese ? chinese : english }
}
