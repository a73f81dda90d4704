import NIOCore
import NIOPosix

extension TransportError {
  /// Any error of the pipeline as one of ours.
  init(pipelineError error: any Error) {
    switch error {
    case let error as TransportError: self = error
    case let error as TLSFailure: self = .tls(error)
    case let error as FrameTooLarge: self = .frameTooLarge(error)
    case let error as IOError: self = .broken(errno: error.errnoCode)
    case is CancellationError: self = .cancelled
    case ChannelError.connectTimeout: self = .connectTimedOut
    case ChannelError.ioOnClosedChannel, ChannelError.alreadyClosed, ChannelError.eof,
      ChannelError.inputClosed, ChannelError.outputClosed:
      self = .closed
    default: self = .unforeseen(String(describing: error))
    }
  }

  /// Why a dial did not reach its host.
  init(dialError error: any Error, host: String, port: Int) {
    switch error {
    case let error as NIOConnectionError:
      // A name has several addresses; the one that came nearest to an answer says most.
      let causes = error.connectionErrors.map(\.error)
      if causes.isEmpty {
        self = .unresolved(host: host)
      } else if causes.contains(where: { ($0 as? IOError)?.errnoCode == ECONNREFUSED }) {
        self = .refused(host: host, port: port)
      } else if let code = causes.lazy.compactMap({ ($0 as? IOError)?.errnoCode }).first {
        self =
          code == ETIMEDOUT
          ? .connectTimedOut : .unreachable(host: host, port: port, errno: code)
      } else if causes.contains(where: Self.isTimeout) {
        self = .connectTimedOut
      } else {
        self = .unforeseen(String(describing: error))
      }
    case let error as IOError where error.errnoCode == ECONNREFUSED:
      self = .refused(host: host, port: port)
    case let error as IOError:
      self = .unreachable(host: host, port: port, errno: error.errnoCode)
    case is SocketAddressError:
      self = .unresolved(host: host)
    default:
      self.init(pipelineError: error)
    }
  }

  private static func isTimeout(_ error: any Error) -> Bool {
    guard let error = error as? ChannelError, case .connectTimeout = error else { return false }
    return true
  }
}
