import ArgumentParser
import Foundation
import Ledger
import Node
import Store

/// What every command understands.
struct CommonOptions: ParsableArguments {
  static let title = String.words("通用选项", "Common options")

  @Option(
    help: .words(
      "台账库的目录（未给出则用 $TAIZHANG_STORE，再则 XDG 数据目录）。",
      "The store's folder (else $TAIZHANG_STORE, else the XDG data directory).", .folder))
  var store: String?

  @Flag(
    help: .words(
      "供程序读取的 JSON：单项为一个对象，列表每行一个对象。", "Machine-readable output: one object, or one a line, in JSON."))
  var json = false

  @Option(
    help: .words("消息和帮助的语言（未给出则按系统的区域设置）。", "Language of messages and help (else the locale's).", .language))
  var lang: Language?

  @Flag(help: .words("只输出数据和错误。", "Only errors and data."))
  var quiet = false

  @Flag(help: .words("不用颜色。", "No colour."))
  var noColor = false

  @Option(
    name: .customLong("operator"),
    help: .words(
      "录入人，与变更一起保存（未给出则用 $TAIZHANG_OPERATOR）。",
      "The person who enters, kept with the change (else $TAIZHANG_OPERATOR).", .person))
  var operatorName: String?

  /// Those that take a value, as they are typed.
  static let valued = Set(
    ArgumentFacts.all(of: Status.self).filter { $0.sectionTitle == title && $0.kind == .option }
      .flatMap(\.typedNames))

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
    told(try LocalNode(opening: storePath, surroundings: surroundings))
  }

  /// For what only reads: a store on a full disk is read as well.
  func openToRead() throws -> LocalNode {
    told(try LocalNode.reading(storePath, surroundings: surroundings))
  }

  /// Only the store: what is only read needs no key.
  func openStore() throws -> Store {
    let store = try Store(reading: storePath, whileBusy: surroundings.whileBusy)
    tellFullDisk(store)
    return store
  }

  private var surroundings: Surroundings {
    var surroundings = Surroundings.system
    surroundings.whileBusy = { [printer = Printer(options: self)] in
      printer.note(StoreWords.waiting(seconds: Int(Store.busyTimeout), printer.words))
    }
    return surroundings
  }

  private func tellFullDisk(_ store: Store) {
    if store.lacksRoom { Printer(options: self).note(StoreWords.onlyRead(words)) }
  }

  /// Says what has to be known of a store that was opened.
  private func told(_ node: LocalNode) -> LocalNode {
    tellFullDisk(node.store)
    if let copy = node.newCopy {
      Printer(options: self).note(SafeText.line(CopyWords.note(copy, of: node.facts.name, words)))
    }
    let unplaced = node.unplaced
    if !unplaced.isEmpty {
      let ids = unplaced.prefix(5).map(\.description).joined(separator: " ")
      Printer(options: self).note(
        words(
          "有 \(unplaced.count) 条记录的值太多，未能按证书迁入本单位，留在原处，别处收不到：\(ids)",
          "\(Words.counted(unplaced.count, "record")) with too many values could not be brought into this office's division; they stay, and nobody else gets them: \(ids)"
        ))
    }
    return node
  }

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
    value = getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
  }
}

/// Prints data to stdout and everything else to stderr.
struct Printer {
  let options: CommonOptions
  var words: Words { options.words }

  func data(_ line: String) { StandardOutput.write(line + "\n") }

  func json(_ value: JSON) { StandardOutput.write(value.bytes + [UInt8(ascii: "\n")]) }

  /// That there is nothing to print: who looks at a screen is told, a script sees it.
  func noteOnTerminal(_ line: String) { if isatty(1) == 1 { note(line) } }

  /// What was left out and why: an error, though the rest went well.
  func fault(_ line: String) { StandardError.write(line + "\n") }

  func note(_ line: String) {
    guard !options.quiet else { return }
    StandardError.write(line + "\n")
  }
}
