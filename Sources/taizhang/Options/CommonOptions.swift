import ArgumentParser
import Foundation
import Node
import Store

/// What every command understands.
struct CommonOptions: ParsableArguments {
  @Option(help: "The store's folder (else $TAIZHANG_STORE, else the XDG data directory).")
  var store: String?

  @Flag(help: "Machine-readable output: one object, or one a line.")
  var json = false

  @Option(help: "Language of messages: zh or en.")
  var lang: Language?

  @Flag(help: "Only errors and data.")
  var quiet = false

  @Flag(help: "No colour.")
  var noColor = false

  @Option(name: .customLong("operator"), help: "The person who enters, kept with the change.")
  var operatorName: String?

  enum Language: String, ExpressibleByArgument, CaseIterable { case zh, en }

  /// - Throws: `UsageError` where `--store` names nothing.
  var storePath: String { get throws { try folder() } }

  private func folder() throws -> String {
    if store?.isEmpty == true {
      throw UsageError(chinese: "--store 没有给出目录。", english: "--store names no folder.")
    }
    if let path = store ?? Variable("TAIZHANG_STORE").value { return path }
    let data = Variable("XDG_DATA_HOME").value ?? (Variable("HOME").value ?? ".") + "/.local/share"
    return data + "/taizhang"
  }

  var operatorText: String { operatorName ?? Variable("TAIZHANG_OPERATOR").value ?? "" }

  func open() throws -> LocalNode {
    let node = try LocalNode(opening: try storePath)
    if let copy = node.newCopy {
      Printer(options: self).note(SafeText.line(CopyWords.note(copy, of: node.facts.name, words)))
    }
    return node
  }

  /// Only the store: what is only read needs no key.
  func openStore() throws -> Store { try Store(reading: try storePath) }

  var showsColour: Bool { showsColour(on: 1) }

  /// - Parameter stream: 1 for standard output, 2 for standard error.
  func showsColour(on stream: Int32) -> Bool {
    !noColor && isatty(stream) == 1 && Variable("NO_COLOR").value == nil
  }

  var words: Words { Words.chosen(by: lang?.rawValue) }
}

/// A variable of the environment. An empty one says nothing, as if it were not set.
struct Variable {
  let value: String?

  init(_ name: String) {
    value = ProcessInfo.processInfo.environment[name].flatMap { $0.isEmpty ? nil : $0 }
  }
}

/// Prints data to stdout and everything else to stderr.
struct Printer {
  let options: CommonOptions
  var words: Words { options.words }

  func data(_ line: String) { StandardOutput.write(line + "\n") }

  func json(_ value: JSON) { StandardOutput.write(value.bytes + [UInt8(ascii: "\n")]) }

  func note(_ line: String) {
    guard !options.quiet else { return }
    StandardError.write(line + "\n")
  }
}
