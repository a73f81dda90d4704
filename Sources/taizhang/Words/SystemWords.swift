import Glibc

/// The system's reasons, in words: its own speak English only.
enum SystemWords {
  static func text(_ number: Int32, _ w: Words) -> String {
    guard number != 0 else { return w("不能读写", "cannot be read or written") }
    let english = String(cString: strerror(number))
    return w(chinese(number) ?? "\(english)（\(number)）", english)
  }

  private static func chinese(_ number: Int32) -> String? {
    switch number {
    case ENOENT: "没有这个文件或目录"
    case EACCES, EPERM: "没有权限"
    case EISDIR: "是一个目录"
    case ENOTDIR: "不是目录"
    case EEXIST: "已经存在"
    case ENOSPC, EDQUOT: "磁盘已满"
    case EROFS: "磁盘是只读的"
    case EIO: "磁盘读写出错"
    case ENAMETOOLONG: "名称太长"
    case EMFILE, ENFILE: "打开的文件太多"
    case EBADF: "没有打开"
    case EPIPE: "接收方已关闭"
    case ECONNREFUSED: "连接被拒绝"
    case ECONNRESET: "连接被对端中断"
    case ECONNABORTED: "连接中断"
    case ETIMEDOUT: "超时"
    case EHOSTUNREACH: "到不了该主机"
    case ENETUNREACH, ENETDOWN: "到不了该网络"
    case EADDRINUSE: "地址已被占用"
    case EADDRNOTAVAIL: "本机没有这个地址"
    default: nil
    }
  }
}
