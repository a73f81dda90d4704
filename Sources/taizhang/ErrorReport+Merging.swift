import Node

/// Why a merge leaves a source out as it stands; the words of `ErrorReport` for it.
extension ErrorReport {
  static func of(_ error: MergeFault, _ w: Words) -> ErrorReport {
    switch error {
    case .tooDeep(let path, let limit):
      ErrorReport(
        65, "folder-too-deep",
        w(
          "\(path) 在所给目录之下超过 \(limit) 层，没有查看。",
          "\(path) lies more than \(limit) levels below the folder that was named, and was not looked into."),
        w("直接给出这个目录。", "Name that folder itself."))
    case .tooMany(let path, let limit):
      ErrorReport(
        65, "folder-too-large",
        w(
          "文件和目录超过 \(limit) 个，\(path) 及其后的没有查看。",
          "There are more than \(limit) files and folders: \(path), and what comes after it, was not looked into."
        ),
        w(
          "分几次给出其中的目录，或先把文件分到几个目录里。",
          "Name the folders in it some at a time, or move some of the files into folders of their own."))
    case .noRoom(let path, let needed, let free, let floor):
      ErrorReport(
        74, "disk-low",
        free > 0
          ? w(
            "磁盘只剩 \(AttachmentOutput.size(free))，须为记录留出 \(AttachmentOutput.size(floor))：放不下 \(path) 的副本（\(AttachmentOutput.size(needed))）。",
            "Only \(AttachmentOutput.size(free)) of the disk is free, of which \(AttachmentOutput.size(floor)) is left to records: there is no room for a copy of \(path) (\(AttachmentOutput.size(needed)))."
          )
          : w(
            "磁盘放不下 \(path) 的副本（\(AttachmentOutput.size(needed))）。",
            "The disk has no room for a copy of \(path) (\(AttachmentOutput.size(needed)))."),
        w("腾出空间后再合并一次。", "Free some space and merge it again."))
    }
  }
}

extension MergeFault: OwnError {}
