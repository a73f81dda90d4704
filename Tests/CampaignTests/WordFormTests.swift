import Ledger
import TestSupport
import Testing

@testable import Campaign

/// Flags, codes, sets, texts and references.
@Suite struct WordFormTests {
  @Test func flags() {
    for text in ["yes", "YES", "Yes", "true", "True", "是", "1", "１", " 是 ", "ｙｅｓ"] {
      #expect(normal(text, .flag) == .success(.flag(true)), "\(text)")
    }
    for text in ["no", "No", "false", "否", "0", "０", "ＮＯ"] {
      #expect(normal(text, .flag) == .success(.flag(false)), "\(text)")
    }
    for text in ["y", "n", "maybe", "2", "不是", "true false", "√"] {
      #expect(normal(text, .flag).failure?.code == .notAFlag, "\(text)")
    }
  }

  @Test func codesByCodeOrEitherLabel() {
    for text in ["sword_net", "剑网2025", "Sword Net", "SWORD NET", "剑网２０２５", "ｓｗｏｒｄ＿ｎｅｔ", " 剑网 2025 "] {
      #expect(normal(text, list("operations")) == .success(.code("sword_net")), "\(text)")
    }
    #expect(normal("12315", list("complaint_channels")) == .success(.code("12315")))
    let fault = normal("剑网2026", list("operations")).failure
    #expect(fault?.code == .unknownCode)
    #expect(fault?.facts.first == .nearest("剑网2025"))
    #expect(normal("sword_ent", list("operations")).failure?.facts.first == .nearest("sword_net"))
  }

  @Test func setsAreParted() {
    let form = NormalForm(lists: Packs.quality.lists, period: Packs.quality.info.period)
    func elements(_ text: String, _ type: ValueType) -> [Value]? {
      try? text.withBytes { (bytes) throws(FormFault) in try form.elements(bytes, as: type) }
    }
    let expected: [Value] = [.code("press"), .code("television"), .code("wechat")]
    for text in [
      "press,television,wechat", "微信；报刊;电视", "微信、报刊、电视、press", " wechat , press ,television,", "微信，报刊，电视",
    ] {
      #expect(elements(text, list("channels")) == expected, "\(text)")
    }
    #expect(elements("农业农村局；公安局", .text) == [.text("公安局"), .text("农业农村局")])
    #expect(elements("", .text) == [])
    #expect(elements("；,", .text) == [])
    #expect(elements("press,nonsense", list("channels")) == nil)
  }

  @Test func textIsKeptAsItIs() {
    for (text, kept) in [
      ("  a b  ", "a b"), ("\u{3000}标题\u{a0}", "标题"), ("含,逗号与\"引号\"\n换行", "含,逗号与\"引号\"\n换行"),
      ("བཀྲ་ཤིས་བདེ་ལེགས།", "བཀྲ་ཤིས་བདེ་ལེགས།"), ("e\u{301}", "e\u{301}"), ("\u{feff}x\r\n", "x"),
      (
        "ＡＢ",
        "ＡＢ"
      ),
    ] {
      guard case .success(.text(let form)) = normal(text, .text) else {
        #expect(Bool(false), "\(text)")
        continue
      }
      #expect(Array(form.utf8) == Array(kept.utf8))
    }
    #expect(normal(" \u{3000}\t", .text) == .success(.null))
    #expect(normal("a\0b", .text).failure?.code == .nul)
    #expect(normal(String(repeating: "字", count: 100_000), .text).failure?.code == .tooLong)
  }

  @Test func references() {
    let id = RecordID(milliseconds: 1_756_800_000_000, random: (1, 2))
    #expect(normal(id.description, .record) == .success(.record(id)))
    #expect(normal(id.description.uppercased(), .record) == .success(.record(id)))
    #expect(normal("0199", .record).failure?.code == .notARecord)
  }

  @Test func foldedLookupsDoNotCareForWidthOrCase() {
    let seed: UInt64 = 7
    var rng = SeededRandom(seed: seed)
    var index = TextIndex()
    var plain: [String: Int] = [:]
    for i in 0..<500 {
      let word = String(
        (0..<Int.random(in: 1...9, using: &rng)).map { _ in "abc标题12".randomElement(using: &rng)! })
      if plain[word] == nil {
        plain[word] = i
        #expect(index.insert(word, i) == nil, "seed \(seed)")
      }
    }
    for (word, i) in plain {
      #expect(index.find(word) == i, "seed \(seed), \(word)")
      #expect(index.find(" " + word.uppercased() + "　") == i, "seed \(seed), \(word)")
    }
    #expect(index.find("never") == nil)
    #expect(index.find("") == nil)
  }
}
