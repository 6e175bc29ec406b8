import SIOEvents
import SocketIOProtocol

/// Those who want to know of what is sent.
struct OutgoingListeners {
    typealias Body = @Sendable (String, Arguments) throws -> Void

    private var entries: [(number: UInt32, body: Body)] = []

    var isEmpty: Bool { entries.isEmpty }

    mutating func add(_ number: UInt32, atFront: Bool, _ body: @escaping Body) {
        entries.insert((number, body), at: atFront ? 0 : entries.count)
    }

    mutating func remove(_ number: UInt32) {
        entries.removeAll { $0.number == number }
    }

    mutating func removeAll() {
        entries = []
    }

    func call(_ event: String, _ arguments: Arguments, _ report: (any Error) -> Void) {
        for entry in entries {
            do { try entry.body(event, arguments) } catch { report(error) }
        }
    }
}
