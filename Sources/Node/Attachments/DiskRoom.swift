internal import Foundation
internal import Store

/// How much of the disk is left to records when attachments are fetched.
enum DiskRoom {
  /// Bytes that are left free: the log of a year's campaign fits in several times over, with the copy of the store that a
  /// redaction or a merge on trial makes.
  static let floor = 256 << 20
  /// Of a small disk no more than this part of it.
  static let share = 10

  static func floor(ofDiskWith bytes: Int) -> Int { min(floor, bytes / share) }

  /// - Returns: free bytes for who is not root, and the disk's size; nil where the system does not tell.
  static func measured(at folder: String) -> (free: Int, total: Int)? {
    var facts = statvfs()
    guard statvfs(folder, &facts) == 0 else { return nil }
    let unit = Int(facts.f_frsize)
    return (Int(facts.f_bavail) * unit, Int(facts.f_blocks) * unit)
  }
}

extension LocalNode {
  /// - Throws: `noRoom` where so many bytes more would leave less than the floor.
  func requireRoom(for byteCount: Int) throws(AttachmentError) {
    guard let (free, floor) = shortage(for: byteCount) else { return }
    throw .noRoom(needed: byteCount, free: free, floor: floor)
  }

  /// - Returns: how much is free, and how much of it is left to records, where so many bytes more would leave less; nil
  ///   where there is room, or nobody knows.
  func shortage(for byteCount: Int) -> (free: Int, floor: Int)? {
    guard let (free, total) = surroundings.space(store.folder) else { return nil }
    let floor = DiskRoom.floor(ofDiskWith: total)
    return free - byteCount >= floor ? nil : (free, floor)
  }
}
