import Ledger
import Node

/// What is to be said where a store lacks what its office has signed for or entered, here or at a peer. Whether it was
/// set back or has a copy that is in use as well cannot be told apart: the words are true of both.
enum LossWords {
  /// This store takes another epoch.
  static func setBack(_ w: Words) -> String {
    w(
      "本库曾退回到较早的状态（如恢复快照、还原磁盘），或另有一份相同的库也在使用：照常使用即可；两边所录都已保留，矛盾之处见 taizhang conflicts。",
      "This store had gone back to an earlier state (a snapshot or a disk put back, say), or an identical copy of it is in use as well. Go on as before: what was entered on either side is kept, and `taizhang conflicts` lists what contradicts."
    )
  }

  /// Receipts show that it lacks something.
  static func lost(_ w: Words) -> String {
    w(
      "本单位签收过的变更中有本库没有的（本库从备份恢复过、退回过较早的状态，或另有副本在使用）：已找回多少、尚缺多少，见 taizhang status。",
      "This office has signed for changes that this store did not hold (it was restored or set back, or a copy of it is in use as well): `taizhang status` says how much is back and what is still out."
    )
  }

  static func sentAgain(_ count: Int, _ w: Words) -> String {
    w(
      "对端签收过、其库中却没有的变更 \(count) 项已重新送出：对端的库从旧备份恢复过、退回过较早的状态，或另有副本在使用。",
      "Sent again: \(Words.counted(count, "change")) that the peer had signed for and did not hold. Its store was restored or set back, or a copy of it is in use as well."
    )
  }

  static func regained(_ count: Int, _ w: Words) -> String {
    w(
      "取回本单位先前录入、本库没有的变更 \(count) 项：本库是从备份恢复的，或另有一份复制的库也在使用。",
      "Came back: \(Words.counted(count, "change")) of this office's own that this store did not hold. It was restored from a backup, or a copy of it is in use as well."
    )
  }

  /// The receipt of a bundle, or an office's word for another, names less than one before.
  static func takenBack(_ taken: TakenBack, _ w: Words) -> String {
    let (count, office) = (taken.count, taken.office)
    guard let teller = taken.teller else {
      return w(
        "“\(office)”签收过的变更中有 \(count) 项已不在其库中（从旧备份恢复过、退回过较早的状态，或另有副本在使用）：重新计为未送达，下一个数据包（--since-last 亦然）会再次带上。",
        "\(office) had signed for \(Words.counted(count, "change")) that its store does not hold any more (it was restored or set back, or a copy of it is in use as well): they count as unsent again, and the next bundle carries them, with --since-last too."
      )
    }
    return w(
      "“\(teller)”告知：“\(office)”签收过的变更中有 \(count) 项已不在其库中，不再计为已送达“\(office)”；本单位或“\(teller)”下次与其往来时会再次送出。",
      "\(teller) tells that \(office) does not hold \(Words.counted(count, "change")) any more that it had signed for: they count as not arrived at \(office), and go there again with the next contact of this office or of \(teller)."
    )
  }
}
