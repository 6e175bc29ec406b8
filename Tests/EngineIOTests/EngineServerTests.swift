import SIONet
import TestSupport
import Testing

@testable import EngineIO

/// Sessions come, move and go.
@Suite struct EngineServerTests {
    @Test(arguments: [1, 3])
    func `messages go both ways by polling, whatever connection a request takes`(loops: Int) async throws {
        try await withEngine(loops: loops) { server, peer, recorder in
            let first = try peer.connect()
            let sid = try peer.open(on: first)
            #expect(server.clientsCount == 1)
            for number in 0..<12 {
                // New connections land on any loop.
                let sending = try peer.connect()
                let polling = try peer.connect()
                polling.send(Peer.get(sid))
                sending.send(Peer.post(sid, "4message \(number)"))
                #expect(sending.receiveBody() == "ok")
                #expect(polling.receiveBody() == "4message \(number)")
                // And one that stays.
                first.send(Peer.post(sid, "4again\u{1E}bAQID"))
                #expect(first.receiveBody() == "ok")
                polling.send(Peer.get(sid))
                #expect(polling.receiveBody() == "4again\u{1E}bAQID")
            }
            #expect(recorder.now.messages.count == 36 && recorder.now.closes.isEmpty)
            first.send(Peer.post(sid, "1"))
            #expect(first.receiveBody() == "ok")
            #expect(await eventually { recorder.now.closes == ["transport close"] })
            first.send(Peer.get(sid))
            #expect(first.receiveBody() == #"{"code":1,"message":"Session ID unknown"}"#)
        }
    }

    @Test(arguments: [1, 3])
    func `a session moves to a WebSocket from any connection, and loses nothing`(loops: Int) async throws {
        try await withEngine(loops: loops) { _, peer, recorder in
            for _ in 0..<8 {
                let polling = try peer.connect()
                let sid = try peer.open(on: polling)
                polling.send(Peer.get(sid))
                let socket = try peer.connect()
                // The probe comes with the handshake.
                socket.send(Array(Peer.webSocket(sid).utf8) + RawClient.frame(1, Array("2probe".utf8)))
                #expect(socket.receive(until: "\r\n\r\n").hasPrefix("HTTP/1.1 101 "))
                #expect(socket.receiveText() == "3probe")
                #expect(polling.receiveBody() == "6")
                recorder.now.last?.send(.text("between"))
                socket.sendText("5")
                #expect(socket.receiveText() == "4between")
                socket.sendText("4hello")
                #expect(socket.receiveText() == "4hello")
                polling.send(Peer.get(sid))
                #expect(polling.receiveBody() == #"{"code":3,"message":"Bad request"}"#)
                socket.sendFrame(8, [3, 232])
                #expect(socket.receiveFrame()?.opcode == 8)
                #expect(socket.isEnded())
            }
            #expect(await eventually { recorder.now.closes.count == 8 })
        }
    }

    @Test(arguments: [1, 3])
    func `a session may begin on a WebSocket`(loops: Int) async throws {
        try await withEngine(loops: loops) { server, peer, recorder in
            let clients = try (0..<6).map { _ in try peer.openWebSocket() }
            #expect(server.clientsCount == 6)
            let large = String(repeating: "x", count: 900_000)
            for client in clients {
                client.sendText("4\(large)")
                #expect(client.receiveText() == "4\(large)")
                client.sendFrame(2, [1, 2, 3])
                #expect(client.receiveFrame()?.payload == [1, 2, 3])
            }
            clients[0].sendText("4close")
            #expect(clients[0].receiveFrame()?.opcode == 8)
            clients[1].reset()
            clients[2].sendText("1")
            #expect(await eventually { server.clientsCount == 3 })
            #expect(recorder.now.closes.sorted() == ["forced close", "transport close", "transport close"])
            withExtendedLifetime(clients) {}
        }
    }

    @Test(arguments: [1, 3])
    func `requests that no session knows are refused`(loops: Int) async throws {
        try await withEngine(loops: loops) { _, peer, _ in
            let client = try peer.connect()
            client.send(Peer.get("AAAAAAAAAAAAAAAAAAAA"))
            #expect(client.receiveBody() == #"{"code":1,"message":"Session ID unknown"}"#)
            client.send(Peer.post("AAAAAAAAAAAAAAAAAAAA", "4x"))
            #expect(client.receiveBody() == #"{"code":1,"message":"Session ID unknown"}"#)
            client.send("GET /engine.io/?EIO=4&transport=carrier HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(client.receiveBody() == #"{"code":0,"message":"Transport unknown"}"#)
            client.send("PUT /engine.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(client.receiveBody() == #"{"code":2,"message":"Bad handshake method"}"#)
            client.send(Peer.webSocket("AAAAAAAAAAAAAAAAAAAA"))
            #expect(client.receiveResponse().head.hasPrefix("HTTP/1.1 400 "))
        }
    }

    @Test(arguments: [1, 3])
    func `closing the server ends every session and tells its clients`(loops: Int) async throws {
        try await withEngine(loops: loops) { server, peer, recorder in
            let polling = try peer.connect()
            let sid = try peer.open(on: polling)
            polling.send(Peer.get(sid))
            #expect(await eventually { await server.holdsPoll(sid) })
            let socket = try peer.openWebSocket()
            await server.close()
            #expect(polling.receiveBody() == "1")
            #expect(socket.receiveFrame()?.opcode == 8)
            #expect(recorder.now.closes == ["forced close", "forced close"] && server.clientsCount == 0)
            #expect(throws: RawClient.Failure.self) { try peer.connect() }
        }
    }

    @Test(arguments: [1, 3])
    func `sessions that come and go leave nothing`(loops: Int) async throws {
        try await withEngine(loops: loops) { server, peer, recorder in
            for number in 0..<60 {
                let polling = try peer.connect()
                let sid = try peer.open(on: polling)
                switch number % 4 {
                case 0:
                    polling.send(Peer.post(sid, "1"))
                    #expect(polling.receiveBody() == "ok")
                case 1:
                    polling.send(Peer.get(sid))
                    #expect(await eventually { await server.holdsPoll(sid) })
                    polling.reset()
                case 2:
                    let socket = try peer.openWebSocket()
                    socket.reset()
                    polling.send(Peer.post(sid, "1"))
                    #expect(polling.receiveBody() == "ok")
                default:
                    let socket = try peer.connect()
                    socket.send(
                        Array(Peer.webSocket(sid).utf8) + RawClient.frame(1, Array("2probe".utf8))
                            + RawClient.frame(1, Array("5".utf8)) + RawClient.frame(1, Array("1".utf8)))
                    #expect(socket.receive(until: "\r\n\r\n").hasPrefix("HTTP/1.1 101 "))
                }
            }
            #expect(await eventually { server.clientsCount == 0 })
            #expect(recorder.now.opened == 75 && recorder.now.closes.count == 75)
        }
    }
}
