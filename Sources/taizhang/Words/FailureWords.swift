/// Why the last session with a peer failed, by the code that was noted of it.
enum FailureWords {
  static func text(_ code: String, _ w: Words) -> String {
    switch code {
    case "unreachable": w("连不上", "cannot be reached")
    case "peer-busy": w("对端正忙", "the peer is busy")
    case "untrusted": w("握手时互不信任", "no trust in the handshake")
    case "link-lost": w("连接中断", "the link was lost")
    case "protocol": w("对端不符合协议", "the peer does not keep to the protocol")
    case "revoked": w("证书已吊销", "the certificate was revoked")
    case "certificate-expired": w("本单位证书不在有效期", "this office's certificate is not in force")
    case "peer-expired": w("对端证书不在有效期", "the peer's certificate is not in force")
    case "not-enrolled": w("尚未入网", "not enrolled")
    case "busy": w("库正忙", "the store was busy")
    case "disk-full": w("磁盘已满", "the disk was full")
    case "input-output", "file": w("读写失败", "reading or writing failed")
    case "damaged": w("库已损坏", "the store is damaged")
    case "bad-certificate": w("证书无效", "a bad certificate")
    default: code
    }
  }
}
