import Dispatch
import SIONet
import TestSupport
import Testing

@testable import WebSocket

/// Something that opens once.
final class Gate: Sendable {
    private let event = OneTimeEvent()
    func open() { event.fire() }
    func pass() async { await event.wait() }
}

@Suite(.timeLimit(.minutes(1))) struct `A peer that is faster than its reader` {
    @Test func `is not read when the buffer is full, and misses nothing`() async throws {
        let gate = Gate()
        let held = Shared<WebSocket?>(nil)
        let got = Shared<[Int]>([])
        var configuration = WebSocketServer.Configuration()
        configuration.socket.receiveBuffer = 100_000
        try await withSite(configuration) { server in
            server.on(path: "/") { socket in
                held.change { $0 = socket }
                await gate.pass()
                for try await message in socket { got.change { $0.append(message.count) } }
                held.change { $0 = nil }
            }
        } _: { site in
            let socket = try await site.connect()
            // The systems' buffers and ours fill up; then nothing more is taken.
            var sent = 0
            while sent < 100_000_000,
                await eventually(within: .milliseconds(300), { socket.trySend(Self.message(sent)) })
            {
                sent += 1
            }
            #expect(sent > 10 && sent < 2000)
            let server = try #require(held.value)
            #expect(server.state.inboxWeight >= 100_000 && server.state.inboxWeight < 100_000 + 40_000)
            #expect(!socket.trySend(.text("one more")))
            gate.open()
            // The peer's goodbye stands behind its messages.
            #expect(await socket.close().isClean)
            #expect(await eventually { got.value.count == sent })
            #expect(got.value == (0..<sent).map { Self.message($0).count })
        }
    }

    private static func message(_ number: Int) -> WebSocketMessage {
        .binary([UInt8](repeating: 1, count: 30_000 + number % 100))
    }

    @Test func `slows whoever sends to one that does not read`() async throws {
        let sent = Shared(0)
        let ended = Shared<(any Error)?>(nil)
        var configuration = WebSocketServer.Configuration()
        configuration.socket.sendBuffer = 200_000
        try await withSite(configuration) { server in
            server.on(path: "/") { socket in
                do {
                    while true {
                        try await socket.send([UInt8](repeating: 2, count: 50_000))
                        sent.change { $0 += 1 }
                    }
                } catch {
                    ended.change { $0 = error }
                }
            }
        } _: { site in
            let peer = try site.raw(receiveBuffer: 4096)
            var before = -1
            #expect(
                await eventually {
                    defer { before = sent.value }
                    try? await Task.sleep(for: .milliseconds(100))
                    return before == sent.value
                })
            let stuck = sent.value
            #expect(stuck > 0 && stuck < 500)
            // Reading lets it go on.
            for _ in 0..<stuck + 50 { #expect(peer.receiveFrame()?.payload.count == 50_000) }
            #expect(sent.value > stuck)
            peer.reset()
            #expect(await eventually { ended.value != nil })
            #expect((ended.value as? WebSocketFailure)?.code == .connectionLost)
        }
    }

    @Test func `an empty message takes room on its way to the loop, too`() async throws {
        var options = WebSocket.ConnectOptions()
        options.socket.sendBuffer = 64_000
        try await withSite { [options] site in
            let socket = try await site.connect("/", options)
            let isHeld = Gate()
            let goesOn = DispatchSemaphore(value: 0)
            socket.driver.loop.post {
                isHeld.open()
                goesOn.wait()
            }
            await isHeld.pass()
            var sent = 0
            while sent < 10_000, socket.trySend(.text("")) { sent += 1 }
            goesOn.signal()
            #expect(sent == 1000)
            // What arrived makes room again, all of it.
            for _ in 0..<sent { #expect(try await socket.text()?.isEmpty == true) }
            #expect(await eventually { socket.state.reserveNow(63_999) && socket.state.reserveNow(1) })
            #expect(!socket.state.reserveNow(1))
            socket.abort()
        }
    }

    @Test func `who pings and pings and reads nothing is dropped`() async throws {
        try await withSite { site in
            let peer = try site.raw(receiveBuffer: 4096)
            peer.setReceiveTimeout(milliseconds: 10)
            let pings = (0..<500).flatMap { _ in RawClient.frame(9, [UInt8](repeating: 3, count: 125)) }
            var rounds = 0
            while rounds < 2000, peer.send(pings) { rounds += 1 }
            #expect(rounds < 2000)
            #expect(await eventually { site.server.connectionCount == 0 })
        }
    }

    @Test func `its silence counts for nothing while it is not read`() async throws {
        let gate = Gate()
        let got = Shared(0)
        let beat = Duration.milliseconds(100) * slowness
        var configuration = WebSocketServer.Configuration()
        configuration.socket.receiveBuffer = 1000
        configuration.socket.keepAlive = .init(interval: beat, timeout: beat)
        try await withSite(configuration) { server in
            server.on(path: "/") { socket in
                await gate.pass()
                for try await _ in socket { got.change { $0 += 1 } }
            }
        } _: { site in
            let socket = try await site.connect()
            for _ in 0..<20 { try await socket.send(String(repeating: "x", count: 1000)) }
            try await Task.sleep(for: beat * 5)
            #expect(socket.closure == nil)
            gate.open()
            #expect(await eventually { got.value == 20 })
            // Now that it is read it is lost if it is silent.
            let silent = try site.raw()
            #expect(silent.receiveFrame()?.opcode == 9)
            #expect(silent.receiveFrame() == nil)
            #expect(socket.closure == nil)
            await socket.close()
        }
    }

    @Test func `is dropped when it takes nothing itself, though it is not read`() async throws {
        let seen = Shared<WebSocketFailure?>(nil)
        var configuration = WebSocketServer.Configuration()
        configuration.socket.receiveBuffer = 100_000
        configuration.socket.sendBuffer = 100_000
        configuration.socket.keepAlive = .init(interval: .milliseconds(300), timeout: .milliseconds(300))
        try await withSite(configuration) { server in
            server.on(path: "/") { socket in
                let error = await failure { try await echo(socket) }
                seen.change { $0 = error }
            }
        } _: { site in
            let peer = try site.raw(receiveBuffer: 4096)
            peer.setReceiveTimeout(milliseconds: 10)
            // It sends until nothing more is taken, and reads nothing.
            let message = RawClient.frame(2, [UInt8](repeating: 4, count: 60_000))
            var rest = message[...]
            #expect(
                await eventually {
                    let count = peer.sendWhatFits(Array(rest))
                    if count > 0 { rest = rest.dropFirst(count) }
                    if rest.isEmpty { rest = message[...] }
                    return seen.value != nil
                })
            #expect(seen.value?.code == .pingTimeout)
        }
    }

    @Test func `is missed when it has gone, though it is not read and nothing is sent`() async throws {
        let gate = Gate()
        let held = Shared<WebSocket?>(nil)
        var configuration = WebSocketServer.Configuration()
        configuration.socket.receiveBuffer = 1000
        // What misses it is the first ping, which must not have left in front of the reset.
        configuration.socket.keepAlive = .init(interval: .seconds(2), timeout: .seconds(20))
        try await withSite(configuration) { server in
            server.on(path: "/") { socket in
                held.change { $0 = socket }
                await gate.pass()
                held.change { $0 = nil }
            }
        } _: { site in
            let peer = try site.raw()
            peer.sendFrame(2, [UInt8](repeating: 4, count: 1000))
            #expect(await eventually { held.value?.state.inboxWeight ?? 0 > 1000 })
            peer.reset()
            #expect(await eventually { held.value?.closure != nil })
            gate.open()
        }
    }
}
