import SIOEvents
import SIOJSON
import SocketIOClient

/// `socketio connect`: a conversation with a server.
struct ConnectCommand: Command {
    let name = "connect"
    let summary = "a conversation: lines are sent as events, and events that arrive are printed"
    let usage = """
        usage: socketio connect URL [OPTION...]

        Sends a line of standard input as an event, and prints the events that arrive:

          EVENT ARG...        sends an event; an ARG is JSON, or a bare word for a string
          EVENT! ARG...       asks for an acknowledgement, and shows it
          /ack NUMBER ARG...  answers the question of that number
          /quit               leaves, as the end of the input does

        A name with a space, or with an ! of its own, is a string of JSON: "my event", "hey!"!. A connection that is lost
        comes back; what becomes of it is told on standard error.

              --json            prints a line of JSON for each event and each acknowledgement
              --linger SECONDS  stays so long behind the end of the input
              --retry           tries the first connection again and again, too

        \(ClientOptions.help)

        The exit code is 1 if there is no connection, the server ends it, or a line that was not typed at a terminal
        could not be sent or was not acknowledged.

          echo 'echo! {"a":1}' | socketio connect http://localhost:3000
        """

    func run(_ arguments: [String], on console: Console) async throws -> ExitCode {
        let arguments = try Arguments(
            arguments, ClientOptions.options + [.flag("json"), .value("linger"), .flag("retry")])
        guard let url = arguments.positionals.first else { throw UsageError("a URL is missing") }
        guard arguments.positionals.count == 1 else { throw UsageError("events are typed, not told in arguments") }
        let session = try ClientSession(
            ClientOptions(url, arguments), isPatient: arguments.has("retry"), console: console)
        let conversation = Conversation(
            session, writer: EventWriter(console: console, isJSON: arguments.has("json")), console: console,
            linger: try arguments.seconds("linger"))
        return try await conversation.run()
    }
}
