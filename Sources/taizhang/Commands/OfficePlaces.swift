import ArgumentParser
import Ledger
import Node
import Store

/// Another place for an office, which keeps its store.
struct AssignOffice: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "assign",
    abstract: .words(
      "改变单位的行政区划、名称、范围或办理入网的权限；它的台账库和密钥不变。",
      "Give an office another division, name, scope or the right to enrol; it keeps its store and key."),
    discussion: .examples(
      "taizhang office assign 城关区局 --division 540100 --may-enrol",
      "taizhang office assign 拉萨市局 --only --may-not-enrol",
      note: .words(
        "它下次同步时换上新证书。原有的范围仍然有效，除非用 --only 或 --all-below 指明今后的范围，或它改到了更低的区划：那时它在别处写的只算本库已收到的部分，所以请先与它同步。",
        "It takes the new certificate up when it next syncs. What it covered it covers still, unless --only or --all-below says what it covers from now on, or it comes to stand lower: then what it wrote elsewhere counts as far as this store holds it, so sync with it first."
      )))
  @OptionGroup(title: CommonOptions.title) var common: CommonOptions
  @Argument(help: .words("单位名称，或节点编号的前几位。", "The office's name, or a node-id prefix.", .office)) var office:
    String
  @Option(help: .words("今后的行政区划：代码或名称。", "Its division from now on: code or name.", .division)) var division:
    String?
  @Option(help: .words("今后的名称。", "Its name from now on.", .name)) var name: String?
  @Flag(help: .words("今后只管本区划自身，不含下级。", "From now on it covers its division itself, and nothing else."))
  var only = false
  @Flag(
    help: .words(
      "今后管本区划及其全部下级，别的不管。", "From now on it covers its division and all below it, and nothing else."))
  var allBelow = false
  @Flag(help: .words("授权它为自己范围内的单位办理入网。", "It may itself enrol offices inside its scope.")) var mayEnrol =
    false
  @Flag(help: .words("不再让它办理入网；它已办理的不变。", "It may enrol no more; whom it enrolled stays."))
  var mayNotEnrol = false

  func validate() throws {
    for (isBoth, options) in [
      (only && allBelow, "--only, --all-below"), (mayEnrol && mayNotEnrol, "--may-enrol, --may-not-enrol"),
    ] where isBoth {
      throw ValidationError(
        Words.ofThisRun("这两个选项不能同时用：\(options)", "These two exclude each other: \(options)"))
    }
  }

  func run() throws {
    let node = try common.open()
    let assigned = try node.assign(
      office,
      LocalNode.Assignment(
        division: division, name: name, reach: only ? .nothing : allBelow ? .allBelow : nil,
        mayEnrol: mayEnrol ? true : mayNotEnrol ? false : nil))
    let printer = Printer(options: common)
    guard let row = try node.store.read({ try $0.office(assigned.node) }) else { return }
    let output = AssignedOutput(assigned: assigned, office: row, words: printer.words)
    if common.json {
      printer.json(output.json)
    } else {
      printer.data(SafeText.line(output.line))
    }
    for note in output.notes { printer.note(SafeText.line(note)) }
  }
}

/// What came of `office assign`.
private struct AssignedOutput {
  let assigned: LocalNode.Assigned
  let office: OfficeRow
  let words: Words

  var json: JSON {
    .object([
      ("node", .string(assigned.node.description)), ("name", .string(office.name)),
      ("division", .string(office.division.description)),
      ("covered_beside", .array(assigned.beside.map { .string($0.description) })),
      ("dropped", .array(assigned.dropped.map { .string($0.description) })),
      ("certified", .array(assigned.certified.map { .string($0) })),
      ("left_behind", .array(assigned.leftBehind.map { .string($0) })),
      ("superiors", .array(assigned.superiors.map { .string($0) })),
    ])
  }

  var line: String {
    assigned.isNew
      ? words(
        "\(office.name)（\(office.division)）下次同步时换上新证书",
        "\(office.name) (\(office.division)) takes its new certificate up when it next syncs")
      : words(
        "\(office.name)（\(office.division)）已是这样，没有改动",
        "\(office.name) (\(office.division)) is that already; nothing changed")
  }

  var notes: [String] {
    var notes: [String] = []
    if !assigned.beside.isEmpty {
      let list = ScopeWords.list(assigned.beside, words)
      notes.append(
        words(
          "它原有的范围仍然有效，还可在 \(list) 录入和查看；要收回，加 --only 或 --all-below 再运行一次。",
          "What it covered it covers still: it may write and read in \(list) as well. To take that back, run this again with --only or --all-below."
        ))
    }
    if !assigned.dropped.isEmpty {
      let list = ScopeWords.list(assigned.dropped, words)
      notes.append(
        words(
          "它不再管理：\(list)。它在那里已交到本库的记录继续有效；之后在那里写的不再计入，并会列入隔离。",
          "It covers no more: \(list). What it wrote there and this store holds stays valid; what it writes there beyond that does not count, and is set aside."
        ))
    }
    if assigned.mayEnrolNoMore {
      notes.append(
        words(
          "它不能再为别的单位办理入网；此前办理、本库已知的继续有效。",
          "It may enrol nobody any more; whom it has enrolled, as far as this store knows, stays enrolled."))
    }
    if !assigned.leftBehind.isEmpty {
      let former = assigned.leftBehind.joined(separator: words("、", ", "))
      let now = assigned.superiors.joined(separator: words("、", ", "))
      notes.append(
        words(
          "\(former)不再是它的上级，今后收不到它的记录：换上新证书后，请它改与其中之一同步：\(now)（taizhang peer add 主机:端口）。",
          "\(former) is no more above it, and gets nothing that it writes from now on: once it has its new certificate, have it sync with one of these: \(now) (`taizhang peer add HOST:PORT`)."
        ))
    }
    if !assigned.certified.isEmpty {
      let names = assigned.certified.joined(separator: words("、", ", "))
      notes.append(
        words(
          "原由它办理入网的单位改由本节点发证：\(names)。它们下次同步时换上，台账库不变；请它们以后与本节点或新的上级同步（taizhang peer add）。",
          "Offices that it had enrolled now have a certificate of this node: \(names). They take it up when they next sync and keep their stores; have them sync with this node or the office now above them (`taizhang peer add`)."
        ))
    }
    return notes
  }
}

/// Lifting a revocation.
struct ReinstateOffice: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reinstate",
    abstract: .words(
      "撤回吊销：该单位可以再录入和同步，其间录入的也计入。",
      "Lift a revocation: the office may write and sync again, and what it wrote meanwhile counts."),
    discussion: .examples("taizhang office reinstate 3fa2c1"))
  @OptionGroup(title: CommonOptions.title) var common: CommonOptions
  @Argument(help: .words("单位名称，或节点编号的前几位。", "The office's name, or a node-id prefix.", .office)) var office:
    String

  func run() throws {
    let node = try common.open()
    let reinstated = try node.reinstate(office)
    let printer = Printer(options: common)
    let isRevoked = try node.store.read { try $0.office(reinstated)?.isRevoked } ?? false
    if common.json {
      printer.json(.object([("node", .string(reinstated.description)), ("revoked", .bool(isRevoked))]))
    } else {
      let id = reinstated.description.prefix(12)
      printer.data(
        isRevoked
          ? printer.words("已撤回本单位的吊销；\(id) 仍被别的单位吊销", "lifted; \(id) is still revoked by another office")
          : printer.words("已恢复 \(id)", "reinstated \(id)"))
    }
  }
}
