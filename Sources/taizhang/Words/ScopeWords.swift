import Ledger
import Node

/// What an office covers, and that it covers less than before.
enum ScopeWords {
  private static let named = 8

  static func list(_ divisions: [DivisionCode], _ w: Words) -> String {
    let shown = divisions.prefix(named).map(\.description).joined(separator: w("、", ", "))
    return divisions.count > named
      ? w("\(shown) 等 \(divisions.count) 个区划", "\(shown) and \(divisions.count - named) more") : shown
  }

  /// What to tell an office that has taken up a narrower certificate; empty where it is none.
  static func notes(_ change: ScopeChange?, _ w: Words) -> [String] {
    guard let change, change.isNarrower else { return [] }
    var notes: [String] = []
    if !change.dropped.isEmpty {
      notes.append(
        w(
          "上级调整了本单位的范围：现管 \(list(change.covered, w))；不再管 \(list(change.dropped, w))。那里已有的记录仍可查看，不能再改，也不再收到新的；台账库照常使用。",
          "An office above changed this office's scope: it covers \(list(change.covered, w)), and no more \(list(change.dropped, w)). The records from there that are here can still be read, not edited, and no new ones come; go on with this store as before."
        ))
    }
    if change.mayEnrolNoMore {
      notes.append(
        w(
          "本单位不能再为别的单位办理入网；请它们找上级办理。",
          "This office may not enrol others any more: send them to an office above."))
    }
    if change.setAside > 0 {
      notes.append(
        w(
          "本单位在那里写的、上级调整时还没有收到的部分不再计入（\(change.setAside) 段，见 taizhang quarantine）：其中新建的记录已在 \(change.division) 重建；对已有记录的改动请告诉现管单位，由其补录。",
          "What this office wrote there and the office above did not hold when it changed the scope does not count (\(Words.counted(change.setAside, "stretch", "stretches")), see `taizhang quarantine`): records that it made were made anew in \(change.division); what it changed in others, tell the office now in charge to enter."
        ))
    }
    return notes
  }
}
