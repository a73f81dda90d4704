/// What a `Pack` consists of, and what is worked out from it once.
final class PackContents: Sendable {
  let info: CampaignInfo
  let items: [PlanItem]
  let lists: [CodeList]
  let kinds: [Kind]
  let divisions: DivisionTable
  let reports: ReportColumns
  let columns: RecordColumns
  let kindIndex: TextIndex
  let forms: NormalForm

  init(
    info: CampaignInfo, items: [PlanItem], lists: [CodeList], kinds: [Kind], divisions: DivisionTable,
    reports: ReportColumns, columns: RecordColumns
  ) {
    self.info = info
    self.items = items
    self.lists = lists
    self.kinds = kinds
    self.divisions = divisions
    self.reports = reports
    self.columns = columns
    var index = TextIndex(capacity: kinds.count * 3)
    for (i, kind) in kinds.enumerated() {
      for word in [kind.code, kind.label.chinese, kind.label.english] { index.insert(word, i) }
    }
    kindIndex = index
    forms = NormalForm(lists: lists, period: info.period)
  }
}
