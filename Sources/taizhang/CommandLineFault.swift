import Campaign

/// What is wrong with a command line. ArgumentParser says it in English only, and its error types are its own: their
/// cases are told apart by reflection, and where that fails the parser's words still stand.
enum CommandLineFault {
  case unknownOption(String, nearest: String?)
  /// Of those that stand after the command.
  case optionBeforeCommand(String)
  case missingValue(option: String)
  /// Of an option that takes none.
  case needlessValue(option: String, value: String)
  case unexpectedArguments([String])
  case missingOption(String)
  case missingArguments([String])
  case invalidValue(String, of: String?, allowed: [String])

  /// - Parameters:
  ///   - error: what ArgumentParser threw.
  ///   - arguments: what the command takes.
  /// - Returns: nil where it is none of these.
  init?(_ error: any Error, arguments: [ArgumentFacts]) {
    guard let parserError = Mirror(reflecting: error).descendant("parserError") else { return nil }
    self.init(parserError, arguments)
  }

  private init?(_ error: Any, _ arguments: [ArgumentFacts]) {
    guard let fact = Mirror(reflecting: error).children.first, let name = fact.label else { return nil }
    let payload = Payload(fact.value)
    switch (name, payload.option) {
    case ("noArguments", _): self.init(fact.value, arguments)
    case ("unknownOption", let option?):
      let known = arguments.flatMap(\.typedNames).filter { $0.hasPrefix("--") }
      if known.contains(option) || CommonOptions.valued.contains(option) {
        self = .optionBeforeCommand(option)
        return
      }
      self = .unknownOption(
        option, nearest: option.hasPrefix("--") ? Nearest.match(for: option, among: known) : nil)
    case ("missingValueForOption", let option?): self = .missingValue(option: option)
    case ("unexpectedValueForOption", let option?):
      guard let value = payload.texts.last else { return nil }
      self = .needlessValue(option: option, value: value)
    case ("unexpectedExtraValues", _): self = .unexpectedArguments(payload.texts)
    case ("noValue", _):
      guard let key = payload.key else { return nil }
      self.init(missing: key, arguments)
    case ("unableToParseValue", let option):
      guard let value = payload.texts.last else { return nil }
      let argument = arguments.first {
        option.map($0.typedNames.contains) ?? ($0.allValues != nil && $0.kind == .positional)
      }
      self = .invalidValue(value, of: option, allowed: argument?.allValues ?? [])
    default: return nil
    }
  }

  /// - Parameter key: the property that has no value.
  private init?(missing key: String, _ arguments: [ArgumentFacts]) {
    let name = "--" + key.flatMap { $0.isUppercase ? "-\($0.lowercased())" : "\($0)" }
    if let option = arguments.first(where: { $0.typedNames.contains(name) }) {
      self = .missingOption(option.synopsis)
    } else {
      let wanted = arguments.filter { $0.kind == .positional && !$0.isOptional }
      guard !wanted.isEmpty else { return nil }
      self = .missingArguments(wanted.map(\.synopsis))
    }
  }

  /// Where the parser's own words would mislead.
  var english: String? {
    if case .optionBeforeCommand(let option) = self {
      "The option '\(option)' has to stand after the command."
    } else {
      nil
    }
  }

  var chinese: String {
    switch self {
    case .unknownOption(let option, let nearest):
      "没有选项 \(option)" + (nearest.map { "；是不是 \($0)？" } ?? "。")
    case .optionBeforeCommand(let option): "选项 \(option) 要写在命令后面。"
    case .missingValue(let option): "选项 \(option) 后面没有给出值。"
    case .needlessValue(let option, let value): "选项 \(option) 不带值，却给出了“\(value)”。"
    case .unexpectedArguments(let texts): "多出了参数：\(texts.map { "“\($0)”" }.joined())。"
    case .missingOption(let option): "缺少必需的选项 \(option)。"
    case .missingArguments(let arguments): "缺少参数，应给出 \(arguments.joined(separator: " "))。"
    case .invalidValue(let value, let option, let allowed):
      (option.map { "选项 \($0) 的值“\(value)”无效" } ?? "参数“\(value)”无效")
        + (allowed.isEmpty ? "。" : "，可选：\(allowed.joined(separator: "、"))。")
    }
  }
}

/// What an error of the parser's carries.
private struct Payload {
  /// As it is typed.
  var option: String?
  /// Values from the command line.
  var texts: [String] = []
  /// A property of a command.
  var key: String?

  init(_ value: Any) { take(value) }

  private mutating func take(_ value: Any) {
    let mirror = Mirror(reflecting: value)
    let type = String(describing: Swift.type(of: value))
    if type == "Name" {
      option = option ?? Payload.typed(mirror)
    } else if type == "InputKey" {
      key = mirror.descendant("name") as? String
    } else if let text = value as? String {
      texts.append(text)
    } else if !type.hasPrefix("InputOrigin"), !(value is any Error) {
      for child in mirror.children where child.label != "originalError" { take(child.value) }
    }
  }

  private static func typed(_ name: Mirror) -> String? {
    guard let fact = name.children.first else { return nil }
    let dashes = fact.label == "long" ? "--" : "-"
    if let text = fact.value as? String { return dashes + text }
    return Mirror(reflecting: fact.value).children.lazy.compactMap { $0.value as? Character }.first.map {
      dashes + String($0)
    }
  }
}
