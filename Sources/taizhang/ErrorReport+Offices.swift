import Ledger
import Node

/// Offices that join, and what they may do to each other; the words of `ErrorReport` for these.
extension ErrorReport {
  /// An office that joins, or wants others to.
  static func enrolment(_ error: NodeError, _ w: Words) -> ErrorReport {
    switch error {
    case .nameless:
      ErrorReport(
        65, "no-name", w("单位名称不能为空。", "An office's name must not be empty."),
        w("用 --name 给出名称。", "Give the name with --name."))
    case .ownStore:
      ErrorReport(
        65, "own-store", w("对端就是本库，没有可同步的。", "The peer is this very store: there is nothing to sync."),
        w("检查地址；与别的单位同步。", "Check the address, and name another office's."))
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
    case .mayNotEnrol:
      ErrorReport(
        77, "no-right", w("本单位无权办理入网。", "This office has no right to enrol others."),
        w("请由中心节点或获授权的单位办理。", "Ask the region, or an office that may enrol."))
    case .mayNotDelegate:
      ErrorReport(
        77, "may-not-delegate",
        w("本单位可以办理入网，但不能再授权别的单位办理。", "This office may enrol others, but may not let them enrol in turn."),
        w("去掉 --may-enrol，或请中心节点办理。", "Leave out --may-enrol, or ask the region."))
    case .revokedKey(let name):
      ErrorReport(
        77, "revoked",
        w("\(name) 的密钥已被吊销，不能再发证书。", "The key of \(name) was revoked; it gets no certificate."),
        w(
          "在新目录运行 taizhang init，再用新邀请码入网。",
          "Run `taizhang init` in a new folder and join with a new invitation."))
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
        w(
          "按发出邀请码的单位的时钟，邀请码已于 \(LocalTime.seconds(at)) 过期。",
          "By the clock of who gave it out the invitation expired at \(LocalTime.seconds(at))."),
        w("请重新索取邀请码。", "Ask for a new invitation."))
    default: unworded(error, w)
    }
  }

  /// What only an office above may do.
  static func offices(_ error: NodeError, _ w: Words) -> ErrorReport {
    switch error {
    case .enrolledElsewhere(let name, let division): enrolledElsewhere(name, division, w)
    case .notTheRegion:
      ErrorReport(
        77, "not-the-region",
        w("本单位不是中心节点，不能裁定自己的日志。", "This office is not the region: it does not rule on its own logs."),
        w(
          "请上级或中心节点裁定：taizhang office revoke 节点 --keep-branches N；见 taizhang quarantine。",
          "An office above rules, by `taizhang office revoke NODE --keep-branches N`; see `taizhang quarantine`."
        ))
    case .mayNotNarrow(let name): mayNotNarrow(name, w)
    case .mayNotWiden(let name, let other): mayNotWiden(name, by: other, w)
    case .mayNotRevoke(let name):
      ErrorReport(
        77, "may-not-revoke", w("本单位不能吊销 \(name)。", "This office may not revoke \(name)."),
        w("请它的上级或中心节点办理。", "Ask an office above it, or the region."))
    case .notRevoked(let name), .mayNotReinstate(let name), .mayNotAssign(let name):
      places(error, name, w)
    default: unworded(error, w)
    }
  }

  /// A certificate that has ended by the other side's clock.
  static func validity(_ error: NodeError, _ w: Words) -> ErrorReport {
    switch error {
    case .certificateNotInForce(let until, let at):
      ErrorReport(
        77, "certificate-expired",
        w(
          "按对端时钟（\(LocalTime.seconds(at))），本单位的证书已于 \(LocalTime.seconds(until)) 过期：本地变更已送出，对端的没有收到。",
          "By the peer's clock (\(LocalTime.seconds(at))) this office's certificate expired at \(LocalTime.seconds(until)): what is here was handed in, nothing was received."
        ), renewal(w))
    case .peerNotInForce(let name, let until):
      ErrorReport(
        77, "peer-expired",
        w(
          "\(name) 的证书已于 \(LocalTime.seconds(until)) 过期。",
          "The certificate of \(name) expired at \(LocalTime.seconds(until))."),
        w(
          "它仍可上报；请它换证书：重新邀请，或 office sign 它的申请。",
          "It may still hand in; renew it: invite it again, or `office sign` its request."))
    default: unworded(error, w)
    }
  }

  /// How an office gets a certificate again.
  private static func renewal(_ w: Words) -> String {
    w(
      "换证书：向发证单位要新邀请码再运行 taizhang join；或 join --request 交申请，取回后 join --certificate。",
      "To renew, ask the issuer for a new invitation and run `taizhang join`; or hand in `join --request` and take the answer with `join --certificate`."
    )
  }
}
