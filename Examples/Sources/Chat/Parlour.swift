import Foundation
import SocketIO

/// The chat as its sockets see it: the owner of the ``ChatState``, whatever event loop a socket lives on.
///
/// A change and the broadcast that tells of it are one step of the actor. There is no `await` between them, because
/// `emit` only encodes and hands over; so everybody hears of everything in the same order.
actor Parlour {
    /// How long changes of who is where are gathered before all are told.
    private static let announcementDelay = Duration.milliseconds(50)

    private let io: Server
    private var state = ChatState()
    private var isAnnouncing = false

    init(_ io: Server) {
        self.io = io
    }

    // MARK: Coming and going

    func admit(_ credentials: Credentials) throws(Refusal) {
        try state.admit(credentials, at: .now)
    }

    func hello(_ hello: Hello, from credentials: Credentials, on socket: Socket) throws -> Welcome {
        // It may have gone while it waited for the actor; nobody would tell of its end again.
        guard socket.connected else { throw Refusal.notHello }
        let welcome = try state.hello(hello, from: credentials, on: socket.id, at: .now)
        socket.data[Who.self] = welcome.you
        // A person's connections are a Socket.IO room of their own, so that all of them get everything.
        let everywhere = Self.room(ofPerson: welcome.you.id)
        socket.join(everywhere)
        for room in state.rooms(of: welcome.you.id) { io.in(everywhere).socketsJoin(Self.room(ofRoom: room)) }
        announceSoon()
        return welcome
    }

    func disconnected(_ socket: Socket) {
        state.disconnected(socket.id, at: .now)
        announceSoon()
    }

    func rename(_ rename: Rename, on socket: Socket) throws -> Renamed {
        let renamed = try state.rename(rename, on: socket.id)
        socket.data[Who.self] = renamed.you
        announceSoon()
        return renamed
    }

    // MARK: Rooms

    func join(_ join: Join, on socket: Socket) throws -> Joined {
        let person = try state.person(on: socket.id)
        let joined = try state.join(join, on: socket.id)
        io.in(Self.room(ofPerson: person.id)).socketsJoin(Self.room(ofRoom: Names.folded(joined.room)))
        announceSoon()
        return joined
    }

    func leave(_ leave: Leave, on socket: Socket) throws -> Done {
        let person = try state.person(on: socket.id)
        try state.leave(leave, on: socket.id)
        io.in(Self.room(ofPerson: person.id)).socketsLeave(Self.room(ofRoom: Names.folded(leave.room)))
        announceSoon()
        return Done()
    }

    // MARK: Messages

    func send(_ send: Send, on socket: Socket) throws -> Sent {
        let (sent, delivery) = try state.send(send, on: socket.id, at: .now)
        if let delivery {
            // `socket.broadcast` leaves out the sending connection, which has the message already.
            try socket.broadcast.to(Self.rooms(of: delivery.conversation)).emit(Chat.message, delivery.message)
        }
        return sent
    }

    func typing(_ typing: StartOrStopTyping, on socket: Socket) throws {
        guard let (news, conversation) = try? state.typing(typing, on: socket.id) else { return }
        // Volatile: whoever cannot take it at once can do without it.
        try io.to(Self.rooms(of: conversation)).except(Self.room(ofPerson: news.from.id)).volatile
            .emit(Chat.typing, news)
    }

    func image(_ wanted: FetchImage, on socket: Socket) throws -> Image {
        try state.image(wanted, on: socket.id)
    }

    // MARK: Who is where

    /// Tells everybody who is where, once for all changes of a moment.
    private func announceSoon() {
        guard !isAnnouncing, state.presenceChanged || state.roomsChanged else { return }
        isAnnouncing = true
        Task {
            try await Task.sleep(for: Self.announcementDelay)
            isAnnouncing = false
            try announce()
        }
    }

    private func announce() throws {
        if state.presenceChanged {
            state.presenceChanged = false
            try io.emit(Chat.presence, state.presence)
        }
        if state.roomsChanged {
            state.roomsChanged = false
            try io.emit(Chat.rooms, state.roomList)
        }
    }

    // MARK: The rooms of Socket.IO

    private static func room(ofPerson id: String) -> String { "person:\(id)" }
    private static func room(ofRoom folded: String) -> String { "room:\(folded)" }

    /// Where those are who may read a conversation.
    private static func rooms(of conversation: Conversation) -> [String] {
        switch conversation {
        case .room(let folded): [room(ofRoom: folded)]
        case .talk(let one, let other): [room(ofPerson: one), room(ofPerson: other)]
        }
    }
}

extension ChatState.Moment {
    /// What the clocks say.
    static var now: ChatState.Moment {
        ChatState.Moment(milliseconds: Int(Date().timeIntervalSince1970 * 1000), instant: .now)
    }
}
