import ArgumentParser
import Campaign
import Foundation
import Ledger
import Node
import Store

struct Status: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: .words(
      "本库的概况：记录、未送达的变更、冲突、对端和指纹。",
      "What this store holds, what is unsent, and its fingerprint."),
    discussion: .examples("taizhang status --division 540100"))
  @OptionGroup(title: CommonOptions.title) var common: CommonOptions
  @Option(help: .words("只按此行政区划的范围计算指纹。", "Take the fingerprint over this division's scope.", .division))
  var division: String?

  func run() throws {
    let node = try common.openToRead()
    let printer = Printer(options: common)
    let status = try node.status(division: division)
    let (json, lines) = try node.store.read { snapshot in
      let output = try StatusOutput(node: node, status: status, snapshot: snapshot, words: printer.words)
      return common.json ? (try output.json, []) : (.null, try output.lines)
    }
    // A reader that is slow to take it holds no snapshot open meanwhile.
    if common.json { printer.json(json) } else { lines.forEach(printer.data) }
  }
}

enum PeerOutput {
  static func print(_ peers: [LocalNode.PeerStanding], _ common: CommonOptions) {
    let printer = Printer(options: common)
    for peer in peers {
      if common.json {
        printer.json(json(peer))
      } else {
        printer.data(line(peer, printer.words))
        if let text = clock(peer.peer, printer.words) { printer.data(SafeText.line(text)) }
      }
    }
  }

  static func json(_ standing: LocalNode.PeerStanding) -> JSON {
    let peer = standing.peer
    return .object([
      ("peer", .optional(peer.node?.description)), ("name", .optional(peer.name)),
      ("address", .optional(peer.address)),
      ("last_sync", .optional(peer.lastSync.map { Timestamp.text($0) })),
      ("last_error", .optional(peer.lastError)),
      ("unsent", .count(standing.unsent)), ("unreceived", .optional(peer.unreceived.map { Int64($0) })),
      ("lacks", .optional(standing.lacks.map { Int64($0) })),
      ("clock_drift_ms", .optional(peer.clock?.milliseconds)),
      ("stranded", .count(standing.stranded)),
    ])
  }

  static func caller(_ peer: Peer) -> JSON {
    .object([
      ("peer", .optional(peer.node?.description)), ("name", .optional(peer.name)),
      ("last_sync", .optional(peer.lastSync.map { Timestamp.text($0) })),
      ("clock_drift_ms", .optional(peer.clock?.milliseconds)),
    ])
  }

  static func line(_ standing: LocalNode.PeerStanding, _ w: Words) -> String {
    let peer = standing.peer
    let last = peer.lastSync.map { LocalTime.text($0) } ?? w("从未", "never")
    let name = SafeText.line(peer.name ?? "-")
    let missing = peer.unreceived.map { $0 > 0 ? "  \(w("未收到", "unreceived")) \($0)" : "" } ?? ""
    let error =
      peer.lastError.map {
        let text = FailureWords.text($0, isPeersFault: standing.isRevoked, w)
        return "  \(w("上次出错：", "last error: "))\(SafeText.line(text))"
      } ?? ""
    let lacks = standing.lacks ?? 0
    // What others wrote and came by way of this office.
    let relayed =
      lacks > standing.unsent ? "  \(w("连同代转的，对方还缺", "counting what is passed on, it lacks")) \(lacks)" : ""
    let stranded =
      standing.stranded > 0
      ? "  \(w("另有 \(standing.stranded) 项它无权接收", "\(standing.stranded) more that it may not be given"))" : ""
    let unsent = "\(w("未送达", "unsent")) \(standing.unsent)\(stranded)\(relayed)"
    return "\(name)  \(peer.address ?? "-")  \(w("上次同步", "last sync")) \(last)  \(unsent)\(missing)\(error)"
  }
}

extension PeerOutput {
  /// How far its clock is from this one, where that is worth a word.
  static func clock(_ peer: Peer, _ w: Words) -> String? {
    peer.clock.flatMap { ClockWords.text($0, to: peer.name ?? peer.address ?? "-", w) }
  }
}

struct PeerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "peer",
    abstract: .words(
      "同步的对端：登记、列出、取消登记。",
      "The peers that `sync` goes to: add, list, remove."),
    discussion: .examples("taizhang peer add 10.0.0.1:7400"),
    subcommands: [AddPeer.self, ListPeers.self, RemovePeer.self])

  struct AddPeer: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "add",
      abstract: .words(
        "登记一个对端。",
        "Add a peer."), discussion: .examples("taizhang peer add 127.0.0.1:7400"))
    @OptionGroup(title: CommonOptions.title) var common: CommonOptions
    @Argument(help: .words("对端的地址，主机:端口。", "The peer's address, HOST:PORT.", .address)) var address: String

    func run() throws {
      guard try LocalNode.split(address: address).port > 0 else { throw NodeError.badAddress(address) }
      let node = try common.open()
      try node.store.write { try $0.listPeer(address: address) }
      PeerOutput.print(
        try node.status(division: nil).peers.filter { $0.peer.address == address }, common)
    }
  }

  struct ListPeers: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list",
      abstract: .words(
        "列出登记的对端。",
        "List peers."), discussion: .examples("taizhang peer list"))
    @OptionGroup(title: CommonOptions.title) var common: CommonOptions

    func run() throws {
      let node = try common.openToRead()
      PeerOutput.print(try node.status(division: nil).peers, common)
    }
  }

  struct RemovePeer: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "remove",
      abstract: .words(
        "取消登记一个对端。",
        "Take a peer off the list."),
      discussion: .examples("taizhang peer remove 127.0.0.1:7400"))
    @OptionGroup(title: CommonOptions.title) var common: CommonOptions
    @Argument(
      help: .words(
        "对端：主机:端口、单位名称，或节点编号的前几位。", "The peer: HOST:PORT, an office's name, or a node-id prefix.", .peer))
    var peer: String

    func run() throws {
      let node = try common.open()
      let removed = try node.removePeer(peer)
      guard !common.json else { return PeerOutput.print([removed], common) }
      let name = [removed.peer.name, removed.peer.address].compactMap(\.self).joined(separator: " ")
      Printer(options: common).data(
        SafeText.line(common.words("已取消登记 \(name)", "\(name) is off the list")))
    }
  }
}

struct Receipts: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "receipts",
    abstract: .words(
      "各单位签收了哪些变更。",
      "Who has signed for holding what."), discussion: .examples("taizhang receipts 0198f3"))
  @OptionGroup(title: CommonOptions.title) var common: CommonOptions
  @Argument(
    help: .words(
      "记录编号，或其前几位（至少 4 位）；未给出则列出所有日志。",
      "A record's id, or 4 or more of its first digits (else for all logs).", .id)) var id: String?

  func run() throws {
    let node = try common.openToRead()
    let printer = Printer(options: common)
    try node.store.read { snapshot in
      let output = try RecordOutput(snapshot, words: printer.words)
      // An author signs for changes of its own that it was handed back: that says nothing of who else holds them.
      let lines = try snapshot.receiptLines().filter { $0.signer != $0.log.node }
      var table = TextTable(
        [
          printer.words("签收单位", "Signed by"), printer.words("签收时间", "At"),
          printer.words("作者", "Author"), printer.words("行政区划", "Division"),
          id == nil ? printer.words("至第几项变更", "Up to change") : printer.words("第几项变更", "Change"),
        ], numbers: [4])
      func emit(_ line: ReceiptLine, seq: UInt64, record: String?) {
        let (name, log) = (output.office(line.signer), line.head.log)
        if common.json {
          printer.json(
            .object([
              ("peer", .string(line.signer.description)), ("name", .optional(name)),
              ("at", .string(Timestamp.text(line.at))),
              ("log", .string(log.description)), ("seq", .number(Int64(seq))),
              ("record", .optional(record)),
            ]))
        } else {
          let notices = log.space.section == .notices ? printer.words("（公告）", " (notices)") : ""
          table.add([
            name ?? "–", LocalTime.minute(line.at), output.office(log.node) ?? "–",
            output.text(log.space.division) + notices, "\(seq)",
          ])
        }
      }
      defer { if !table.isEmpty { for line in table.lines { printer.data(line) } } }
      guard let id else {
        for line in lines { emit(line, seq: line.head.n, record: nil) }
        return
      }
      let view = try snapshot.record(prefix: id)
      let holders = HolderIndex(snapshot)
      for entry in try snapshot.history(of: view) {
        for line in lines where holders.covers(line.head, entry.change) {
          emit(line, seq: entry.change.n, record: view.id.description)
        }
      }
    }
  }
}
