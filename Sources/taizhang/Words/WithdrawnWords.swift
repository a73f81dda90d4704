/// That a revocation or a narrowing which came took out what had counted here.
enum WithdrawnWords {
  /// - Returns: nil where nothing was taken out.
  static func text(_ count: Int, _ w: Words) -> String? {
    guard count > 0 else { return nil }
    return w(
      "收到的吊销或范围调整使此前计入的 \(count) 项变更不再计入，所涉记录可能不再列出：见 taizhang quarantine。",
      "A revocation or a change of scope came, by which \(Words.counted(count, "change")) that counted before count no more; records may be listed no longer: see `taizhang quarantine`."
    )
  }
}
