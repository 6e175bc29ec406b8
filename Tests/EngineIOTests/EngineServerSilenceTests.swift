import SIONet
import TestSupport
import Testing

@testable import EngineIO

/// Clients that are silent, or read nothing.
@Suite struct EngineServerSilenceTests {
    @Test(arguments: [1, 3])
    func `a client that is silent loses its session, one that answers pings keeps it`(loops: Int) async throws {
        var configuration = EngineServer.Configuration()
        configuration.pingInterval = .milliseconds(150)
        configuration.pingTimeout = .milliseconds(1500)
        try await withEngine(loops: loops, configuration) { server, peer, recorder in
            let silent = try peer.openWebSocket()
            let lively = try peer.openWebSocket()
            let polling = try peer.connect()
            _ = try peer.open(on: polling)
            for _ in 0..<5 {
                #expect(lively.receiveText() == "2")
                lively.sendText("3")
            }
            while recorder.now.closes.count < 2, lively.receiveText() == "2" { lively.sendText("3") }
            #expect(recorder.now.closes == ["ping timeout", "ping timeout"])
            #expect(server.clientsCount == 1)
            #expect(silent.receiveText() == "2")
            #expect(silent.receiveFrame()?.opcode == 8)
        }
    }

    @Test(arguments: [1, 3])
    func `a client that reads nothing loses its session, and costs no more than the limit`(loops: Int) async throws {
        var configuration = EngineServer.Configuration()
        configuration.maxSendBufferSize = 200_000
        try await withEngine(loops: loops, configuration) { server, peer, recorder in
            let socket = try RawClient(port: peer.port, receiveBuffer: 4096)
            socket.send(Peer.webSocket())
            #expect(await eventually { recorder.now.opened == 1 })
            let engineSocket = try #require(recorder.now.last)
            let chunk = EngineSocket.Message.binary([UInt8](repeating: 1, count: 100_000))
            // More than any system takes for a client that does not read.
            for _ in 0..<200 { engineSocket.send(chunk) }
            #expect(await eventually { recorder.now.closes == ["send buffer overflow"] })
            #expect(server.clientsCount == 0)
        }
    }

    @Test(arguments: [1, 3])
    func `a client that probes without end and reads nothing is dropped`(loops: Int) async throws {
        var configuration = EngineServer.Configuration()
        configuration.maxSendBufferSize = 100_000
        try await withEngine(loops: loops, configuration) { server, peer, _ in
            let polling = try peer.connect()
            let sid = try peer.open(on: polling)
            let socket = try RawClient(port: peer.port, receiveBuffer: 4096)
            socket.send(Peer.webSocket(sid))
            let probes = [UInt8]((0..<10_000).flatMap { _ in RawClient.frame(1, Array("2probe".utf8)) })
            var rounds = 0
            while server.clientsCount == 1, rounds < 2000, socket.send(probes) { rounds += 1 }
            #expect(await eventually { server.clientsCount == 0 })
        }
    }
}
