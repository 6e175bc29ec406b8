/// A task that waits, as it names itself.
final class WaitTicket: Sendable {}

/// Tasks that wait for the same thing, first come, first served.
struct Waiters<Value: Sendable>: Sendable {
    typealias Continuation = CheckedContinuation<Value, any Error>

    private var all: [(ticket: WaitTicket, weight: Int, continuation: Continuation)] = []

    var isEmpty: Bool { all.isEmpty }

    /// The weight of what the first one waits with.
    var firstWeight: Int { all.first?.weight ?? 0 }

    mutating func append(_ ticket: WaitTicket, weight: Int, _ continuation: Continuation) {
        all.append((ticket, weight, continuation))
    }

    mutating func removeFirst() -> Continuation? {
        all.isEmpty ? nil : all.removeFirst().continuation
    }

    mutating func remove(_ ticket: WaitTicket) -> Continuation? {
        guard let place = all.firstIndex(where: { $0.ticket === ticket }) else { return nil }
        return all.remove(at: place).continuation
    }

    mutating func removeAll() -> [Continuation] {
        defer { all = [] }
        return all.map(\.continuation)
    }
}
