import Foundation
import SocketIO

/// What the server's terminal shows: where the chat is, and who comes and goes.
enum Console {
    static func ready(port: Int) {
        // What other machines can reach it by: the addresses that are neither loopback nor of one link only.
        let addresses = Host.current().addresses.filter { $0.contains(".") && !$0.hasPrefix("127.") }
        write("The chat is ready:")
        for host in ["localhost"] + addresses.sorted() { write("  http://\(host):\(port)") }
    }

    static func connected(_ name: String, _ socket: Socket) {
        write("+ \(who(name, socket))")
    }

    static func disconnected(_ name: String, _ socket: Socket, _ reason: DisconnectReason) {
        write("- \(who(name, socket)), \(reason)")
    }

    /// `Ada, websocket, 127.0.0.1:40312`.
    private static func who(_ name: String, _ socket: Socket) -> String {
        // The name has not been looked at yet, and may not steer the terminal.
        let name = Names.person(name, limits: ChatLimits()) ?? "(no name)"
        let transport = socket.transport?.rawValue ?? "-"
        return "\(name), \(transport), \(socket.handshake.address?.description ?? "-")"
    }

    /// Writes a line at once, also where the output is not a terminal.
    private static func write(_ line: String) {
        FileHandle.standardOutput.write(Data((line + "\n").utf8))
    }
}
