import Node

/// Certificates that count no more: this office's own, its enroller's, another's; the words of `ErrorReport` for each.
extension ErrorReport {
  static func of(_ refusal: CertificateRefusal, _ w: Words) -> ErrorReport {
    switch (refusal.holder, refusal.reason) {
    case (.own, .revoked): ownRevoked(w)
    case (.own, .issuerRevoked): ownIssuerRevoked(w)
    case (.enroller, .revoked): enrollerRevoked(refusal.name, w)
    case (.other, .revoked): otherRevoked(refusal.name, w)
    case (.enroller, .issuerRevoked), (.other, .issuerRevoked): otherIssuerRevoked(refusal.name, w)
    }
  }

  /// A peer's word that this office was revoked by name: its key is enrolled no more.
  static func ownRevoked(_ w: Words) -> ErrorReport {
    ErrorReport(
      77, "revoked", w("本单位的证书已被吊销。", "This office's own certificate was revoked."),
      w(
        "若是误会，请吊销它的单位或其上级运行 taizhang office reinstate 恢复；不恢复的，请上级发给邀请码，用 taizhang init 另建台账库，再用 taizhang join 入网。本库的记录仍可查看，可用 taizhang export 导出后由新库导入。",
        "If that was a mistake, have the office that revoked it, or one above, run `taizhang office reinstate`. Else ask for an invitation, make another store with `taizhang init`, and join with that: what is here can still be read, and taken there by `taizhang export` and `import`."
      ))
  }

  /// A peer's word that this office's certificate fell with its issuer's: the key and the store stay good.
  static func ownIssuerRevoked(_ w: Words) -> ErrorReport {
    ErrorReport(
      77, CertificateRefusal.Reason.issuerRevoked.rawValue,
      w(
        "本单位的证书不再有效：给本单位发证的单位已被吊销或不能再发证。",
        "This office's own certificate counts no more: its issuer was revoked, or may enrol no more."),
      w(
        "请中心节点或其他获授权的单位给邀请码，再运行 taizhang join：台账库照常使用。",
        "Ask the region or another enroller for an invitation, then `taizhang join`; the store stays as it is."
      ))
  }

  private static func enrollerRevoked(_ name: String, _ w: Words) -> ErrorReport {
    ErrorReport(
      77, "revoked",
      w(
        "给本单位发证的\(name)已被吊销。",
        "\(name), which issued this office's certificate, was revoked."),
      w(
        "请中心节点或其他获授权的单位给邀请码，再运行 taizhang join，并改与其同步：台账库照常使用。",
        "Ask the region or another enroller for an invitation, then `taizhang join`, and sync there; the store stays as it is."
      ))
  }

  private static func otherRevoked(_ name: String, _ w: Words) -> ErrorReport {
    ErrorReport(
      77, "revoked", w("\(name)的证书已被吊销。", "The certificate of \(name) was revoked."),
      w(
        "若是误会，由吊销它的单位或其上级用 taizhang office reinstate 恢复；不再与它同步的，用 taizhang peer remove 取消登记。",
        "If that was a mistake, the office that revoked it, or one above, lifts it with `taizhang office reinstate`; else take it off the list: `taizhang peer remove`."
      ))
  }

  private static func otherIssuerRevoked(_ name: String, _ w: Words) -> ErrorReport {
    ErrorReport(
      77, CertificateRefusal.Reason.issuerRevoked.rawValue,
      w(
        "\(name)的证书不再有效：给它发证的单位已被吊销或不能再发证。",
        "The certificate of \(name) counts no more: its issuer was revoked, or may enrol no more."),
      w(
        "须由中心节点或其他获授权的单位给它邀请码，重新入网：它的台账库照常使用。",
        "The region or another enroller has to invite it anew; its store stays as it is."))
  }
}
