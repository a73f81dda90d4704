import Dispatch
import Foundation
import Node
import Synchronization

/// Signals that ask for an end, heard instead of obeyed.
///
/// A handler rings a bell, which a thread of the system's listens for: so none is lost that comes before anybody listens.
struct Interruption {
  private let numbers: [Int32]
  private let listener: any DispatchSourceRead
  private let last = Last()

  private final class Last: Sendable {
    let number = Mutex<Int32?>(nil)
  }

  /// - Parameter heard: is called with the signal, on another thread.
  init(_ numbers: [Int32] = [SIGTERM, SIGINT], heard: @escaping @Sendable (Int32) -> Void) {
    self.numbers = numbers
    let last = last
    listener = DispatchSource.makeReadSource(fileDescriptor: bell.listened, queue: .global())
    listener.setEventHandler {
      var number: UInt8 = 0
      guard read(bell.listened, &number, 1) == 1 else { return }
      last.number.withLock { $0 = Int32(number) }
      heard(Int32(number))
    }
    listener.resume()
    for number in numbers {
      signal(number) { number in
        let former = errno
        var byte = UInt8(truncatingIfNeeded: number)
        _ = write(bell.rung, &byte, 1)
        errno = former
      }
    }
  }

  /// SIGTERM and SIGINT as a wish to come to an end.
  init(_ stop: StopSignal) { self.init { _ in stop.fire() } }

  /// From here on they are obeyed again.
  func cancel() {
    for number in numbers { signal(number, SIG_DFL) }
    listener.cancel()
  }

  /// Ends the process by the signal that was heard; where none was, goes on.
  func obey() {
    if let number = last.number.withLock(\.self) { Interruption.obey(number) }
  }

  /// Ends the process as the signal would have done: a shell's loop stops with it.
  static func obey(_ number: Int32) {
    signal(number, SIG_DFL)
    // Who started the program may have handed it down blocked.
    var own = sigset_t()
    sigemptyset(&own)
    sigaddset(&own, number)
    pthread_sigmask(SIG_UNBLOCK, &own, nil)
    kill(getpid(), number)
  }
}

/// A pipe: what a handler may do is little, and to write a byte is of it. It stands before the first handler does.
private let bell: (listened: Int32, rung: Int32) = {
  var ends: [Int32] = [-1, -1]
  let result = pipe(&ends)
  precondition(result == 0, "no pipe: \(errno)")
  for end in ends {
    _ = fcntl(end, F_SETFD, FD_CLOEXEC)
    _ = fcntl(end, F_SETFL, O_NONBLOCK)
  }
  return (ends[0], ends[1])
}()
