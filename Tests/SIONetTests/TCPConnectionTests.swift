import Dispatch
import Glibc
import SIOBytes
import Synchronization
import TestSupport
import Testing

@testable import SIONet

/// What the tests look at from outside.
private struct Seen {
    var received = 0
    var isInOrder = true
    var drained = 0
    var closed = 0
    var mostUnread = 0
}

@Suite struct TCPConnectionTests {
    @Test func `a connection knows its peer, and sends small writes at once`() async throws {
        let found = Shared<(address: SocketAddress?, noDelay: CInt)>((nil, -1))
        try await withListener { stage in
            stage.take = { window in
                let address = stage.connection.remoteAddress
                guard let (descriptor, _, _, _) = stage.connection.detach() else { return 0 }
                // A stage whose connection left it is not told of any end.
                stage.take = { $0.byteCount }
                var value: CInt = -1
                var size = socklen_t(MemoryLayout<CInt>.size)
                getsockopt(descriptor, CInt(IPPROTO_TCP), TCP_NODELAY, &value, &size)
                close(descriptor)
                found.change { $0 = (address, value) }
                return window.byteCount
            }
        } _: { _, port in
            let client = try RawClient(port: port)
            client.send([0])
            #expect(await eventually { found.value.address != nil })
            #expect(found.value.address?.host == "127.0.0.1")
            #expect(found.value.address?.port != port)
            #expect(found.value.noDelay == 1)
        }
    }

    @Test func `writes of one byte arrive in order`() async throws {
        try await withListener { stage in
            stage.take = { window in
                for value in 0..<20_000 {
                    stage.connection.write([UInt8(truncatingIfNeeded: value)])
                }
                return window.byteCount
            }
        } _: { _, port in
            let client = try RawClient(port: port)
            for _ in 0..<3 {
                client.send("x")
                #expect(client.receive(count: 20_000) == (0..<20_000).map { UInt8(truncatingIfNeeded: $0) })
            }
        }
    }

    @Test func `small writes, large ones and shared ones arrive in order, although the peer reads slowly`() async throws
    {
        let shared = SharedBytes(of: [UInt8](repeating: 2, count: 5000))
        let large = [UInt8](repeating: 3, count: 100_000)
        try await withListener { stage in
            stage.take = { window in
                for _ in 0..<100 {
                    stage.connection.write([1])
                    stage.connection.write(shared)
                    stage.connection.write(large)
                }
                return window.byteCount
            }
        } _: { _, port in
            let client = try RawClient(port: port, receiveBuffer: 4096)
            client.send("x")
            let one: [UInt8] = [1] + [UInt8](repeating: 2, count: 5000) + large
            for _ in 0..<100 { #expect(client.receive(count: one.count) == one) }
        }
    }

    @Test func `a peer that reads nothing does not keep a connection that is closed behind its writes`() async throws {
        let seen = Shared(Seen())
        try await withListener { stage in
            stage.connection.writeTimeout = .milliseconds(60)
            stage.onClosed = { seen.change { $0.closed += 1 } }
            stage.take = { window in
                stage.connection.write([UInt8](repeating: 0, count: 8_000_000))
                stage.connection.closeWhenDrained()
                stage.connection.closeWhenDrained()
                return window.byteCount
            }
        } _: { group, port in
            let client = try RawClient(port: port, receiveBuffer: 4096)
            client.send("x")
            #expect(await group.settles(at: 1))
            #expect(await group.settles())
            #expect(seen.value.closed == 1)
        }
    }

    @Test func `a peer that reads slowly is waited for in front of the close, one that stops is not`() async throws {
        let made = Shared<LoopBound<TCPConnection>?>(nil)
        let seen = Shared(Seen())
        try await withListener { stage in
            let bound = LoopBound(stage.connection, to: stage.connection.core.loop)
            made.change { $0 = bound }
            stage.onClosed = { seen.change { $0.closed += 1 } }
            stage.take = { window in
                stage.connection.write([UInt8](repeating: 7, count: 40_000_000))
                stage.connection.closeWhenDrained()
                return window.byteCount
            }
        } _: { group, port in
            let client = try RawClient(port: port, receiveBuffer: 256 * 1024)
            client.send("x")
            // The first write has come to its end, and is what has been taken from now on.
            #expect(await eventually { await made.value?.loop.call { made.value?.value.isDraining } == true })
            for _ in 0..<8 {
                _ = await made.value?.loop.call { made.value?.value.hasTakenMore() }
                #expect(client.receive(count: 4_000_000).count == 4_000_000)
                // As if the time were over.
                await made.value?.loop.call { made.value?.value.deadlineReached(now: .now) }
                #expect(seen.value.closed == 0)
            }
            #expect(
                await eventually {
                    await made.value?.loop.call { made.value?.value.deadlineReached(now: .now) }
                    return seen.value.closed == 1
                })
            made.change { $0 = nil }
        }
    }

    @Test func `all that was written comes in front of the close`() async throws {
        try await withListener { stage in
            stage.take = { window in
                stage.connection.write([UInt8](repeating: 7, count: 24_000_000))
                stage.connection.closeWhenDrained()
                return window.byteCount
            }
        } _: { _, port in
            let client = try RawClient(port: port, receiveBuffer: 256 * 1024)
            client.send("x")
            #expect(client.receive(count: 24_000_001).count == 24_000_000)
            #expect(client.isEnded())
        }
    }

    @Test func `bytes that nobody takes are bounded, and come when somebody does`() async throws {
        let seen = Shared(Seen())
        let takes = Shared(false)
        let bound = Shared<LoopBound<TCPConnection>?>(nil)
        try await withListener { stage in
            bound.change { $0 = LoopBound(stage.connection, to: stage.connection.core.loop) }
            stage.take = { window in
                let isTaking = takes.value
                seen.change { seen in
                    seen.mostUnread = max(seen.mostUnread, window.byteCount)
                    guard isTaking else { return }
                    seen.received += window.byteCount
                }
                return isTaking ? window.byteCount : 0
            }
        } _: { _, port in
            let client = try RawClient(port: port)
            let chunk = [UInt8](repeating: 1, count: 65536)
            var sent = 0
            var stalls = 0
            while stalls < 20 {
                let count = client.sendWhatFits(chunk)
                if count > 0 { sent += count } else { usleep(1000) }
                stalls = count > 0 ? 0 : stalls + 1
            }
            #expect(seen.value.mostUnread <= 64 * 1024 + LoopCore.readBufferSize)
            #expect(await eventually { bound.value != nil })
            takes.change { $0 = true }
            let connection = try #require(bound.value)
            await connection.loop.call { connection.value.offerUnread() }
            for _ in 0..<50 { guard client.send(chunk) else { break } }
            let total = sent + 50 * chunk.count
            #expect(await eventually { seen.value.received == total })
            bound.change { $0 = nil }
        }
    }

    @Test func `a shutdown ends open connections with writes that are underway, and tells their stages`() async throws {
        let seen = Shared(Seen())
        try await onOwnThread {
            let group = EventLoopGroup(loops: 1)
            let loop = group.loops[0]
            let (descriptor, address) = try TCPListener.bind(
                SocketAddress.resolve(host: "127.0.0.1", port: 0)[0], shared: false)
            let core = try await loop.call {
                Result { () throws(NetworkError) in
                    _ = try TCPListener(descriptor: descriptor, backlog: 16, core: loop.core) { connection in
                        let stage = TestStage(connection)
                        stage.onClosed = {
                            seen.change { $0.closed += 1 }
                            // What a stage still wants to do then does no harm.
                            connection.write([1])
                            connection.closeWhenDrained()
                            connection.abort()
                            loop.post { seen.change { $0.drained += 1 } }
                        }
                        connection.start(stage)
                        connection.write([UInt8](repeating: 0, count: 8_000_000))
                    }
                    return LoopBound(loop.core, to: loop)
                }
            }.get()
            let clients = try (0..<5).map { _ in
                try RawClient(port: #require(SocketAddress(address)?.port), receiveBuffer: 4096)
            }
            #expect(await group.settles(at: 5))
            await group.shutdown()
            #expect(seen.value.closed == 5 && seen.value.drained == 5)
            withExtendedLifetime((clients, core)) {}
        }
    }

    @Test func `a stage that ends the connection in the middle of its bytes is told once`() async throws {
        let seen = Shared(Seen())
        try await withListener { stage in
            stage.onClosed = { seen.change { $0.closed += 1 } }
            stage.take = { _ in
                stage.connection.abort()
                stage.connection.abort()
                stage.connection.offerUnreadLater()
                return 0
            }
        } _: { group, port in
            for _ in 0..<10 {
                let client = try RawClient(port: port)
                client.send("abc")
                #expect(client.isEnded())
            }
            // The peer may hear of it first.
            #expect(await eventually { seen.value.closed >= 10 })
            #expect(await group.settles())
            #expect(seen.value.closed == 10)
        }
    }

    @Test func `what was called before the peer did something is done before the stage is told`() async throws {
        let told = Shared<[String]>([])
        let isBusy = DispatchSemaphore(value: 0)
        let mayGoOn = DispatchSemaphore(value: 0)
        try await withListener { stage in
            stage.onClosed = { told.change { $0.append("closed") } }
            stage.take = { window in
                told.change { $0.append("bytes") }
                isBusy.signal()
                mayGoOn.wait()
                return window.byteCount
            }
        } _: { group, port in
            let client = try RawClient(port: port)
            // The loop is in the middle of the socket's turn, so that the system tells of the socket first.
            for last in [false, true] {
                client.send("x")
                isBusy.wait()
                group.loops[0].post { told.change { $0.append("call") } }
                if last { client.close() } else { client.send("x") }
                mayGoOn.signal()
                if !last {
                    isBusy.wait()
                    mayGoOn.signal()
                }
            }
            #expect(await eventually { told.value.last == "closed" })
            #expect(told.value == ["bytes", "call", "bytes", "bytes", "call", "closed"])
        }
    }

    @Test func `a stage's successor gets the rest of the bytes, and the end`() async throws {
        let seen = Shared(Seen())
        try await withListener { stage in
            stage.take = { [unowned stage] window in
                let next = TestStage(stage.connection)
                next.take = { window in
                    let count = window.byteCount
                    seen.change { $0.received += count }
                    return count
                }
                next.onClosed = { seen.change { $0.closed += 1 } }
                stage.connection.replaceStage(by: next)
                return 3
            }
        } _: { _, port in
            let client = try RawClient(port: port)
            client.send("abcdefg")
            client.endSending()
            #expect(client.isEnded())
            #expect(await eventually { seen.value.received == 4 && seen.value.closed == 1 })
        }
    }

    @Test func `five thousand connections that come and go leave nothing`() async throws {
        let seen = Shared(Seen())
        try await withListener { stage in
            stage.onClosed = { seen.change { $0.closed += 1 } }
            stage.take = { window in
                switch window.bytes[0] {
                case UInt8(ascii: "a"): stage.connection.abort()
                case UInt8(ascii: "c"):
                    stage.connection.write(Array("bye".utf8))
                    stage.connection.closeWhenDrained()
                default: stage.connection.write(window.bytes)
                }
                return window.byteCount
            }
        } _: { group, port in
            for number in 0..<5000 {
                let client = try RawClient(port: port)
                switch number % 5 {
                case 0: client.reset()
                case 1: client.close()
                case 2:
                    client.send("a")
                    client.reset()
                case 3:
                    client.send("c")
                    if number % 2 == 0 { client.reset() }
                default:
                    client.send("echo")
                    client.reset()
                }
            }
            #expect(await group.settles())
            #expect(await eventually { seen.value.closed == 5000 })
        }
    }
}
