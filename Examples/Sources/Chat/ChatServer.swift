import Foundation
import SocketIO

/// The chat's server: the page at `/`, and what the page says at `/socket.io/`.
///
/// usage: chat [--port PORT]   PORT may also come from the environment; otherwise it is 3000.
@main
struct ChatServer {
    static func main() async {
        guard let port = requestedPort else { fail("the port must be a number from 1 to 65535") }

        let io = Server()
        io.http.serveFiles(of: pageFolder, at: "/")
        serveChat(on: io)
        do {
            try await io.listen(port: port)
        } catch let error as NetworkError where error.code == .cannotListen {
            fail("port \(port) cannot be used: \(error). Choose another one, such as PORT=\(port % 65535 + 1).")
        } catch {
            fail("\(error)")
        }
        Console.ready(port: port)

        _ = await TerminationSignal.next()
        await io.close()
    }

    /// The page lies beside the sources, wherever the server is called from.
    private static let pageFolder = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../Chat/Public").standardizedFileURL.path

    private static var requestedPort: Int? {
        let arguments = CommandLine.arguments
        let text =
            switch arguments.firstIndex(of: "--port") {
            case let place?: arguments.dropFirst(place + 1).first ?? ""
            case nil: ProcessInfo.processInfo.environment["PORT"] ?? "3000"
            }
        return Int(text).flatMap { (1...65535).contains($0) ? $0 : nil }
    }

    private static func fail(_ message: String) -> Never {
        FileHandle.standardError.write(Data("error: \(message)\n".utf8))
        exit(1)
    }
}
