import SocketIOTesting
import TestSupport
import Testing

@testable import SocketIO

@Suite(.timeLimit(.minutes(1))) struct InProcessClusterTests {
    @Test func `delayed messages arrive, in order`() async throws {
        try await Cluster.run { cluster in
            let client = try await cluster.servers[1].client()
            cluster.network.delay(.zero ... .milliseconds(3))
            for number in 0..<50 { try cluster[0].emit("n", number) }
            for number in 0..<50 { #expect(try await client.next() == #"2["n",\#(number)]"#) }
            let count = try await cluster[0].countSockets()
            #expect(count == 1)
        }
    }

    @Test func `lost messages do not arrive`() async throws {
        try await Cluster.run { cluster in
            let client = try await cluster.servers[1].client()
            cluster.network.lose(1)
            try cluster[0].emit("lost")
            cluster.network.lose(0)
            try cluster[0].emit("found")
            #expect(try await client.next() == #"2["found"]"#)
        }
    }

    @Test func `a server that is cut off hears nothing until it is joined again`() async throws {
        try await Cluster.run(3) { cluster in
            let clients = try await cluster.clients()
            cluster.network.cut("1")
            try cluster[0].emit("without")
            try cluster[1].emit("alone")
            cluster.network.mend("1")
            try cluster[0].emit("all")
            #expect(try await clients[0].next() == #"2["without"]"#)
            #expect(try await clients[0].next() == #"2["all"]"#)
            #expect(try await clients[1].next() == #"2["alone"]"#)
            #expect(try await clients[1].next() == #"2["all"]"#)
        }
    }
}
