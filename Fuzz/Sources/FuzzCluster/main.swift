import FuzzDriver
import SIOBytes
import SIOJSON
import SocketIO
import Synchronization

/// A transport that leads nowhere; whatever a server says has to be a message that can be read.
final class Nowhere: ClusterTransport {
    func publish(_ message: ClusterMessage) { check(message) }
    func publish(_ response: ClusterMessage, to server: String) { check(response) }
}

final class Seats: Sendable {
    private let members = Mutex<[ClusterMember]>([])

    func add(_ member: ClusterMember) { members.withLock { $0.append(member) } }
    var all: [ClusterMember] { members.withLock { $0 } }
}

/// What was read is the same when it is written and read again.
func check(_ message: ClusterMessage) {
    do {
        let written = try RawJSON(encoding: message)
        let again = try RawJSON(encoding: try written.decode(ClusterMessage.self))
        // A handshake is told by this process's clock, the same millisecond or the next.
        if case .fetchSocketsResponse = message.body { return }
        precondition(written == again, "a message did not pass through")
    } catch {
        fatalError("a message did not pass through: \(error)")
    }
}

let seats = Seats()
var configuration = Server.Configuration()
configuration.adapter = .cluster { member in
    seats.add(member)
    return Nowhere()
}
let io = Server(configuration, eventLoops: EventLoopGroup(loops: 1))
io.onError { _ in }
io.onServerSideEmit("e") { (text: String?, numbers: [Int]?) in (text ?? "").utf8.count + (numbers?.count ?? 0) }

/// The input as a message, as what a message of some type says, and as each of the values in that.
func texts(_ bytes: [UInt8]) -> [String] {
    let text = String(decoding: bytes.dropFirst(), as: UTF8.self)
    let type = (Array(1...14) + Array(100...103))[Int(bytes.first ?? 0) % 18]
    func message(_ data: String) -> String { #"{"uid":"peer","nsp":"/","type":\#(type),"data":\#(data)}"# }
    let event = #"["e",\#(text)]"#
    let packet = type == 3 ? #"{"type":2,"nsp":"/","data":\#(event)}"# : event
    let options = #"{"rooms":[],"except":[],"flags":{}}"#
    return [
        text, message(text),
        message(#"{"opts":\#(options),"packet":\#(packet),"requestId":"1","rooms":["a"]}"#),
        message(#"{"opts":\#(text),"packet":\#(text),"requestId":"1","rooms":\#(text),"sockets":\#(text)}"#),
        message(#"{"requestId":"1","clientCount":\#(text),"count":\#(text),"sockets":[\#(text)]}"#),
    ]
}

// A peer's bytes are JSON or not, a message or not; nothing else comes of them.
fuzz { bytes in
    for text in texts(bytes) {
        guard let json = try? RawJSON(validating: text) else { continue }
        if let message = try? json.decode(ClusterMessage.self) { check(message) }
        for member in seats.all { member.receive(encoded: json) }
    }
}
