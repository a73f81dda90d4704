import Store

/// Files that stand where a store or a backup is to be written; the words of `ErrorReport` for them.
extension ErrorReport {
  static func files(_ error: StoreError, _ w: Words) -> ErrorReport {
    switch error {
    case .leftBeside(let path):
      ErrorReport(
        65, "store-leftover",
        w(
          "\(path) 是原先在此的台账库留下的，里面可能有它最后的变更。",
          "\(path) is left of a store that stood here: its last changes may be in it."),
        w(
          "把它和原来的 store.sqlite 一起移到别处（不要分开），或换一个目录，再试。",
          "Move it away, together with the store.sqlite that it belongs to, or choose another folder, and try again."
        ))
    case .ownFile(let path):
      ErrorReport(
        65, "own-file",
        w("\(path) 是台账库自己的文件，没有覆盖。", "\(path) is a file of a store, and was not overwritten."),
        w("换一个文件名，写到台账库目录之外。", "Name another file, outside the store's folder."))
    case .databaseFile(let path):
      ErrorReport(
        65, "database-file",
        w("\(path) 是台账库或其备份，没有覆盖。", "\(path) is a store or a backup, and was not overwritten."),
        w(
          "换一个文件名；确实不再需要它时，先把它移走。",
          "Name another file, or move that one away first where it is needed no more."))
    case .notAFile(let path):
      ErrorReport(
        65, "not-a-file", w("\(path) 不是普通文件。", "\(path) is no plain file."),
        w("给出文件本身的路径。", "Name a file."))
    default: unworded(error, w)
    }
  }

  static func otherIdentity(_ path: String, _ w: Words) -> ErrorReport {
    ErrorReport(
      65, "other-identity",
      w("\(path) 是另一台账库的密钥，没有覆盖。", "\(path) is the key of another store; it was not overwritten."),
      w(
        "恢复到另一个目录；确实不再需要它时，先把 identity 目录移到别处。",
        "Restore into another folder, or move the folder `identity` away first where it is needed no more."))
  }
}
