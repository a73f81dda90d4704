/// Why the last session with a peer failed, by the code that was noted of it.
enum FailureWords {
  /// - Parameter isPeersFault: whether it is the peer's certificate that counts no more, and not this office's own.
  static func text(_ code: String, isPeersFault: Bool, _ w: Words) -> String {
    switch code {
    case "unreachable": w("连不上", "cannot be reached")
    case "peer-busy": w("对端正忙", "the peer is busy")
    case "untrusted": w("有一方不承认对方的证书", "one side does not accept the other's certificate")
    case "link-lost": w("连接中断", "the link was lost")
    case "protocol": w("对端不符合协议", "the peer does not keep to the protocol")
    case "unexpected-message", "bad-message", "limit", "gap":
      w("对端认为本机不符合协议", "the peer found a fault in what was sent")
    case "version": w("两边的协议版本不同", "the two speak different versions of the protocol")
    case "revoked" where isPeersFault: w("对端的证书已被吊销", "the peer's certificate was revoked")
    case "revoked": w("本单位的证书已被吊销", "this office's certificate was revoked")
    case "issuer-revoked" where isPeersFault:
      w("给对端发证的单位已被吊销", "the issuer of the peer's certificate was revoked")
    case "issuer-revoked":
      w("给本单位发证的单位已被吊销", "the issuer of this office's certificate was revoked")
    case "already-enrolled", "not-authorised", "join-failed", "bad-token", "token-unknown", "token-used",
      "token-expired":
      w("入网未成", "joining failed")
    case "other-region": w("对端属于另一个中心节点", "the peer is of another region")
    case "scope-too-wide", "rights-too-wide", "issuer-may-not-enrol", "chain-too-long":
      w("对端证书超出发证单位的权限", "the peer's certificate goes beyond its issuer's rights")
    case "bad-key", "other-key", "identity": w("密钥或证书不可用", "the key or the certificate cannot be used")
    case "bad-request", "altered", "wrong-recipient": w("内容无效", "what came is not valid")
    case "openssl": w("OpenSSL 出错", "OpenSSL failed")
    case "no-peer", "ambiguous-peer", "bad-address": w("没有这个对端", "no such peer")
    case "certificate-expired": w("本单位证书不在有效期", "this office's certificate is not in force")
    case "peer-expired": w("对端证书不在有效期", "the peer's certificate is not in force")
    case "not-enrolled": w("尚未入网", "not enrolled")
    case "busy": w("台账库正被另一程序使用", "another program was using the store")
    case "disk-full": w("磁盘已满", "the disk was full")
    case "disk-low": w("磁盘空间不足，附件未取", "too little room on the disk for attachments")
    case "input-output", "file": w("读写失败", "reading or writing failed")
    case "damaged": w("库已损坏", "the store is damaged")
    case "bad-certificate": w("证书无效", "a bad certificate")
    case "internal": w("内部错误", "an internal error")
    default: w("其他原因（\(code)）", code)
    }
  }
}
