import Foundation
import TestSupport
import Testing

/// A store that another program writes to is waited for, and whoever waits is told.
@Suite(.serialized, .offPool) struct BusyStoreTests {
  /// Another program that holds a store's writer until it is let go.
  private struct Holder {
    private let process: ChildProcess
    /// Stays open: what it writes after the word that is read must not end it.
    private let output = Pipe()

    init(_ store: String) throws {
      let script = """
        import sqlite3,sys,time
        c=sqlite3.connect(sys.argv[1], isolation_level=None)
        c.execute('BEGIN IMMEDIATE')
        print('held', flush=True)
        time.sleep(3600)
        """
      process = try ChildProcess(
        "/usr/bin/env", ["python3", "-c", script, store + "/store.sqlite"],
        output: output.fileHandleForWriting.fileDescriptor)
      try output.fileHandleForWriting.close()
      #expect(try output.fileHandleForReading.read(upToCount: 4) == Data("held".utf8))
    }

    func letGo() {
      process.signal(SIGKILL)
      process.wait()
    }
  }

  @Test func whoWaitsIsToldOnceAndGoesOn() throws {
    let place = try Workplace()
    try Program.run("init", "--division", "540100", "--name", "拉萨市局", "--store", place["office"])
    let holder = try Holder(place["office"])
    let add = [
      "add", "training", "--set", "date=2025-09-10", "--set", "plan_items=4.2", "--set", "organiser=局",
      "--set", "topic=standards", "--store", place["office"],
    ]
    let quiet = try Program(add + ["--set", "title=甲", "--quiet"])
    let told = try Program(add + ["--set", "title=乙", "--lang", "zh"], json: false)
    #expect(told.waits { told.errorText.contains("最多等 20 秒") }, "\(told.errorText)")
    holder.letGo()
    let (first, second) = (told.finish(), quiet.finish())
    #expect(
      first.exitCode == 0 && first.err.split(separator: "\n").count { $0.contains("20") } == 1, "\(first.err)"
    )
    #expect(second.exitCode == 0 && second.err.isEmpty, "\(second.err)")
    #expect(try place.titles(in: "office") == ["甲", "乙"].sorted())
  }
}
