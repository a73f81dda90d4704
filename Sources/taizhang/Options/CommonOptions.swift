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

  var storePath: String {
    let environment = ProcessInfo.processInfo.environment
    if let path = store ?? environment["TAIZHANG_STORE"], !path.isEmpty { return path }
    let data = environment["XDG_DATA_HOME"] ?? (environment["HOME"] ?? ".") + "/.local/share"
    return data + "/taizhang"
  }

  var operatorText: String { operatorName ?? ProcessInfo.processInfo.environment["TAIZHANG_OPERATOR"] ?? "" }

  func open() throws -> LocalNode { try LocalNode(opening: storePath) }

  /// Only the store: what is only read needs no key.
  func openStore() throws -> Store { try Store(reading: storePath) }

  var showsColour: Bool {
    !noColor && isatty(1) == 1 && ProcessInfo.processInfo.environment["NO_COLOR"] == nil
  }

  var words: Words { Words.chosen(by: lang?.rawValue) }
}

/// Prints data to stdout and everything else to stderr.
struct Printer {
  let options: CommonOptions
  var words: Words { options.words }

  func data(_ line: String) { StandardOutput.write(line + "\n") }

  func json(_ value: JSON) { StandardOutput.write(value.bytes + [UInt8(ascii: "\n")]) }

  func note(_ line: String) {
    guard !options.quiet else { return }
    FileHandle.standardError.write(Data((line + "\n").utf8))
  }
}
