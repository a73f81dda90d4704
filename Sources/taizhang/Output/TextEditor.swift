import Foundation

/// The person's own editor, on a text.
enum TextEditor {
  /// The command in `$VISUAL` or `$EDITOR`, else vi where there is one.
  static var command: String? {
    if let named = Variable("VISUAL").value ?? Variable("EDITOR").value { return named }
    return ["/usr/bin/vi", "/bin/vi"].first { FileManager.default.isExecutableFile(atPath: $0) }
  }

  /// - Returns: the text as it was left; nil where the editor failed, or what it left is no text.
  static func edit(_ text: String, with command: String) -> String? {
    var path = Array((NSTemporaryDirectory() + "/taizhang-XXXXXX").utf8CString)
    // Only its owner may read what mkstemp makes.
    let descriptor = mkstemp(&path)
    guard descriptor >= 0 else { return nil }
    let name = path.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    defer { unlink(name) }
    let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    let endsInNewline = text.hasSuffix("\n")
    guard (try? file.write(contentsOf: Data((endsInNewline ? text : text + "\n").utf8))) != nil,
      run(command, name), let data = FileManager.default.contents(atPath: name),
      var edited = String(validating: data, as: UTF8.self)
    else { return nil }
    // Editors end the last line; a text that had no end gets none.
    if !endsInNewline, edited.hasSuffix("\n") { edited.removeLast() }
    return edited
  }

  /// In this program's own process group: Foundation's `Process` gives each child another, which a terminal stops as
  /// soon as it reads.
  private static func run(_ command: String, _ path: String) -> Bool {
    let former = (signal(SIGINT, SIG_IGN), signal(SIGQUIT, SIG_IGN))
    defer {
      signal(SIGINT, former.0)
      signal(SIGQUIT, former.1)
    }
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // The editor takes Ctrl-C as it is used to.
    var defaults = sigset_t()
    sigemptyset(&defaults)
    for number in [SIGINT, SIGQUIT, SIGPIPE] { sigaddset(&defaults, number) }
    posix_spawnattr_setsigdefault(&attributes, &defaults)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF))
    let call: [String] = ["sh", "-c", command + " \"$1\"", "sh", path]
    var words: [UnsafeMutablePointer<CChar>?] = call.map { word in strdup(word) }
    words.append(nil)
    defer { for word in words { free(word) } }
    var child: pid_t = 0
    guard posix_spawn(&child, "/bin/sh", nil, &attributes, words, environ) == 0 else { return false }
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0 { if errno != EINTR { return false } }
    return status == 0
  }
}
