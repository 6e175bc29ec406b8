import SIOBytes
package import SocketIOProtocol

/// Those who want to know of what a socket sends.
package struct OutgoingListeners {
    package typealias Body = @Sendable (String, Arguments) throws -> Void

    private var entries: [(number: UInt32, body: Body)]

    package init() { self.init([]) }

    private init(_ entries: [(number: UInt32, body: Body)]) { self.entries = entries }

    package var isEmpty: Bool { entries.isEmpty }

    package mutating func add(_ number: UInt32, atFront: Bool, _ body: @escaping Body) {
        entries.insert((number, body), at: atFront ? 0 : entries.count)
    }

    /// Takes off a listener; nil: all of them.
    ///
    /// - Returns: What was taken off, to go when the caller's access has ended: see `take(where:)`.
    package mutating func remove(_ number: UInt32?) -> Self {
        Self(entries.take { number == nil || $0.number == number })
    }

    /// Tells all of a packet, if it is an event.
    ///
    /// A copy is called: listeners change the original.
    ///
    /// - Parameters:
    ///   - packet: What is sent.
    ///   - report: Told what a listener throws, and the event's name.
    package func tell(_ packet: borrowing Packet, _ report: (any Error, String) -> Void) {
        guard packet.kind == .event else { return }
        let name = packet.eventName
        let arguments = Arguments(text: packet.argumentsText.array, attachments: packet.attachments)
        for entry in entries {
            do { try entry.body(name, arguments) } catch { report(error, name) }
        }
    }
}
