import Ledger
import Node
import Store

/// That an office must be enrolled anew.
enum EnrolmentWords {
  /// - Parameter names: of offices, by their nodes.
  static func text(_ loss: EnrolmentLoss, _ names: [NodeID: String], _ w: Words) -> String {
    let anew = w(
      "请中心节点或其他获授权的单位给邀请码，再运行 taizhang join：台账库照常使用",
      "ask the region or another enroller for an invitation, then `taizhang join`; the store stays as it is")
    switch loss {
    case .fallen:
      return w(
        "本单位须重新入网：发证单位已被吊销或不能再发证，本单位的证书不再算数。\(anew)。",
        "This office must be enrolled anew: its issuer was revoked or may enrol no more, and its certificate does not count. Now \(anew)."
      )
    case .refused(let node):
      let name = names[node] ?? String(node.description.prefix(12))
      return w(
        "本单位须重新入网：\(name)不再承认本单位的证书，因为发证单位已被吊销或不能再发证；发证单位的签收不再算送达。\(anew)。",
        "This office must be enrolled anew: \(name) refuses its certificate, because its issuer was revoked or may enrol no more; what that one has signed for does not count as sent. Now \(anew)."
      )
    case .unrenewed(let end):
      let day = LocalTime.seconds(end)
      return w(
        "本单位须在 \(day) 前重新入网：证书到那时为止仍然算数，但发证单位已被吊销或不能再发证，无人续发。\(anew)。",
        "This office must be enrolled anew before \(day): its certificate counts until then, and nobody renews it, for its issuer was revoked or may enrol no more. Now \(anew)."
      )
    }
  }

  /// The same for a node that is open; nil where there is nothing to say.
  static func text(of node: LocalNode, _ w: Words) -> String? {
    guard let loss = try? node.enrolmentLoss() else { return nil }
    return text(loss, (try? node.store.read { try $0.officeNames() }) ?? [:], w)
  }

  /// For scripts: which of them it is.
  static func code(_ loss: EnrolmentLoss) -> String {
    switch loss {
    case .fallen: "fallen"
    case .refused: "refused"
    case .unrenewed: "unrenewed"
    }
  }

  /// What stands beside an office in a list.
  static func state(_ loss: EnrolmentLoss, _ w: Words) -> String {
    switch loss {
    case .fallen, .refused:
      w("须重新入网：发证单位已吊销或不能再发证", "to be enrolled anew: its issuer was revoked or may enrol no more")
    case .unrenewed(let end):
      w(
        "须在 \(LocalTime.seconds(end)) 前重新入网：发证单位已吊销或不能再发证，无人续发",
        "to be enrolled anew before \(LocalTime.seconds(end)): its issuer was revoked or may enrol no more, and nobody renews its certificate"
      )
    }
  }

  /// Which offices are to be enrolled anew since another one was revoked: those that count no more first.
  ///
  /// - Parameter offices: those, each with why.
  static func texts(_ offices: [(office: OfficeRow, loss: EnrolmentLoss)], _ w: Words) -> [String] {
    func names(_ isMeant: (EnrolmentLoss) -> Bool) -> String? {
      let meant = offices.filter { isMeant($0.loss) }.map(\.office)
      guard !meant.isEmpty else { return nil }
      return w(
        meant.map { "\($0.name)（\($0.division)）" }.joined(separator: "、"),
        meant.map { "\($0.name) (\($0.division))" }.joined(separator: ", "))
    }
    let fallen = names { $0 == .fallen }.map {
      w(
        "由它发证而须重新入网的单位：\($0)。请用 taizhang office invite 重新邀请；此前计入的记录不变。",
        "Certified by it and to be enrolled anew: \($0). Invite them with `taizhang office invite`; what counts of them here stays."
      )
    }
    let unrenewed = names { $0 != .fallen }.map {
      w(
        "由它发证、证书到期前仍算数而无人续发的单位：\($0)。请在到期前用 taizhang office invite 重新邀请（到期日见 taizhang office list）。",
        "Certified by it, and counting until their certificates end, which nobody renews: \($0). Invite them with `taizhang office invite` before that (`taizhang office list` says when)."
      )
    }
    return [fallen, unrenewed].compactMap(\.self)
  }
}
