import Node

/// Changes that none of the peers may be given, and where they can go.
enum StrandedWords {
  static func text(_ stranded: Stranded, _ w: Words) -> String {
    let names = stranded.takers.prefix(3)
    let takers =
      names.isEmpty
      ? w("现在的上级", "the office now above this one") : names.joined(separator: w("、", ", "))
    return w(
      "本单位有 \(stranded.changes) 项变更，登记的对端都无权接收，送不出去：请与其中之一同步：\(takers)（taizhang peer add 主机:端口），或用 bundle create --for 带去。",
      "None of the listed peers may be given \(Words.counted(stranded.changes, "change")) of this office: sync with one of these: \(takers) (`taizhang peer add HOST:PORT`), or carry a bundle there (`bundle create --for`)."
    )
  }
}
