import ArgumentParser
import Campaign
import Ledger
import Node
import Store
import Trust

/// Any error as exit code, kebab-case code, message and hint: the one place where words and codes are made.
struct ErrorReport {
  let exitCode: Int32
  let code: String
  let message: String
  let hint: String

  init(_ exitCode: Int32, _ code: String, _ message: String, _ hint: String) {
    self.exitCode = exitCode
    self.code = code
    self.message = message
    self.hint = hint
  }

  /// A command line that cannot be understood.
  /// - Parameters:
  ///   - fault: what is wrong with it, where that is known.
  ///   - message: the same in the parser's words, which are English.
  init(commandLine fault: CommandLineFault?, in message: String, command: [String], words: Words) {
    let help = (["taizhang", "help"] + command).joined(separator: " ")
    self.init(
      64, "usage", words(fault?.chinese ?? "命令行有误：" + message, fault?.english ?? message),
      words("用 \(help) 查看用法。", "See `\(help)`."))
  }

  init(_ error: any Error, words: Words) {
    switch error {
    case let error as StoreError: self = ErrorReport.of(error, words)
    case let error as NodeError: self = ErrorReport.of(error, words)
    case let error as TrustError: self = ErrorReport.of(error, words)
    case let error as LinkError: self = ErrorReport.of(error, words)
    case let error as AttachmentError: self = ErrorReport.of(error, words)
    case let error as BundleFault: self = ErrorReport.of(error, words)
    case let error as ImportFailure: self = ErrorReport.of(error, words)
    case let error as PackProblems: self = ErrorReport.of(error, words)
    case let error as UsageError:
      self.init(64, "usage", error.message(words), words("用 taizhang help 查看用法。", "See `taizhang help`."))
    default:
      self.init(
        70, "internal", words("内部错误：", "Internal error: ") + "\(error)",
        words("请运行 taizhang verify 并报告此问题。", "Run `taizhang verify` and report this."))
    }
  }

  private static func of(_ error: StoreError, _ w: Words) -> ErrorReport {
    switch error {
    case .noStore(let path):
      ErrorReport(
        66, "no-store", w("\(path) 没有台账库。", "There is no store at \(path)."),
        w("先运行 taizhang init，或用 --store 指明目录。", "Run `taizhang init` first, or name the folder with --store.")
      )
    case .alreadyExists(let path):
      ErrorReport(
        65, "store-exists", w("\(path) 已有台账库。", "There is a store at \(path) already."),
        w("换一个目录，或直接使用它。", "Use it as it is, or choose another folder."))
    case .leftBeside, .ownFile: files(error, w)
    case .notAStore(let path):
      ErrorReport(
        65, "not-a-store", w("\(path) 不是台账库。", "\(path) is not a store of this program."),
        w("检查 --store 指的目录；损坏的库可用备份恢复。", "Check --store; a damaged store can be restored from a backup."))
    case .newerSchema(let found, let known):
      ErrorReport(
        65, "newer-store",
        w(
          "库的格式 \(found) 比本程序（\(known)）新。",
          "The store has format \(found), newer than this program's \(known)."),
        w("请更新程序。", "Update the program."))
    case .busy:
      ErrorReport(
        75, "busy", w("库正被另一进程使用。", "Another process is using the store."),
        w("稍后再试。", "Try again in a moment."))
    case .diskFull:
      ErrorReport(
        74, "disk-full", w("磁盘已满，什么也没有写入。", "The disk is full; nothing was written."),
        w("腾出空间后再试。", "Free some space and try again."))
    case .inputOutput(let message):
      ErrorReport(
        74, "input-output", w("读写失败：", "Reading or writing failed: ") + message,
        w("检查磁盘和目录权限。", "Check the disk and the folder's permissions."))
    case .file(let path, let number): file(path, number, w)
    case .noRecord(let prefix):
      ErrorReport(
        66, "no-record", w("没有编号以 \(prefix) 开头的记录。", "No record's id begins with \(prefix)."),
        w("用 taizhang list 查看编号。", "`taizhang list` shows the ids."))
    case .shortPrefix(let prefix):
      ErrorReport(
        64, "short-id",
        w("“\(prefix)”太短：编号至少给出前 4 位。", "\"\(prefix)\" is too short: give 4 digits of the id or more."),
        w("用 taizhang list 查看编号。", "`taizhang list` shows the ids."))
    case .ambiguousRecord(let prefix, let matches, let count):
      ErrorReport(
        65, "ambiguous-id",
        w("\(prefix) 对应 \(count) 条记录：", "\(prefix) matches \(count) records: ")
          + matches.joined(separator: ", ") + (count > matches.count ? w(" 等", ", …") : ""),
        w("多给几位编号。", "Give more digits of the id."))
    case .noContent(let content):
      ErrorReport(
        66, "attachment-not-here",
        w(
          "附件 \(content.description.prefix(12)) 不在本机。",
          "Attachment \(content.description.prefix(12)) is not here."),
        w("运行 taizhang sync --attachments 取来。", "Fetch it with `taizhang sync --attachments`."))
    case .damagedContent(let content):
      ErrorReport(
        65, "attachment-damaged",
        w(
          "附件 \(content.description.prefix(12)) 的文件已损坏。",
          "The file of attachment \(content.description.prefix(12)) is damaged."),
        w("运行 taizhang sync --attachments 重新取来。", "Fetch it anew with `taizhang sync --attachments`."))
    case .damaged(let what):
      ErrorReport(
        65, "damaged", w("库已损坏：", "The store is damaged: ") + DamageWords.text(what, w),
        w(
          "运行 taizhang doctor --repair；必要时从备份恢复。",
          "Run `taizhang doctor --repair`; restore a backup if need be."))
    }
  }

  private static func of(_ error: NodeError, _ w: Words) -> ErrorReport {
    switch error {
    case .unknownKind(let finding), .unknownDivision(let finding):
      ErrorReport(
        65, finding.code.rawValue, FindingWords.text(finding, w),
        w("用 taizhang plan show 查看类别和行政区划。", "`taizhang plan show` lists kinds and divisions."))
    case .unknownHome(let finding, let near):
      ErrorReport(
        65, finding.code.rawValue, FindingWords.text(finding, w),
        w("--division 写代码或名称，例如：", "--division takes a code or a name, for example: ")
          + near.map { "\($0.code) \($0.name)" }.joined(separator: w("、", ", ")))
    case .otherKind(let named, let own):
      ErrorReport(
        65, "other-kind",
        w("命令里的类别是 \(named)，JSON 里的是 \(own)。", "The command names the kind \(named), the JSON \(own)."),
        w("改其一，使两者一致。", "Make the two agree."))
    case .rejected(let findings):
      ErrorReport(
        65, findings.first { $0.severity == .error }?.code.rawValue ?? "rejected",
        findings.filter { $0.severity == .error }.map { FindingWords.text($0, w) }.joined(
          separator: w("；", "; ")), w("改正后再试；什么也没有写入。", "Mend it and try again; nothing was written."))
    case .outsideScope(let division, let own):
      ErrorReport(
        77, "outside-scope",
        w("\(division) 不在本单位（\(own)）的范围内。", "\(division) is outside this office's scope (\(own))."),
        w("请由该区划的单位录入。", "Let an office of that division enter it."))
    case .outsideReport(let division, let own):
      ErrorReport(
        77, "outside-scope",
        w(
          "\(division) 不在本单位（\(own)）的范围内，这里没有它的记录。",
          "\(division) is outside this office's scope (\(own)): its records are not here."),
        w(
          "只能报告本单位及其下级；其他区划请问中心节点。",
          "Report on this office's division or one below it; ask the region for others."))
    case .reversedPeriod(let from, let to):
      ErrorReport(
        65, "reversed-period", w("\(from) 晚于 \(to)。", "\(from) is after \(to)."),
        w("--from 是第一天，--to 是最后一天。", "--from is the first day, --to the last."))
    case .recordDeleted(let id, let heir?):
      ErrorReport(
        65, "record-deleted", w("记录 \(id) 已迁往别处。", "Record \(id) was moved elsewhere."),
        w("现在是 \(heir)：运行 taizhang show \(heir)。", "It is \(heir) now: run `taizhang show \(heir)`."))
    case .recordDeleted(let id, nil):
      ErrorReport(
        65, "record-deleted", w("记录 \(id) 已删除。", "Record \(id) is deleted."),
        w("先运行 taizhang restore。", "Run `taizhang restore` first."))
    case .recordNotDeleted(let id):
      ErrorReport(
        65, "record-not-deleted", w("记录 \(id) 没有被删除。", "Record \(id) is not deleted."),
        w("无需恢复。", "There is nothing to restore."))
    case .kindUnknownHere(let id, let kind):
      ErrorReport(
        65, "unknown-kind",
        w(
          "记录 \(id) 的类别 \(kind) 不在现行方案里。",
          "The kind \(kind) of record \(id) is not in the campaign pack in force."),
        w("同步以取得新方案，或更新程序。", "Sync to get the newer pack, or update the program."))
    case .nameless:
      ErrorReport(
        65, "no-name", w("单位名称不能为空。", "An office's name must not be empty."),
        w("用 --name 给出名称。", "Give the name with --name."))
    case .notEnrolled:
      ErrorReport(
        77, "not-enrolled", w("本单位尚未入网。", "This office is not enrolled."),
        w("用邀请码运行 taizhang join。", "Run `taizhang join` with an invitation."))
    case .alreadyEnrolled:
      ErrorReport(
        65, "already-enrolled", w("本单位已经入网。", "This office is enrolled already."),
        w(
          "换证书须用同一中心节点、本单位现有区划的邀请码；换区划由上级运行 taizhang office assign，或另建台账库。",
          "To renew, use an invitation of the same region for the division it has; another one is given by `taizhang office assign` above, or needs a new store."
        ))
    case .enrolledElsewhere(let name, let division): enrolledElsewhere(name, division, w)
    case .notTheRegion:
      ErrorReport(
        77, "no-right", w("本单位无权办理入网。", "This office has no right to enrol others."),
        w("请由中心节点或获授权的单位办理。", "Ask the region, or an office that may enrol."))
    case .mayNotDelegate:
      ErrorReport(
        77, "may-not-delegate",
        w("本单位可以办理入网，但不能再授权别的单位办理。", "This office may enrol others, but may not let them enrol in turn."),
        w("去掉 --may-enrol，或请中心节点办理。", "Leave out --may-enrol, or ask the region."))
    case .mayNotNarrow(let name): mayNotNarrow(name, w)
    case .mayNotWiden(let name, let other): mayNotWiden(name, by: other, w)
    case .mayNotRevoke(let name):
      ErrorReport(
        77, "may-not-revoke", w("本单位不能吊销 \(name)。", "This office may not revoke \(name)."),
        w("请它的上级或中心节点办理。", "Ask an office above it, or the region."))
    case .notRevoked(let name), .mayNotReinstate(let name), .mayNotAssign(let name):
      places(error, name, w)
    case .mayNotRedact:
      ErrorReport(
        77, "may-not-redact", w("本单位无权抹除内容。", "This office has no right to redact."),
        w("请中心节点办理。", "Ask the region."))
    case .notErasable(let field):
      ErrorReport(
        65, "not-erasable",
        w(
          "字段\(FindingWords.name(field, w))不是文本，不能抹除。",
          "The field \(FindingWords.name(field, w)) is no text, and cannot be redacted."),
        w("只有文本字段可以抹除；其他值请用 edit 改正。", "Only text fields can be; correct other values with `taizhang edit`."))
    case .revokedKey(let name):
      ErrorReport(
        77, "revoked",
        w("\(name) 的密钥已被吊销，不能再发证书。", "The key of \(name) was revoked; it gets no certificate."),
        w(
          "在新目录运行 taizhang init，再用新邀请码入网。",
          "Run `taizhang init` in a new folder and join with a new invitation."))
    case .certificateNotInForce(let from, let until, let at):
      ErrorReport(
        77, "certificate-expired",
        at > until
          ? w(
            "本单位的证书已于 \(Timestamp.seconds(until)) 过期：本地变更已送出，对端的没有收到。",
            "This office's certificate expired at \(Timestamp.seconds(until)): what is here was handed in, nothing was received."
          )
          : w(
            "按对端时钟（\(Timestamp.seconds(at))），本单位的证书要到 \(Timestamp.seconds(from)) 才生效。",
            "By the peer's clock (\(Timestamp.seconds(at))) this office's certificate is not good before \(Timestamp.seconds(from))."
          ), at > until ? renewal(w) : w("核对两边的时钟。", "Check both clocks."))
    case .peerNotInForce(let name, let from, let until, let at):
      ErrorReport(
        77, "peer-expired",
        at > until
          ? w(
            "\(name) 的证书已于 \(Timestamp.seconds(until)) 过期。",
            "The certificate of \(name) expired at \(Timestamp.seconds(until)).")
          : w(
            "\(name) 的证书要到 \(Timestamp.seconds(from)) 才生效。",
            "The certificate of \(name) is not good before \(Timestamp.seconds(from))."),
        w(
          "它仍可上报；请它换证书：重新邀请，或 office sign 它的申请。",
          "It may still hand in; renew it: invite it again, or `office sign` its request."))
    case .notTheEnroller(let name, let division):
      ErrorReport(
        77, "not-the-enroller",
        w("\(name) 无权接收 \(division) 的单位入网。", "\(name) may not enrol offices of \(division)."),
        w("邀请码没有发送；请连接发出邀请的节点。", "The invitation was not sent; dial the node that gave it out."))
    case .tokenUnknown:
      ErrorReport(
        77, "token-unknown", w("邀请码不是本节点发出的。", "The invitation was not given out by this node."),
        w("请重新索取邀请码。", "Ask for a new invitation."))
    case .tokenUsed:
      ErrorReport(
        77, "token-used", w("邀请码已被使用。", "The invitation was used already."),
        w("请重新索取邀请码。", "Ask for a new invitation."))
    case .tokenExpired(let at):
      ErrorReport(
        77, "token-expired",
        at.map {
          w("邀请码已于 \(Timestamp.seconds($0)) 过期。", "The invitation expired at \(Timestamp.seconds($0)).")
        } ?? w("邀请码已过期。", "The invitation has expired."),
        w("请重新索取邀请码。", "Ask for a new invitation."))
    case .importUnreadable(let problem):
      ErrorReport(
        65, "unreadable-file", ImportWords.text(problem, w), ImportWords.hint(problem, w))
    case .file(let path, let number): file(path, number, w)
    case .noFile(let path):
      ErrorReport(
        66, "no-file", w("没有文件 \(path)。", "There is no file \(path)."), w("检查路径。", "Check the path."))
    case .noSuchFields(let wanted):
      ErrorReport(
        65, "unknown-field",
        w("没有类别有这些字段和值：", "No kind has these fields and values: ") + wanted.joined(separator: ", "),
        w("用 taizhang plan show 查看字段。", "`taizhang plan show` lists the fields."))
    case .identity(let path, let isMissing):
      ErrorReport(
        65, "identity",
        isMissing
          ? w("缺少身份文件 \(path)。", "The identity's file \(path) is missing.")
          : w("\(path) 里的密钥或证书不可用。", "A key or certificate in \(path) cannot be used."),
        w("从备份恢复。", "Restore it from a backup."))
    case .mayNotIssuePacks, .planRefused, .planLacksDivisions: plan(error, w)
    case .sameRecord, .differentKinds, .linkedThrough: duplicates(error, w)
    case .peerRefused(let code, let detail): refusal(code, detail, w)
    case .noConflict, .conflictChanged, .brokenRule, .sharedValue, .notYesOrNo, .noCandidate, .notResolvable,
      .noResolution,
      .groupValue:
      conflicts(error, w)
    case .unknownPeer, .ambiguousPeer, .badAddress, .cannotListen, .noRecipient: peers(error, w)
    case .interrupted:
      ErrorReport(
        75, "interrupted",
        w("中途被叫停，这一来源及其后的没有收完。", "Interrupted: this source and those behind it were not gone through."),
        w("再运行一次同样的合并，已收的不会重复。", "Run the same merge again: nothing is taken in twice."))
    case .otherIdentity(let path): otherIdentity(path, w)
    case .backupRefused(let path):
      ErrorReport(
        65, "bad-backup", w("\(path) 不是备份。", "\(path) is not a backup."), w("检查文件。", "Check the file."))
    }
  }

  private static func file(_ path: String, _ number: Int32, _ w: Words) -> ErrorReport {
    ErrorReport(
      74, "file", "\(path): \(SystemWords.text(number, w))",
      w("检查路径和权限。", "Check the path and its permissions.")
    )
  }

  /// How an office gets a certificate again.
  private static func renewal(_ w: Words) -> String {
    w(
      "换证书：向发证单位要新邀请码再运行 taizhang join；或 join --request 交申请，取回后 join --certificate。",
      "To renew, ask the issuer for a new invitation and run `taizhang join`; or hand in `join --request` and take the answer with `join --certificate`."
    )
  }

  /// Without its exit code, which the program itself ends with.
  var json: JSON {
    .object([("code", .string(code)), ("message", .string(message)), ("hint", .string(hint))])
  }

  func print(json: Bool) {
    let text: String
    if json {
      text = JSON.object([("error", self.json)]).text
    } else {
      text = SafeText.line(message) + "\n" + SafeText.line(hint)
    }
    StandardError.write(text + "\n")
  }
}

/// Wrong use of the command line.
struct UsageError: Error {
  let chinese: String
  let english: String
  func message(_ words: Words) -> String { words(chinese, english) }
}

extension StoreError: OwnError {}
extension NodeError: OwnError {}
extension TrustError: OwnError {}
extension LinkError: OwnError {}
extension PackProblems: OwnError {}
extension ImportFailure: OwnError {}
extension UsageError: OwnError {}
