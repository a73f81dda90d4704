import Node

/// Why a link does not stand, in words.
enum LinkWords {
  static func text(_ obstacle: LinkError.Obstacle, _ w: Words) -> String {
    switch obstacle {
    case .unknownHost: w("找不到这个主机名", "there is no host of that name")
    case .refused: w("该端口没有程序在监听", "nobody listens on that port")
    case .noWay(let number): SystemWords.text(number, w)
    case .timedOut: w("没有应答", "no answer came in time")
    case .hungUp: w("对端没有应答就关闭了连接", "the connection was closed before a word was said")
    }
  }

  static func text(_ distrust: LinkError.Distrust, _ w: Words) -> String {
    switch distrust {
    case .alert(let number): w("对端不接受：", "the peer refuses: ") + alert(number, w)
    case .chain(let number): chain(number, w)
    case .handshake: w("对端可能不是台账程序", "the peer may be no program of this kind")
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

  /// A link that ended as it had to.
  static func anew(with peer: String, _ w: Words) -> String {
    w(
      "证书有变动，正在按新证书重新连接 \(peer)。",
      "A certificate is another one now: connecting to \(peer) anew under it.")
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

  /// - Parameter number: one of OpenSSL's `X509_V_ERR_`.
  static func chain(_ number: Int, _ w: Words) -> String {
    switch ChainFault(rawValue: number) {
    case .depthZeroSelfSigned, .selfSignedInChain: w("证书是自己签的", "a self-signed certificate")
    case .unableToGetIssuer, .unableToGetIssuerLocally, .unableToVerifyLeaf:
      w("证书不是本区域签发的", "a certificate of another region")
    case .signatureFailure: w("证书签名不对", "a wrong signature in a certificate")
    case .notYetValid: w("证书尚未生效", "a certificate that is not in force yet")
    case .hasExpired: w("证书已过期", "a certificate that has expired")
    case .revoked: w("证书已被吊销", "a revoked certificate")
    case .leafKeyTooSmall, .authorityKeyTooSmall, .digestTooWeak:
      w("证书的密钥或签名算法太弱", "a key or a signature that is too weak")
    case .chainTooLong, .pathLengthExceeded: w("证书层级过多", "too many certificates")
    case .undecodableIssuerKey, .noIssuerKey:
      w("签发者的证书里没有可用的公钥", "an issuer's certificate without a key that can be read")
    case .invalidPurpose: w("证书不作此用途", "a certificate that is not made for this use")
    case .noCertificateSigning, .invalidAuthority: w("签发者无权签发", "an issuer that may not issue")
    case .invalidNonAuthority: w("单位的证书被做成了签发者的证书", "an office's certificate that is made as an issuer's")
    case nil:
      w("证书不成立（OpenSSL 校验码 \(number)）", "the certificate does not hold (OpenSSL's verify code \(number))")
    }
  }

  /// The numbers of <openssl/x509_vfy.h> that have words here, each after its name there.
  private enum ChainFault: Int {
    case unableToGetIssuer = 2
    case undecodableIssuerKey = 6
    case signatureFailure = 7
    case notYetValid = 9
    case hasExpired = 10
    case depthZeroSelfSigned = 18
    case selfSignedInChain = 19
    case unableToGetIssuerLocally = 20
    case unableToVerifyLeaf = 21
    case chainTooLong = 22
    case revoked = 23
    case noIssuerKey = 24
    case pathLengthExceeded = 25
    case invalidPurpose = 26
    case noCertificateSigning = 32
    case invalidNonAuthority = 37
    case leafKeyTooSmall = 66
    case authorityKeyTooSmall = 67
    case digestTooWeak = 68
    case invalidAuthority = 79
  }
}
