import Foundation

/// A folder on a disk as POSIX promises it, and no more: what was written is durable once the file was synced; a name
/// that was given, changed or taken away, once the folder that it stands in was; a folder's own name, once the folder
/// above was. Many file systems give more (ext4 makes a new file's name durable with its content), none less.
///
/// Sticks and old laptops have such file systems, and no office is asked which one it has.
struct DiskModel {
  /// What a disk may keep without having been told to be done with it.
  enum FileChange {
    case write(place: Int, bytes: ArraySlice<UInt8>)
    case resize(Int)
  }

  struct File {
    var live: [UInt8] = []
    var durable: [UInt8] = []
    var pending: [FileChange] = []
  }

  struct Folder {
    var live: [String: Node] = [:]
    var durable: [String: Node] = [:]
    var pending: [(name: String, node: Node?)] = []
  }

  enum Node: Hashable {
    case file(Int)
    case folder(Int)
  }

  /// What a disk does with a sync.
  enum Syncing {
    case honest
    /// Contents are as durable as before: as if the program had not asked, or not waited.
    case losesContents
    /// The same of names.
    case losesNames
  }

  struct Fault: Error {
    var event: DiskEvent
    var reason: String
  }

  let root: String
  let syncing: Syncing
  private(set) var files: [File] = []
  private(set) var folders: [Folder] = [Folder()]
  /// What an inode means now: numbers are given again.
  private var nodes: [UInt64: Node] = [:]
  /// How often it was told to be done with something.
  private(set) var syncCount = 0

  /// An empty folder whose own name is durable.
  init(root: String, inode: UInt64, syncing: Syncing = .honest) {
    self.root = root
    self.syncing = syncing
    nodes[inode] = .folder(0)
  }

  /// Does what the program did.
  mutating func apply(_ event: DiskEvent) throws {
    switch event.kind {
    case .created, .nameless:
      files.append(File())
      let node = Node.file(files.count - 1)
      nodes[event.file] = node
      if event.kind == .created { try name(event.path, node, event) }
    case .folder:
      folders.append(Folder())
      let node = Node.folder(folders.count - 1)
      nodes[event.file] = node
      try name(event.path, node, event)
    case .linked: try name(event.path, try node(event), event)
    case .renamed:
      let node = try node(at: event.path, event)
      try name(event.path, nil, event)
      try name(event.other, node, event)
    case .removed: try name(event.path, nil, event)
    case .written: try change(.write(place: event.place, bytes: event.content), event)
    case .resized: try change(.resize(event.place), event)
    case .synced: try sync(try node(event))
    case .said: break
    }
  }

  private mutating func sync(_ node: Node) throws {
    syncCount += 1
    switch node {
    case .file(let number) where syncing != .losesContents:
      files[number].durable = files[number].live
      files[number].pending = []
    case .folder(let number) where syncing != .losesNames:
      folders[number].durable = folders[number].live
      folders[number].pending = []
    default: break
    }
  }

  private mutating func change(_ change: FileChange, _ event: DiskEvent) throws {
    guard case .file(let number) = try node(event) else {
      throw Fault(event: event, reason: "a folder is no file")
    }
    change.apply(to: &files[number].live)
    files[number].pending.append(change)
  }

  private mutating func name(_ path: String, _ node: Node?, _ event: DiskEvent) throws {
    let parent = (path as NSString).deletingLastPathComponent
    guard case .folder(let number) = try self.node(at: parent, event) else {
      throw Fault(event: event, reason: "\(parent) is no folder")
    }
    let name = (path as NSString).lastPathComponent
    folders[number].live[name] = node
    folders[number].pending.append((name, node))
  }

  private func node(_ event: DiskEvent) throws -> Node {
    guard let node = nodes[event.file] else {
      throw Fault(event: event, reason: "nothing of this number was made")
    }
    return node
  }

  private func node(at path: String, _ event: DiskEvent) throws -> Node {
    var node = Node.folder(0)
    for part in path.dropFirst(root.count).split(separator: "/") {
      guard case .folder(let number) = node, let next = folders[number].live[String(part)] else {
        throw Fault(event: event, reason: "\(path) was never made")
      }
      node = next
    }
    return node
  }
}

extension DiskModel.FileChange {
  func apply(to content: inout [UInt8]) {
    switch self {
    case .write(let place, let bytes):
      let end = place + bytes.count
      if content.count < end { content += [UInt8](repeating: 0, count: end - content.count) }
      content.replaceSubrange(place..<end, with: bytes)
    case .resize(let length):
      if content.count > length { content.removeLast(content.count - length) }
      if content.count < length { content += [UInt8](repeating: 0, count: length - content.count) }
    }
  }

  /// What a disk writes as one: a write falls apart at multiples of so many bytes.
  func pieces(of size: Int) -> [DiskModel.FileChange] {
    guard case .write(let place, let bytes) = self else { return [self] }
    var pieces: [DiskModel.FileChange] = []
    var start = place
    while start < place + bytes.count {
      let end = min(place + bytes.count, (start / size + 1) * size)
      let from = bytes.startIndex + start - place
      pieces.append(.write(place: start, bytes: bytes[from..<from + end - start]))
      start = end
    }
    return pieces
  }
}
