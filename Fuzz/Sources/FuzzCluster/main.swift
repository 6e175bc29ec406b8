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

// A peer's bytes are JSON or not, a message or not; nothing else comes of them.
fuzz { bytes in
    guard let json = try? RawJSON(validating: String(decoding: bytes, as: UTF8.self)) else { return }
    if let message = try? json.decode(ClusterMessage.self) { check(message) }
    for member in seats.all { member.receive(encoded: json) }
}
