import Glibc
import Synchronization

/// One libuv loop on one thread: an isolation domain for everything that lives on it.
///
/// It is a serial and a task executor, so actors and tasks may run on it, and it can prove that they do.
public final class EventLoop: SerialExecutor, TaskExecutor, Sendable {
    /// The loop's place in its group.
    package let index: Int
    /// What only the loop's own thread touches.
    private let bound: Bound
    private let inbox = Mutex(Inbox())
    private let stopped = OneTimeEvent()

    /// The core, and the thread that may touch it.
    private struct Bound: @unchecked Sendable {  // `EventLoop.core` checks the thread.
        let core: LoopCore
        let thread: pthread_t
    }

    /// What other threads handed in.
    private struct Inbox {
        var calls: [@Sendable () -> Void] = []
        var jobs: [UnownedJob] = []
        var isAwake = false
        var isStopped = false
    }

    /// Starts the loop's thread and waits until it runs.
    package init(index: Int) {
        self.index = index
        let core = LoopCore()
        bound = Bound(core: core, thread: core.start())
        core.adopt(by: self)
    }

    /// Whether the caller runs on this loop's thread.
    package var isCurrent: Bool { pthread_equal(pthread_self(), bound.thread) != 0 }

    /// The loop's insides, for code that runs on it.
    package var core: LoopCore {
        precondition(isCurrent, "an event loop was used outside its thread")
        return bound.core
    }

    // MARK: Work from anywhere

    /// Runs the body on the loop: now when the caller is on it, else in the loop's next turn, in call order.
    package func run(_ body: @escaping @Sendable () -> Void) {
        if isCurrent { body() } else { post(body) }
    }

    /// Runs the body in a later turn of the loop, in call order.
    package func post(_ body: @escaping @Sendable () -> Void) {
        wake { $0.calls.append(body) }
    }

    /// Runs the body on the loop and hands its result back.
    package func call<Result: Sendable>(_ body: @escaping @Sendable () -> Result) async -> Result {
        if isCurrent { return body() }
        return await withCheckedContinuation { continuation in
            post { continuation.resume(returning: body()) }
        }
    }

    private func wake(_ change: (inout sending Inbox) -> Void) {
        let mustWake = inbox.withLock { inbox in
            precondition(!inbox.isStopped, "work for an event loop that was shut down")
            change(&inbox)
            defer { inbox.isAwake = true }
            return !inbox.isAwake
        }
        if mustWake { bound.core.wakeFromAnyThread() }
    }

    /// Runs what was handed in since the last time.
    ///
    /// Called by the core, on its thread.
    func drainInbox() {
        let (calls, jobs) = inbox.withLock { inbox in
            defer {
                inbox.calls = []
                inbox.jobs = []
                inbox.isAwake = false
            }
            return (inbox.calls, inbox.jobs)
        }
        for call in calls { call() }
        for job in jobs { run(job) }
    }

    // MARK: Executor

    /// Runs the job on the loop: at the end of this turn when the caller is on the loop, else in a later one.
    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        if isCurrent {
            bound.core.enqueue(job)
        } else {
            wake { $0.jobs.append(job) }
        }
    }

    func run(_ job: UnownedJob) {
        job.runSynchronously(isolatedTo: asUnownedSerialExecutor(), taskExecutor: asUnownedTaskExecutor())
    }

    /// Traps when the caller does not run on the loop.
    public func checkIsolated() {
        precondition(isCurrent, "expected to run on this event loop")
    }

    /// Whether the caller runs on the loop.
    public func isIsolatingCurrentContext() -> Bool? { isCurrent }

    // MARK: The end

    /// Stops the loop when its work of this turn is done, and waits for its thread.
    package func shutdown() async {
        post { [bound] in bound.core.stop() }
        await stopped.wait()
        bound.core.join()
    }

    /// Called by the core's thread as its last act.
    func didStop() {
        inbox.withLock { $0.isStopped = true }
        stopped.fire()
    }
}
