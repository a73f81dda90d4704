import Glibc
import Ledger
import Node

/// What stands between this node and others; the words of `ErrorReport` for it.
extension ErrorReport {
  static func of(_ error: LinkError, _ w: Words) -> ErrorReport {
    switch error {
    case .unreachable(let address, let obstacle):
      ErrorReport(
        69, "unreachable",
        w("连不上 \(address)：", "\(address) cannot be reached: ") + LinkWords.text(obstacle, w),
        w("检查网络；本地记录都在，联网后再同步。", "Check the network; all is safe here and can be synced later."))
    case .busy(let address):
      ErrorReport(
        75, "peer-busy", w("\(address) 正忙，没有空位。", "\(address) is busy and has no place left."),
        w("稍后再试；本地记录都在。", "Try again later; all is safe here."))
    case .untrusted(let distrust):
      ErrorReport(
        77, "untrusted",
        w("有一方不承认对方的证书：", "One side does not accept the other's certificate: ") + LinkWords.text(distrust, w),
        w("确认双方属于同一个中心节点。", "Make sure that both belong to one region."))
    case .lost(let loss):
      ErrorReport(
        69, "link-lost", w("连接中断：", "The link was lost: ") + LinkWords.text(loss, w),
        w("再同步一次；已确认的不会重传。", "Sync again; what was acknowledged is not sent twice."))
    case .protocolFault(let breach):
      ErrorReport(
        76, "protocol", w("对端不符合协议：", "The peer does not keep to the protocol: ") + LinkWords.text(breach, w),
        w("检查两边的程序版本。", "Check both programs' versions."))
    }
  }

  static func peers(_ error: NodeError, _ w: Words) -> ErrorReport {
    switch error {
    case .badAddress(let text):
      ErrorReport(
        64, "bad-address",
        w("“\(text)”不是 主机:端口。", "\"\(text)\" is not an address: HOST:PORT is."),
        w("例如 10.0.0.1:7400。", "For example 10.0.0.1:7400."))
    case .cannotListen(let address, let obstacle):
      ErrorReport(
        74, "cannot-listen",
        w("不能在 \(address) 上监听：", "\(address) cannot be listened on: ") + LinkWords.text(obstacle, w),
        listening(obstacle, w))
    case .ambiguousPeer(let name, let matches):
      ErrorReport(
        65, "ambiguous-peer",
        w("“\(name)”对应多个：", "\"\(name)\" may mean several: ")
          + matches.map(called).joined(separator: w("、", ", ")),
        w(
          "写成 区划/单位（如 540102/城关区局），或用节点编号的前几位指明。",
          "Name one as DIVISION/OFFICE, or by the first digits of its node id."))
    case .noPeers:
      ErrorReport(
        66, "no-peer", w("没有登记对端。", "No peer is listed."),
        w(
          "用 taizhang join 入网，或用 taizhang peer add 登记；也可写明 主机:端口。中心节点用 taizhang serve 等候各单位来连。",
          "Join one with `taizhang join`, list one with `taizhang peer add`, or name HOST:PORT. A region waits for its offices with `taizhang serve`."
        ))
    case .notHeardOfYet(let name):
      ErrorReport(
        66, "no-peer",
        w(
          "本库还不知道叫“\(name)”的单位：入网后尚未同步过。",
          "This store does not know of an office called \"\(name)\" yet: it has not synced since it joined."),
        w("先运行 taizhang sync 再试。", "Run `taizhang sync` first."))
    case .unknownPeer(let name):
      ErrorReport(
        66, "no-peer", w("没有叫“\(name)”的对端或单位。", "No peer or office is called \"\(name)\"."),
        w("用 taizhang office list 或 peer list 查看。", "See `taizhang office list` or `peer list`."))
    default:
      ErrorReport(
        64, "usage", w("没有上级单位可作收件人。", "There is no enroller that the bundle could be for."),
        w("用 --for 指明收件单位。", "Name the recipient with --for."))
    }
  }

  private static func called(_ one: NodeError.Named) -> String {
    let node = one.node.map { String($0.description.prefix(12)) }
    return [one.division.map { "\($0)/\(one.name)" } ?? one.name, node].compactMap { $0 }
      .joined(separator: " ")
  }

  /// What helps where an address cannot be listened on.
  private static func listening(_ obstacle: LinkError.Obstacle, _ w: Words) -> String {
    guard case .noWay(let number) = obstacle, number != EADDRNOTAVAIL else {
      return w(
        "--listen 写本机的一个地址：127.0.0.1:7400 仅限本机，0.0.0.0:7400 供网络上的各单位连接。",
        "--listen takes an address of this computer: 127.0.0.1:7400 for itself alone, 0.0.0.0:7400 for the network."
      )
    }
    return number == EACCES
      ? w("换一个 1024 以上的端口。", "Choose a port from 1024 up.")
      : w("换一个端口，或停掉占用它的程序。", "Choose another port, or stop the program that has it.")
  }
}
