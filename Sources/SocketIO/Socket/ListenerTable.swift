import SIOBytes

/// A socket's listeners, in the order in which they were added, to be found by the bytes of an event's name.
///
/// A row of short hashes is walked faster than a dictionary of strings is asked, for as many events as people name.
struct ListenerTable {
    private struct Entry {
        let hash: UInt32
        let listener: Listener
    }

    private var entries: ContiguousArray<Entry> = []

    var isEmpty: Bool { entries.isEmpty }

    mutating func add(_ listener: Listener) {
        entries.append(Entry(hash: Self.hash(of: listener.event ?? ""), listener: listener))
    }

    mutating func remove(_ listener: Listener) {
        entries.removeAll { $0.listener === listener }
    }

    /// Takes off all listeners of an event; nil: those of every event.
    mutating func removeAll(of event: String?) {
        entries.removeAll { $0.listener.event == event }
    }

    mutating func removeAll() {
        entries = []
    }

    /// Calls the body with each listener to the event, and to every event where `name` is nil.
    ///
    /// Those that are added or taken off meanwhile change nothing.
    @inline(__always)
    func forEach(of name: RawSpan, _ body: (Listener) -> Void) {
        let wanted = Self.hash(of: name)
        let entries = entries
        for index in entries.indices where entries[index].hash == wanted {
            let listener = entries[index].listener
            if listener.isTo(name) { body(listener) }
        }
    }

    /// Calls the body with each listener to every event.
    @inline(__always)
    func forEachOfAll(_ body: (Listener) -> Void) {
        for entry in entries { body(entry.listener) }
    }

    private static func hash(of name: String) -> UInt32 { hash(of: name.utf8Span.span.bytes) }

    @inline(__always)
    private static func hash(of name: RawSpan) -> UInt32 {
        var hash = UInt32(truncatingIfNeeded: name.byteCount)
        for offset in 0..<name.byteCount { hash = (hash ^ UInt32(name[offset])) &* 0x0100_0193 }
        return hash
    }
}
