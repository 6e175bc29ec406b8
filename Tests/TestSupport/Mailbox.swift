import Synchronization

/// Nothing came within the time that a test waits.
package struct NothingCame: Error {
    package init() {}
}

/// What other threads hand to a test, in order; the test waits for each, but not for ever.
package final class Mailbox<Element: Sendable>: Sendable {
    private struct State {
        var elements: [Element] = []
        var waiting: (number: Int, continuation: CheckedContinuation<Element, any Error>)?
        var number = 0
    }

    private let state = Mutex(State())

    package init() {}

    /// Hands in an element.
    package func push(_ element: Element) {
        state.withLock { state in
            let waiting = state.waiting
            state.waiting = nil
            if waiting == nil { state.elements.append(element) }
            return waiting?.continuation
        }?.resume(returning: element)
    }

    /// The next element.
    ///
    /// Only one task waits at a time.
    package func next(within time: Duration = .seconds(10)) async throws -> Element {
        if let element = state.withLock({ $0.elements.isEmpty ? nil : $0.elements.removeFirst() }) { return element }
        return try await withCheckedThrowingContinuation { continuation in
            let (element, number) = state.withLock { state -> (Element?, Int) in
                guard state.elements.isEmpty else { return (state.elements.removeFirst(), 0) }
                precondition(state.waiting == nil, "two tasks wait for one mailbox")
                state.number += 1
                state.waiting = (state.number, continuation)
                return (nil, state.number)
            }
            if let element { return continuation.resume(returning: element) }
            Task {
                try await Task.sleep(for: time * slowness)
                giveUp(number)
            }
        }
    }

    /// The next so many elements.
    package func next(count: Int) async throws -> [Element] {
        var elements: [Element] = []
        while elements.count < count { elements.append(try await next()) }
        return elements
    }

    /// Takes out what is there.
    package func takeAll() -> [Element] {
        state.withLock { state in
            defer { state.elements = [] }
            return state.elements
        }
    }

    private func giveUp(_ number: Int) {
        state.withLock { state -> CheckedContinuation<Element, any Error>? in
            guard let waiting = state.waiting, waiting.number == number else { return nil }
            state.waiting = nil
            return waiting.continuation
        }?.resume(throwing: NothingCame())
    }
}
