internal import Foundation

/// The system's number for what went wrong with a file.
public enum PosixCause {
  /// - Returns: 0 where the error does not say.
  public static func errno(of error: any Error) -> Int32 {
    switch error {
    case let error as POSIXError: error.code.rawValue
    case let error as NSError where error.domain == NSPOSIXErrorDomain: Int32(clamping: error.code)
    case let error as NSError:
      (error.userInfo[NSUnderlyingErrorKey] as? any Error).map { errno(of: $0) } ?? 0
    }
  }

  /// Why a file gave no bytes though something stands at its path.
  public static func unreadable(_ path: String) -> Int32 {
    var isFolder: ObjCBool = false
    if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue {
      return EISDIR
    }
    return access(path, R_OK) == 0 ? 0 : Foundation.errno
  }
}
