/// What a store's own state keeps a command from, in words.
enum StoreWords {
  /// Another process writes.
  static func waiting(seconds: Int, _ w: Words) -> String {
    w(
      "另一程序正在写台账库，本命令等它写完，最多等 \(seconds) 秒。",
      "Another process is writing to the store: waiting for it, for \(seconds) s at most.")
  }

  /// The disk is full.
  static func onlyRead(_ w: Words) -> String {
    w(
      "磁盘已满：现在只能查看，不能录入。请腾出空间。",
      "The disk is full: the store can be read, and nothing can be written. Free some space.")
  }
}
