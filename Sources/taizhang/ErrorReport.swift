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
  /// With which peer it happened, where somebody is told of several.
  var peer: String?

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
    case let error as CertificateRefusal: self = ErrorReport.of(error, words)
    case let error as LinkError: self = ErrorReport.of(error, words)
    case let error as AttachmentError: self = ErrorReport.of(error, words)
    case let error as MergeFault: self = ErrorReport.of(error, words)
    case let error as BundleFault: self = ErrorReport.of(error, words)
    case let error as ImportFailure: self = ErrorReport.of(error, words)
    case let error as PackProblems: self = ErrorReport.of(error, words)
    case let error as EntryFailure: self = ErrorReport.of(error, words)
    case let error as ChangeBody.Fault: self = ErrorReport.of(error, words)
    case let error as OptionError: self = ErrorReport.of(error, words)
    case let error as UsageError:
      self.init(64, "usage", error.message(words), words("用 taizhang help 查看用法。", "See `taizhang help`."))
    default: self = ErrorReport.unworded(error, words)
    }
  }

  /// An error that nobody gave words of its own.
  static func unworded(_ error: any Error, _ w: Words) -> ErrorReport {
    ErrorReport(
      70, "internal", w("内部错误：", "Internal error: ") + "\(error)",
      w("请运行 taizhang verify 并报告此问题。", "Run `taizhang verify` and report this."))
  }

  static func of(_ error: NodeError, _ w: Words) -> ErrorReport {
    switch error {
    case .unknownKind, .unknownDivision, .unknownHome, .otherKind, .rejected, .outsideScope, .noSuchFields:
      entry(error, w)
    case .recordDeleted, .recordNotDeleted, .kindUnknownHere, .mayNotRedact, .notErasable, .tooManyWrites:
      record(error, w)
    case .outsideEnrolment, .outsideReport, .reversedPeriod: scope(error, w)
    case .nameless, .notEnrolled, .ownStore, .alreadyEnrolled, .mayNotEnrol, .mayNotDelegate, .revokedKey,
      .notTheEnroller, .tokenUnknown, .tokenUsed, .tokenExpired:
      enrolment(error, w)
    case .enrolledElsewhere, .notTheRegion, .mayNotNarrow, .mayNotWiden, .mayNotRevoke, .notRevoked,
      .mayNotReinstate, .mayNotAssign:
      offices(error, w)
    case .certificateNotInForce, .peerNotInForce: validity(error, w)
    case .otherIdentity(let path): otherIdentity(path, w)
    case .importUnreadable, .file, .noFile, .identity, .interrupted, .backupRefused: files(error, w)
    case .mayNotIssuePacks, .planRefused, .planLacksDivisions: plan(error, w)
    case .sameRecord, .differentKinds, .linkedThrough, .heldHereAlone: duplicates(error, w)
    case .peerRefused(let code, let detail): refusal(code, detail, w)
    case .noConflict, .conflictChanged, .brokenRule, .sharedValue, .notYesOrNo, .noCandidate, .notResolvable,
      .noResolution, .severalResolutions, .groupValue:
      conflicts(error, w)
    case .officeRevoked(let name, let node, let mayReinstate): revoked(name, node, mayReinstate, w)
    case .noPeers, .unknownPeer, .notHeardOfYet, .ambiguousPeer, .badAddress, .cannotListen, .noRecipient:
      peers(error, w)
    }
  }

  /// A change that cannot be made, or not be read.
  private static func of(_ fault: ChangeBody.Fault, _ w: Words) -> ErrorReport {
    switch fault {
    case .tooLarge, .fieldTooLarge, .recordTooLarge, .tooManyParts, .tooManyMakers:
      ErrorReport(
        65, "too-large",
        w(
          "一次要写入的超过一次变更的上限，什么也没有写入。",
          "What was to be written is more than one change may hold: nothing was written."),
        w("分几次写入：减少值的个数，或缩短文本。", "Write it in several steps: fewer values at once, or shorter texts."))
    case .malformed, .notCanonical, .invalidText, .leavesDoNotFit, .erasedLeaf:
      ErrorReport(
        65, "bad-change", w("有一个变更无法读取。", "A change cannot be read."),
        w("请运行 taizhang verify 查看是哪一个。", "`taizhang verify` says which."))
    }
  }

  private static func of(_ error: OptionError, _ w: Words) -> ErrorReport {
    ErrorReport(
      65, error.findings.first?.code.rawValue ?? "rejected",
      error.option + w("：", ": ")
        + error.findings.map { FindingWords.text($0, w) }.joined(separator: w("；", "; ")),
      w(
        "改正这个选项后再试；taizhang plan show 列出字段和计划条目。",
        "Mend that option and try again: `taizhang plan show` lists fields and plan items."))
  }

  static func file(_ path: String, _ number: Int32, _ w: Words) -> ErrorReport {
    ErrorReport(
      74, "file", "\(path): \(SystemWords.text(number, w))",
      w("检查路径和权限。", "Check the path and its permissions.")
    )
  }

  /// Without its exit code, which the program itself ends with.
  var json: JSON {
    .object(
      [("code", .string(code)), ("message", .string(message)), ("hint", .string(hint))]
        + (peer.map { [("peer", .string($0))] } ?? []))
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

/// What is wrong with the value of an option that picks records.
struct OptionError: Error {
  let option: String
  let findings: [Finding]

  init(_ option: String, _ findings: [Finding]) {
    self.option = option
    self.findings = findings
  }

  /// The same of a value that is held against a field only to be read.
  var ofNoField: OptionError {
    OptionError(
      option,
      findings.map { finding in
        var finding = finding
        finding.field = nil
        return finding
      })
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
extension CertificateRefusal: OwnError {}
extension PackProblems: OwnError {}
extension ImportFailure: OwnError {}
extension UsageError: OwnError {}
extension OptionError: OwnError {}
extension EntryFailure: OwnError {}
