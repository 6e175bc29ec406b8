import SIOBytes

/// A socket's listeners, in the order in which they were added, to be found by the bytes of an event's name.
///
/// A row of short hashes is walked faster than a dictionary of strings is asked, for as many events as people name.
struct ListenerTable {
    /// What a socket keeps of a listener.
    struct Entry: Sendable {
        /// Which of the socket's listeners it is.
        let number: UInt32
        fileprivate let hash: UInt16
        /// Whether it is taken off when it is called.
        let isOnce: Bool
        /// The event's name; nil for every event.
        let event: String?
        private let body: Listener.Body

        init(_ number: UInt32, event: String?, isOnce: Bool, body: @escaping Listener.Body) {
            self.number = number
            hash = ListenerTable.hash(of: event ?? "")
            self.isOnce = isOnce
            self.event = event
            self.body = body
        }

        /// Whether it listens to the event with this name in UTF-8.
        func isTo(_ name: RawSpan) -> Bool {
            guard let event else { return false }
            return event.utf8Span.span.bytes.hasSameBytes(as: name)
        }

        @inline(__always)
        func call(_ event: borrowing IncomingEvent) throws {
            try body(event)
        }
    }

    private var entries: ContiguousArray<Entry> = []

    var isEmpty: Bool { entries.isEmpty }
    var count: Int { entries.count }

    /// Makes room for so many listeners, so that no more memory is taken than they need.
    mutating func reserve(_ count: Int) {
        entries.reserveCapacity(count)
    }

    mutating func add(_ entry: Entry, atFront: Bool = false) {
        if atFront { entries.insert(entry, at: 0) } else { entries.append(entry) }
    }

    mutating func remove(_ number: UInt32) {
        entries.removeAll { $0.number == number }
    }

    /// Takes off all listeners of an event; nil: those of every event.
    mutating func removeAll(of event: String?) {
        guard let event else { return removeAll() }
        let name = event.utf8Span.span.bytes
        entries.removeAll { $0.isTo(name) }
    }

    mutating func removeAll() {
        entries = []
    }

    /// Calls the body with each listener to the event.
    @inline(__always)
    func forEach(of name: RawSpan, _ body: (Entry) -> Void) {
        let wanted = Self.hash(of: name)
        for index in entries.indices where entries[index].hash == wanted {
            let entry = entries[index]
            if entry.isTo(name) { body(entry) }
        }
    }

    /// Calls the body with each listener to every event.
    @inline(__always)
    func forEachOfAll(_ body: (Entry) -> Void) {
        for entry in entries { body(entry) }
    }

    private static func hash(of name: String) -> UInt16 { hash(of: name.utf8Span.span.bytes) }

    @inline(__always)
    private static func hash(of name: RawSpan) -> UInt16 {
        var hash = UInt32(truncatingIfNeeded: name.byteCount)
        for offset in 0..<name.byteCount { hash = (hash ^ UInt32(name[offset])) &* 0x0100_0193 }
        return UInt16(truncatingIfNeeded: hash ^ hash >> 16)
    }
}
