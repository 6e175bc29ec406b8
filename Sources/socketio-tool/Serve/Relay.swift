import SIOEvents
import SIOJSON
import SocketIO

/// What `socketio serve` does with events: it carries them from client to client.
///
/// Every answer is an acknowledgement, where one is asked for; what cannot be done is answered with `{"error": "…"}`.
struct Relay {
    /// The rooms that a client may be in.
    static let maxRooms = 100
    /// The bytes of a room's name.
    static let maxRoomBytes = 256

    /// The events that the relay knows.
    static let help = """
          join ROOM...             joins rooms; those who are there get: joined ROOM ID
          leave ROOM...            leaves rooms; those who stay get: left ROOM ID
          rooms                    is answered with the rooms that the client is in
          to ROOM EVENT ARG...     sends an event to everybody else in a room
          send ID EVENT ARG...     sends an event to one client
          all EVENT ARG...         sends an event to everybody else
          echo ARG...              is answered with its arguments, by an acknowledgement or as an event
        """

    /// Why an event is not carried.
    struct Refusal: Error {
        let words: String
    }

    /// A client's rooms have names of their own: its id, and those of others, are rooms too.
    private static let prefix = "room:"

    /// Serves the namespace `/`.
    func serve(_ io: Server) {
        io.on(.connection) { socket in
            _ = socket.listen(to: nil, options: []) { [weak socket] event in
                guard let socket else { return }
                try carry(event.name, event.allArguments, event.acknowledgement, from: socket)
            }
            socket.on(.disconnecting) { _ in
                for room in Self.rooms(of: socket) { try tell("left", room, of: socket) }
            }
        }
    }

    private func carry(
        _ name: String, _ arguments: EventArguments, _ acknowledgement: Acknowledgement?, from socket: Socket
    ) throws {
        do {
            switch name {
            case "join":
                try join(try roomNames(arguments), socket)
                try acknowledgement?(Self.rooms(of: socket))
            case "leave":
                try leave(try roomNames(arguments), socket)
                try acknowledgement?(Self.rooms(of: socket))
            case "rooms": try acknowledgement?(Self.rooms(of: socket))
            case "echo":
                guard let acknowledgement else { return try socket.emit("echo", arguments: arguments) }
                acknowledgement(arguments: arguments)
            case "to", "send", "all":
                try pass(name, arguments.values[...], from: socket)
                try acknowledgement?(true)
            default: throw Refusal(words: "there is no event \(name)")
            }
        } catch let refusal as Refusal {
            try acknowledgement?(["error": refusal.words])
        } catch let error as ReservedEventName {
            try acknowledgement?(["error": "\(error)"])
        }
    }

    private func pass(_ word: String, _ arguments: ArraySlice<RawJSON>, from socket: Socket) throws {
        var rest = arguments
        var target = socket.broadcast
        if word != "all" {
            guard let name = rest.popFirst()?.string else { throw Refusal(words: "\(word) needs a name") }
            target = target.to(word == "to" ? Self.prefix + name : name)
        }
        guard let event = rest.popFirst()?.string else { throw Refusal(words: "\(word) needs an event") }
        try target.emit(event, arguments: EventArguments(values: rest))
    }

    private func join(_ names: [String], _ socket: Socket) throws {
        let present = Set(Self.rooms(of: socket))
        let new = Set(names).subtracting(present).sorted()
        guard present.count + new.count <= Self.maxRooms else {
            throw Refusal(words: "nobody may be in more than \(Self.maxRooms) rooms")
        }
        socket.join(new.map { Self.prefix + $0 })
        for room in new { try tell("joined", room, of: socket) }
    }

    private func leave(_ names: [String], _ socket: Socket) throws {
        for room in Set(names).intersection(Self.rooms(of: socket)).sorted() {
            socket.leave(Self.prefix + room)
            try tell("left", room, of: socket)
        }
    }

    private func tell(_ event: String, _ room: String, of socket: Socket) throws {
        try socket.to(Self.prefix + room).emit(event, room, socket.id)
    }

    private func roomNames(_ arguments: EventArguments) throws(Refusal) -> [String] {
        let names = arguments.values.compactMap(\.string)
        guard !names.isEmpty, names.count == arguments.count else {
            throw Refusal(words: "rooms are named by strings")
        }
        guard names.count <= Self.maxRooms, names.allSatisfy({ (1...Self.maxRoomBytes).contains($0.utf8.count) }) else {
            throw Refusal(words: "a room's name has 1 to \(Self.maxRoomBytes) bytes")
        }
        return names
    }

    private static func rooms(of socket: Socket) -> [String] {
        socket.rooms.compactMap { $0.hasPrefix(prefix) ? String($0.dropFirst(prefix.count)) : nil }.sorted()
    }
}
