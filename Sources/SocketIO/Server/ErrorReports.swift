import Synchronization

/// Where a server's errors go: shared by all that can fail, so that none of them needs the server to be there.
final class ErrorReports: Sendable {
    private let reporter = Mutex<(@Sendable (any Error) -> Void)?>(nil)

    /// Has errors reported to the closure; nil: to the standard error stream.
    func send(to report: (@Sendable (any Error) -> Void)?) {
        reporter.withLock { $0 = report }
    }

    func report(_ error: any Error) {
        if let report = reporter.withLock({ $0 }) { report(error) } else { StandardError.write("\(error)\n") }
    }
}
