import SIOJSON
import SocketIOTesting
import Testing

@testable import SocketIO

@Suite struct ClusterMachineTests {
    typealias Body = ClusterMessage.Body

    private let start = ContinuousClock.now

    private func machine(_ change: (inout ClusterConfiguration) -> Void = { _ in }) -> ClusterMachine {
        var configuration = ClusterConfiguration()
        change(&configuration)
        return ClusterMachine(id: "me", namespace: "/", configuration: configuration)
    }

    private func from(_ sender: String, _ body: Body, namespace: String = "/") -> ClusterMessage {
        ClusterMessage(sender: sender, namespace: namespace, body: body)
    }

    /// A machine that has heard of others.
    private func machine(knowing others: String..., limits: ClusterLimits = ClusterLimits()) -> ClusterMachine {
        var machine = machine { $0.limits = limits }
        _ = machine.start(now: start)
        for other in others { _ = machine.receive(from(other, .heartbeat), now: start) }
        return machine
    }

    /// What actions say, in few words.
    private func words(_ actions: [ClusterMachine.Action]) -> [String] {
        actions.map { action in
            switch action {
            case .publish(let body): "publish \(body.type)"
            case .carryOut(let body, let sender): "carry out \(body.type) of \(sender)"
            case .progress(let number, .clients(let count)): "\(number): \(count) clients"
            case .progress(let number, .answered(let answer)): "\(number): answer \(answer)"
            case .progress(let number, .left(let count)): "\(number): \(count) left"
            case .progress(let number, .heardFromAll): "\(number): heard from all"
            case .settled(let number, let answers):
                "\(number): \(answers.end), \(answers.values.map(\.description)), \(answers.missing) missing"
            }
        }
    }

    private func seconds(_ seconds: Double) -> ContinuousClock.Instant { start + .seconds(seconds) }

    // MARK: Who is there

    @Test func `a server asks who is there, and is told by all`() {
        var machine = machine()
        #expect(words(machine.start(now: start)) == ["publish 1"])
        #expect(machine.serverCount == 1)
        #expect(words(machine.receive(from("a", .heartbeat), now: start)) == [])
        #expect(words(machine.receive(from("b", .initialHeartbeat), now: start)) == ["publish 2"])
        #expect(machine.serverCount == 3)
    }

    @Test func `whatever a server says shows that it is there`() {
        var machine = machine()
        _ = machine.receive(from("a", .other(type: 99)), now: start)
        #expect(
            words(machine.receive(from("b", .socketsJoin(BroadcastOptions(), rooms: [])), now: start)) == [
                "carry out 4 of b"
            ])
        _ = machine.receive(from("c", .broadcastClientCount(0, request: "me-7")), now: start)
        #expect(machine.serverCount == 4)
    }

    @Test func `its own messages, other namespaces and emitters make no server`() {
        var machine = machine()
        #expect(words(machine.receive(from("me", .initialHeartbeat), now: start)) == [])
        #expect(words(machine.receive(from("a", .initialHeartbeat, namespace: "/a"), now: start)) == [])
        let emitted = from("emitter", .serverSideEmit(.null, request: nil))
        #expect(words(machine.receive(emitted, now: start)) == ["carry out 9 of emitter"])
        _ = machine.receive(from("", .heartbeat), now: start)
        #expect(machine.serverCount == 1)
    }

    @Test func `a server that is silent for five seconds says that it is there`() {
        var machine = machine()
        _ = machine.start(now: start)
        #expect(machine.deadline == seconds(5))
        #expect(words(machine.deadlineReached(now: seconds(4.999))) == [])
        #expect(words(machine.deadlineReached(now: seconds(5))) == ["publish 2"])
        let isOpen = machine.published(now: seconds(7))
        #expect(isOpen)
        #expect(words(machine.deadlineReached(now: seconds(10))) == [])
        #expect(machine.deadline == seconds(12))
    }

    @Test func `a server that is not heard of for ten seconds is gone`() {
        var machine = machine(knowing: "a", "b")
        _ = machine.receive(from("a", .heartbeat), now: seconds(3))
        _ = machine.deadlineReached(now: seconds(9.999))
        #expect(machine.serverCount == 3)
        _ = machine.deadlineReached(now: seconds(10))
        #expect(machine.serverCount == 2)
        _ = machine.deadlineReached(now: seconds(12.999))
        #expect(machine.serverCount == 2)
        _ = machine.deadlineReached(now: seconds(13))
        #expect(machine.serverCount == 1)
    }

    @Test func `a server that says farewell is gone at once`() {
        var machine = machine(knowing: "a", "b")
        _ = machine.receive(from("a", .adapterClose), now: start)
        _ = machine.receive(from("stranger", .adapterClose), now: start)
        #expect(machine.serverCount == 2)
    }

    @Test func `no more servers are known than the limit allows`() {
        var limits = ClusterLimits()
        limits.servers = 2
        var machine = machine(knowing: "a", "b", "c", limits: limits)
        #expect(machine.serverCount == 3)
        _ = machine.receive(from("a", .adapterClose), now: start)
        _ = machine.receive(from("c", .heartbeat), now: start)
        #expect(machine.serverCount == 3)
    }

    // MARK: Requests

    private func begin(
        _ machine: inout ClusterMachine, _ kind: ClusterAnswers.Kind, others: Int? = nil
    ) -> ClusterMachine.Beginning {
        machine.begin(machine.makeRequest(), kind, others: others, timeout: .seconds(5), now: start)
    }

    private func answer(_ text: String, of request: Int = 1) -> Body {
        do {
            return .serverSideEmitResponse(try RawJSON(validating: text), request: "me-\(request)")
        } catch {
            preconditionFailure("\(error)")
        }
    }

    private func acknowledgement(_ request: Int = 1) -> Body {
        .broadcastAcknowledgement(.null, request: "me-\(request)")
    }

    @Test func `a request ends when all servers have answered, each once`() {
        var machine = machine(knowing: "a", "b")
        #expect(begin(&machine, .serverSideEmit) == .waiting)
        #expect(words(machine.receive(from("a", answer("1")), now: start)) == [])
        #expect(words(machine.receive(from("a", answer("2")), now: start)) == [])
        #expect(words(machine.receive(from("b", answer("3")), now: start)) == [#"1: complete, ["1", "3"], 0 missing"#])
        #expect(words(machine.receive(from("b", answer("4")), now: start)) == [])
        #expect(machine.requestCount == 0)
    }

    @Test func `when the time is up, a request ends with what there is`() {
        var machine = machine(knowing: "a", "b", "c")
        _ = begin(&machine, .serverSideEmit)
        _ = machine.receive(from("b", answer("7")), now: start)
        #expect(words(machine.deadlineReached(now: seconds(4.999))) == [])
        #expect(machine.deadline == seconds(5))
        let actions = words(machine.deadlineReached(now: seconds(5)))
        #expect(actions == ["publish 2", #"1: timedOut, ["7"], 2 missing"#])
    }

    @Test func `a server that goes is not waited for`() {
        var machine = machine(knowing: "a", "b")
        _ = begin(&machine, .serverSideEmit)
        _ = machine.receive(from("a", answer("1")), now: start)
        #expect(words(machine.receive(from("b", .adapterClose), now: start)) == [#"1: complete, ["1"], 0 missing"#])
    }

    @Test func `nobody is asked where nobody is`() {
        var alone = machine()
        #expect(begin(&alone, .fetchSockets) == .alone)
        var counted = machine { $0.membership = .transport }
        #expect(begin(&counted, .fetchSockets, others: 0) == .alone)
    }

    @Test func `a server that nobody knew may answer, too`() {
        var machine = machine(knowing: "a")
        _ = begin(&machine, .serverSideEmit)
        _ = machine.receive(from("new", answer("1")), now: start)
        #expect(words(machine.receive(from("a", answer("2")), now: start)) == [#"1: complete, ["1", "2"], 0 missing"#])
    }

    @Test(arguments: ["", "me", "me-", "me-0", "me-2", "me--1", "me-1x", "you-1", "me-18446744073709551616"])
    func `answers to what was not asked are dropped`(request: String) {
        var machine = machine(knowing: "a")
        _ = begin(&machine, .countSockets)
        #expect(words(machine.receive(from("a", .countSocketsResponse(1, request: request)), now: start)) == [])
        #expect(machine.requestCount == 1)
    }

    @Test func `answers of another kind are dropped`() {
        var machine = machine(knowing: "a")
        _ = begin(&machine, .countSockets)
        for body in [answer("1"), acknowledgement(), .broadcastClientCount(1, request: "me-1")] {
            #expect(words(machine.receive(from("a", body), now: start)) == [])
        }
        #expect(machine.requestCount == 1)
    }

    @Test func `sockets are counted by numbers or by descriptions, and never beyond what a number holds`() {
        var machine = machine(knowing: "a", "b", "c")
        _ = begin(&machine, .countSockets)
        let described = SocketDescription(id: "x", handshake: Handshake(), rooms: [])
        _ = machine.receive(from("a", .fetchSocketsResponse([described], request: "me-1")), now: start)
        _ = machine.receive(from("b", .countSocketsResponse(-5, request: "me-1")), now: start)
        let last = machine.receive(from("c", .countSocketsResponse(.max, request: "me-1")), now: start)
        guard case .settled(1, let answers)? = last.first else { return #expect(Bool(false)) }
        #expect(answers.count == .max)
    }

    @Test func `a request that is cancelled is over`() {
        var machine = machine(knowing: "a")
        _ = begin(&machine, .fetchSockets)
        #expect(words(machine.cancel(1)) == ["1: cancelled, [], 1 missing"])
        #expect(words(machine.cancel(1)) == [])
    }

    @Test func `at the end all requests end, and nothing more happens`() {
        var machine = machine(knowing: "a")
        _ = begin(&machine, .fetchSockets)
        _ = begin(&machine, .broadcast)
        #expect(
            words(machine.close(now: start)) == [
                "1: closed, [], 1 missing", "2: closed, [], 1 missing", "publish 13",
            ])
        #expect(words(machine.close(now: start)) == [])
        let isOpen = machine.published(now: start)
        #expect(machine.deadline == nil && !isOpen)
        #expect(words(machine.receive(from("a", .initialHeartbeat), now: start)) == [])
        #expect(begin(&machine, .fetchSockets) == .refused(.closed))
        #expect(words(machine.deadlineReached(now: seconds(100))) == [])
    }

    // MARK: Limits

    @Test func `no more requests wait than the limit allows`() {
        var limits = ClusterLimits()
        limits.requests = 2
        var machine = machine(knowing: "a", limits: limits)
        #expect(begin(&machine, .fetchSockets) == .waiting)
        #expect(begin(&machine, .broadcast) == .waiting)
        #expect(begin(&machine, .fetchSockets) == .refused(.refused))
        _ = machine.cancel(1)
        #expect(begin(&machine, .fetchSockets) == .waiting)
    }

    @Test func `answers beyond the limit end a request incomplete`() {
        var limits = ClusterLimits()
        limits.answers = 2
        var machine = machine(knowing: "a", "b", "c", limits: limits)
        _ = begin(&machine, .serverSideEmit)
        for server in ["a", "b"] { #expect(words(machine.receive(from(server, answer("1")), now: start)) == []) }
        let third = words(machine.receive(from("c", answer("1")), now: start))
        #expect(third == [#"1: overLimit, ["1", "1", "1"], 0 missing"#])

        _ = begin(&machine, .fetchSockets)
        let sockets = [SocketDescription](
            repeating: SocketDescription(id: "x", handshake: Handshake(), rooms: []), count: 3)
        let many = words(machine.receive(from("a", .fetchSocketsResponse(sockets, request: "me-2")), now: start))
        #expect(many == ["2: overLimit, [], 2 missing"])

        _ = begin(&machine, .broadcast)
        #expect(
            words(machine.receive(from("a", .broadcastClientCount(3, request: "me-3")), now: start)) == [
                "3: overLimit, [], 3 missing"
            ])
        _ = begin(&machine, .broadcast)
        for _ in 0..<2 { _ = machine.receive(from("a", acknowledgement(4)), now: start) }
        #expect(words(machine.receive(from("a", acknowledgement(4)), now: start)) == ["4: overLimit, [], 3 missing"])
    }

    @Test func `bytes beyond the limit end a request incomplete`() {
        var limits = ClusterLimits()
        limits.answerBytes = 8
        var machine = machine(knowing: "a", "b", "c", limits: limits)
        _ = begin(&machine, .serverSideEmit)
        _ = machine.receive(from("a", answer("1234")), now: start)
        #expect(words(machine.receive(from("b", answer("5678")), now: start)) == [])
        #expect(words(machine.receive(from("c", answer("9")), now: start)).first?.hasPrefix("1: overLimit") == true)
    }

    // MARK: Broadcasts with acknowledgements

    @Test func `a broadcast is over when all servers have counted and all clients are settled`() {
        var machine = machine(knowing: "a", "b")
        _ = begin(&machine, .broadcast)
        func receive(_ sender: String, _ body: Body) -> [String] {
            words(machine.receive(from(sender, body), now: start))
        }
        // Early, before its server has counted.
        #expect(receive("a", acknowledgement()) == ["1: answer null"])
        #expect(receive("a", .broadcastClientCount(2, request: "me-1")) == ["1: 2 clients"])
        #expect(receive("a", .broadcastClientCount(2, request: "me-1")) == [])
        #expect(receive("b", .broadcastClientCount(1, request: "me-1")) == ["1: 1 clients", "1: heard from all"])
        #expect(receive("a", .broadcastClientsLeft(1, request: "me-1")) == ["1: 1 left"])
        // More than it has counted.
        #expect(receive("a", acknowledgement()) == [])
        #expect(receive("a", .broadcastClientsLeft(.max, request: "me-1")) == [])
        #expect(receive("a", .broadcastClientsLeft(-1, request: "me-1")) == [])
        #expect(receive("b", acknowledgement()) == ["1: answer null", "1: complete, [], 0 missing"])
    }

    @Test func `the clients of a server that goes are not waited for`() {
        var machine = machine(knowing: "a", "b", "c")
        _ = begin(&machine, .broadcast)
        func receive(_ sender: String, _ body: Body) -> [String] {
            words(machine.receive(from(sender, body), now: start))
        }
        _ = receive("a", .broadcastClientCount(3, request: "me-1"))
        _ = receive("a", acknowledgement())
        #expect(receive("a", .adapterClose) == ["1: 2 left"])
        // It was not gone after all: what it says now was settled before.
        #expect(receive("a", acknowledgement()) == [])
        // One client has answered, and nobody will know of how many.
        _ = receive("b", acknowledgement())
        #expect(receive("b", .adapterClose) == ["1: 1 clients"])
        #expect(receive("c", .adapterClose) == ["1: heard from all", "1: complete, [], 0 missing"])
    }

    @Test func `a server that was gone before it counted is not counted later`() {
        var machine = machine(knowing: "a", "b")
        _ = begin(&machine, .broadcast)
        #expect(words(machine.receive(from("a", .adapterClose), now: start)) == [])
        #expect(words(machine.receive(from("a", .broadcastClientCount(2, request: "me-1")), now: start)) == [])
        let last = words(machine.receive(from("b", .broadcastClientCount(0, request: "me-1")), now: start))
        #expect(last == ["1: 0 clients", "1: heard from all", "1: complete, [], 0 missing"])
    }

    // MARK: Servers that only the transport knows

    @Test func `where the transport knows the servers, answers are counted`() {
        var machine = machine { $0.membership = .transport }
        #expect(words(machine.start(now: start)) == [])
        #expect(machine.deadline == nil)
        #expect(begin(&machine, .serverSideEmit, others: 2) == .waiting)
        _ = machine.receive(from("", answer("1")), now: start)
        #expect(words(machine.receive(from("", answer("1")), now: start)) == [#"1: complete, ["1", "1"], 0 missing"#])
        #expect(words(machine.close(now: start)) == [])
    }

    @Test func `a broadcast waits until the number of servers is known`() {
        var machine = machine { $0.membership = .transport }
        #expect(begin(&machine, .broadcast) == .waiting)
        func receive(_ body: Body) -> [String] { words(machine.receive(from("", body), now: start)) }
        #expect(receive(.broadcastClientCount(1, request: "me-1")) == ["1: 1 clients"])
        #expect(receive(acknowledgement()) == ["1: answer null"])
        #expect(words(machine.expect(2, answersTo: 1)) == [])
        #expect(
            receive(.broadcastClientCount(0, request: "me-1")) == [
                "1: 0 clients", "1: heard from all", "1: complete, [], 0 missing",
            ])
        #expect(begin(&machine, .broadcast) == .waiting)
        #expect(words(machine.expect(0, answersTo: 2)) == ["2: heard from all", "2: complete, [], 0 missing"])
        #expect(words(machine.expect(0, answersTo: 2)) == [])
    }
}
