import Synchronization
import TestSupport
import Testing

@testable import SocketIO

@Suite struct RecoveryLogTests {
    private static let epoch = ContinuousClock.now

    private static func at(_ seconds: Int) -> ContinuousClock.Instant { epoch + .seconds(seconds) }

    private static func limits(packets: Int = 1000, bytes: Int = 1_000_000) -> ConnectionStateRecovery {
        var limits = ConnectionStateRecovery()
        limits.maxPackets = packets
        limits.maxBytes = bytes
        limits.maxSessions = 3
        return limits
    }

    /// A packet with an offset, and a namespace's recovery to make it with.
    private static func packet(_ recovery: Recovery, _ text: String = "x") throws -> EventPacket {
        try EventPacket("e", namespace: "/", recovery: recovery) { try $0.append(text) }
    }

    private static func recovery() -> Recovery { Recovery(limits(), loops: Loops.one.loops) }

    private static func options(_ rooms: Set<String> = [], except: Set<String> = []) -> RecoveryLog.Target {
        var options = BroadcastOptions()
        options.rooms = rooms
        options.except = except
        return .many(options)
    }

    private static func append(_ log: inout RecoveryLog, _ recovery: Recovery, to target: RecoveryLog.Target) throws
        -> RecoveryLog.Ticket
    {
        log.append(try packet(recovery), to: target, compress: true, now: epoch)
    }

    @Test func `every loop stickets everything once, in order, at its own pace`() throws {
        var log = RecoveryLog(Self.limits(), loops: 2)
        let recovery = Self.recovery()
        for _ in 0..<5 { log.append(try Self.packet(recovery), to: Self.options(), compress: true, now: Self.epoch) }
        #expect((0..<5).map { _ in log.send(for: 0) } == [0, 1, 2, 3, 4])
        #expect(log.send(for: 0) == nil && log.send(for: 1) == 0)
        log.append(try Self.packet(recovery), to: Self.options(), compress: true, now: Self.epoch)
        #expect(log.send(for: 0) == 5 && log.cursor(of: 0) == 6 && log.cursor(of: 1) == 1)
    }

    @Test func `what a loop has still to send is not forgotten, whatever the limits`() throws {
        var log = RecoveryLog(Self.limits(packets: 2), loops: 2)
        let recovery = Self.recovery()
        for _ in 0..<10 { log.append(try Self.packet(recovery), to: Self.options(), compress: true, now: Self.epoch) }
        while log.send(for: 0) != nil {}
        log.evict(now: Self.at(1000))
        #expect(log.start == 0)
        for _ in 0..<10 { _ = log.send(for: 1) }
        log.evict(now: Self.epoch)
        #expect(log.start == 8 && log.end == 10)
        log.evict(now: Self.at(119))
        #expect(log.start == 8)
        log.evict(now: Self.at(120))
        #expect(log.isEmpty && log.start == 10)
    }

    @Test func `a loop that stickets nothing to anybody holds nothing up`() throws {
        var log = RecoveryLog(Self.limits(packets: 2), loops: 3)
        let recovery = Self.recovery()
        for _ in 0..<10 {
            log.append(try Self.packet(recovery), to: .socket("id", loop: 1), compress: true, now: Self.epoch)
            #expect(log.send(for: 1) != nil)
        }
        log.evict(now: Self.epoch)
        #expect(log.end == 10 && log.start == 8)
        // One that others have still to send holds up what comes behind it, and only until they did.
        log.append(try Self.packet(recovery), to: Self.options(), compress: true, now: Self.epoch)
        for _ in 0..<5 {
            log.append(try Self.packet(recovery), to: .socket("id", loop: 1), compress: true, now: Self.epoch)
        }
        while log.send(for: 1) != nil {}
        log.evict(now: Self.epoch)
        #expect(log.start == 10)
        for loop in [0, 2] { while log.send(for: loop) != nil {} }
        log.evict(now: Self.epoch)
        #expect(log.start == 14 && log.end == 16)
    }

    @Test func `a loop sends up to where it was told to, and past what is others'`() throws {
        var log = RecoveryLog(Self.limits(packets: 2), loops: 2)
        let recovery = Self.recovery()
        let tickets = try (0..<2).map { _ in
            log.append(try Self.packet(recovery), to: Self.options(), compress: true, now: Self.epoch)
        }
        for _ in 0..<3 {
            log.append(try Self.packet(recovery), to: .socket("id", loop: 1), compress: true, now: Self.epoch)
        }
        #expect(tickets == [1, 2] && log.end == 5)
        #expect(log.send(for: 0, upTo: tickets[0]) == 0 && log.send(for: 0, upTo: tickets[0]) == nil)
        #expect(log.send(for: 0, upTo: tickets[1]) == 1 && log.send(for: 0, upTo: tickets[1]) == nil)
        #expect(log.cursor(of: 0) == 5)
        #expect((0..<3).map { _ in log.send(for: 1, upTo: 3) } == [0, 1, 2])
        #expect(log.send(for: 1, upTo: 3) == nil && log.cursor(of: 1) == 3)
    }

    @Test func `what a loop has to do besides stands between the events, in the order of the calls, and is not kept`()
        throws
    {
        var log = RecoveryLog(Self.limits(packets: 2), loops: 2)
        let recovery = Self.recovery()
        let done = Mutex("")
        let shard = NamespaceShard(loop: Loops.one.loops[0])
        func step(_ loop: Int, upTo ticket: RecoveryLog.Ticket = .max) -> String? {
            switch log.next(for: loop, upTo: ticket) {
            case .send(let position, _): return "\(position)"
            case .run(let body):
                body(shard)
                return done.withLock { $0 }
            case nil: return nil
            }
        }
        func append(_ name: String, for loop: Int) -> RecoveryLog.Ticket {
            log.append({ _ in done.withLock { $0 = name } }, for: loop)
        }
        _ = append("a", for: 0)
        _ = try Self.append(&log, recovery, to: Self.options())
        let second = append("b", for: 0)
        let third = append("c", for: 0)
        _ = try Self.append(&log, recovery, to: .socket("id", loop: 1))
        let last = try Self.append(&log, recovery, to: Self.options())
        _ = append("d", for: 1)
        #expect(step(0, upTo: second) == "a" && step(0, upTo: second) == "0" && step(0, upTo: second) == "b")
        #expect(step(0, upTo: second) == nil)
        #expect((0..<3).map { _ in step(0, upTo: third) } == ["c", nil, nil])
        #expect((0..<2).map { _ in step(0, upTo: last) } == ["2", nil])
        #expect((0..<5).map { _ in step(1) } == ["0", "1", "2", "d", nil])
        // Events count, what was done besides does not.
        for _ in 0..<100 {
            _ = append("e", for: 0)
            #expect(step(0) == "e")
        }
        log.evict(now: Self.epoch)
        #expect(log.start == 1 && log.end == 3)
    }

    @Test func `what a loop will not do any more is taken out again, unless it was done`() throws {
        var log = RecoveryLog(Self.limits(), loops: 1)
        let tickets = (0..<3).map { _ in log.append({ _ in }, for: 0) }
        #expect(log.remove(tickets[1], for: 0) != nil && log.remove(tickets[1], for: 0) == nil)
        guard case .run = log.next(for: 0, upTo: .max) else {
            Issue.record("nothing to do")
            return
        }
        #expect(log.remove(tickets[0], for: 0) == nil && log.remove(tickets[2], for: 0) != nil)
        #expect(log.next(for: 0, upTo: .max) == nil)
    }

    @Test func `the bytes of what is kept are bounded`() throws {
        let recovery = Self.recovery()
        let size = try Self.packet(recovery, String(repeating: "x", count: 100)).size
        var log = RecoveryLog(Self.limits(bytes: 5 * size), loops: 1)
        for _ in 0..<200 {
            let packet = try Self.packet(recovery, String(repeating: "x", count: 100))
            log.append(packet, to: Self.options(), compress: true, now: Self.epoch)
            while log.send(for: 0) != nil {}
            log.evict(now: Self.epoch)
            #expect(log.end - log.start <= 5)
        }
        #expect(log.end == 200 && log.start >= 195 && log.offsetCount == log.end - log.start)
    }

    @Test func `the sweeper stops where nothing is kept, and not before`() async throws {
        var limits = Self.limits()
        limits.maxDisconnectionDuration = .milliseconds(50)
        let recovery = Recovery(limits, loops: Loops.one.loops)
        #expect(!recovery.sweep())
        _ = recovery.append(try Self.packet(recovery), to: Self.options(), compress: true)
        #expect(recovery.sweep())
        #expect(recovery.next(for: Loops.one.loops[0], upTo: .max) != nil)
        #expect(await eventually { !recovery.sweep() })
        #expect(recovery.isEmpty)
    }

    @Test func `a target includes who was in its rooms, and not who was in those left out`() {
        let rooms: Set = ["id", "a"]
        #expect(Self.options().includes("id", in: rooms))
        #expect(Self.options(["a", "b"]).includes("id", in: rooms))
        #expect(!Self.options(["b"]).includes("id", in: rooms))
        #expect(!Self.options(except: ["a"]).includes("id", in: rooms))
        #expect(!Self.options(["a"], except: ["id"]).includes("id", in: rooms))
        #expect(Self.options(["id"]).includes("id", in: rooms))
        #expect(RecoveryLog.Target.socket("id", loop: 0).includes("id", in: []))
        #expect(!RecoveryLog.Target.socket("other", loop: 0).includes("id", in: ["other"]))
    }

    // MARK: What is missed

    private static func session(start: Int, sent: UInt64?, end: Int) -> RecoverySessions.Session {
        var place = RecoveryPlace(start: start)
        place.sent = sent
        return .init(id: "id", rooms: [], data: [:], place: place, end: end)
    }

    @Test func `a client misses what stands behind the last event it has received`() throws {
        var log = RecoveryLog(Self.limits(), loops: 1)
        let recovery = Self.recovery()
        let packets = try (0..<6).map { _ in try Self.packet(recovery) }
        for packet in packets { log.append(packet, to: Self.options(), compress: true, now: Self.epoch) }
        // Connected in front of the third, sent up to the fifth, when the connection ended.
        let session = Self.session(start: 2, sent: packets[4].offset, end: 5)
        #expect(log.missed(of: session, behind: packets[2].offset) == 3)
        #expect(log.missed(of: session, behind: packets[4].offset) == 5)
        #expect(log.missed(of: session, behind: nil) == 2)
        #expect(log.missed(of: session, behind: packets[0].offset) == 2, "an offset from before it connected")
        #expect(log.missed(of: session, behind: 999) == 2, "an offset from nowhere")
        #expect(log.missed(of: Self.session(start: 2, sent: nil, end: 5), behind: nil) == 5)
    }

    @Test func `who has received all comes back however long nothing came, and who has not does not`() throws {
        var log = RecoveryLog(Self.limits(packets: 2), loops: 1)
        let recovery = Self.recovery()
        let packets = try (0..<6).map { _ in try Self.packet(recovery) }
        for packet in packets { log.append(packet, to: Self.options(), compress: true, now: Self.epoch) }
        while log.send(for: 0) != nil {}
        log.evict(now: Self.epoch)
        #expect(log.start == 4)
        let session = Self.session(start: 0, sent: packets[1].offset, end: 6)
        let all = log.missed(of: session, behind: packets[1].offset)
        #expect(log.entries(from: all, for: "id", in: [])?.count == 0)
        let some = log.missed(of: session, behind: packets[0].offset)
        #expect(log.entries(from: some, for: "id", in: []) == nil)
    }

    // MARK: Who is away

    @Test func `a session is taken once, in time, and the oldest go when there are too many`() {
        var away = RecoverySessions(Self.limits())
        let session = Self.session(start: 0, sent: nil, end: 0)
        away.save(session, as: "a", now: Self.at(0))
        #expect(away.take("a", now: Self.at(1)) != nil && away.take("a", now: Self.at(1)) == nil)
        away.save(session, as: "a", now: Self.at(2))
        #expect(away.take("a", now: Self.at(121)) != nil)
        away.save(session, as: "a", now: Self.at(122))
        #expect(away.take("a", now: Self.at(242)) == nil && away.isEmpty)
        for (number, id) in ["a", "b", "c", "d"].enumerated() { away.save(session, as: id, now: Self.at(300 + number)) }
        #expect(away.count == 3 && away.take("a", now: Self.at(304)) == nil && away.take("b", now: Self.at(304)) != nil)
        away.evict(now: Self.at(422))
        #expect(away.take("c", now: Self.at(422)) == nil && away.take("d", now: Self.at(422)) != nil)
    }

    @Test func `clients that come and go for ever leave nothing`() {
        var away = RecoverySessions(Self.limits())
        for round in 0..<10_000 {
            away.save(Self.session(start: 0, sent: nil, end: 0), as: "a\(round % 2)", now: Self.at(round))
            if round % 3 == 0 { _ = away.take("a0", now: Self.at(round)) }
        }
        #expect(away.count <= 2)
        // Nor do those that come and go behind one that stays away; who left first is still known.
        away.save(Self.session(start: 0, sent: nil, end: 0), as: "away", now: Self.at(20_000))
        for round in 0..<1000 {
            away.save(Self.session(start: 0, sent: nil, end: 0), as: "b", now: Self.at(20_000))
            #expect(away.trackedCount <= 66, "round \(round)")
            if round < 999 { _ = away.take("b", now: Self.at(20_000)) }
        }
        for id in ["c", "d"] { away.save(Self.session(start: 0, sent: nil, end: 0), as: id, now: Self.at(20_001)) }
        #expect(away.take("away", now: Self.at(20_001)) == nil && away.take("b", now: Self.at(20_001)) != nil)
    }
}

extension RecoveryLog {
    /// The position of the next event that a loop sends, where it has nothing else to do.
    fileprivate mutating func send(for loop: Int, upTo ticket: Ticket = .max) -> Int? {
        guard case .send(let position, _) = next(for: loop, upTo: ticket) else { return nil }
        return position
    }
}
