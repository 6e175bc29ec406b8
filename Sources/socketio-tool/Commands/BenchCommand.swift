/// `socketio bench`: loads a server.
struct BenchCommand: Command {
    let name = "bench"
    let summary = "loads a server with real clients, and tells how long it takes to answer"
    let usage = """
        usage: socketio bench URL [OPTION...]

        Opens connections, and sends events that ask for an acknowledgement, which the server has to give. socketio serve
        does so for echo.

          -c, --connections N  the connections; 10
              --in-flight K    the events of a connection that wait for an acknowledgement; 1
              --rate R         instead, so many events a second from all connections together
          -d, --seconds S      how long; 10
              --payload B      the bytes of an event's argument, a string; 64
          -e, --event NAME     the event; echo
              --json           a line of JSON; times are microseconds

        \(ClientOptions.help)

        Without --transport it is websocket alone. With --rate an event that has to leave late is timed from when it was
        due. The exit code is 1 if nothing was acknowledged, or anything went wrong.

          socketio bench http://localhost:3000 --connections 100 --in-flight 4 --seconds 5
        """

    func run(_ arguments: [String], on console: Console) async throws -> ExitCode {
        let arguments = try Arguments(
            arguments,
            ClientOptions.options + [
                .value("connections", "c"), .value("in-flight"), .value("rate"), .value("seconds", "d"),
                .value("payload"), .value("event", "e"), .flag("json"),
            ])
        let plan = try BenchPlan(arguments)
        let (totals, connected, time) = try await BenchRun(plan, console: console).run()
        let report = BenchReport(plan: plan, totals: totals, connected: connected, time: time)
        if arguments.has("json") {
            console.print(report.json.line)
        } else {
            console.write(report.text(console))
        }
        if totals.latencies.count == 0, totals.errors.isEmpty == false {
            console.note("nothing was acknowledged: does the server answer \(EventWriter.name(plan.event))?")
        }
        return totals.latencies.count > 0 && totals.errors.isEmpty ? .success : .failure
    }
}
