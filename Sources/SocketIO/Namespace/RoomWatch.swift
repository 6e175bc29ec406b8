import SIONet
import Synchronization

/// Tells handlers what happens to rooms; as long as there is none, it costs a look at a flag.
final class RoomWatch: Sendable {
    typealias Handler = @Sendable (RoomEvent) -> Void

    private struct State {
        /// Counts from the first handler on.
        var census: RoomCensus?
        var handlers: [(number: Int, call: Handler)] = []
        var lastNumber = 0
    }

    private let flag = Atomic<Bool>(false)
    private let state = Mutex(State())
    /// Where the handlers are called.
    private let home: EventLoop

    init(home: EventLoop) {
        self.home = home
    }

    /// Whether somebody has ever listened.
    @inline(__always)
    var isOn: Bool { flag.load(ordering: .relaxed) }

    // MARK: Handlers

    func add(_ handler: @escaping Handler, shards: [LoopBound<NamespaceShard>]) -> RoomListener {
        let (number, isFirst) = state.withLock { state in
            state.lastNumber += 1
            state.handlers.append((state.lastNumber, handler))
            let isFirst = state.census == nil
            if isFirst { state.census = RoomCensus(loops: shards.count) }
            return (state.lastNumber, isFirst)
        }
        if isFirst {
            flag.store(true, ordering: .relaxed)
            for shard in shards {
                shard.loop.run { [self] in state.withLock { count(shard.value, &$0) { _ in } } }
            }
        }
        return RoomListener(number: number, watch: self)
    }

    func remove(_ number: Int) {
        removeHandlers { $0 == number }
    }

    func close() {
        removeHandlers { _ in true }
    }

    private func removeHandlers(_ isMeant: (Int) -> Bool) {
        // What they hold goes behind the lock.
        state.letGo { state in
            let old = state.handlers
            state.handlers.removeAll { isMeant($0.number) }
            return old
        }
    }

    // MARK: On a socket's loop

    /// A socket has taken its place in a room of the shard.
    func joined(_ id: String, room: String, in shard: NamespaceShard) {
        state.withLock { state in
            count(shard, &state) { $0[room] = $0[room].flatMap { $0 > 1 ? $0 - 1 : nil } }
            tell(state.census?.joined(id, room: room) ?? [])
        }
    }

    /// A socket has given up its place in a room of the shard.
    func left(_ id: String, room: String, in shard: NamespaceShard) {
        state.withLock { state in
            count(shard, &state) { $0[room, default: 0] += 1 }
            tell(state.census?.left(id, room: room) ?? [])
        }
    }

    /// Counts the shard's rooms, unless that was done; `undo` takes back the change that is about to be told.
    private func count(_ shard: NamespaceShard, _ state: inout State, undo: (inout [String: Int]) -> Void) {
        guard !shard.isCounted else { return }
        shard.isCounted = true
        var rooms = shard.memberCounts
        undo(&rooms)
        tell(state.census?.count(rooms) ?? [])
    }

    /// Has the handlers called; called in the lock, which keeps the order.
    private func tell(_ events: [RoomEvent]) {
        guard !events.isEmpty else { return }
        home.post { [self] in
            let handlers = state.withLock { $0.handlers }
            for event in events { for handler in handlers { handler.call(event) } }
        }
    }
}
