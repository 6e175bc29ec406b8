import Foundation
import SocketIO

/// What the server's terminal shows: where the chat is, and who comes and goes.
enum Console {
    static func ready(port: Int) {
        // What other machines can reach it by.
        let addresses = Host.current().addresses.filter { $0.contains(".") && !$0.hasPrefix("127.") }
        write("The chat is ready:")
        for host in ["localhost"] + addresses.sorted() { write("  http://\(host):\(port)") }
    }

    static func connected(_ socket: Socket) {
        write("+ \(description(of: socket))")
    }

    static func disconnected(_ socket: Socket, _ reason: DisconnectReason) {
        write("- \(description(of: socket)): \(reason)")
    }

    /// `Ada (websocket, 127.0.0.1:40312)`.
    private static func description(of socket: Socket) -> String {
        let name = socket.data[Who.self]?.name ?? socket.data[Credentials.self]?.name ?? ""
        // One that has not said hello may have any name, and it may not steer the terminal.
        let shown = Names.person(name, limits: ChatLimits()) ?? "somebody"
        let connection = [socket.transport?.rawValue, socket.handshake.address?.description].compactMap(\.self)
        return "\(shown) (\(connection.joined(separator: ", ")))"
    }

    /// Writes a line at once, also where the output is not a terminal.
    ///
    /// A chat that nobody watches goes on.
    private static func write(_ line: String) {
        try? FileHandle.standardOutput.write(contentsOf: Data((line + "\n").utf8))
    }
}
