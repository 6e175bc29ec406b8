import Glibc
import SIONet
import SocketIO

/// `socketio serve`: a server that is ready.
struct ServeCommand: Command {
    let name = "serve"
    let summary = "a ready server: carries events from client to client, and serves a folder"
    let usage = """
        usage: socketio serve [OPTION...]

        Serves Socket.IO until it is interrupted: clients join rooms, and send events to each other.

          -p, --port PORT    3000; 0 is one that is free
              --host HOST    localhost; 0.0.0.0 or :: for everybody who can reach this machine
              --dir DIR      serves the files in DIR, index.html for a path that ends in /
              --cors ORIGIN  lets pages of this origin use the server; * is all of them
              --parser NAME  default or msgpack, as the clients have it
          -q, --quiet        does not tell who comes and goes

        The browser client is at /socket.io/socket.io.js. Events that the server understands:

        \(Relay.help)

        The answer to join and leave are the client's rooms, that to to, send and all is true; what cannot be done is
        answered with {"error": "..."}.

          socketio serve --dir public
        """

    func run(_ arguments: [String], on console: Console) async throws -> ExitCode {
        let arguments = try Arguments(
            arguments,
            [
                .value("port", "p"), .value("host"), .value("dir"), .value("cors"), .value("parser"),
                .flag("quiet", "q"),
            ])
        guard arguments.positionals.isEmpty else { throw UsageError("serve takes options alone") }
        let port = try arguments.number("port", in: 0...65_535) ?? 3000
        var configuration = Server.Configuration()
        configuration.parser = try PacketParsing(named: arguments.value("parser"))
        configuration.cors = arguments.value("cors").map { CORS(origins: $0 == "*" ? .any : .only($0)) }
        if let directory = arguments.value("dir"), !isDirectory(directory) {
            throw UsageError("\(directory) is no directory")
        }
        let io = Server(configuration)
        if let directory = arguments.value("dir") { io.http.serveFiles(of: directory, at: "/") }
        io.onError { console.note("\($0)") }
        Relay().serve(io)
        if !arguments.has("quiet") { tell(of: io, console) }
        do {
            try await io.listen(host: arguments.value("host") ?? "localhost", port: port)
        } catch {
            await io.close()
            let isTaken = (error as? NetworkError)?.code == .cannotListen
            throw CommandFailure(
                "port \(port) cannot be used: \(error)" + (isTaken ? ". --port 0 finds a free one" : ""))
        }
        for address in io.http.addresses { console.print("listening on http://\(address)") }
        await console.interruption()
        await io.close()
        return .success
    }

    /// Tells who comes and goes.
    private func tell(of io: Server, _ console: Console) {
        io.on(.connection) { socket in
            let address = socket.handshake.address.map { " from \($0)" } ?? ""
            console.note("+ \(socket.id)\(address)")
            socket.on(.disconnect) { reason in console.note("- \(socket.id): \(reason)") }
        }
    }

    private func isDirectory(_ path: String) -> Bool {
        var information = stat()
        return stat(path, &information) == 0 && information.st_mode & S_IFMT == S_IFDIR
    }
}
