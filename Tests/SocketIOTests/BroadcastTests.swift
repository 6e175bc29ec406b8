import SIONet
import Synchronization
import TestSupport
import Testing

@testable import SocketIO

@Suite(.timeLimit(.minutes(1))) struct BroadcastTests {
    @Test(arguments: [1, 3])
    func `what one task sends arrives in its order at each client, whichever way it goes`(loops: Int) async throws {
        try await TestServer.run(loops: loops) { server in
            let sockets = server.sockets()
            let clients = try await server.clients(4)
            let all = try await sockets.next(count: 4)
            for socket in all { socket.join("room") }
            for number in 0..<60 {
                switch number % 4 {
                case 0: try server.io.emit("n", number)
                case 1: for socket in all { try socket.emit("n", number) }
                case 2: try server.io.to("room", all[0].id).emit("n", number)
                default:
                    try server.io.sockets.except("nobody").emit("n", arguments: Arguments(number))
                }
            }
            for client in clients {
                for number in 0..<60 { #expect(try await client.next() == #"2["n",\#(number)]"#) }
            }
        }
    }

    @Test func `of one turn's broadcasts each gets its own, whoever joins or goes in between`() async throws {
        try await TestServer.run { server in
            let sockets = server.sockets()
            let clients = try await server.clients(5)
            let all = try await sockets.next(count: 5)
            let io = server.io
            for socket in all[1...2] { socket.join("room") }
            all[0].on("go") { () -> Void in
                try io.emit("n", 0)
                try io.emit("n", 1)
                try io.to("room").emit("n", 2)
                try all[3].emit("n", 3)
                try io.emit("n", 4)
                all[1].leave("room")
                all[3].join("room")
                try io.to("room").emit("n", 5)
                all[4].disconnect()
                try io.emit("n", 6)
                // Written from where it lies; what follows stands behind it.
                try io.emit("n", 7, String(repeating: "x", count: 5000))
                try io.emit("n", 8)
                try all[0].broadcast.emit("n", 9)
                try io.emit("n", 10)
            }
            clients[0].send(#"2["go"]"#)
            let wanted = [
                [0, 1, 4, 6, 7, 8, 10], [0, 1, 2, 4, 6, 7, 8, 9, 10], [0, 1, 2, 4, 5, 6, 7, 8, 9, 10],
                [0, 1, 3, 4, 5, 6, 7, 8, 9, 10], [0, 1, 4],
            ]
            for (client, numbers) in zip(clients, wanted) {
                for number in numbers {
                    let packet = try await client.next()
                    #expect(packet.hasPrefix(number == 7 ? #"2["n",7,""# : #"2["n",\#(number)]"#))
                }
            }
            #expect(try await clients[4].next() == "1")
        }
    }

    @Test(arguments: [1, 3])
    func `what a handler sends arrives in its order, across its awaits`(loops: Int) async throws {
        try await TestServer.run(loops: loops) { server in
            server.io.on(.connection) { socket in
                socket.on("sync") { (from: Int) in
                    for number in from..<from + 10 {
                        if number % 2 == 0 { try server.io.emit("n", number) } else { try socket.emit("n", number) }
                    }
                }
                socket.on("async") { (from: Int) async throws -> Void in
                    for number in from..<from + 10 {
                        if number % 2 == 0 { try server.io.emit("n", number) } else { try socket.emit("n", number) }
                        if number % 3 == 0 { await Task.yield() }
                    }
                }
            }
            let clients = try await server.clients(4)
            clients[1].send(#"2["sync",0]"#)
            for number in 0..<10 { #expect(try await clients[1].next() == #"2["n",\#(number)]"#) }
            clients[1].send(#"2["async",10]"#)
            for number in 10..<20 { #expect(try await clients[1].next() == #"2["n",\#(number)]"#) }
            for client in [clients[0], clients[2], clients[3]] {
                for number in stride(from: 0, to: 20, by: 2) {
                    #expect(try await client.next() == #"2["n",\#(number)]"#)
                }
            }
        }
    }

    @Test(arguments: [1, 3])
    func `many threads and tasks send at once, each in its own order`(loops: Int) async throws {
        try await TestServer.run(loops: loops) { server in
            let clients = try await server.clients(5)
            let io = server.io
            for thread in 0..<3 {
                startThread {
                    for number in 0..<50 { try? io.emit("t\(thread)", number) }
                }
            }
            for task in 3..<6 {
                Task {
                    for number in 0..<50 {
                        try io.emit("t\(task)", number)
                        await Task.yield()
                    }
                }
            }
            for client in clients {
                var next = [Int](repeating: 0, count: 6)
                for _ in 0..<300 {
                    let packet = try await client.next()
                    let source = try #require(packet.dropFirst(4).first?.wholeNumberValue)
                    #expect(packet == #"2["t\#(source)",\#(next[source])]"#)
                    next[source] += 1
                }
            }
        }
    }

    @Test(arguments: [EngineServer.Transport.websocket, .polling])
    func `a broadcast carries its attachments to every client`(transport: EngineServer.Transport) async throws {
        try await TestServer.run(loops: 3) { server in
            var clients: [TestClient] = []
            for _ in 0..<4 { clients.append(try await server.client(transport)) }
            try server.io.emit("file", "name", [1, 2, 3] as [UInt8], [9] as [UInt8])
            try server.io.send("plain")
            for client in clients {
                #expect(
                    try await client.next()
                        == #"52-["file","name",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]"#)
                #expect(try await client.nextBinary() == [1, 2, 3])
                #expect(try await client.nextBinary() == [9])
                #expect(try await client.next() == #"2["message","plain"]"#)
            }
        }
    }

    @Test func `volatile events are dropped for a client that does not poll`() async throws {
        try await TestServer.run { server in
            let sockets = server.sockets()
            let client = try TestClient(server.port, .polling, reads: false)
            client.send("0")
            let socket = try await sockets.next()
            try socket.volatile.emit("lost")
            try server.io.volatile.emit("lost")
            try socket.to("x").volatile.emit("lost")
            try socket.emit("kept")
            client.read()
            #expect(try await client.next().hasPrefix("0{"))
            #expect(try await client.next() == #"2["kept"]"#)
        }
    }

    @Test func `volatile events are dropped for a client that does not read, and memory does not grow`() async throws {
        try await TestServer.run {
            $0.maxSendBufferSize = 1_000_000
        } body: { server in
            let sockets = server.sockets()
            let client = try TestClient(server.port, reads: false)
            client.send("0")
            let socket = try await sockets.next()
            let text = String(repeating: "x", count: 200_000)
            for number in 0..<200 {
                try socket.volatile.emit("v", number, text)
                try server.io.volatile.emit("v", number, text)
                // A turn of the loop, in which it writes what the system takes.
                await socket.loop.call {}
            }
            try socket.emit("end")
            client.read()
            #expect(try await client.next().hasPrefix("0{"))
            var count = 0
            while try await client.next() != #"2["end"]"# { count += 1 }
            #expect(count > 0 && count < 400)
        }
    }

    @Test func `a client that takes too little is cut off, and nobody is told in the middle of a send`() async throws {
        try await TestServer.run {
            $0.maxSendBufferSize = 100_000
        } body: { server in
            let isSending = Mutex(false)
            let sockets = server.sockets()
            server.io.on(.connection) { socket in
                socket.on(.disconnecting) { reason in
                    // A handler that is called while a lock of its own is held would wait for ever.
                    let sending = isSending.withLock { $0 }
                    server.notes.push("\(reason) \(sending)")
                    try server.io.except(socket.id).emit("left")
                }
            }
            let slow = try TestClient(server.port, reads: false)
            slow.send("0")
            let socket = try await sockets.next()
            let others = try await server.clients(2)
            _ = try await sockets.next(count: 2)
            let excepted = try await server.io.fetchSockets().map(\.id).filter { $0 != socket.id }
            socket.join("slow")
            try await socket.loop.call {
                Result {
                    let text = String(repeating: "x", count: 1000)
                    for _ in 0..<99 { try socket.emit("x", text) }
                    isSending.withLock { isSending in
                        isSending = true
                        // The slow one overflows here, among those that are visited.
                        for _ in 0..<3 { try? server.io.except(excepted[0]).emit("x", text) }
                        isSending = false
                    }
                }
            }.get()
            #expect(try await server.notes.next() == "send buffer overflow false")
            var packets: [[String]] = []
            for client in others {
                var got: [String] = []
                while got.last != #"2["left"]"# { got.append(try await client.next()) }
                packets.append(got)
            }
            #expect(Set(packets.map(\.count)) == [1, 4])
            #expect(!socket.connected && server.io.sockets.socketsCount == 2)
        }
    }

    @Test func `handlers may join, leave and disconnect while a broadcast walks`() async throws {
        try await TestServer.run(loops: 3) { server in
            server.io.on(.connection) { socket in
                socket.join("room")
                socket.on(.disconnecting) { _ in
                    try server.io.to("room").emit("left")
                    socket.join("another")
                    server.io.in("room").socketsJoin("another")
                    server.io.in("another").socketsLeave("another")
                }
            }
            let clients = try await server.clients(9)
            server.io.in("room").disconnectSockets()
            for client in clients {
                while try await client.next() != "1" {}
            }
            #expect(await eventually { server.io.sockets.socketsCount == 0 })
            #expect(try await server.io.in("room", "another").fetchSockets().isEmpty)
        }
    }

    @Test func `200 clients on 3 loops get each broadcast once and in order`() async throws {
        try await TestServer.run(loops: 3) { server in
            server.io.on(.connection) { socket in
                socket.on("storm") { (name: String, count: Int) in
                    for number in 0..<count { try server.io.emit(name, number) }
                }
            }
            let clients = try await server.clients(200)
            for (source, client) in clients.prefix(3).enumerated() { client.send(#"2["storm","s\#(source)",10]"#) }
            for number in 0..<10 { try server.io.emit("s3", number) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for client in clients {
                    group.addTask {
                        var next = [Int](repeating: 0, count: 4)
                        for _ in 0..<40 {
                            let packet = try await client.next()
                            let source = try #require(packet.dropFirst(4).first?.wholeNumberValue)
                            #expect(packet == #"2["s\#(source)",\#(next[source])]"#)
                            next[source] += 1
                        }
                    }
                }
                try await group.waitForAll()
            }
            try server.io.emit("end")
            for client in clients { #expect(try await client.next() == #"2["end"]"#) }
        }
    }
}
