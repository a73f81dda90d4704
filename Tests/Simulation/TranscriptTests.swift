import Foundation
import Testing

/// The plays of `Transcripts/`, performed and compared. With `TAIZHANG_RECORD=1` what happens is written down
/// anew: a changed behaviour is then a difference that a reader sees.
@Suite struct TranscriptTests {
  private static let folder = (#filePath as NSString).deletingLastPathComponent + "/Transcripts"
  static let names = (try? FileManager.default.contentsOfDirectory(atPath: folder))?.sorted() ?? []

  @Test func thereArePlays() { #expect(TranscriptTests.names.count >= 5) }

  @Test(arguments: names) func thePlayIsPerformedAsItIsWritten(_ name: String) throws {
    let path = TranscriptTests.folder + "/" + name
    let written = try String(contentsOfFile: path, encoding: .utf8)
    let performed = try Play(Template()).perform(written)
    if ProcessInfo.processInfo.environment["TAIZHANG_RECORD"] != nil {
      try Data(performed.utf8).write(to: URL(fileURLWithPath: path))
    }
    #expect(performed == written, "\(name)")
  }
}
