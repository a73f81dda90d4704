/// The words that a field of choices takes, each with its labels.
public struct CodeList: Hashable, Sendable {
  public struct Entry: Hashable, Sendable {
    public let code: String
    public let label: Label
    /// What else people write for it.
    public let aliases: [String]

    public init(code: String, label: Label, aliases: [String] = []) {
      self.code = code
      self.label = label
      self.aliases = aliases
    }
  }

  /// Two entries that answer to the same word.
  struct Clash: Error { var word: String }

  public let name: String
  public let entries: [Entry]
  private let index: TextIndex

  init(name: String, entries: [Entry]) throws(Clash) {
    var index = TextIndex(capacity: entries.count * 3)
    for (i, entry) in entries.enumerated() {
      for word in [entry.code, entry.label.chinese, entry.label.english] + entry.aliases
      where index.insert(word, i) != nil {
        throw Clash(word: word)
      }
    }
    self.name = name
    self.entries = entries
    self.index = index
  }

  /// The entry of that code, label or alias; width and case do not matter.
  public func entry(for word: String) -> Entry? { index.find(word).map { entries[$0] } }

  func position(of word: UnsafeBufferPointer<UInt8>) -> Int? { index.find(word) }

  /// The entry of exactly that code.
  public func entry(code: String) -> Entry? {
    guard let i = index.find(code), entries[i].code == code else { return nil }
    return entries[i]
  }
}
