import SIONet
import SocketIO
import Synchronization
import TestSupport
import Testing

/// A cluster's bus: what one server publishes, the others apply.
///
/// Packets travel as bytes, as they would over a network.
private final class Bus: Sendable {
    let members = Mutex<[LocalSockets]>([])

    func others(than local: LocalSockets) -> [LocalSockets] {
        members.withLock { $0.filter { $0 !== local && $0.namespace == local.namespace } }
    }

    var factory: AdapterFactory {
        AdapterFactory { local in
            self.members.withLock { $0.append(local) }
            return BusAdapter(bus: self, local: local)
        }
    }
}

/// What a networked adapter would be: it uses nothing but the public interface.
private struct BusAdapter: Adapter {
    let bus: Bus
    let local: LocalSockets

    private func publish(_ options: BroadcastOptions, _ apply: (LocalSockets) -> Void) {
        if !options.local { bus.others(than: local).forEach(apply) }
        apply(local)
    }

    func broadcast(_ packet: EventPacket, to options: BroadcastOptions) {
        publish(options) { there in
            let copy = try? EventPacket(json: packet.json, attachments: packet.attachments, namespace: packet.namespace)
            if let copy { there.broadcast(copy, to: options) }
        }
    }

    func broadcast(
        _ packet: EventPacket, to options: BroadcastOptions, collecting collector: AcknowledgementCollector
    ) {
        publish(options) { there in
            let copy = try? EventPacket(
                json: packet.json, attachments: packet.attachments, namespace: packet.namespace,
                acknowledgementID: there.acknowledgementID())
            if let copy { there.broadcast(copy, to: options, collecting: collector) }
        }
    }

    func fetchSockets(_ options: BroadcastOptions) async throws -> [SocketDescription] {
        var all = await local.fetchSockets(options)
        for there in bus.others(than: local) { all += await there.fetchSockets(options) }
        return all
    }

    func addSockets(_ options: BroadcastOptions, to rooms: [String]) {
        publish(options) { $0.addSockets(options, to: rooms) }
    }

    func removeSockets(_ options: BroadcastOptions, from rooms: [String]) {
        publish(options) { $0.removeSockets(options, from: rooms) }
    }

    func disconnectSockets(_ options: BroadcastOptions, close: Bool) {
        publish(options) { $0.disconnectSockets(options, close: close) }
    }

    func serverSideEmit(_ event: RawJSON) {
        for there in bus.others(than: local) { there.receive(serverSideEvent: event) }
    }

    func serverSideEmitWithAck(_ event: RawJSON) async throws -> [RawJSON] {
        var answers: [RawJSON] = []
        for there in bus.others(than: local) {
            answers.append(
                await withCheckedContinuation { continuation in
                    there.receive(serverSideEvent: event) { continuation.resume(returning: $0) }
                })
        }
        return answers
    }

    func serverCount() async throws -> Int { bus.others(than: local).count + 1 }
}

@Suite(.timeLimit(.minutes(1))) struct AdapterTests {
    @Test func `an adapter written against the public interface joins two servers`() async throws {
        let bus = Bus()
        try await TestServer.run {
            $0.adapter = bus.factory
        } body: { one in
            try await TestServer.run(loops: 3) {
                $0.adapter = bus.factory
            } body: { two in
                let here = try await one.client()
                let there = try await two.client()
                try one.io.emit("all", "hello", [UInt8]([1, 2]))
                for client in [here, there] {
                    #expect(try await client.next() == #"51-["all","hello",{"_placeholder":true,"num":0}]"#)
                    #expect(try await client.nextBinary() == [1, 2])
                }
                #expect(try await one.io.fetchSockets().count == 2)

                two.io.socketsJoin("room")
                try two.io.to("room").emit("room", 1)
                for client in [here, there] { #expect(try await client.next() == #"2["room",1]"#) }
                try one.io.local.emit("local")
                #expect(try await here.next() == #"2["local"]"#)

                two.io.onServerSideEmit("add") { (a: Int, b: Int) in a + b }
                #expect(try await one.io.serverSideEmitWithAck("add", 1, 2).map(\.description) == ["3"])
                #expect(try await one.io.countSockets() == 2)

                async let answers = two.io.timeout(.seconds(5)).emitWithAck("question")
                for client in [here, there] {
                    let question = try await client.next()
                    let id = question.dropFirst().prefix { $0.isNumber }
                    client.send("3\(id)[\"yes\"]")
                }
                #expect(try await answers.map(\.description) == [#""yes""#, #""yes""#])
            }
        }
    }

    /// An adapter that hears from others before it has asked its own sockets.
    private struct Hasty: Adapter {
        let local: LocalSockets

        func broadcast(_ packet: EventPacket, to options: BroadcastOptions) {
            local.broadcast(packet, to: options)
        }

        func broadcast(
            _ packet: EventPacket, to options: BroadcastOptions, collecting collector: AcknowledgementCollector
        ) {
            collector.expectServers(1)
            collector.expectClients(1)
            collector.answered(.null)
            local.broadcast(packet, to: options, collecting: collector)
        }

        func fetchSockets(_ options: BroadcastOptions) async throws -> [SocketDescription] {
            await local.fetchSockets(options)
        }

        func addSockets(_ options: BroadcastOptions, to rooms: [String]) {}
        func removeSockets(_ options: BroadcastOptions, from rooms: [String]) {}
        func disconnectSockets(_ options: BroadcastOptions, close: Bool) {}
        func serverSideEmit(_ event: RawJSON) {}
        func serverSideEmitWithAck(_ event: RawJSON) async throws -> [RawJSON] { [] }
        func serverCount() async throws -> Int { 2 }
    }

    @Test func `answers of others that come early end nothing`() async throws {
        try await TestServer.run {
            $0.adapter = AdapterFactory { Hasty(local: $0) }
        } body: { server in
            let client = try await server.client()
            async let answers = server.io.timeout(.seconds(10)).emitWithAck("question")
            try await client.answer("1")
            #expect(try await answers.map(\.description) == ["null", "1"])
            #expect(try await server.io.countSockets() == 1)
        }
    }

    @Test(arguments: ["", "[]", "{}", #"["connect"]"#, #"[{"_placeholder":true,"num":3}]"#, "[true]"])
    func `what another server publishes is an event, or refused`(json: String) {
        #expect(throws: (any Error).self) {
            try EventPacket(json: Array(json.utf8), attachments: [], namespace: "/")
        }
    }
}
