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
    let node = try common.open()
    let printer = Printer(options: common)
    let status = try node.status(division: division)
    let facts = node.facts
    if common.json {
      printer.json(
        .object([
          ("node", .string(facts.node.description)), ("name", .string(facts.name)),
          ("division", .string(facts.division.description)), ("enrolled", .bool(facts.isEnrolled)),
          ("records", .count(status.records)), ("changes", .count(status.changes)),
          ("unsent", .count(status.unsent)),
          ("conflicts", .count(status.conflicts)), ("quarantined", .count(status.quarantined)),
          ("reappeared", ReappearedWords.json(status.reappeared)),
          ("attachments_missing", .count(status.attachmentsMissing)),
          ("fingerprint", .string(status.fingerprint.description)),
          ("clock_drift_ms", .optional(status.drift)),
          ("certificate_expires", .optional(facts.certificateExpires.map { Timestamp.seconds($0) })),
          ("peers", .array(status.peers.map(PeerOutput.json))),
          ("callers", .array(status.callers.map(PeerOutput.caller))),
          ("attachments_only_here", .count(status.attachmentsOnlyHere)),
          ("restored", status.restoration.map(RestorationOutput.json) ?? .null),
          ("copied", status.copy.map(CopyWords.json) ?? .null),
          ("forked_logs", .count(status.forkedLogs.count)), ("forks", try forks(status, node, printer.words)),
        ]))
      return
    }
    let w = printer.words
    var rows: [(String, String)] = [
      (w("单位", "Office"), "\(facts.name) (\(facts.division))"),
      (w("节点", "Node"), String(facts.node.description.prefix(16))),
      (w("入网", "Enrolled"), facts.isEnrolled ? w("是", "yes") : w("否", "no")),
      (w("记录", "Records"), "\(status.records)"), (w("变更", "Changes"), "\(status.changes)"),
      (w("未送达", "Unsent"), "\(status.unsent)"), (w("冲突", "Conflicts"), "\(status.conflicts)"),
      (w("隔离", "Quarantined"), "\(status.quarantined)"),
      (w("缺附件", "Attachments missing"), "\(status.attachmentsMissing)"),
      (w("指纹", "Fingerprint"), status.fingerprint.description),
      (w("证书到期", "Certificate until"), certificate(node, w)),
      (
        w("时钟偏差", "Clock drift"),
        status.drift.map { w("\($0) 毫秒", "\($0) ms") } ?? "–"
      ),
    ]
    if status.attachmentsOnlyHere > 0 {
      rows.append(
        (
          w("附件只此一份", "Only here"),
          w(
            "\(status.attachmentsOnlyHere) 个附件就所知只存在本机：请尽快同步，或用 bundle create --attachments 带走",
            "\(status.attachmentsOnlyHere) attachments are nowhere else as far as known: sync soon, or take them along with `bundle create --attachments`"
          )
        ))
    }
    let remade = status.staying - status.leftThere
    if remade > 0 {
      rows.append(
        (
          w("只留本机", "Stays here"),
          w(
            "领用现证书前为其范围以外的区划所作变更 \(remade) 项；其中的记录已在 \(facts.division) 重建",
            "\(remade) changes made before the certificate came for divisions outside it; their records were made anew in \(facts.division)"
          )
        ))
    }
    if status.leftThere > 0 {
      rows.append(
        (
          w("范围以外", "Outside"),
          w(
            "证书范围以外的区划中已有别的单位签收的变更 \(status.leftThere) 项；其中的记录未动",
            "\(status.leftThere) changes for divisions outside the certificate that others have signed for; their records are left as they are"
          )
        ))
    }
    if let restoration = status.restoration {
      rows.append((w("曾被恢复", "Restored"), RestorationOutput.text(restoration, w)))
    }
    if let copy = status.copy, !copy.hasSynced { rows.append((w("副本", "Copy"), CopyWords.text(copy, w))) }
    let width = rows.map { DisplayWidth.of($0.0) }.max() ?? 0
    for row in rows { printer.data(DisplayWidth.padded(row.0, to: width) + "  " + SafeText.line(row.1)) }
    for standing in status.peers {
      printer.data(PeerOutput.line(standing, w))
      if let text = PeerOutput.clock(standing.peer, w) { printer.data(SafeText.line(text)) }
    }
    for text in status.callers.compactMap({ PeerOutput.clock($0, w) }) { printer.data(SafeText.line(text)) }
    let (cuts, names) = try node.store.read { (try $0.cutLogs(), try $0.officeNames()) }
    for text in CutWords(names: names, words: w).texts(cuts) { printer.data(SafeText.line(text)) }
    for text in ReappearedWords(words: w).texts(status.reappeared) { printer.data(SafeText.line(text)) }
    guard !status.forkedLogs.isEmpty else { return }
    let forks = try node.store.read { try ForkOutput($0, words: w).statusLines(status.forkedLogs) }
    for text in forks { printer.data(SafeText.line(text)) }
  }

  private func forks(_ status: LocalNode.Status, _ node: LocalNode, _ words: Words) throws -> JSON {
    guard !status.forkedLogs.isEmpty else { return .array([]) }
    return try node.store.read { snapshot in
      let output = try ForkOutput(snapshot, words: words)
      return .array(
        try status.forkedLogs.prefix(ForkOutput.listedByStatus).compactMap { log in
          try snapshot.fork(of: log).map(output.json)
        })
    }
  }
}

extension Status {
  /// Until when this office's certificate is good, and whether that has passed.
  private func certificate(_ node: LocalNode, _ w: Words) -> String {
    guard let end = node.facts.certificateExpires else { return "–" }
    let isOver = end <= node.surroundings.now() / 1000
    return Timestamp.seconds(end) + (isOver ? w("（已过期）", " (expired)") : "")
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
      ("lacks", .optional(standing.lacks.map { Int64($0) })), ("clock_drift_ms", .optional(peer.drift)),
    ])
  }

  static func caller(_ peer: Peer) -> JSON {
    .object([
      ("peer", .optional(peer.node?.description)), ("name", .optional(peer.name)),
      ("last_sync", .optional(peer.lastSync.map { Timestamp.text($0) })),
      ("clock_drift_ms", .optional(peer.drift)),
    ])
  }

  static func line(_ standing: LocalNode.PeerStanding, _ w: Words) -> String {
    let peer = standing.peer
    let last = peer.lastSync.map { Timestamp.text($0) } ?? w("从未", "never")
    let name = SafeText.line(peer.name ?? "-")
    let missing = peer.unreceived.map { $0 > 0 ? "  \(w("未收到", "unreceived")) \($0)" : "" } ?? ""
    let error =
      peer.lastError.map { "  \(w("上次出错：", "last error: "))\(SafeText.line(FailureWords.text($0, w)))" } ?? ""
    let lacks = standing.lacks ?? 0
    // What others wrote and came by way of this office.
    let relayed =
      lacks > standing.unsent ? "  \(w("连同代转，对方尚缺", "with what is passed on it lacks")) \(lacks)" : ""
    let unsent = "\(w("未送达", "unsent")) \(standing.unsent)\(relayed)"
    return "\(name)  \(peer.address ?? "-")  \(w("上次同步", "last sync")) \(last)  \(unsent)\(missing)\(error)"
  }
}

extension PeerOutput {
  /// How far its clock is from this one, where that is worth a word.
  static func clock(_ peer: Peer, _ w: Words) -> String? {
    peer.drift.flatMap { ClockWords.text($0, to: peer.name ?? peer.address ?? "-", w) }
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
      let node = try common.open()
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
    let node = try common.open()
    let printer = Printer(options: common)
    try node.store.read { snapshot in
      let output = try RecordOutput(snapshot, words: printer.words)
      let lines = try snapshot.receiptLines()
      func emit(_ line: ReceiptLine, seq: UInt64, record: String?) {
        let name = output.office(line.signer)
        if common.json {
          printer.json(
            .object([
              ("peer", .string(line.signer.description)), ("name", .optional(name)),
              ("at", .string(Timestamp.text(line.at))),
              ("log", .string(line.head.log.description)), ("seq", .number(Int64(seq))),
              ("record", .optional(record)),
            ]))
        } else {
          printer.data(SafeText.line("\(name ?? "-")  \(Timestamp.text(line.at))  \(line.head.log)  \(seq)"))
        }
      }
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
