import SIOJSON
import SocketIOTesting
import TestSupport
import Testing

@testable import SocketIO

@Suite struct ClusterMessageTests {
    /// Options with all that there is.
    private static let options: BroadcastOptions = {
        var options = BroadcastOptions()
        options.rooms = ["b", "a"]
        options.except = ["c"]
        options.volatile = true
        options.compress = false
        options.timeout = .milliseconds(1500)
        return options
    }()

    private static let opts =
        #"{"rooms":["a","b"],"except":["c"],"flags":{"volatile":true,"compress":false,"timeout":1500}}"#
    private static let noOpts = #"{"rooms":[],"except":[],"flags":{}}"#

    private static func event(_ json: String) throws -> EventPacket {
        try EventPacket(json: Array(json.utf8), namespace: "/chat")
    }

    private static func raw(_ json: String) throws -> RawJSON { try RawJSON(validating: json) }

    /// Each type of message, and what stands in the envelope behind the namespace.
    static let forms: [(body: ClusterMessage.Body, text: String)] = {
        do {
            return [
                (.initialHeartbeat, #""type":1"#),
                (.heartbeat, #""type":2"#),
                (
                    .broadcast(try event(#"["hi",1]"#), options, request: "r"),
                    #""type":3,"data":{"opts":\#(opts),"packet":{"type":2,"data":["hi",1],"nsp":"/chat"},"requestId":"r"}"#
                ),
                (
                    .broadcast(try event(#"["hi"]"#), BroadcastOptions(), request: nil),
                    #""type":3,"data":{"opts":\#(noOpts),"packet":{"type":2,"data":["hi"],"nsp":"/chat"}}"#
                ),
                (.socketsJoin(options, rooms: ["x", "y"]), #""type":4,"data":{"opts":\#(opts),"rooms":["x","y"]}"#),
                (.socketsLeave(options, rooms: ["x"]), #""type":5,"data":{"opts":\#(opts),"rooms":["x"]}"#),
                (.disconnectSockets(options, close: true), #""type":6,"data":{"opts":\#(opts),"close":true}"#),
                (.fetchSockets(options, request: "r"), #""type":7,"data":{"opts":\#(opts),"requestId":"r"}"#),
                (.fetchSocketsResponse([], request: "r"), #""type":8,"data":{"requestId":"r","sockets":[]}"#),
                (
                    .serverSideEmit(try raw(#"["e",{}]"#), request: "r"),
                    #""type":9,"data":{"requestId":"r","packet":["e",{}]}"#
                ),
                (.serverSideEmit(try raw(#"["e"]"#), request: nil), #""type":9,"data":{"packet":["e"]}"#),
                (
                    .serverSideEmitResponse(try raw("[1]"), request: "r"),
                    #""type":10,"data":{"requestId":"r","packet":[1]}"#
                ),
                (.broadcastClientCount(3, request: "r"), #""type":11,"data":{"requestId":"r","clientCount":3}"#),
                (
                    .broadcastAcknowledgement(try raw(#""ok""#), request: "r"),
                    #""type":12,"data":{"requestId":"r","packet":"ok"}"#
                ),
                (.adapterClose, #""type":13"#),
                (.broadcastClientsLeft(2, request: "r"), #""type":100,"data":{"requestId":"r","count":2}"#),
                (.countSockets(options, request: "r"), #""type":101,"data":{"opts":\#(opts),"requestId":"r"}"#),
                (.countSocketsResponse(5, request: "r"), #""type":102,"data":{"requestId":"r","count":5}"#),
                (.other(type: 77), #""type":77"#),
            ]
        } catch {
            preconditionFailure("\(error)")
        }
    }()

    @Test(arguments: forms.indices)
    func `each type has the reference's form, and comes back from it`(index: Int) throws {
        let (body, text) = Self.forms[index]
        let json = #"{"uid":"0011223344556677","nsp":"/chat",\#(text)}"#
        let message = ClusterMessage(sender: "0011223344556677", namespace: "/chat", body: body)
        #expect(try RawJSON(encoding: message).description == json)
        let back = try RawJSON(validating: json).decode(ClusterMessage.self)
        #expect(try RawJSON(encoding: back).description == json)
        #expect(back.body.type == body.type)
        #expect(back.body.answeredRequest == body.answeredRequest)
    }

    @Test func `binary travels beside the text, and comes back`() throws {
        let packet = try EventPacket(
            json: Array(#"["f",{"_placeholder":true,"num":1},{"a":{"_placeholder":true,"num":0}}]"#.utf8),
            attachments: [[1], [2, 3]], namespace: "/")
        let encoded = try RawJSON(
            encoding: ClusterMessage(
                sender: "a", namespace: "/", body: .broadcast(packet, BroadcastOptions(), request: nil)))
        #expect(Set(encoded.attachments) == [[1], [2, 3]])
        let (text, attachments) = encoded.numbered
        let back = try RawJSON(validating: text, attachments: attachments).decode(ClusterMessage.self)
        guard case .broadcast(let again, _, nil) = back.body else { throw NothingCame() }
        let arguments = try RawJSON(validating: again.json, attachments: again.attachments).decode([JSONValue].self)
        #expect(arguments == ["f", .binary([2, 3]), ["a": .binary([1])]])
    }

    @Test func `what the reference leaves out or writes otherwise is understood`() throws {
        func decode(_ json: String) throws -> ClusterMessage.Body {
            try RawJSON(validating: json).decode(ClusterMessage.self).body
        }
        let sparse = try decode(
            #"{"uid":"a","nsp":"/","type":3,"data":{"opts":{"rooms":[7,1.5,"x"]},"packet":{"type":5,"data":["e"]}}}"#)
        guard case .broadcast(let packet, let options, nil) = sparse else { throw NothingCame() }
        #expect(options.rooms == ["7", "1.5", "x"])
        #expect(options.except.isEmpty && options.timeout == nil && options.compress && !options.volatile)
        #expect(String(decoding: packet.json, as: UTF8.self) == #"["e"]"#)
        guard case .disconnectSockets(_, false) = try decode(#"{"uid":"a","type":6,"data":{"opts":{}}}"#),
            case .broadcastAcknowledgement(let nothing, "r") = try decode(
                #"{"uid":"a","type":12,"data":{"requestId":"r"}}"#)
        else { throw NothingCame() }
        #expect(nothing == .null)
        for timeout in ["-1", "0", "1e300", "2147483648", "1.5"] {
            guard
                case .fetchSockets(let options, _) = try decode(
                    #"{"uid":"a","type":7,"data":{"requestId":"r","opts":{"flags":{"timeout":\#(timeout)}}}}"#)
            else { throw NothingCame() }
            let wait = try #require(options.timeout)
            #expect(wait >= .zero && wait <= .milliseconds(2_147_483_647))
        }
    }

    @Test(arguments: [
        "[]", "{}", #"{"uid":1,"type":1}"#, #"{"type":"1"}"#, #"{"type":3}"#, #"{"type":3,"data":[]}"#,
        #"{"type":3,"data":{"opts":{},"packet":{"type":2,"data":[]}}}"#,
        #"{"type":3,"data":{"opts":{},"packet":{"type":2,"data":["connect"]}}}"#,
        #"{"type":3,"data":{"opts":{},"packet":{"type":4,"data":["e"]}}}"#,
        #"{"type":3,"data":{"opts":{},"packet":{"type":2,"data":["e"],"nsp":"/other"}}}"#,
        #"{"type":3,"data":{"opts":{"rooms":[null]},"packet":{"type":2,"data":["e"]}}}"#,
        #"{"type":4,"data":{"opts":{},"rooms":[{}]}}"#, #"{"type":7,"data":{"opts":{}}}"#,
        #"{"type":8,"data":{"requestId":"r","sockets":[{}]}}"#,
        #"{"type":11,"data":{"requestId":"r","clientCount":-1}}"#,
        #"{"type":11,"data":{"requestId":"r","clientCount":1e99}}"#,
        #"{"type":100,"data":{"requestId":"r","count":-9}}"#, #"{"type":102,"data":{"requestId":"r"}}"#,
    ])
    func `what is no message is refused`(json: String) throws {
        let raw = try RawJSON(validating: json)
        #expect(throws: (any Error).self) { try raw.decode(ClusterMessage.self) }
    }

    @Test(arguments: forms.indices)
    func `a message that was damaged is refused or understood, and harms nobody`(index: Int) throws {
        let json = Array(#"{"uid":"0011223344556677","nsp":"/chat",\#(Self.forms[index].text)}"#.utf8)
        var random = SeededGenerator(seed: UInt64(index))
        var understood = 0
        for round in 0..<2000 {
            var damaged = json
            for _ in 0...round % 3 {
                let place = Int.random(in: damaged.indices, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: damaged[place] = Array("0123456789-e.\"{}[],:n".utf8).randomElement(using: &random) ?? 0
                case 1: damaged.remove(at: place)
                case 2: damaged.insert(damaged[place], at: place)
                default: damaged.removeSubrange(place..<min(damaged.count, place + 5))
                }
                if damaged.isEmpty { break }
            }
            guard let message = try? RawJSON(validating: damaged).decode(ClusterMessage.self) else { continue }
            understood += 1
            _ = try RawJSON(encoding: message)
        }
        #expect(understood > 0)
    }
}
