import Ledger
import Node

/// What is wrong with a bundle; the words of `ErrorReport` for it.
extension ErrorReport {
  static func of(_ error: BundleFault, _ w: Words) -> ErrorReport {
    switch error {
    case .notABundle:
      ErrorReport(65, "not-a-bundle", w("文件不是数据包。", "The file is no bundle."), w("检查文件。", "Check the file."))
    case .newerFormat(let format):
      ErrorReport(
        65, "newer-bundle",
        w("数据包格式 \(format) 比本程序新。", "The bundle has format \(format), newer than this program's."),
        w("请更新程序。", "Update the program."))
    case .olderFormat(let format):
      ErrorReport(
        65, "older-bundle",
        w(
          "数据包格式 \(format) 太旧，本程序不再读取。",
          "The bundle has format \(format), which this program does not read any more."),
        w("请制作方更新程序后重新制作。", "Have it made again by its maker's updated program."))
    case .cut:
      ErrorReport(65, "bundle-cut", w("数据包不完整。", "The bundle is cut short."), w("重新拷贝。", "Copy it again."))
    case .altered:
      ErrorReport(
        65, "bundle-altered",
        w("数据包不完整，或被改动过。", "The bundle is not whole, or was altered."),
        w("重新拷贝；仍不行则请重新制作。", "Copy it again; if that does not help, ask for a new one."))
    case .overLimit(let name, let value, let limit):
      ErrorReport(
        65, "bundle-limit",
        w(
          "数据包不完整，或被改动过：其中一部分自称超出上限（\(name) \(value)，限 \(limit)）。",
          "The bundle is not whole, or was altered: a part says that it goes beyond a limit (\(name) \(value), limit \(limit))."
        ),
        w("重新拷贝，或请重新制作。", "Copy it again, or ask for a new one."))
    case .wrongRecipient(let name):
      ErrorReport(
        77, "wrong-recipient", w("数据包是给 \(name) 的。", "The bundle is for \(name)."),
        w("交给收件单位，或为本单位重新制作。", "Hand it to that office, or have one made for this one."))
    case .otherComputer(let name, let node, let here):
      ErrorReport(
        77, "wrong-recipient",
        w(
          "数据包是给 \(name) 的另一台电脑（节点 \(node.description.prefix(12))）制作的，本机打不开。",
          "The bundle was made for another computer of \(name) (node \(node.description.prefix(12))), and this one cannot open it."
        ),
        w(
          "请制作方为本机重新制作：taizhang bundle create --for \(here.description.prefix(12))；那台电脑还在用的，在那里合并。",
          "Have its maker run `taizhang bundle create --for \(here.description.prefix(12))`; where that computer is still in use, merge it there."
        ))
    case .gap(let afterRestore):
      ErrorReport(
        65, "bundle-gap",
        w("数据包接在本库没有的变更之后。", "The bundle goes on from changes that are not held here."),
        afterRestore
          ? w(
            "本库从备份恢复过、退回过较早的状态，或另有副本在使用，制作方以为已送达的内容本库没有：先做一个给制作方的数据包，请其并入后用 --since-last 重做；或请其不带 --since-last 重做一份，或与其联网同步一次。",
            "This store was restored or set back, or a copy of it is in use as well, and lacks what its maker believes it holds: have a bundle of this store merged there first, then --since-last carries it; or have it made again without --since-last, or sync once."
          )
          : w(
            "先并入之前的数据包，或请制作方不带 --since-last 重做。",
            "Merge the earlier bundle first, or ask for one made without --since-last."))
    }
  }
}

extension BundleFault: OwnError {}
