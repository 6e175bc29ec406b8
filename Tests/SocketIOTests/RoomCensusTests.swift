import SocketIOTesting
import Testing

@testable import SocketIO

@Suite struct RoomCensusTests {
    /// One letter an event: `+a` created, `-a` deleted, `>a` joined, `<a` left.
    private func text(_ events: [RoomEvent]) -> String {
        events.map { event in
            switch event {
            case .created: "+\(event.room)"
            case .deleted: "-\(event.room)"
            case .joined: ">\(event.room)"
            case .left: "<\(event.room)"
            }
        }.joined(separator: " ")
    }

    @Test func `a room comes with its first socket and goes with its last`() {
        var census = RoomCensus(loops: 1)
        #expect(census.count([:]) == [])
        #expect(census.joined("1", room: "a") == [.created(room: "a"), .joined(room: "a", socketID: "1")])
        #expect(census.joined("2", room: "a") == [.joined(room: "a", socketID: "2")])
        #expect(census.left("1", room: "a") == [.left(room: "a", socketID: "1")])
        #expect(census.left("2", room: "a") == [.left(room: "a", socketID: "2"), .deleted(room: "a")])
        #expect(text(census.joined("1", room: "a")) == "+a >a")
    }

    @Test func `a room that was there already is not created`() {
        var census = RoomCensus(loops: 2)
        #expect(census.count(["a": 2]) == [])
        #expect(census.count(["a": 1, "b": 1]) == [])
        #expect(text(census.joined("1", room: "a")) == ">a")
        #expect(text(census.left("2", room: "b")) == "<b -b")
    }

    @Test func `until all loops are counted, nothing is said that might not be so`() {
        var census = RoomCensus(loops: 2)
        #expect(census.count(["gone": 1, "kept": 1]) == [])
        #expect(census.joined("1", room: "there") == [])
        #expect(census.joined("1", room: "new") == [])
        #expect(census.left("2", room: "gone") == [])
        #expect(census.left("2", room: "kept") == [])
        let events = census.count(["there": 1, "kept": 3])
        #expect(text(events) == ">there +new >new <gone -gone <kept")
        #expect(text(census.left("3", room: "there")) == "<there")
        #expect(text(census.left("1", room: "there")) == "<there -there")
    }

    @Test(arguments: 0..<50)
    func `random joins and leaves agree with a model`(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        var census = RoomCensus(loops: 1)
        _ = census.count([:])
        var members: [String: Set<Int>] = [:]
        for _ in 0..<300 {
            let room = "\(Int.random(in: 0..<4, using: &random))"
            let id = Int.random(in: 0..<5, using: &random)
            if members[room]?.contains(id) == true {
                members[room]?.remove(id)
                let isEmpty = members[room]?.isEmpty == true
                #expect(census.left("\(id)", room: room).contains(.deleted(room: room)) == isEmpty)
            } else {
                let isNew = members[room]?.isEmpty ?? true
                members[room, default: []].insert(id)
                #expect(census.joined("\(id)", room: room).contains(.created(room: room)) == isNew)
            }
        }
    }
}
