import ArgumentParser
import Campaign
import Foundation
import Ledger
import Node
import Store
import Trust

struct Serve: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: .words(
      "等候对端连接，直到按 Ctrl-C（SIGINT）或收到 SIGTERM。",
      "Answer peers until Ctrl-C (SIGINT) or SIGTERM."),
    discussion: .examples(
      "taizhang serve --listen 0.0.0.0:7400", "taizhang serve --listen 0.0.0.0:7400 --attachments"))
  @OptionGroup(title: CommonOptions.title) var common: CommonOptions
  @Option(
    help: .words(
      "监听的地址，主机:端口；127.0.0.1 仅限本机，0.0.0.0 供网络上的各单位连接；端口 0 由系统选定。",
      "HOST:PORT; 127.0.0.1 is for this computer alone, 0.0.0.0 for the network; port 0 lets the system pick one.",
      .address)
  )
  var listen = "127.0.0.1:7400"
  @Flag(
    help: .words(
      "向连入的单位取本机各记录所缺的全部照片、扫描件，以便代转；否则只有中心节点全取，各单位只取自己附的。",
      "Fetch all photos and scans of records here from those who dial in, to pass them on; else a region does, and an office fetches its own."
    )
  )
  var attachments = false

  func run() async throws {
    let node = try common.open()
    let printer = Printer(options: common)
    let stop = StopSignal()
    let interruption = Interruption(stop)
    defer { withExtendedLifetime(interruption) {} }
    try await node.serve(on: listen, attachments: attachments ? .all : .byRule, until: stop) { event in
      if case .session(let report) = event, let error = report.error {
        try? node.noteFailure(ErrorReport(error, words: printer.words).code, of: report)
      }
      let output = ServeOutput(event: event, words: printer.words)
      if common.json { printer.json(output.json) } else { for line in output.lines { printer.data(line) } }
      try? StandardOutput.flush()
    }
  }
}

/// What a serving node tells as it goes.
struct ServeOutput {
  let event: LocalNode.ServeEvent
  let words: Words

  var json: JSON {
    switch event {
    case .listening(let address):
      return .object([("event", .string("listening")), ("address", .string(address))])
    case .session(let report):
      guard case .object(let members) = SyncOutput(report: report, words: words).json else { return .null }
      return .object([("event", .string("session"))] + members)
    case .refused(let address, let error):
      return .object([
        ("event", .string("refused")), ("address", .string(address)),
        ("reason", .string(ErrorReport(error, words: words).code)),
      ])
    case .joined(let node, let name):
      return .object([("event", .string("joined")), ("node", .string(node)), ("name", .string(name))])
    case .narrowed(let change):
      return .object([
        ("event", .string("narrowed")), ("division", .string(change.division.description)),
        ("covered", .array(change.covered.map { .string($0.description) })),
        ("dropped", .array(change.dropped.map { .string($0.description) })),
        ("may_enrol_no_more", .bool(change.mayEnrolNoMore)), ("set_aside", .count(change.setAside)),
      ])
    }
  }

  var lines: [String] {
    let texts: [String]
    switch event {
    case .listening(let address): texts = [words("正在 \(address) 等候连接", "listening on \(address)")]
    case .session(let report):
      let output = SyncOutput(report: report, words: words)
      // A session that did something and then broke is told with both.
      let fault = report.summary == nil ? nil : report.error.map { ErrorReport($0, words: words).message }
      texts = [output.line] + output.notes + (fault.map { [$0] } ?? [])
    case .refused(let address, let error):
      let reason = ErrorReport(error, words: words).message
      texts = [words("拒绝 \(address)：\(reason)", "refused \(address): \(reason)")]
    case .joined(let node, let name):
      texts = [words("\(name)（\(node.prefix(12))）已入网", "\(name) (\(node.prefix(12))) has joined")]
    case .narrowed(let change): texts = ScopeWords.notes(change, words)
    }
    return texts.map(SafeText.line)
  }
}

struct Join: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "join",
    abstract: .words(
      "本单位入网或换证书：联网用邀请码，不联网用文件。",
      "Enrol this office, or renew its certificate: online by a token, or by files."),
    discussion: .examples("taizhang join 10.0.0.1:7400 --token tz1-…"))
  @OptionGroup(title: CommonOptions.title) var common: CommonOptions
  @Argument(help: .words("发证单位的地址，主机:端口。", "The enroller's address, HOST:PORT.", .address)) var address:
    String?
  @Option(help: .words("邀请码。", "The invitation.", .token)) var token: String?
  @Option(help: .words("把证书申请写入此文件。", "Write a certificate request to this file.", .file)) var request:
    String?
  @Option(help: .words("从此文件取得证书。", "Take the certificate from this file.", .file)) var certificate: String?

  func run() async throws {
    var node = try common.open()
    let before = node.facts.division
    var dropped: [String] = []
    switch (address, token, request, certificate) {
    case (let address?, let token?, nil, nil):
      dropped = try await node.join(address: address, token: token)
    case (nil, nil, let path?, nil):
      try OutputFile.write(Array(try node.certificateRequest().utf8), to: path)
    case (nil, nil, nil, let path?):
      dropped = try node.accept(
        certificates: try InputFile.text(path, else: TrustError.badCertificate), authority: nil)
    default:
      throw UsageError(
        chinese: "给出 地址 和 --token，或 --request，或 --certificate。",
        english: "Give an address with --token, or --request, or --certificate.")
    }
    let remade = node.remadeCount
    node = try common.open()
    let printer = Printer(options: common)
    tellMove(from: before, of: node, remade: remade + node.remadeCount, printer)
    let peer = try node.store.read { try $0.peers() }.first { $0.isEnroller }
    if common.json {
      printer.json(
        .object([
          ("node", .string(node.facts.node.description)),
          ("division", .string(node.facts.division.description)),
          ("peer", .optional(peer?.address ?? peer?.name)),
        ]))
    } else {
      printer.data(
        request == nil
          ? printer.words(
            "已入网：\(node.facts.name)（\(node.facts.division)）",
            "enrolled as \(node.facts.name) (\(node.facts.division))")
          : printer.words(
            "申请已写出；请发证单位运行 taizhang office sign。",
            "The request is written: have it signed with `taizhang office sign`."))
    }
    if request == nil, let end = node.facts.certificateExpires,
      let text = ClockWords.endedAlready(end, at: node.surroundings.now() / 1000, printer.words)
    {
      printer.note(text)
    }
    if !dropped.isEmpty {
      let names = dropped.joined(separator: printer.words("、", ", "))
      printer.note(
        SafeText.line(
          printer.words(
            "原发证单位（\(names)）已被吊销，或其证书不再被承认：已从对端中取消登记，不再与它同步。",
            "Taken off the peer list: the former enroller (\(names)), which was revoked, or whose certificates are refused."
          )))
    }
    if certificate != nil, peer?.address == nil {
      printer.note(
        printer.words(
          "联网同步前先登记对端：taizhang peer add 主机:端口（发证单位的地址）。",
          "Before the first sync: `taizhang peer add HOST:PORT`, the enroller's address."))
    }
  }

  /// Where the certificate is for another division than the store was made for, what was recorded goes there.
  private func tellMove(from before: DivisionCode, of node: LocalNode, remade: Int, _ printer: Printer) {
    let now = node.facts.division
    guard now != before else { return }
    guard let pack = try? node.store.read({ try $0.pack() }) else { return }
    let (old, new) = (before, now)
    func name(_ code: DivisionCode) -> String {
      "\(pack.divisions[code]?.name ?? "") \(code)".trimmingCharacters(in: .whitespaces)
    }
    printer.note(
      SafeText.line(
        printer.words(
          "本单位的行政区划由 \(name(old)) 改为 \(name(new))：已在那里重建 \(remade) 条记录，原处的算作迁走。",
          "This office's division was \(name(old)) and is \(name(new)) now; records made anew there: \(remade), the former ones say where they went."
        )))
  }
}

struct OfficeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "office",
    abstract: .words(
      "单位：邀请、列出、发证书、调整、吊销、恢复、裁定分叉。",
      "Offices: invite, list, sign, assign, revoke, reinstate, rule."),
    discussion: .examples("taizhang office list"),
    subcommands: [
      Invite.self, ListOffices.self, Sign.self, AssignOffice.self, Revoke.self, ReinstateOffice.self,
      RuleOnOwnLogs.self,
    ])

  struct Invite: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "invite",
      abstract: .words(
        "给新单位、或给已有单位的又一台计算机一个一次性的邀请码。",
        "A one-time token for a new office, or for another computer of one that is known."),
      discussion: .examples("taizhang office invite --division 540100 --name 拉萨市市场监管局"))
    @OptionGroup(title: CommonOptions.title) var common: CommonOptions
    @Option(help: .words("该单位的行政区划：代码或名称。", "Its division: code or name.", .division)) var division: String
    @Option(help: .words("该单位的名称。", "Its name.", .name)) var name: String
    @Option(help: .words("邀请码有效的天数。", "Days that the token is good for.", .number)) var days = 14
    @Flag(help: .words("范围仅限该行政区划本级，不含下级。", "Its scope is that division alone, without those below."))
    var only = false
    @Flag(help: .words("授权它为自己范围内的单位办理入网。", "It may itself enrol offices inside its scope.")) var mayEnrol =
      false

    /// No invitation outlives a certificate, in days.
    private static let longest = 730

    func run() throws {
      guard (1...Invite.longest).contains(days) else {
        throw UsageError(
          chinese: "--days 应在 1 至 \(Invite.longest) 之间。", english: "--days takes 1 to \(Invite.longest).")
      }
      let node = try common.open()
      let (token, expires, computers) = try invitation(of: node)
      let printer = Printer(options: common)
      if common.json {
        printer.json(.object([("token", .string(token)), ("expires", .string(Timestamp.seconds(expires)))]))
      } else {
        printer.data(token)
      }
      printer.note(
        printer.words(
          "只能用一次，有效至 \(LocalTime.seconds(expires))。对方运行：taizhang join 本机地址:端口 --token \(token)（本机须先运行 taizhang serve）",
          "Good once, until \(LocalTime.seconds(expires)). There: `taizhang join HOST:PORT --token \(token)`, with this computer's address, where `taizhang serve` runs."
        ))
      OfficeCommand.tell(others: computers, printer)
    }

    /// - Throws: `outsideEnrolment` where the office is not of this one's scope.
    private func invitation(of node: LocalNode) throws -> (
      token: String, expires: Int64, computers: [OfficeRow]
    ) {
      do {
        return try node.invite(division: division, name: name, days: days, only: only, mayEnrol: mayEnrol)
      } catch NodeError.outsideScope(let division, let own) {
        throw NodeError.outsideEnrolment(division: division, own: own)
      }
    }
  }

  /// Says of an office that it has other computers: a certificate for a new office and one for a new computer of an
  /// office that is known are asked for alike.
  fileprivate static func tell(others: [OfficeRow], _ printer: Printer) {
    guard let first = others.first else { return }
    let inForce = others.filter { !$0.isRevoked }.map { String($0.node.description.prefix(12)) }
    printer.note(
      SafeText.line(
        printer.words(
          "\(first.name)已有计算机 \(others.count) 台：新计算机归同一单位，一个单位一份的记录合在一起算。",
          "\(first.name) has \(Words.counted(others.count, "computer")) already: the new one is the same office's, and what an office may have one of is counted for all of them."
        )))
    guard !inForce.isEmpty else { return }
    printer.note(
      printer.words(
        "其中仍在用的：\(inForce.joined(separator: "、"))。遗失或不再用的，请运行 taizhang office revoke。",
        "In force: \(inForce.joined(separator: ", ")). Revoke one that is lost or out of use: `taizhang office revoke`."
      ))
  }

  /// That a certificate has ended, or is in the time in which it is renewed; else nothing.
  fileprivate static func expiry(of office: OfficeRow, _ node: LocalNode, _ w: Words) -> String {
    let end = LocalTime.seconds(office.expires)
    if office.expires <= node.surroundings.now() / 1000 { return w("已过期 \(end)", "expired \(end)") }
    return node.isAboutToEnd(office.expires) ? w("将于 \(end) 到期", "expires \(end)") : ""
  }

  struct ListOffices: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list",
      abstract: .words(
        "列出本机已知的单位。",
        "Offices known here."), discussion: .examples("taizhang office list --json")
    )
    @OptionGroup(title: CommonOptions.title) var common: CommonOptions

    func run() throws {
      let node = try common.openToRead()
      let printer = Printer(options: common)
      let (offices, names) = try node.store.read { (try $0.offices(), try $0.officeNames()) }
      let losses = try node.enrolmentLosses()
      let beside = try node.coveredBeside()
      var table = TextTable([
        printer.words("单位", "Office"), printer.words("行政区划", "Division"), printer.words("节点", "Node"),
        printer.words("状态", "State"),
      ])
      for office in offices {
        let loss = losses[office.node]
        if common.json {
          printer.json(
            .object([
              ("node", .string(office.node.description)),
              ("office_id", .optional(office.officeID.isEmpty ? nil : office.officeID)),
              ("name", .string(office.name)),
              ("division", .string(office.division.description)),
              ("covered_beside", .array((beside[office.node] ?? []).map { .string($0.description) })),
              ("revoked", .bool(office.isRevoked)),
              ("needs_enrolment", .bool(loss != nil)),
              ("enrolment_loss", .optional(loss.map(EnrolmentWords.code))),
              ("enrolled_by", .optional(office.issuer.flatMap { names[$0] })),
              ("expires", .string(Timestamp.seconds(office.expires))),
              ("last_seen", .optional(office.lastSeen.map { Timestamp.text($0) })),
            ]))
        } else {
          table.add([
            office.name, divisions(of: office, beside[office.node]),
            String(office.node.description.prefix(12)),
            loss.map { EnrolmentWords.state($0, printer.words) }
              ?? (office.isRevoked
                ? printer.words("已吊销", "revoked") : OfficeCommand.expiry(of: office, node, printer.words)),
          ])
        }
      }
      if !common.json, !table.isEmpty { for line in table.lines { printer.data(line) } }
    }

    /// Its own, and what else it covers.
    private func divisions(of office: OfficeRow, _ beside: [DivisionCode]?) -> String {
      let own = office.division.description
      guard let beside else { return own }
      let list = ScopeWords.list(beside, common.words)
      return common.words("\(own)（兼管 \(list)）", "\(own) (and \(list))")
    }
  }

  struct Sign: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "sign",
      abstract: .words(
        "给文件形式的证书申请发证书。",
        "Sign a certificate request that came as a file."),
      discussion: .examples("taizhang office sign 申请.csr -o 证书.pem"))
    @OptionGroup(title: CommonOptions.title) var common: CommonOptions
    @Argument(help: .words("证书申请文件。", "The request.", .file)) var request: String
    @Option(name: .shortAndLong, help: .words("证书写入此文件。", "Where to write the certificate.", .file))
    var output: String
    @Option(
      help: .words(
        "该单位的行政区划（未给出则按其申请）。", "The division that the office is for (else the one that it asks for).",
        .division)) var division: String?
    @Flag(help: .words("授权它为自己范围内的单位办理入网。", "It may itself enrol offices inside its scope.")) var mayEnrol =
      false

    func run() throws {
      let node = try common.open()
      let text = try InputFile.text(request, else: TrustError.badRequest)
      let (bundle, signed) = try node.sign(request: text, division: division, mayEnrol: mayEnrol)
      try OutputFile.write(Array(bundle.utf8), to: output)
      let printer = Printer(options: common)
      if common.json {
        printer.json(.object([("node", .string(signed.description)), ("file", .string(output))]))
        return
      }
      let (row, pack) = try node.store.read { (try $0.office(signed), try $0.pack()) }
      guard let row else { return }
      let place = "\(pack.divisions[row.division]?.name ?? "") \(row.division)"
      let until = LocalTime.seconds(row.expires)
      printer.data(
        SafeText.line(
          printer.words(
            "已给 \(row.name)（\(place)，节点 \(signed.description.prefix(12))）发证书，有效至 \(until)，写入 \(output)",
            "certified \(row.name) (\(place), node \(signed.description.prefix(12))) until \(until), in \(output)"
          )))
      printer.note(
        printer.words(
          "把此文件交给该单位，由它运行 taizhang join --certificate。",
          "Hand the file to that office, which runs `taizhang join --certificate`."))
      let offices = try node.store.read { try $0.offices() }
      OfficeCommand.tell(others: offices.filter { $0.officeID == row.officeID && $0.node != signed }, printer)
    }
  }
}
