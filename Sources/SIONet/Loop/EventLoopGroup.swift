import CLibUV
import Synchronization

/// Several event loops, each on a thread of its own.
public final class EventLoopGroup: Sendable {
    package let loops: [EventLoop]
    private let turn = Atomic<Int>(0)

    /// The group that is used when no other is named: a loop for each core, started on first use, never stopped.
    public static let shared = EventLoopGroup()

    /// Starts the loops.
    ///
    /// - Parameter count: The number of loops and threads; nil means one for each core that the process may use.
    public init(loops count: Int? = nil) {
        let count = max(1, count ?? Int(uv_available_parallelism()))
        loops = (0..<count).map { EventLoop(index: $0) }
    }

    /// The loops in turn.
    package func next() -> EventLoop {
        let (_, number) = turn.add(1, ordering: .relaxed)
        return loops[Int(UInt(bitPattern: number) % UInt(loops.count))]
    }

    /// Closes what is still open on the loops, and ends their threads.
    ///
    /// The group cannot be used afterwards.
    public func shutdown() async {
        for loop in loops { await loop.shutdown() }
    }
}
