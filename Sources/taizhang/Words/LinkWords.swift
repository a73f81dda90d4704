import Node

/// Why a link does not stand, in words.
enum LinkWords {
  static func text(_ obstacle: LinkError.Obstacle, _ w: Words) -> String {
    switch obstacle {
    case .unknownHost: w("找不到这个主机名", "there is no host of that name")
    case .refused: w("该端口没有程序在监听", "nobody listens on that port")
    case .noWay(let number): SystemWords.text(number, w)
    case .timedOut: w("没有应答", "no answer came in time")
    case .hungUp: w("对端未握手就关闭了连接", "the connection was closed before the handshake")
    }
  }

  static func text(_ distrust: LinkError.Distrust, _ w: Words) -> String {
    switch distrust {
    case .alert(let number): w("对端不接受：", "the peer refuses: ") + alert(number, w)
    case .chain(let number): chain(number, w)
    case .handshake: w("握手失败，对端可能不是台账程序", "the handshake failed; the peer may be no program of this kind")
    }
  }

  static func text(_ loss: LinkError.Loss, _ w: Words) -> String {
    switch loss {
    case .noAnswer: w("对端没有回答", "no answer")
    case .peerTakesNothing: w("对端不再接收", "the peer takes nothing")
    case .peerSilent: w("对端没有声息", "the peer is silent")
    case .peerClosed: w("对端关闭了连接", "the peer closed the link")
    case .unfinished: w("双方尚未传完就关闭了", "closed before both sides were through")
    case .renewed: w("本机证书已更新，须重新连接", "the own certificate was renewed: the link has to be made anew")
    case .peerRenewed: w("对方证书已更新，须重新连接", "the peer's certificate was renewed: the link has to be made anew")
    case .idle: w("太久没有数据往来", "nothing moved for too long")
    case .totalTimeReached: w("已达会话的时间上限", "the session's time is over")
    case .truncated: w("连接被切断", "the link was cut")
    case .broken(let number): SystemWords.text(number, w)
    case .unforeseen(let text): text
    }
  }

  static func text(_ breach: LinkError.Breach, _ w: Words) -> String {
    switch breach {
    case .unexpected(let type): w("不该有的消息（\(type)）", "a message out of place (\(type))")
    case .malformed: w("消息无法解读", "a message that cannot be read")
    case .version(let theirs): w("协议版本 \(theirs)", "protocol version \(theirs)")
    case .limit(let name, let value, let limit):
      w("超出上限（\(name) \(value)，限 \(limit)）", "beyond a limit (\(name) \(value), limit \(limit))")
    case .gap: w("变更不连续", "changes that follow on nothing held here")
    case .unequal:
      w("双方已对照全部内容，仍不一致", "the stores differ after both have shown their heads")
    }
  }

  /// RFC 8446, section 6.
  private static func alert(_ number: UInt8, _ w: Words) -> String {
    switch number {
    case 42, 46: w("证书无效", "bad certificate")
    case 43: w("证书类型不支持", "unsupported certificate")
    case 44: w("证书已吊销", "certificate revoked")
    case 45: w("证书已过期", "certificate expired")
    case 48: w("证书不是它那里签发的", "unknown authority")
    case 116: w("没有出示证书", "no certificate was shown")
    case 70: w("TLS 版本不符", "another version of TLS")
    case 120: w("不讲同一协议", "another protocol")
    case 40: w("握手失败", "handshake failure")
    default: w("TLS 警报 \(number)", "TLS alert \(number)")
    }
  }

  /// `X509_V_ERR_` numbers.
  static func chain(_ number: Int, _ w: Words) -> String {
    switch number {
    case 18, 19: w("证书是自己签的", "a self-signed certificate")
    case 2, 20, 21: w("证书不是本区域签发的", "a certificate of another region")
    case 7: w("证书签名不对", "a wrong signature in a certificate")
    case 9: w("证书尚未生效", "a certificate that is not in force yet")
    case 10: w("证书已过期", "a certificate that has expired")
    case 23: w("证书已被吊销", "a revoked certificate")
    case 66, 67, 68: w("证书的密钥或签名算法太弱", "a key or a signature that is too weak")
    case 22, 25: w("证书层级过多", "too many certificates")
    case 24, 26, 32, 37, 79: w("签发者无权签发", "an issuer that may not issue")
    default:
      w("证书不成立（OpenSSL 校验码 \(number)）", "the certificate does not hold (OpenSSL's verify code \(number))")
    }
  }
}
