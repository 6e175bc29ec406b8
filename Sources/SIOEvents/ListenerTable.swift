public import SIOBytes

/// A socket's listeners, in the order in which they were added, to be found by the bytes of an event's name.
///
/// A row of short hashes is walked faster than a dictionary of strings is asked, for as many events as people name.
@usableFromInline
package struct ListenerTable {
    /// What a socket keeps of a listener.
    @usableFromInline
    package struct Entry: Sendable {
        /// Which of the socket's listeners it is.
        @usableFromInline package let number: UInt32
        @usableFromInline package let hash: UInt16
        @usableFromInline package let options: ListenerOptions
        /// The event's name; nil for every event.
        @usableFromInline package let event: String?
        @usableFromInline package let body: Listener.Body

        package init(_ number: UInt32, event: String?, options: ListenerOptions, body: @escaping Listener.Body) {
            self.number = number
            // Those of every event are not looked for by it.
            hash = if let event { ListenerTable.hash(of: event) } else { 0 }
            self.options = options
            self.event = event
            self.body = body
        }

        /// Whether it listens to the event with this name in UTF-8.
        @inlinable
        package func isTo(_ name: RawSpan) -> Bool {
            guard let event else { return false }
            return event.withUTF8Bytes { $0.hasSameBytes(as: name) }
        }

        @inlinable
        @inline(__always)
        package func call(_ event: borrowing IncomingEvent) throws {
            try body(event)
        }
    }

    @usableFromInline package var entries: ContiguousArray<Entry> = []

    package init() {}

    @inlinable package var isEmpty: Bool { entries.isEmpty }
    @inlinable package var count: Int { entries.count }

    /// Makes room for so many listeners, so that no more memory is taken than they need.
    package mutating func reserve(_ count: Int) {
        entries.reserveCapacity(count)
    }

    package mutating func add(_ entry: consuming Entry) {
        if entry.options.contains(.atFront) { entries.insert(entry, at: 0) } else { entries.append(entry) }
    }

    // A copy of a table is walked: handlers change the original.

    /// Calls the body with each listener.
    @inlinable
    @inline(__always)
    package func forEach(_ body: (Entry) -> Void) {
        for entry in entries { body(entry) }
    }

    /// Calls the body with each listener to the event by its name.
    @inlinable
    @inline(__always)
    package func forEach(of event: borrowing IncomingEvent, _ body: (Entry) -> Void) {
        let name = event.nameBytes
        guard name.byteCount > 0 else { return forEach(ofText: event.name, body) }
        let wanted = Self.hash(of: name)
        for index in entries.indices where entries[index].hash == wanted {
            let entry = entries[index]
            if entry.isTo(name) { body(entry) }
        }
    }

    /// The same for a name that is a number, or empty.
    @usableFromInline
    @inline(never)
    package func forEach(ofText name: String, _ body: (Entry) -> Void) {
        for entry in entries where entry.event == name { body(entry) }
    }

    @usableFromInline
    package static func hash(of name: String) -> UInt16 { name.withUTF8Bytes { hash(of: $0) } }

    @inlinable
    @inline(__always)
    package static func hash(of name: RawSpan) -> UInt16 { UInt16(truncatingIfNeeded: name.hash >> 48) }
}
