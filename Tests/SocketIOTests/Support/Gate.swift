import Glibc
import Synchronization

/// Where threads wait that must not go on yet, event loops' own among them.
final class Gate: Sendable {
    private let isOpen = Atomic<Bool>(false)

    init() {}

    func open() { isOpen.store(true, ordering: .releasing) }

    /// Waits until the gate is open, for ten seconds at most.
    func wait() {
        for _ in 0..<50_000 {
            if isOpen.load(ordering: .acquiring) { return }
            usleep(200)
        }
    }
}
