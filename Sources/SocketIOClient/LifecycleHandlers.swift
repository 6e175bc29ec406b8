import SIOEvents
import SIONet

/// The handlers for what happens to one connection, in the order in which they were added.
///
/// They live on the connection's loop, and may be added and taken off while they are called.
final class LifecycleHandlers<Change: Sendable> {
    private var entries: [(number: UInt64, handler: LifecycleHandler<Change>)] = []

    func add(_ number: UInt64, _ handler: LifecycleHandler<Change>) {
        entries.append((number, handler))
    }

    func remove(_ number: UInt64) {
        removeAll { $0.number == number }
    }

    /// Takes off all handlers of an event; nil: of every event.
    func removeAll(of event: String?) {
        removeAll { event == nil || $0.handler.event == event }
    }

    func isEmpty(of event: String) -> Bool {
        !entries.contains { $0.handler.event == event }
    }

    /// Calls the handlers as they are now, on the loop where the caller is.
    ///
    /// - Parameters:
    ///   - change: What has happened.
    ///   - loop: Where tasks run.
    ///   - report: Told what a handler of an event throws.
    func call(
        _ change: Change, on loop: EventLoop, _ report: @escaping @Sendable (any Error, _ event: String) -> Void
    ) {
        for (number, handler) in entries {
            guard let call = handler.call(change) else { continue }
            if handler.isOnce { remove(number) }
            switch call {
            case .inline(let body):
                do { try body() } catch { report(error, handler.event) }
            case .task(let body):
                Task.immediate(executorPreference: loop) {
                    do { try await body() } catch { report(error, handler.event) }
                }
            }
        }
    }

    private func removeAll(where isMeant: ((number: UInt64, handler: LifecycleHandler<Change>)) -> Bool) {
        let taken = entries.take(where: isMeant)
        withExtendedLifetime(taken) {}
    }
}
