import SIOBytes

/// All of a socket's listeners: those of an event by its name, and in front of them those of every event.
@usableFromInline
package struct Listeners {
    @usableFromInline package var named = ListenerTable()
    @usableFromInline package var any = ListenerTable()

    package init() {}

    package mutating func add(_ listener: ListenerTable.Entry, atFront: Bool = false) {
        if listener.event == nil { any.add(listener, atFront: atFront) } else { named.add(listener, atFront: atFront) }
    }

    package mutating func remove(_ number: UInt32) {
        named.remove(number)
        any.remove(number)
    }

    /// Takes off all listeners of an event; nil: those of every event.
    package mutating func removeAll(of event: String?) {
        if event == nil { any.removeAll() } else { named.removeAll(of: event) }
    }

    package mutating func removeAll() {
        named.removeAll()
        any.removeAll()
    }

    // A copy is walked: handlers change the original.

    /// Calls the body with each listener to every event.
    @inlinable
    @inline(__always)
    package func forEachOfAll(_ body: (ListenerTable.Entry) -> Void) {
        for entry in any.entries { body(entry) }
    }

    /// Calls the body with each listener to the event by its name.
    @inlinable
    @inline(__always)
    package func forEach(of event: borrowing IncomingEvent, _ body: (ListenerTable.Entry) -> Void) {
        let name = event.nameBytes
        guard name.byteCount > 0 else { return forEach(ofText: event.name, body) }
        let wanted = ListenerTable.hash(of: name)
        for index in named.entries.indices where named.entries[index].hash == wanted {
            let entry = named.entries[index]
            if entry.isTo(name) { body(entry) }
        }
    }

    /// The same for a name that is a number, or empty.
    @usableFromInline
    @inline(never)
    package func forEach(ofText name: String, _ body: (ListenerTable.Entry) -> Void) {
        for entry in named.entries where entry.event == name { body(entry) }
    }
}
