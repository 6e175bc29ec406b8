import Synchronization

/// What stays until a test is over.
package final class Kept: Sendable {
    /// The test's that runs.
    @TaskLocal package static var current: Kept?

    private let objects = Mutex<[any Sendable]>([])

    package init() {}

    package func keep(_ object: any Sendable) {
        objects.withLock { $0.append(object) }
    }
}
