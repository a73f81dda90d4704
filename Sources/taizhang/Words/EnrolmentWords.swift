import Ledger
import Node
import Store

/// That this office must be enrolled anew.
enum EnrolmentWords {
  /// - Parameter names: of offices, by their nodes.
  static func text(_ loss: EnrolmentLoss, _ names: [NodeID: String], _ w: Words) -> String {
    let anew = w(
      "请中心节点或其他获授权的单位给邀请码，再运行 taizhang join：台账库照常使用",
      "ask the region or another enroller for an invitation, then `taizhang join`; the store stays as it is")
    switch loss {
    case .issuerFell:
      return w(
        "本单位须重新入网：发证单位已被吊销或不能再发证。\(anew)。",
        "This office must be enrolled anew: its issuer was revoked or may enrol no more. Now \(anew).")
    case .refused(let node):
      let name = names[node] ?? String(node.description.prefix(12))
      return w(
        "本单位须重新入网：\(name)不再承认本单位的证书，因为发证单位已被吊销或不能再发证；发证单位的签收不再算送达。\(anew)。",
        "This office must be enrolled anew: \(name) refuses its certificate, because its issuer was revoked or may enrol no more; what that one has signed for does not count as sent. Now \(anew)."
      )
    }
  }

  /// The same for a node that is open; nil where there is nothing to say.
  static func text(of node: LocalNode, _ w: Words) -> String? {
    guard let loss = try? node.enrolmentLoss() else { return nil }
    return text(loss, (try? node.store.read { try $0.officeNames() }) ?? [:], w)
  }
}
