import Dispatch
import Foundation
import Node
import Synchronization

/// Signals that ask for an end, heard instead of obeyed.
struct Interruption {
  private let numbers: [Int32]
  private let sources: [any DispatchSourceSignal]
  private let last = Last()

  private final class Last: Sendable {
    let number = Mutex<Int32?>(nil)
  }

  /// - Parameter heard: is called with the signal, on another thread.
  init(_ numbers: [Int32] = [SIGTERM, SIGINT], heard: @escaping @Sendable (Int32) -> Void) {
    self.numbers = numbers
    let last = last
    sources = numbers.map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler {
        last.number.withLock { $0 = number }
        heard(number)
      }
      source.resume()
      return source
    }
  }

  /// SIGTERM and SIGINT as a wish to come to an end.
  init(_ stop: StopSignal) { self.init { _ in stop.fire() } }

  /// From here on they are obeyed again.
  func cancel() {
    for source in sources { source.cancel() }
    for number in numbers { signal(number, SIG_DFL) }
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
