import Ledger
import Node
import Trust

/// Keys, certificates and what a peer says against them; the words of `ErrorReport` for these.
extension ErrorReport {
  static func of(_ error: TrustError, _ w: Words) -> ErrorReport {
    switch error {
    case .openSSL(let during, let stack):
      ErrorReport(
        70, "openssl", w("OpenSSL 在 \(during) 时出错：", "OpenSSL failed in \(during): ") + (stack.last ?? "-"),
        w("检查系统的 OpenSSL 3；仍不行请报告此问题。", "Check the system's OpenSSL 3, and report this if it stays."))
    case .badKey:
      ErrorReport(
        65, "bad-key", w("密钥无效，或与证书不配。", "The key is no P-256 key, or not the certificate's."),
        w("从备份恢复 identity 目录，或换一份申请。", "Restore the identity folder from a backup, or ask for a new request.")
      )
    case .badCertificate:
      ErrorReport(
        65, "bad-certificate", w("证书文件无效。", "The certificate is not valid."),
        w("向发证单位重新索取证书文件。", "Ask the issuer for the file again."))
    case .badRequest:
      ErrorReport(
        65, "bad-request", w("证书申请无效。", "The certificate request is not valid."),
        w("让该单位重新运行 taizhang join --request。", "Have that office run `taizhang join --request` again."))
    case .untrusted(let verification):
      ErrorReport(
        77, "untrusted",
        w("证书不可信：", "The certificate is not trusted: ") + LinkWords.chain(verification, w) + w("。", "."),
        w("确认双方属于同一个中心节点。", "Make sure that both belong to one region."))
    case .badSignature:
      ErrorReport(
        77, "untrusted",
        w("证书不可信：签名不符。", "The certificate is not trusted: it is not as its issuer signed it."),
        w("向发证单位重新索取证书文件。", "Ask the issuer for the file again."))
    case .otherAuthority:
      ErrorReport(
        77, "other-region", w("证书属于另一个中心节点。", "The certificate belongs to another region."),
        w("向本中心节点索取证书；换中心节点请另建台账库。", "Get one of this region; another region needs a new store."))
    case .otherKey(let node):
      ErrorReport(
        77, "other-key",
        w("证书是发给另一台电脑（\(short(node))）的。", "The certificate is for another computer (\(short(node)))."),
        w("在申请的那台电脑上使用，或用本机重新申请。", "Use it where it was asked for, or ask anew from here."))
    case .badToken:
      ErrorReport(
        77, "bad-token", w("邀请码有误。", "The invitation was altered or mistyped."),
        w("原样复制邀请码。", "Copy the invitation exactly."))
    case .notForThisRecipient:
      ErrorReport(
        77, "wrong-recipient", w("内容不是封给本单位的。", "It was not sealed for this office."),
        w("请制作方为本单位重新制作。", "Ask its maker for one for this office."))
    case .altered:
      ErrorReport(
        65, "altered", w("内容被改动过或已损坏。", "The content was altered or is damaged."),
        w("重新拷贝，或请制作方重做。", "Copy it again, or ask its maker for a new one."))
    case .scopeNotWithinIssuer(let office, let node): scopeTooWide(named(office, node, w), w)
    case .rightsNotWithinIssuer(let office, let node): rightsTooWide(named(office, node, w), w)
    case .keyNotNamed(let office, let node): keyNotNamed(named(office, node, w), w)
    case .issuerMayNotEnrol(let office, let node): mayNotEnrol(named(office, node, w), w)
    case .chainTooLong:
      ErrorReport(
        77, "chain-too-long",
        w("证书层级过多：最多为中心节点、获授权的单位、单位三层。", "Too many certificates: region, enroller and office are the most."),
        w("请中心节点或获授权的单位直接发证。", "Have it issued by the region or an enroller itself."))
    }
  }

  static func mayNotNarrow(_ name: String, _ w: Words) -> ErrorReport {
    ErrorReport(
      77, "may-not-narrow",
      w("续发证书不能缩小\(name)的范围或权限。", "A renewed certificate may not narrow the scope or the rights of \(name)."),
      w(
        "邀请时去掉 --only，或由中心节点续发；确要缩小，请运行 taizhang office assign \(name) --only（台账库不变）。",
        "Invite it without --only, or have the region renew it; `taizhang office assign \(name) --only` narrows it, and it keeps its store."
      ))
  }

  static func enrolledElsewhere(_ name: String, _ division: DivisionCode, _ w: Words) -> ErrorReport {
    ErrorReport(
      77, "enrolled-elsewhere",
      w("这个密钥属于\(name)（\(division)）。", "The key is that of \(name) (\(division))."),
      w(
        "按它现有的区划发证；要换区划，请运行 taizhang office assign。",
        "Certify it for the division it has; `taizhang office assign` gives it another one."))
  }

  /// Revocations that are lifted, and other places for offices.
  static func mayNotWiden(_ name: String, by other: String, _ w: Words) -> ErrorReport {
    ErrorReport(
      77, "may-not-widen",
      w(
        "\(name)的范围由\(other)缩小过，本单位不能放宽。",
        "\(other) narrowed the scope of \(name), and this office may not widen it."),
      w(
        "请\(other)或其上级运行 taizhang office assign。",
        "Have \(other), or an office above it, run `taizhang office assign`."))
  }

  static func places(_ error: NodeError, _ name: String, _ w: Words) -> ErrorReport {
    switch error {
    case .notRevoked:
      ErrorReport(
        65, "not-revoked", w("\(name)没有被吊销。", "\(name) is not revoked."),
        w("用 taizhang office list 查看各单位。", "See the offices with `taizhang office list`."))
    case .mayNotReinstate:
      ErrorReport(
        77, "may-not-reinstate",
        w(
          "本单位不能恢复 \(name)：吊销它的是别的单位，或其发证单位已被吊销。",
          "This office may not reinstate \(name): another office revoked it, or its issuer was revoked."),
        w(
          "请吊销它的单位或其上级办理；发证单位已被吊销的，请重新入网。",
          "Ask the office that revoked it, or one above that; where the issuer was revoked, enrol it anew."))
    default:
      ErrorReport(
        77, "may-not-assign", w("本单位不能改动 \(name)。", "This office may not change \(name)."),
        w("请它的上级或中心节点办理。", "Ask an office above it, or the region."))
    }
  }

  // MARK: certificates that give more than their issuer may

  private static func scopeTooWide(_ office: String, _ w: Words) -> ErrorReport {
    ErrorReport(
      77, "scope-too-wide",
      w("\(office)的范围超出了发证单位的范围。", "The scope of \(office) goes beyond its issuer's."),
      w("请它的上级或中心节点发证。", "Let an office above it, or the region, issue the certificate."))
  }

  private static func keyNotNamed(_ office: String, _ w: Words) -> ErrorReport {
    ErrorReport(
      77, "key-not-named",
      w(
        "\(office)的证书没有照规定写明密钥标识。",
        "The certificate of \(office) does not name its issuer's key as it has to."),
      w("请中心节点重新发证，并查明这份证书是谁签的。", "Let the region issue another one, and find out who signed this one."))
  }

  private static func rightsTooWide(_ office: String, _ w: Words) -> ErrorReport {
    ErrorReport(
      77, "rights-too-wide",
      w("\(office)的权限超出了发证单位的权限。", "The rights of \(office) go beyond its issuer's."),
      w("请中心节点发证。", "Let the region issue the certificate."))
  }

  private static func mayNotEnrol(_ office: String, _ w: Words) -> ErrorReport {
    ErrorReport(
      77, "issuer-may-not-enrol", w("发证的\(office)无权办理入网。", "\(office) issued it and may not enrol."),
      w("请中心节点或获授权的单位重新发证。", "Have it issued by the region, or by an office that may enrol."))
  }

  private static func named(_ office: String, _ node: NodeID, _ w: Words) -> String {
    w("\(office)（\(short(node))）", "\(office) (\(short(node)))")
  }

  private static func short(_ node: NodeID) -> String { String(node.description.prefix(12)) }

  /// What this node says of an office that was revoked.
  static func revoked(_ name: String, _ node: NodeID, _ mayReinstate: Bool, _ w: Words) -> ErrorReport {
    ErrorReport(
      77, "revoked",
      w("\(name)（\(short(node))）的证书已被吊销。", "The certificate of \(name) (\(short(node))) was revoked."),
      mayReinstate
        ? w(
          "若是误会，运行 taizhang office reinstate \(short(node))；换了电脑的，用 taizhang office invite 发新的邀请码。",
          "If that was a mistake, run `taizhang office reinstate \(short(node))`; for a new computer invite it with `taizhang office invite`."
        )
        : w(
          "若是误会，请吊销它的单位或其上级用 taizhang office reinstate 恢复；换了电脑的，须重新入网。",
          "If that was a mistake, the office that revoked it, or one above, lifts it with `taizhang office reinstate`; a new computer has to be enrolled."
        ))
  }

  /// What a peer said when it refused; codes of the protocol have words of their own. Where it names a certificate, that is
  /// this office's own.
  static func refusal(_ code: String, _ detail: String, _ w: Words) -> ErrorReport {
    let anew = w("请重新索取邀请码。", "Ask for a new invitation.")
    switch code {
    case "token-unknown":
      return ErrorReport(
        77, code, w("对端没有发过这个邀请码。", "The peer did not give out this invitation."), anew)
    case "token-used":
      return ErrorReport(77, code, w("邀请码已被另一台电脑用过。", "Another computer used the invitation."), anew)
    case "token-expired": return ErrorReport(77, code, w("邀请码已过期。", "The invitation expired."), anew)
    case CertificateRefusal.Reason.revoked.rawValue: return ownRevoked(w)
    case CertificateRefusal.Reason.issuerRevoked.rawValue: return ownIssuerRevoked(w)
    case "not-authorised", "bad-token":
      return ErrorReport(
        77, code,
        detail.isEmpty
          ? w("对端不能发这个证书。", "The peer cannot issue this certificate.")
          : w("对端不能发证书：", "The peer cannot issue a certificate: ") + detail,
        w("请发证单位核对范围和权限。", "Ask it to check its scope and rights."))
    default:
      return ErrorReport(
        76, code, w("对端拒绝：", "The peer refused: ") + (detail.isEmpty ? code : detail),
        w("按原因处理后再试。", "Mend the reason and try again."))
    }
  }
}
