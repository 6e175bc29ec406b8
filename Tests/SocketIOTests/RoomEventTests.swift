import TestSupport
import Testing

@testable import SocketIO

@Suite(.timeLimit(.minutes(1))) struct RoomEventTests {
    private func watch(_ server: TestServer) -> Mailbox<RoomEvent> {
        let events = Mailbox<RoomEvent>()
        server.io.onRoomEvent { events.push($0) }
        return events
    }

    @Test(arguments: [1, 3])
    func `rooms come and go with their sockets, on whatever loops these are`(loops: Int) async throws {
        try await TestServer.run(loops: loops) { server in
            let events = watch(server)
            let sockets = server.sockets()
            let one = try await server.client()
            let first = try await sockets.next()
            #expect(
                try await events.next(count: 2) == [
                    .created(room: first.id), .joined(room: first.id, socketID: first.id),
                ])
            let two = try await server.client()
            let second = try await sockets.next()
            _ = try await events.next(count: 2)

            first.join("a")
            #expect(try await events.next(count: 2) == [.created(room: "a"), .joined(room: "a", socketID: first.id)])
            first.join("a")
            second.join("a")
            #expect(try await events.next() == .joined(room: "a", socketID: second.id))
            first.leave("a")
            #expect(try await events.next() == .left(room: "a", socketID: first.id))
            second.leave("a", "never")
            #expect(try await events.next(count: 2) == [.left(room: "a", socketID: second.id), .deleted(room: "a")])
            two.drop()
            #expect(
                try await events.next(count: 2) == [
                    .left(room: second.id, socketID: second.id), .deleted(room: second.id),
                ])
            #expect(events.takeAll().isEmpty)
            withExtendedLifetime(one) {}
        }
    }

    @Test(arguments: [1, 3])
    func `who begins to listen late hears of no room that was there`(loops: Int) async throws {
        try await TestServer.run(loops: loops) { server in
            let sockets = server.sockets()
            let clients = try await server.clients(4)
            var all: [Socket] = []
            for _ in clients { all.append(try await sockets.next()) }
            for socket in all[..<3] { socket.join("old") }
            _ = try await server.io.fetchSockets()
            let events = watch(server)
            all[3].join("old", "new")
            #expect(
                try await events.next(count: 3) == [
                    .joined(room: "old", socketID: all[3].id), .created(room: "new"),
                    .joined(room: "new", socketID: all[3].id),
                ])
            for socket in all { socket.leave("old") }
            let last = try await events.next(count: 5)
            #expect(last.last == .deleted(room: "old"))
            #expect(last.dropLast().allSatisfy { if case .left(room: "old", _) = $0 { true } else { false } })
        }
    }

    @Test func `a handler may change rooms, and may be taken off`() async throws {
        try await TestServer.run { server in
            let events = Mailbox<RoomEvent>()
            let io = server.io
            let listener = io.onRoomEvent { event in
                events.push(event)
                if case .joined(room: "a", let id) = event { io.in(id).socketsLeave("a") }
            }
            let sockets = server.sockets()
            let client = try await server.client()
            let socket = try await sockets.next()
            _ = try await events.next(count: 2)
            socket.join("a")
            #expect(
                try await events.next(count: 4) == [
                    .created(room: "a"), .joined(room: "a", socketID: socket.id), .left(room: "a", socketID: socket.id),
                    .deleted(room: "a"),
                ])
            listener.off()
            socket.join("b")
            _ = try await io.fetchSockets()
            #expect(events.takeAll().isEmpty)
            withExtendedLifetime(client) {}
        }
    }
}
