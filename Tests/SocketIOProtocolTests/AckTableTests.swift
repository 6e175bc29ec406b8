import SocketIOProtocol
import Testing

@Suite struct AckTableTests {
    private let start = ContinuousClock.now
    private var table = AckTable<String>()

    @Test mutating func `ids count up, and an answer is taken once`() {
        #expect(table.register("a") == 0)
        #expect(table.register("b") == 1)
        #expect(table.count == 2 && !table.isEmpty)
        #expect(table.take(1) == "b")
        #expect(table.take(1) == nil)
        #expect(table.take(7) == nil)
        #expect(table.register("c") == 2)
        #expect(table.deadline == nil)
        #expect(table.expire(now: start + .seconds(1000)) == [])
        #expect(table.removeAll() == ["a", "c"])
        #expect(table.isEmpty)
        #expect(table.register("d") == 3)
    }

    @Test mutating func `deadlines expire in their order`() {
        let c = table.register("c", deadline: start + .seconds(3))
        _ = table.register("a", deadline: start + .seconds(1))
        _ = table.register("never")
        _ = table.register("b", deadline: start + .seconds(2))
        #expect(table.deadline == start + .seconds(1))
        #expect(table.expire(now: start) == [])
        #expect(table.expire(now: start + .seconds(2)) == ["a", "b"])
        #expect(table.deadline == start + .seconds(3))
        #expect(table.take(c) == "c")
        #expect(table.deadline == nil)
        #expect(table.removeAll() == ["never"])
    }

    @Test mutating func `an answer in time moves the deadline on`() {
        let first = table.register("first", deadline: start + .seconds(1))
        _ = table.register("second", deadline: start + .seconds(2))
        _ = table.take(first)
        #expect(table.deadline == start + .seconds(2))
        #expect(table.expire(now: start + .seconds(1)) == [])
    }

    @Test mutating func `an id may come from elsewhere`() {
        table.insert("x", id: 1, deadline: start + .seconds(1))
        #expect(table.register("a") == 0)
        #expect(table.register("b") == 2)
        #expect(table.take(1) == "x")
        table.insert("y", id: 1, deadline: start + .seconds(9))
        #expect(table.deadline == start + .seconds(9))
        #expect(table.expire(now: start + .seconds(1)) == [])
    }

    @Test func `ids begin anew behind the largest`() {
        var table = AckTable<Int>(firstID: PacketLimits.largestID)
        #expect(table.register(1) == PacketLimits.largestID)
        #expect(table.register(2) == 0)
    }

    @Test func `it agrees with a plain list, whatever is done`() {
        var generator = SystemRandomNumberGenerator()
        var table = AckTable<UInt64>()
        var list: [(id: UInt64, deadline: ContinuousClock.Instant?)] = []
        var now = start
        for _ in 0..<20000 {
            switch Int.random(in: 0..<10, using: &generator) {
            case 0..<5:
                let deadline = Int.random(in: 0..<6, using: &generator)
                let instant = deadline == 0 ? nil : now + .seconds(deadline * 7 % 5)
                list.append((table.register(0, deadline: instant), instant))
            case 5..<9:
                guard let index = list.indices.randomElement(using: &generator) else { continue }
                #expect(table.take(list.remove(at: index).id) != nil)
            default:
                now += .seconds(1)
                let expired = list.filter { $0.deadline.map { $0 <= now } ?? false }
                list.removeAll { $0.deadline.map { $0 <= now } ?? false }
                #expect(table.expire(now: now).count == expired.count)
            }
            #expect(table.count == list.count)
            #expect(table.deadline == list.compactMap(\.deadline).min())
        }
    }

    @Test mutating func `using an id twice traps`() async {
        await #expect(processExitsWith: .failure) {
            var table = AckTable<Int>()
            table.insert(1, id: 5)
            table.insert(2, id: 5)
        }
    }
}
