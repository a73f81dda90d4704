import Ledger
import Testing

/// Values and kinds are equal where their bytes are, whatever Unicode says of their characters.
@Suite struct TextBytesTests {
  private let composed = "caf\u{e9}"
  private let decomposed = "cafe\u{301}"

  @Test func twoSpellingsAreTwoValues() {
    #expect(composed == decomposed)
    for make in [Value.text, Value.code, Value.decimal] {
      #expect(make(composed) == make(composed))
      #expect(make(composed) != make(decomposed))
      #expect(Set([make(composed), make(decomposed), make(composed)]).count == 2)
    }
    #expect(Value.text("1") != .code("1"))
  }

  @Test func twoSpellingsAtOnceAreAConflict() throws {
    var a = Author(1)
    var b = Author(2)
    let first = try a.edit(.register(cell: 1, value: .text(composed)))
    a.replica.take(try b.edit(.register(cell: 1, value: .text(decomposed))))
    b.replica.take(first)
    #expect(a.replica.state.encoded == b.replica.state.encoded)
    #expect(a.replica.state.shown(1, .register)?.inConflict == true)
  }

  @Test func kindsAreNamedByBytes() throws {
    // A slash before a combining mark is one character to Swift.
    let kinds = [
      KindName(lineage: "t", code: composed), KindName(lineage: "t", code: decomposed),
      KindName(lineage: "t", code: "\u{301}x"),
    ]
    #expect(Set(kinds).count == 3)
    let content = ChangeContent(
      time: 5,
      mutations: kinds.map { Mutation(target: .id(testRecord), creation: Creation(kind: $0), writes: []) })
    let body = try ChangeEncoder.encode(content, in: testLog(1), previousTime: 0, seed: seed16)
    let read = try ChangeDecoder.decode(
      ChangeBody(body), of: ChangeRef(log: testLog(1), n: 1, hashPrefix: 0), previousTime: 0)
    #expect(
      read.mutations.compactMap { $0.creation.map { Array($0.kind.code.utf8) } }
        == kinds.map { Array($0.code.utf8) })
  }
}
