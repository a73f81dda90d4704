internal import Dispatch

/// Runs one session. A session waits for the store, which another process's import may hold for as long as a writer
/// is patient; on Swift's own few threads two of them would keep everything else from running: other sessions, their
/// signs of life, the signal to stop.
final class SessionThread: TaskExecutor {
  private let queue = DispatchQueue(label: "taizhang.session")

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
  }
}
