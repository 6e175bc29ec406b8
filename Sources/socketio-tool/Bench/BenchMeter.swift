import Synchronization

/// What the connections of one event loop have measured.
final class BenchMeter: Sendable {
    /// The kinds of errors that are told apart; a server's words are not to fill the memory.
    static let maxErrorKinds = 20

    private let state = Mutex(BenchTotals())

    /// An event was acknowledged.
    func acknowledged(after time: Duration) {
        state.withLock { $0.latencies.add(time) }
    }

    /// Something went wrong.
    func failed(_ reason: String) {
        state.withLock { $0.add(reason, 1) }
    }

    var totals: BenchTotals { state.withLock { $0 } }

    /// How much was acknowledged, and how much went wrong.
    var counts: (acknowledged: Int, errors: Int) {
        state.withLock { ($0.latencies.count, $0.errors.values.reduce(0, +)) }
    }
}

/// What was measured in all.
struct BenchTotals {
    var latencies = LatencyHistogram()
    /// How often what went wrong.
    private(set) var errors: [String: Int] = [:]

    mutating func add(_ reason: String, _ count: Int) {
        let isKnown = errors[reason] != nil || errors.count < BenchMeter.maxErrorKinds
        errors[isKnown ? reason : "other", default: 0] += count
    }

    mutating func add(_ other: BenchTotals) {
        latencies.add(other.latencies)
        for (reason, count) in other.errors { add(reason, count) }
    }
}
