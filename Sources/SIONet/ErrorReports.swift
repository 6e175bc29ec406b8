import Synchronization

/// Where errors go that no caller waits for: shared by all that can fail, so that none of them needs the owner to be there.
package final class ErrorReports: Sendable {
    private let reporter = Mutex<(@Sendable (any Error) -> Void)?>(nil)

    package init() {}

    /// Has errors reported to the closure; nil: to the standard error stream.
    package func send(to report: (@Sendable (any Error) -> Void)?) {
        // What the old one holds goes behind the lock.
        reporter.letGo { reporter in
            defer { reporter = report }
            return reporter
        }
    }

    package func report(_ error: any Error) {
        if let report = reporter.withLock({ $0 }) { report(error) } else { StandardError.write("\(error)\n") }
    }
}
